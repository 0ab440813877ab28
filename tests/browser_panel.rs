//! The host's panel in a real Chromium: what fits on a projector, the table of nodes with many of them, orders and payments, the log,
//! the charts, and the session that `tabchain verify` judges.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tabchain_shared::pow::Algorithm;
use tabchain_tests::browser::{Browser, Screen, Tab};
use tabchain_tests::class::Class;
use tabchain_tests::eventually;
use tabchain_tests::network_file::{self, ALMOST_NONE};
use tabchain_tests::process::{RelayProcess, TOKEN};

/// Nodes that a relay seems to have, and how the table is found to hold them.
const MANY: usize = 500;
/// The relay's own answer, with its last node many times over, each with figures of its own that change with every answer.
const MANY_PEERS: &str = "(() => { const real = window.fetch; let looks = 0; window.longestTask = 0; \
    new PerformanceObserver((list) => { for (const task of list.getEntries()) \
      window.longestTask = Math.max(window.longestTask, task.duration); }).observe({ entryTypes: ['longtask'] }); \
    window.fetch = async (input, init) => { \
      const answer = await real(input, init); const url = new URL(input.url ?? input, location.href); \
      if (url.pathname !== '/peers') return answer; \
      const peers = await answer.json(); const last = peers[peers.length - 1]; looks += 1; \
      for (let number = 1; peers.length < 500; number += 1) \
        peers.push({ ...last, id: number.toString(16).padStart(16, '0'), name: `seat ${number}`, resident: false, \
          hashrate: 1000 + (number * 37 + looks * 11) % 500, proven_hashrate: number }); \
      return new Response(JSON.stringify(peers), { headers: { 'content-type': 'application/json' } }); }; })()";

async fn number(tab: &Tab, script: &str) -> f64 {
    tab.evaluate::<f64>(script.to_owned()).await.expect("a number")
}

/// Waits for a line of the log.
async fn wait_for_line(panel: &Tab, words: &str) {
    eventually(&format!("the log says {words:?}"), async || {
        let text: String =
            panel.evaluate("document.querySelector('[data-test=\"journal\"]').innerText".to_owned()).await?;
        if text.contains(words) { Ok(()) } else { Err(text) }
    })
    .await;
}

/// How many pixels of the page, and of each card that must not be cut, are out of sight.
async fn hidden_pixels(tab: &Tab) -> f64 {
    let script = "Math.max(document.documentElement.scrollHeight - window.innerHeight, \
        ...[...document.querySelectorAll('.join, .side-forms')].map((it) => it.scrollHeight - it.clientHeight))";
    number(tab, script).await
}

