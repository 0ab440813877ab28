//! A real Chromium with a profile of its own, and tabs whose pages are read by their `data-test` marks.

use std::path::PathBuf;
use std::time::Duration;

use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams,
};
use chromiumoxide::cdp::browser_protocol::fetch::{
    EnableParams, EventRequestPaused, FailRequestParams, RequestPattern,
};
use chromiumoxide::cdp::browser_protocol::network::ErrorReason;
use chromiumoxide::cdp::browser_protocol::page::{AddScriptToEvaluateOnNewDocumentParams, CaptureScreenshotFormat};
use chromiumoxide::cdp::browser_protocol::system_info::GetProcessInfoParams;
use chromiumoxide::error::CdpError;
use chromiumoxide::page::ScreenshotParams;
use chromiumoxide::{Browser as Chromium, BrowserConfig, Page};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::json;
use tempfile::TempDir;

use crate::{PATIENCE, eventually};

/// A host name that is not localhost, so that a page on it is in an insecure context, as over plain http on a LAN.
pub const LAN_HOST: &str = "classroom.test";

/// What a tab is looked at on.
#[derive(Debug, Clone, Copy)]
pub enum Screen {
    Desktop,
    /// As low as a projector is.
    Laptop,
    DarkDesktop,
    Phone,
    DarkPhone,
    Projector,
    DarkProjector,
}

/// How long a tab may take to evaluate an expression. On a busy machine one that loads a program takes seconds; one that the browser has put
/// to sleep may never answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Browser {
    chromium: Chromium,
    /// Deleted after the browser is gone.
    _profile: TempDir,
}

impl Browser {
    pub async fn launch() -> Self {
        let executable = std::env::var("CHROMIUM")
            .expect("these tests drive Chromium: run them with `cargo xtask test`, which sets CHROMIUM");
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let config = BrowserConfig::builder()
            .chrome_executable(executable)
            .user_data_dir(profile.path())
            .new_headless_mode()
            .no_sandbox()
            .window_size(1280, 900)
            .viewport(None)
            .launch_timeout(PATIENCE)
            .request_timeout(PATIENCE)
            .args([
                "disable-gpu",
                "disable-quic",
                "no-first-run",
                "disable-background-networking",
                "disable-component-update",
                "disable-sync",
                // Two tabs of one browser reach each other on this machine alone, with no network at all.
                "allow-loopback-in-peer-connection",
            ])
            // Names for local addresses (mDNS) are resolved over a network.
            .arg(("disable-features", "WebRtcHideLocalIpsWithMdns"))
            .arg(("host-resolver-rules", format!("MAP {LAN_HOST} 127.0.0.1").as_str()))
            .build()
            .expect("a complete configuration");
        let (chromium, mut handler) = Chromium::launch(config).await.expect("Chromium starts");
        tokio::spawn(async move { while handler.next().await.is_some() {} });
        Self { chromium, _profile: profile }
    }

    pub async fn open(&self, url: &str) -> Tab {
        let tab = self.blank().await;
        tab.go(url).await;
        tab
    }

    /// A tab in which `script` runs before anything of the page does, as if the browser were another one.
    pub async fn open_after(&self, script: &str, url: &str) -> Tab {
        let tab = self.blank().await;
        tab.run_first(script).await;
        tab.go(url).await;
        tab
    }

    /// A tab whose browser loads nothing from addresses like `blocked` (`*` is anything), as with a content blocker.
    pub async fn open_with_blocker(&self, url: &str, blocked: &str) -> Tab {
        let tab = self.blank().await;
        let mut requests = tab.page.event_listener::<EventRequestPaused>().await.expect("Chromium tells of requests");
        let pattern = RequestPattern::builder().url_pattern(blocked).build();
        within("a content blocker", tab.page.execute(EnableParams::builder().pattern(pattern).build())).await;
        let page = tab.page.clone();
        tokio::spawn(async move {
            while let Some(request) = requests.next().await {
                let refusal = FailRequestParams::new(request.request_id.clone(), ErrorReason::BlockedByClient);
                // The tab may be gone by now.
                page.execute(refusal).await.ok();
            }
        });
        tab.go(url).await;
        tab
    }

    /// A tab on nothing, to be prepared before it is sent to a page.
    pub async fn blank(&self) -> Tab {
        Tab { page: self.chromium.new_page("about:blank").await.expect("a new tab") }
    }

    /// Process ids of what runs this browser's pages and their workers.
    pub async fn renderers(&self) -> Vec<u32> {
        let asked = self.chromium.execute(GetProcessInfoParams::default());
        let processes = within("the browser's processes", asked).await.result.process_info;
        let renderers = processes.into_iter().filter(|process| process.r#type == "renderer");
        renderers.filter_map(|process| process.id.try_into().ok()).collect()
    }

    /// Where another client finds the browser's developer tools.
    pub fn devtools_address(&self) -> &str {
        self.chromium.websocket_address()
    }

    /// Opens a node's page and waits until its node runs and has found the relay.
    pub async fn open_node(&self, url: &str) -> Tab {
        let tab = self.open(url).await;
        tab.wait_connected().await;
        tab
    }
}

#[derive(Debug, Clone)]
pub struct Tab {
    page: Page,
}

impl Tab {
    /// Leaves for another page, and waits until the one before is gone: whatever is asked then, the new one answers.
    pub async fn go(&self, url: &str) {
        // Chromiumoxide's own way to a page waits for ever when the page changes its address while it loads, as the panel
        // does to hide the token.
        self.leave(&format!("location.assign({})", json!(url))).await;
    }

