//! `/lab/pow` in a real Chromium: every algorithm is measured in a worker of the tab and natively on the relay's machine, and
//! the figures can be taken away.

use tabchain_shared::pow::Algorithm;
use tabchain_tests::browser::{Browser, Screen, screenshots};
use tabchain_tests::process::RelayProcess;

#[tokio::test(flavor = "multi_thread")]
async fn every_algorithm_is_measured_on_both_machines() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let lab = browser.open(&format!("{}/lab/pow", relay.url)).await;
    lab.show_on(Screen::Desktop).await;
    lab.wait_value("lab-state", "nothing is measured unasked", |state| state == "idle").await;

    // Stopped half way, it starts anew.
    lab.click("run").await;
    lab.wait_value("lab-state", "it runs", |state| state == "running").await;
    lab.screenshot("pow-lab-running").await;
    lab.click("run").await;
    lab.wait_value("lab-state", "it stops", |state| state == "idle").await;
    lab.click("run").await;
    let is_rate = |rate: &str| rate.parse::<f64>().is_ok_and(|rate| rate > 0.0);
    for algorithm in Algorithm::LIVE {
        for place in ["device", "relay"] {
            lab.wait_value(&format!("{}-{place}", algorithm.name()), "each has a figure", is_rate).await;
        }
    }
    lab.wait_value("lab-state", "the run is over", |state| state == "done").await;

    let (kind, csv) = lab.download("export-csv").await;
    assert_eq!(kind, "text/csv");
    let csv = String::from_utf8(csv).expect("UTF-8");
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 1 + 2 * Algorithm::LIVE.len(), "{csv}");
    for algorithm in Algorithm::LIVE {
        for place in ["device", "relay"] {
            let start = format!("{},{place},", algorithm.name());
            assert_eq!(rows.iter().filter(|row| row.starts_with(&start)).count(), 1, "{start}: {csv}");
        }
    }
    let (kind, png) = lab.download("export-png").await;
    assert_eq!(kind, "image/png");
    assert!(png.starts_with(b"\x89PNG\r\n"), "a picture by its first bytes");
    std::fs::write(screenshots().join("pow-lab-export.png"), png).expect("a place for pictures");

    for (screen, name) in [
        (Screen::Desktop, "pow-lab"),
        (Screen::DarkDesktop, "pow-lab-dark"),
        (Screen::Phone, "pow-lab-phone"),
        (Screen::DarkPhone, "pow-lab-phone-dark"),
    ] {
        lab.show_on(screen).await;
        lab.screenshot(name).await;
    }
}