/// Rows of the table of which nothing is cut.
const ROWS_IN_SIGHT: &str = "(() => { const end = document.querySelector('[data-test=\"nodes-scroll\"]').getBoundingClientRect().bottom; \
    const rows = [...document.querySelectorAll('[data-test=\"node-row\"]')]; \
    return rows.filter((row) => row.getBoundingClientRect().bottom <= end + 1).length; })()";

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_on_one_screen() {
    let class = Class::of(&["ada", "bob"]).await;
    class.relay.mine_itself(3).await;
    let panel = class.panel().await;
    panel.wait_value("control-height", "the chain is shown", |height| height == "3").await;
    for (screen, name) in
        [(Screen::Laptop, "panel-1280"), (Screen::Projector, "panel-1920"), (Screen::DarkProjector, "panel-1920-dark")]
    {
        panel.show_on(screen).await;
        // A pixel may be half a one.
        assert!(hidden_pixels(&panel).await <= 1.0, "{name}: {} px are out of sight", hidden_pixels(&panel).await);
        assert!(number(&panel, ROWS_IN_SIGHT).await >= 3.0, "{name}: not even three nodes are in sight");
        panel.screenshot(name).await;
    }
    panel.show_on(Screen::Phone).await;
    let wide = number(&panel, "document.documentElement.scrollWidth - window.innerWidth").await;
    assert!(wide <= 0.0, "a phone's page goes {wide} px to the side");
    panel.screenshot("panel-phone").await;

    // Without the host's link everything is there to be seen, and nothing to be pressed.
    let guest = class.browser.open(&format!("{}/control", class.relay.url)).await;
    guest.wait_value("control-state", "it watches", |state| state == "read-only").await;
    guest.wait_value("node-share", "nodes are shown", |_| true).await;
    for mark in ["start-all", "mine-one", "share-set", "tx-send", "node-toggle", "node-send"] {
        let locked = format!("document.querySelector('[data-test=\"{mark}\"]').disabled");
        assert!(guest.evaluate::<bool>(locked).await.expect("it is there"), "{mark} is locked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_nodes_scroll_like_five() {
    let class = Class::of(&["ada"]).await;
    let panel = class.browser.open_after(MANY_PEERS, &format!("{}/control", class.relay.url)).await;
    panel.wait_value("nodes-count", "all are counted", |count| count.trim() == MANY.to_string()).await;
    let rows = "document.querySelectorAll('[data-test=\"node-row\"]').length";
    assert!(number(&panel, rows).await < 60.0, "only rows in sight are in the page");
    let height = number(&panel, "document.querySelector('[data-test=\"nodes-scroll\"]').scrollHeight").await;
    let row = "document.querySelector('[data-test=\"node-row\"]').getBoundingClientRect().height";
    let row = number(&panel, row).await;
    assert!(height > row * 500.0, "and there is room for all: {height} px for rows of {row} px");

    // The largest share comes first; from there to the last row and back.
    panel.click("sort-share").await;
    let first = "document.querySelector('[data-test=\"node-row\"]').dataset.name";
    eventually("the largest share comes first", async || {
        let name: String = panel.evaluate(first.to_owned()).await?;
        if name == "seat 498" { Ok(()) } else { Err(name) }
    })
    .await;
    panel.evaluate::<f64>("window.longestTask = 0".to_owned()).await.expect("a number");
    let scroll = "(() => { window.isAtEnd = false; let at = 0; \
        const it = document.querySelector('[data-test=\"nodes-scroll\"]'); \
        const step = () => { it.scrollTop = it.scrollHeight * at / 100; at += 1; \
          if (at > 100) window.isAtEnd = true; else requestAnimationFrame(step); }; step(); return true; })()";
    panel.evaluate::<bool>(scroll.to_owned()).await.expect("it scrolls");
    eventually("the table is scrolled to its end", async || {
        if panel.evaluate::<bool>("window.isAtEnd".to_owned()).await? { Ok(()) } else { Err("not yet".to_owned()) }
    })
    .await;
    assert!(number(&panel, rows).await < 60.0);
    let names = "[...document.querySelectorAll('[data-test=\"node-row\"]')].map((row) => row.dataset.name)";
    eventually("the last rows are there", async || {
        let names: Vec<String> = panel.evaluate(names.to_owned()).await?;
        if names.iter().any(|name| name == "seat 1") { Ok(()) } else { Err(format!("{names:?}")) }
    })
    .await;
    println!("longest task with {MANY} nodes, sorted and scrolled: {} ms", number(&panel, "window.longestTask").await);

    panel.fill("nodes-filter", "seat 49").await;
    // 49, 149 to 449, and 490 to 498.
    panel.wait_value("nodes-count", "those that fit", |count| count.contains("14") && count.contains("500")).await;
    panel.click("select-shown").await;
    // Those out of sight, too, which one sees when they come into sight.
    let unchecked = "document.querySelectorAll('[data-test=\"node-row\"] input:not(:checked)').length";
    eventually("those in sight are selected", async || {
        let count: f64 = panel.evaluate(unchecked.to_owned()).await?;
        if count < 0.5 { Ok(()) } else { Err(format!("{count} are not")) }
    })
    .await;
    let is_all = "document.querySelector('[data-test=\"select-shown\"]').checked";
    assert!(panel.evaluate::<bool>(is_all.to_owned()).await.expect("it is there"), "all that are shown are selected");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_gives_shares_pays_and_reads_what_happened() {
    let class = Class::of(&["ada", "bob"]).await;
    let panel = class.panel().await;
    panel.to_front().await;
    class.relay.mine_blocks("ada", 2).await;
    let log = async |words: &str| wait_for_line(&panel, words).await;
    // The panel was opened after they came.
    log("ada joined").await;
    log("Block 2 by ada").await;

    // "Send to …" beside a node fills in the form.
    panel.click("side-about").await;
    panel.wait_value("difficulty-now", "the difficulty says what it does", |words| !words.trim().is_empty()).await;
    let send = "(() => { const row = [...document.querySelectorAll('[data-test=\"node-row\"]')] \
        .find((row) => row.dataset.name === 'bob'); \
        row?.querySelector('[data-test=\"node-send\"]').click(); return row !== undefined; })()";
    eventually("bob is in the table", async || {
        if panel.evaluate::<bool>(send.to_owned()).await? { Ok(()) } else { Err("not yet".to_owned()) }
    })
    .await;
    panel.fill("tx-sender", "ada").await;
    panel.fill("tx-amount", "7").await;
    panel.click("tx-send").await;
    panel.wait_value("tx-answer", "it is sent", |words| words.contains("Sent")).await;
    log("ada pays bob 7 TAB").await;
    class.relay.mine_blocks("ada", 1).await;

    // Traffic: so many real payments, and not one more.
    panel.click("side-traffic").await;
    panel.fill("traffic-rate", "20").await;
    panel.fill("traffic-count", "12").await;
    panel.click("traffic-toggle").await;
    panel.wait_value("traffic-tally", "all are sent", |sent| sent == "12").await;
    panel.wait_value("control-height", "the panel follows", |height| height == "3").await;
    let waiting = async || class.relay.get("/status").await["node"]["mempool_size"].as_u64();
    eventually("the relay's node has them all", async || {
        let waiting = waiting().await;
        if waiting == Some(12) { Ok(()) } else { Err(format!("{waiting:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_node_is_given_a_share_of_the_hash_rate() {
    let class = Class::of(&["ada", "bob"]).await;
    let panel = class.panel().await;
    panel.fill("limit", "3").await;
    panel.click("start-all").await;
    let shares = "[...document.querySelectorAll('[data-test=\"node-row\"]')].map((row) => \
        [row.dataset.name, Number(row.querySelector('[data-test=\"node-share\"]').dataset.value ?? 0)])";
    eventually("both tabs prove a rate", async || {
        let shares: Vec<(String, f64)> = panel.evaluate(shares.to_owned()).await?;
        let proves = |name: &str| shares.iter().any(|(node, share)| node == name && *share > 8.0);
        if proves("ada") && proves("bob") { Ok(()) } else { Err(format!("{shares:?}")) }
    })
    .await;
    panel.fill("mine-one-node", "ada").await;
    panel.fill("share-percent", "5").await;
    panel.click("share-set").await;
    wait_for_line(&panel, "ada gets 5 % of the hash rate; slowed for it: ada").await;
    // A limit at once; what is proven in a minute follows it.
    eventually("ada has slowed down", async || {
        let ada = class.relay.peer("ada").await.ok_or("absent")?;
        let rate = ada["hashrate"].as_f64().unwrap_or_default();
        if rate > 0.0 && rate < 1.5 { Ok(()) } else { Err(ada.to_string()) }
    })
    .await;
    panel.click("stop-all").await;
}

/// Blocks come faster than the clock goes: the host sees that a node waits, and why.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_waits_for_the_clock_says_so() {
    let data = tempfile::tempdir().expect("a data folder");
    let network = network_file::write_dated(data.path(), Algorithm::Sha256d, ALMOST_NONE, 1);
    let relay = RelayProcess::start(data.path(), 0, &["--network", &network]);
    let browser = Browser::launch().await;
    let _ada = browser.open_node(&relay.link_to_mine("ada")).await;
    relay.wait_for_nodes(2).await;
    relay.mine(&json!({ "nodes": ["ada"] })).await;
    let panel = browser.open(&format!("{}/control#token={TOKEN}", relay.url)).await;
    panel.to_front().await;
    panel.wait_value("node-waits", "ada waits for the clock", |words| words.starts_with("waits for the clock")).await;
    panel.screenshot("panel-waits").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn charts_and_the_session_can_be_taken_away() {
    let class = Class::of(&["ada"]).await;
    class.relay.mine_blocks("ada", 12).await;
    let payment = json!({ "sender": "ada", "receiver": class.relay.get("/peers").await[0]["id"], "amount": 0.5 });
    let (status, sent) = class.relay.post("/new-transaction", &payment).await;
    assert!(status.is_success(), "{sent}");
    class.relay.mine_blocks("ada", 1).await;
    let panel = class.panel().await;
    panel.wait_value("control-height", "the chain is shown", |height| height == "13").await;
    panel.click("stage-charts").await;
    for chart in ["hashrate", "intervals", "difficulty", "propagation", "stale", "mempool"] {
        let has_rows = |rows: &str| rows.parse::<usize>().is_ok_and(|rows| rows > 0);
        panel.wait_value(&format!("chart-{chart}"), "it has figures", has_rows).await;
        let (kind, csv) = panel.download(&format!("chart-{chart}-csv")).await;
        assert_eq!(kind, "text/csv", "{chart}");
        let csv = String::from_utf8(csv).expect("UTF-8");
        assert!(csv.lines().count() > 1 && csv.lines().all(|line| line.contains(',')), "{chart}: {csv}");
    }
    let (kind, png) = panel.download("chart-intervals-png").await;
    assert_eq!(kind, "image/png");
    assert!(png.starts_with(b"\x89PNG\r\n") && png.len() > 4_000, "a picture: {} bytes", png.len());
    for (screen, name) in [
        (Screen::Laptop, "panel-charts-1280"),
        (Screen::Projector, "panel-charts-1920"),
        (Screen::DarkPhone, "panel-charts-phone-dark"),
    ] {
        panel.show_on(screen).await;
        panel.screenshot(name).await;
    }

    // The session holds what the log was told of.
    wait_for_line(&panel, "Block 13 by ada").await;
    let (kind, session) = panel.download("save-session").await;
    assert_eq!(kind, "application/json");
    let report = verify(&session);
    assert_eq!((&report["valid"], &report["height"]), (&json!(true), &json!(13)), "{report}");
    assert!(
        report["balances_checked"].as_u64() >= Some(2) && report["block_events_checked"].as_u64() >= Some(13),
        "{report}"
    );
    // What it says of the chain cannot be changed unseen.
    let mut changed: Value = serde_json::from_slice(&session).expect("JSON");
    changed["blocks"][5]["time"] = json!(7);
    assert_eq!(verify(changed.to_string().as_bytes())["valid"], false);
}

/// What `tabchain verify` says of a file.
fn verify(file: &[u8]) -> Value {
    let mut command = Command::new(RelayProcess::binary());
    command.args(["verify", "-", "--json"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    child.stdin.take().expect("piped").write_all(file).expect("it reads all");
    let output = child.wait_with_output().expect("it ends");
    serde_json::from_slice(&output.stdout).expect("JSON")
}
