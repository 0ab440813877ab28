//! A class in miniature: a relay on its own data, a browser, and tabs with a node each.

use tempfile::TempDir;

use crate::browser::{Browser, Tab};
use crate::eventually;
use crate::process::{RelayProcess, TOKEN};

#[derive(Debug)]
pub struct Class {
    data: TempDir,
    pub relay: RelayProcess,
    pub browser: Browser,
    pub tabs: Vec<Tab>,
}

impl Class {
    /// A tab for each name, on regtest.
    pub async fn of(names: &[&str]) -> Self {
        let mut class = Self::without_tabs().await;
        for name in names {
            class.tabs.push(class.browser.open_node(&class.relay.link_to_mine(name)).await);
        }
        class.wait_for_everybody().await;
        class
    }

    /// A tab for each name, in which a script runs before anything of the page does.
    pub async fn after(names_and_scripts: &[(&str, String)]) -> Self {
        let mut class = Self::without_tabs().await;
        for (name, script) in names_and_scripts {
            let tab = class.browser.open_after(script, &class.relay.link_to_mine(name)).await;
            tab.wait_connected().await;
            class.tabs.push(tab);
        }
        class.wait_for_everybody().await;
        class
    }

    async fn without_tabs() -> Self {
        let data = tempfile::tempdir().expect("a data folder");
        let relay = RelayProcess::start(data.path(), 0, &[]);
        Self { data, relay, browser: Browser::launch().await, tabs: Vec::new() }
    }

    /// The relay's own node counts, too.
    async fn wait_for_everybody(&self) {
        self.relay.wait_for_reports(self.tabs.len() + 1).await;
    }

    /// Waits until every tab has the relay's tip, while nobody mines.
    pub async fn wait_for_relays_tip(&self) -> String {
        wait_for_tip_of(&self.relay, &self.tabs.iter().collect::<Vec<_>>()).await
    }

    /// The host's panel, which steers.
    pub async fn panel(&self) -> Tab {
        let panel = self.browser.open(&format!("{}/control#token={TOKEN}", self.relay.url)).await;
        panel.wait_value("control-state", "the panel steers", |state| state == "steering").await;
        panel
    }

    /// The relay dies, and every tab notices.
    pub async fn kill_relay(&mut self) {
        self.relay.kill();
        for tab in &self.tabs {
            tab.wait_value("network-state", "the tab notices", |state| state == "connecting").await;
        }
    }

    /// Kills the relay unless it is dead already, and starts another one on the same port and data.
    #[must_use]
    pub fn with_another_relay(self) -> Self {
        let relay = self.relay.crash_and_restart(self.data.path(), &[]);
        Self { relay, ..self }
    }

    pub async fn wait_connected(&self) {
        for tab in &self.tabs {
            tab.wait_connected().await;
        }
    }
}

/// Waits until these tabs have the tip that the relay's own node has then.
pub async fn wait_for_tip_of(relay: &RelayProcess, tabs: &[&Tab]) -> String {
    eventually("every tab has the relay's tip", async || {
        let tip = relay.tip().await;
        for tab in tabs {
            let tabs_tip = tab.value("tip-hash").await?;
            if tabs_tip != tip {
                return Err(format!("{tabs_tip} instead of {tip}"));
            }
        }
        Ok(tip)
    })
    .await
}

/// Waits until these tabs have one tip at this height or above.
pub async fn wait_for_one_tip(tabs: &[&Tab], height: u64) -> String {
    eventually("the tabs have one tip", async || {
        let mut tips = Vec::new();
        for tab in tabs {
            tips.push((tab.value("tip-height").await?, tab.value("tip-hash").await?));
        }
        let agree = tips.iter().all(|tip| *tip == tips[0]);
        let high = tips[0].0.parse::<u64>().is_ok_and(|tip| tip >= height);
        if agree && high { Ok(tips.remove(0).1) } else { Err(format!("{tips:?}")) }
    })
    .await
}
