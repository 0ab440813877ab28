//! The README's ten seconds: four tabs mine one chain on the control panel, one of them is cut off and goes its own way, and when
//! it is back one of the two branches loses.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tabchain_tests::browser::{Screen, Tab};
use tabchain_tests::class::Class;
use tabchain_tests::process::RelayProcess;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::moving::Moving;

/// Pixels; those of [`Screen::Desktop`].
const SIZE: (u32, u32) = (1280, 900);
const FRAME: Duration = Duration::from_millis(250);
const FRAMES: u32 = 40;
/// Lower than a still picture's: nobody looks at one frame for long.
const QUALITY: u8 = 40;
/// Each of four nodes finds a block in about four seconds: two hashes are one.
const HASHES_PER_SECOND: f64 = 0.5;

/// The file. What is shown ran at this speed.
pub async fn film(class: &Class) -> Vec<u8> {
    let panel = class.panel().await;
    panel.show_on(Screen::Desktop).await;
    panel.to_front().await;
    let ((), moving) = tokio::join!(story(&class.relay), record(&panel));
    moving.file()
}

async fn record(panel: &Tab) -> Moving {
    let mut moving = Moving::new(SIZE.0, SIZE.1);
    let mut frames = interval(FRAME);
    frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut last = frames.tick().await;
    for _ in 0..FRAMES {
        let picture = panel.picture(QUALITY).await;
        let now = frames.tick().await;
        moving.push(&picture, u32::try_from((now - last).as_millis()).expect("a moment"));
        last = now;
    }
    moving
}

async fn story(relay: &RelayProcess) {
    relay.mine(&json!({ "nodes": "all", "action": "start", "hashrate_limit": HASHES_PER_SECOND })).await;
    sleep(Duration::from_secs(3)).await;
    let ada = relay.peer("Ada").await.expect("she is there");
    let links: Vec<_> = ada["links"].as_array().expect("a list").iter().map(|link| link["node"].clone()).collect();
    for peer in &links {
        let peer = peer.as_str().expect("an id");
        // It may have gone by itself meanwhile.
        relay.call(Method::DELETE, &format!("/links/Ada/{peer}"), &json!({})).await;
    }
    sleep(Duration::from_secs(4)).await;
    for peer in &links {
        relay.post("/links", &json!({ "nodes": [ada["id"], peer] })).await;
    }
    sleep(Duration::from_secs(2)).await;
    relay.mine(&json!({ "nodes": "all", "action": "stop" })).await;
}
