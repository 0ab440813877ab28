//! The lab in a real browser: an experiment runs in a worker of the page, its sealed report is believed by the command line and by the
//! page, and one that was changed by neither.

use std::process::Command;

use serde_json::{Value, json};
use tabchain_tests::browser::{Browser, Screen, Tab};
use tabchain_tests::process::RelayProcess;

/// Gives the page a file, as choosing one does.
async fn open_file(tab: &Tab, name: &str, text: &str) {
    let (name, text) = (json!(name), json!(text));
    let script = format!(
        "(() => {{ const files = new DataTransfer(); files.items.add(new File([{text}], {name})); \
         const input = document.querySelector('[data-test=open-file]'); input.files = files.files; \
         input.dispatchEvent(new Event('change', {{ bubbles: true }})); return true; }})()"
    );
    tab.evaluate::<bool>(script).await.expect("the page takes files");
}

async fn opened(tab: &Tab, wanted: &str) -> String {
    tab.wait_value("opened", wanted, |state| state == wanted).await;
    let said = "document.querySelector('[data-test=opened]').textContent";
    tab.evaluate(said.to_owned()).await.expect("the page says what it thinks of it")
}

fn verified(report: &[u8]) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.json");
    std::fs::write(&file, report).expect("room for a report");
    let output =
        Command::new(RelayProcess::binary()).arg("verify-report").arg(&file).output().expect("the binary runs");
    output.status.success()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_experiment_runs_in_the_page_and_its_report_is_checked_everywhere() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let tab = browser.open(&format!("{}/lab", relay.url)).await;
    tab.wait_value("experiment-state", "the lab is there", |state| state == "idle").await;

    tab.click("choose-double-spend").await;
    tab.fill("setting-shares", "0.1, nothing").await;
    tab.click("experiment-run").await;
    tab.wait_value("experiment-refusal", "what is no number is refused", |said| {
        said.contains("“nothing” is not a number")
    })
    .await;
    tab.fill("setting-shares", "0.1, 0.7").await;
    tab.click("experiment-run").await;
    tab.wait_value("experiment-refusal", "the core refuses a majority", |said| said.contains("from 0.01 to 0.49"))
        .await;
    tab.fill("setting-shares", "0.1, 0.3").await;
    tab.fill("setting-confirmations", "1, 2").await;
    tab.fill("setting-attempts", "100").await;
    tab.fill("setting-runs", "2").await;
    tab.click("experiment-run").await;
    tab.wait_value("experiment-state", "it runs to its end", |state| state == "done").await;
    let rows = "document.querySelectorAll('[data-test=experiment-table] tbody tr').length";
    assert_eq!(tab.evaluate::<usize>(rows.to_owned()).await, Ok(4), "two shares, two numbers of confirmations");
    for (screen, name) in [
        (Screen::Desktop, "lab"),
        (Screen::DarkDesktop, "lab-dark"),
        (Screen::Phone, "lab-phone"),
        (Screen::Projector, "lab-projector"),
    ] {
        tab.show_on(screen).await;
        tab.screenshot(name).await;
    }

    let (kind, report) = tab.download("save-report").await;
    assert_eq!(kind, "application/json");
    assert!(verified(&report), "the command line comes to the same");
    let text = String::from_utf8(report).expect("JSON is UTF-8");
    open_file(&tab, "report.json", &text).await;
    let said = opened(&tab, "holds").await;
    assert!(said.contains("every digit came out the same"), "{said}");

    let changed = text.replacen("\"seed\": ", "\"seed\": 1", 1);
    open_file(&tab, "report.json", &changed).await;
    let said = opened(&tab, "doubtful").await;
    assert!(said.contains("changed after it was sealed"), "{said}");
    assert!(!verified(changed.as_bytes()));

    // The spec of a report is an experiment that the form takes.
    let spec = serde_json::from_str::<Value>(&text).expect("a report")["spec"].clone();
    open_file(&tab, "experiment.json", &spec.to_string()).await;
    opened(&tab, "spec").await;
    assert_eq!(tab.value("setting-confirmations").await.as_deref(), Ok("1, 2"));
    open_file(&tab, "experiment.toml", "title = \"x\"\n[experiment.selfish]\nalphas = [0.3\n").await;
    let said = opened(&tab, "refused").await;
    assert!(said.contains("line 3"), "{said}");
}

/// What is done by then is kept, and said to be a part.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_experiment_can_be_stopped() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let tab = browser.open(&format!("{}/lab", relay.url)).await;
    tab.wait_value("experiment-state", "the lab is there", |state| state == "idle").await;
    tab.click("choose-stale-rate").await;
    tab.fill("setting-runs", "1000").await;
    tab.click("experiment-run").await;
    let seen = "document.querySelector('.experiment-picture circle') !== null";
    tabchain_tests::eventually("points are shown while it runs", async || match tab.evaluate(seen.to_owned()).await {
        Ok(true) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    tab.click("experiment-run").await;
    tab.wait_value("experiment-state", "it stops", |state| state == "stopped").await;
    let absent = "document.querySelector('[data-test=save-report]') === null";
    assert_eq!(tab.evaluate::<bool>(absent.to_owned()).await, Ok(true), "a part is not sealed");
}
