//! `cargo xtask pictures`: takes the pictures in `docs/pictures`, all of a real network of tabs: every page on a phone, a screen and a
//! projector, light and dark, and ten seconds of the control panel that move (`tour.webp`, shown in the README).

mod moving;
mod tour;

use std::path::PathBuf;

use serde_json::json;
use tabchain_tests::browser::{Screen, Tab};
use tabchain_tests::class::Class;

/// Of WebP: text stays sharp, and a page takes some tens of kilobytes.
const QUALITY: u8 = 60;
/// Brings what was chosen on the panel into sight where it is not.
const TO_THE_POINT: &str = "document.querySelector('.stage [aria-pressed=true]')?.scrollIntoView(), true";
const SCREENS: [(&str, Screen); 6] = [
    ("390", Screen::Phone),
    ("390-dark", Screen::DarkPhone),
    ("1280", Screen::Desktop),
    ("1280-dark", Screen::DarkDesktop),
    ("1920", Screen::Projector),
    ("1920-dark", Screen::DarkProjector),
];

#[tokio::main]
async fn main() {
    let folder = folder();
    let class = Class::of(&["Ada", "Grace", "Emmy", "Hedy"]).await;
    // The first steps are behind this host; every browser window here keeps that.
    let panel = class.panel().await;
    panel.click("first-steps-close").await;
    prepare(&class).await;
    save(&folder, "tour.webp", &tour::film(&class).await);
    for (page, tab) in pages(&class).await {
        for (size, screen) in SCREENS {
            tab.show_on(screen).await;
            tab.to_front().await;
            if page != "my-node" && page != "control" {
                // On a phone what a picture is about is further down.
                tab.evaluate::<bool>(TO_THE_POINT.to_owned()).await.expect("the script is sound");
            }
            tab.finish_transitions().await;
            save(&folder, &format!("{page}-{size}.webp"), &still(&tab).await);
        }
    }
}

/// The page once nothing moves any more: what is drawn glides to its places in another size.
async fn still(tab: &Tab) -> Vec<u8> {
    const ALIKE: usize = 4;
    const MOST: usize = 40;
    let (mut last, mut alike) = (Vec::new(), 0);
    for _ in 0..MOST {
        let next = tab.picture(QUALITY).await;
        alike = if next == last { alike + 1 } else { 0 };
        last = next;
        if alike == ALIKE {
            break;
        }
    }
    last
}

fn folder() -> PathBuf {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "docs", "pictures"].iter().collect();
    std::fs::create_dir_all(&folder).expect("docs can be written to");
    folder
}

fn save(folder: &std::path::Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).expect("docs/pictures can be written to");
    println!("{:>5} KB  docs/pictures/{name}", bytes.len().div_ceil(1_000));
}

/// Everybody has found blocks, and some have been paid.
async fn prepare(class: &Class) {
    for name in ["Ada", "Grace", "Emmy", "Hedy", "Ada", "Grace"] {
        class.relay.mine_blocks(name, 2).await;
    }
    class.wait_for_relays_tip().await;
    for (sender, receiver, amount) in [("Ada", "Grace", "3.5"), ("Grace", "Emmy", "12"), ("Emmy", "Hedy", "0.75")] {
        let payment = json!({ "sender": sender, "receiver": receiver, "amount": amount });
        let (status, answer) = class.relay.post("/new-transaction", &payment).await;
        assert_eq!(status.as_u16(), 202, "{answer}");
    }
    class.relay.mine_blocks("Hedy", 1).await;
    class.wait_for_relays_tip().await;
}

/// Each page, with something on it.
async fn pages(class: &Class) -> Vec<(&'static str, Tab)> {
    let open = async |path: &str, mark: &str| {
        let tab = class.browser.open(&format!("{}{path}", class.relay.url)).await;
        tab.wait_value(mark, "the page is there", |_| true).await;
        tab
    };
    let panel = async |stage: &str| {
        let panel = class.panel().await;
        panel.click(stage).await;
        panel
    };
    let block = format!("/explore/block/{}", class.relay.height().await);
    vec![
        ("my-node", class.tabs[0].clone()),
        ("control", panel("stage-chain").await),
        ("control-network", panel("stage-network").await),
        ("control-charts", panel("stage-charts").await),
        ("explore-block", open(&block, "block-hash").await),
        ("learn", open("/learn", "lesson").await),
        ("lesson", open("/learn/hash", "hash-is-met").await),
        ("lab", experiment(open("/lab", "experiment-run").await).await),
        ("pow", open("/lab/pow", "run").await),
    ]
}

/// With the result of a short run.
async fn experiment(tab: Tab) -> Tab {
    tab.wait_value("experiment-state", "the lab is there", |state| state == "idle").await;
    tab.fill("setting-attempts", "100").await;
    tab.click("experiment-run").await;
    tab.wait_value("experiment-state", "it runs to its end", |state| state == "done").await;
    tab
}