    /// Has the page do what replaces it, once, and waits until it is replaced.
    async fn leave(&self, how: &str) {
        eventually("the page can be left", async || {
            self.evaluate::<bool>("window.isToBeLeft = true".to_owned()).await.map(drop)
        })
        .await;
        let leave = format!(
            "(() => {{ if (window.isToBeLeft) {{ window.isToBeLeft = false; {how}; }} \
             return window.isToBeLeft === undefined; }})()"
        );
        eventually("another page is here", async || {
            if self.evaluate::<bool>(leave.clone()).await? { Ok(()) } else { Err("the page from before".to_owned()) }
        })
        .await;
    }

    /// From now on `script` runs before anything of a page does.
    pub async fn run_first(&self, script: &str) {
        let script = AddScriptToEvaluateOnNewDocumentParams::new(script);
        within("a script before the page", self.page.execute(script)).await;
    }

    /// By what developer tools know it.
    pub fn target(&self) -> &str {
        self.page.target_id().as_ref()
    }

    pub async fn wait_connected(&self) {
        self.wait_value("network-state", "the tab is connected", |state| state == "connected").await;
    }

    /// Evaluates JavaScript; `Err` while the page is not there (it may be reloading).
    pub async fn evaluate<T: DeserializeOwned>(&self, script: String) -> Result<T, String> {
        // A page that the browser has put to sleep may never answer; the next question may find it awake.
        let evaluation = tokio::time::timeout(ANSWER_WITHIN, self.page.evaluate(script)).await;
        let result = evaluation.map_err(|_| "the tab does not answer")?.map_err(|error| error.to_string())?;
        result.into_value().map_err(|error| error.to_string())
    }

    /// The `data-value` of the element with that `data-test` mark, or its text.
    pub async fn value(&self, mark: &str) -> Result<String, String> {
        let selector = selector(mark);
        self.evaluate(format!(
            "(() => {{ const e = document.querySelector({selector}); \
             return e ? (e.dataset.value ?? (e.value || e.textContent)) : null; }})()"
        ))
        .await
        .map_err(|error| format!("{mark}: {error}"))
    }

    /// Another `data-` attribute of such an element.
    pub async fn attribute(&self, mark: &str, name: &str) -> Result<String, String> {
        let (selector, name) = (selector(mark), json!(name));
        self.evaluate(format!("document.querySelector({selector})?.dataset[{name}] ?? null"))
            .await
            .map_err(|error| format!("{mark}: {error}"))
    }

    /// Waits until a value is as wanted, and returns it.
    pub async fn wait_value(&self, mark: &str, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let what = format!("{what} ({mark})");
        eventually(&what, async || {
            let value = self.value(mark).await?;
            if wanted(&value) { Ok(value) } else { Err(value) }
        })
        .await
    }

    pub async fn click(&self, mark: &str) {
        let selector = selector(mark);
        eventually(&format!("{mark} can be clicked"), async || {
            let clicked: bool = self
                .evaluate(format!(
                    "(() => {{ const e = document.querySelector({selector}); \
                     if (!e || e.disabled) return false; e.click(); return true; }})()"
                ))
                .await?;
            if clicked { Ok(()) } else { Err("absent or disabled".to_owned()) }
        })
        .await;
    }

    /// Presses a key, by its name, while that element has the keyboard.
    pub async fn press(&self, mark: &str, key: &str) {
        let element = within(mark, self.page.find_element(format!("[data-test=\"{mark}\"]"))).await;
        within("the keyboard", element.focus()).await;
        within(key, element.press_key(key)).await;
    }

    /// Types into a field, or chooses an option by its value or its text.
    pub async fn fill(&self, mark: &str, text: &str) {
        let (selector, text) = (selector(mark), json!(text));
        eventually(&format!("{mark} takes {text}"), async || {
            let filled: bool = self
                .evaluate(format!(
                    "(() => {{ const e = document.querySelector({selector}); if (!e) return false; \
                     if (e.tagName === 'SELECT') {{ \
                       const o = [...e.options].find(o => o.value === {text} || o.textContent.trim().startsWith({text})); \
                       if (!o) return false; e.value = o.value; \
                     }} else {{ \
                       const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(e), 'value').set; \
                       set.call(e, {text}); \
                     }} \
                     e.dispatchEvent(new Event('input', {{bubbles: true}})); \
                     e.dispatchEvent(new Event('change', {{bubbles: true}})); return true; }})()"
                ))
                .await?;
            if filled { Ok(()) } else { Err("no such field or option".to_owned()) }
        })
        .await;
    }

