//! axe-core in a tab: WCAG 2.2 AA as far as a program can judge it.
//!
//! `cargo xtask test browser` installs axe-core and names it in `AXE_CORE`.

use crate::browser::{Screen, Tab};
use crate::eventually;

/// Levels of WCAG, and what axe's makers hold everyone should do besides.
const RUN: &str = "window.verdict = null;
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(
      (results) => { window.verdict = results.violations.flatMap((violation) => violation.nodes.map((node) =>
        `${violation.id}: ${node.target.join(' ')}: ${node.failureSummary}`)); },
      (error) => { window.verdict = [String(error)]; });";

fn axe_core() -> String {
    let file = std::env::var("AXE_CORE").expect("AXE_CORE names axe.min.js; `cargo xtask test browser` sets it");
    std::fs::read_to_string(file).expect("axe.min.js can be read")
}

/// What axe-core finds on a page, on each screen.
pub async fn violations(tab: &Tab, page: &str, screens: &[Screen]) -> Vec<String> {
    let is_there = "window.axe !== undefined".to_owned();
    if !tab.evaluate::<bool>(is_there).await.expect("an answer") {
        tab.evaluate::<bool>(format!("{}; true", axe_core())).await.expect("axe-core runs");
    }
    let mut found = Vec::new();
    for screen in screens {
        tab.show_on(*screen).await;
        tab.to_front().await;
        tab.evaluate::<bool>(format!("document.getAnimations().forEach((it) => it.finish()); {RUN} true"))
            .await
            .expect("axe-core begins");
        let violations: Vec<String> = eventually(&format!("axe-core is done with {page}"), async || {
            let verdict: Option<Vec<String>> = tab.evaluate("window.verdict".into()).await?;
            verdict.ok_or_else(|| "not yet".to_owned())
        })
        .await;
        found.extend(violations.iter().map(|violation| format!("{page}, {screen:?}: {violation}")));
    }
    found
}