    /// Clicks on what saves a file, and returns the file's type and content.
    pub async fn download(&self, mark: &str) -> (String, Vec<u8>) {
        let keep = "(() => { const create = URL.createObjectURL; window.downloaded = null; \
                    URL.createObjectURL = (blob) => { blob.arrayBuffer().then((buffer) => { \
                      const hex = [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')); \
                      window.downloaded = [blob.type, hex.join('')]; }); \
                    URL.createObjectURL = create; return create(blob); }; })()";
        self.evaluate::<()>(keep.to_owned()).await.ok();
        self.click(mark).await;
        let (kind, digits) = eventually("a file is saved", async || {
            self.evaluate::<Option<(String, String)>>("window.downloaded".to_owned()).await?.ok_or("not yet".to_owned())
        })
        .await;
        (kind, hex::decode(digits).expect("hexadecimal digits"))
    }

    /// Loads the page anew, and waits until the one before is gone.
    pub async fn reload(&self) {
        self.leave("location.reload()").await;
    }

    /// Keeps every text that the element with that mark comes to hold from now on, for [`Self::wait_history`]: what is shown for a
    /// moment only, who looks again and again may miss.
    pub async fn keep_history(&self, mark: &str) {
        let selector = selector(mark);
        let script = format!(
            "(() => {{ const kept = window.kept = []; \
             const look = () => {{ const text = document.querySelector({selector})?.textContent ?? ''; \
               if (text !== kept.at(-1)) kept.push(text); }}; \
             new MutationObserver(look).observe(document.body, \
               {{ childList: true, characterData: true, subtree: true }}); look(); return true; }})()"
        );
        self.evaluate::<bool>(script).await.expect("a page is there");
    }

    /// Waits until the kept texts hold such ones in this order, whatever is between them.
    pub async fn wait_history(&self, what: &str, wanted: &[&dyn Fn(&str) -> bool]) {
        eventually(what, async || {
            let kept: Vec<String> = self.evaluate("window.kept".to_owned()).await?;
            let mut texts = kept.iter();
            let all = wanted.iter().all(|is_wanted| texts.any(|text| is_wanted(text)));
            if all { Ok(()) } else { Err(format!("{kept:?}")) }
        })
        .await;
    }

    pub async fn is_secure_context(&self) -> bool {
        self.evaluate("window.isSecureContext".to_owned()).await.expect("every page knows")
    }

    /// What a person looks at is in front: pages behind it are not drawn, and the panel asks nothing of the relay.
    pub async fn to_front(&self) {
        within("the tab comes to the front", self.page.bring_to_front()).await;
    }

    /// From now on the page is drawn as on that screen.
    pub async fn show_on(&self, screen: Screen) {
        let (width, height, scheme) = match screen {
            Screen::Desktop => (1280, 900, "light"),
            Screen::DarkDesktop => (1280, 900, "dark"),
            Screen::Phone => (390, 844, "light"),
            Screen::DarkPhone => (390, 844, "dark"),
            Screen::Laptop => (1280, 720, "light"),
            Screen::Projector => (1920, 1080, "light"),
            Screen::DarkProjector => (1920, 1080, "dark"),
        };
        let metrics = SetDeviceMetricsOverrideParams::new(width, height, 1.0, false);
        within("another screen", self.page.execute(metrics)).await;
        let scheme = MediaFeature::new("prefers-color-scheme", scheme);
        let media = SetEmulatedMediaParams::builder().feature(scheme).build();
        within("another colour scheme", self.page.execute(media)).await;
    }

    /// What a person sees at this moment, as a WebP file. `quality`: 1 to 100.
    pub async fn picture(&self, quality: u8) -> Vec<u8> {
        let format = CaptureScreenshotFormat::Webp;
        let parameters = ScreenshotParams::builder().format(format).quality(i64::from(quality)).build();
        within("a picture", self.page.screenshot(parameters)).await
    }

    /// Another colour scheme fades in; what is drawn meanwhile nobody sees for long.
    pub async fn finish_transitions(&self) {
        let finish =
            "document.getAnimations().filter((it) => it instanceof CSSTransition).forEach((it) => it.finish())";
        self.evaluate::<()>(finish.to_owned()).await.ok();
    }

    /// Saves what a person sees under `target/screenshots`, for a look after the tests.
    pub async fn screenshot(&self, name: &str) {
        self.to_front().await;
        self.finish_transitions().await;
        let parameters = ScreenshotParams::builder().format(CaptureScreenshotFormat::Png).build();
        let file = screenshots().join(format!("{name}.png"));
        within("a screenshot", self.page.save_screenshot(parameters, file)).await;
    }
}

/// Where pictures are kept for a look after the tests.
pub fn screenshots() -> PathBuf {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "target", "screenshots"].iter().collect();
    std::fs::create_dir_all(&folder).expect("a folder for screenshots");
    folder
}

/// What the browser itself does is done soon or not at all.
async fn within<T>(what: &str, action: impl Future<Output = Result<T, CdpError>>) -> T {
    tokio::time::timeout(PATIENCE, action).await.unwrap_or_else(|_| panic!("in vain: {what}")).expect(what)
}

fn selector(mark: &str) -> String {
    json!(format!("[data-test=\"{mark}\"]")).to_string()
}
