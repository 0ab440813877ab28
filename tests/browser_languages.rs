//! Every page in every language in a real Chromium: the browser's language is taken, the person's choice is kept and needs no reload,
//! numbers are written as the language does, and nothing is shown by its key or runs out of a phone's screen. And nothing moves under
//! the person's hands while a page comes to be.

use serde::Deserialize;
use serde_json::json;
use tabchain_tests::axe;
use tabchain_tests::browser::Screen;
use tabchain_tests::class::Class;
use tabchain_tests::eventually;

/// A language as browsers ask for it, its tag, what the big button says, and how it writes the money of 25 blocks.
const LANGUAGES: [[&str; 4]; 4] = [
    ["en-US", "en", "Start mining", "1,250 TAB"],
    ["de-DE", "de", "Mining starten", "1.250 TAB"],
    ["es-ES", "es", "Empezar a minar", "1250 TAB"],
    ["zh-CN", "zh", "开始挖矿", "1,250 TAB"],
];

/// A page, and what is there when it is shown.
const PAGES: [(&str, &str); 10] = [
    ("/", "tree-summary"),
    ("/control", "control-height"),
    ("/explore", "block-link"),
    ("/explore/block/1", "block-hash"),
    ("/lab", "experiment-state"),
    ("/learn", "lesson"),
    ("/learn/fork", "network-switch"),
    ("/lab/live", "live-nodes"),
    ("/lab/pow", "lab-state"),
    ("/no/such/page", "no-page"),
];

/// The words of a page that look like the key of a text.
const KEYS_SHOWN: &str = "(() => {
    const names = ['aria-label', 'aria-roledescription', 'placeholder', 'title'];
    const attributes = [...document.querySelectorAll('*')].flatMap((it) => names.map((name) => it.getAttribute(name) ?? ''));
    const words = [document.title, document.body.innerText, ...attributes].join(' ');
    return words.match(/\\b(frame|my-node|wallet|tree|control|explore|experiments|lab|learn)-[a-z][a-z-]+/g) ?? [];
})()";

/// Keeps what moved without the person having done anything, with what it was.
const KEEP_SHIFTS: &str = "window.shifts = [];
    new PerformanceObserver((list) => {
        for (const shift of list.getEntries().filter((it) => !it.hadRecentInput)) {
            const what = shift.sources.map((it) => it.node?.outerHTML?.slice(0, 80) ?? it.node?.textContent ?? '').join(' | ');
            window.shifts.push({ value: shift.value, what });
        }
    }).observe({ type: 'layout-shift', buffered: true });";

/// How much of the screen may move, and how far, as Chromium counts it for its users: 0.1 counts as good, we want better.
const MOST_SHIFT: f64 = 0.03;

fn speaking(tag: &str) -> String {
    format!("Object.defineProperty(navigator, 'languages', {{ get: () => [{}] }});", json!(tag))
}

/// How much wider the names of the pages are than the bar.
const HIDDEN_IN_BAR: &str =
    "(() => { const nav = document.querySelector('.bar nav'); return nav.scrollWidth - nav.clientWidth; })()";

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_there_in_every_language() {
    let class = Class::of(&["ada"]).await;
    class.relay.mine_itself(1).await;
    class.relay.mine_blocks("ada", 1).await;
    let mut found = Vec::new();
    for [wish, tag, ..] in LANGUAGES {
        let tab = class.browser.open_after(&speaking(wish), &format!("{}/no/such/page", class.relay.url)).await;
        tab.show_on(Screen::Phone).await;
        for (path, mark) in PAGES {
            tab.go(&format!("{}{path}", class.relay.url)).await;
            tab.wait_value(mark, &format!("{path} is shown"), |_| true).await;
            assert_eq!(tab.evaluate::<String>("document.documentElement.lang".into()).await.as_deref(), Ok(tag));
            let keys: Vec<String> = tab.evaluate(KEYS_SHOWN.into()).await.expect("a list");
            found.extend(keys.iter().map(|key| format!("{tag} {path}: {key} is shown")));
            let width: f64 = tab.evaluate("document.documentElement.scrollWidth".into()).await.expect("a width");
            if width > 390.0 {
                found.push(format!("{tag} {path}: {width} px wide"));
            }
            let hidden: f64 = tab.evaluate(HIDDEN_IN_BAR.into()).await.expect("a width");
            if hidden > 0.0 {
                found.push(format!("{tag} {path}: {hidden} px of the bar's words are out of sight"));
            }
            tab.screenshot(&format!("{tag}{}", path.replace('/', "-"))).await;
        }
        tab.go(&class.relay.url).await;
        tab.wait_connected().await;
        found.extend(axe::violations(&tab, &format!("{tag} /"), &[Screen::Phone]).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_language_needs_no_reload_and_is_kept() {
    let class = Class::of(&["ada"]).await;
    class.relay.mine_itself(25).await;
    let tab = class.browser.open_after(&speaking("de-CH"), &format!("{}/?node=bob", class.relay.url)).await;
    tab.wait_value("mining-toggle", "the browser's language is taken", |shown| shown.trim() == "Mining starten").await;
    tab.evaluate::<bool>("window.isTheSame = true".into()).await.expect("a mark");
    for [_, tag, button, _] in LANGUAGES {
        tab.fill("language", tag).await;
        tab.wait_value("mining-toggle", &format!("the page speaks {tag}"), |shown| shown.trim() == button).await;
        assert_eq!(tab.evaluate::<String>("document.documentElement.lang".into()).await.as_deref(), Ok(tag));
        assert_eq!(tab.evaluate::<bool>("window.isTheSame".into()).await, Ok(true), "without a reload");
    }
    // The last choice is kept, whatever the browser asks for; and the explorer, which is another program, follows each.
    let address = class.relay.get("/status").await["node"]["address"].as_str().expect("an address").to_owned();
    let explorer = format!("{}/explore/address/{address}", class.relay.url);
    let tab = class.browser.open_after(&speaking("de-DE"), &explorer).await;
    tab.wait_value("language", "the choice is kept", |tag| tag == "zh").await;
    for [_, tag, _, coins] in LANGUAGES.iter().rev() {
        tab.fill("language", tag).await;
        tab.wait_value("account-balance", &format!("money is written as in {tag}"), |shown| shown == *coins).await;
    }
}

#[derive(Deserialize)]
struct Shift {
    value: f64,
    what: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_while_a_page_comes_to_be() {
    let class = Class::of(&["ada"]).await;
    class.relay.mine_itself(30).await;
    for screen in [Screen::Desktop, Screen::Phone] {
        for (path, mark) in PAGES {
            let tab = class.browser.blank().await;
            tab.show_on(screen).await;
            tab.to_front().await;
            tab.run_first(KEEP_SHIFTS).await;
            tab.go(&format!("{}{path}", class.relay.url)).await;
            tab.wait_value(mark, &format!("{path} is shown"), |_| true).await;
            // What a page shows first is complete when the network has gone on once more.
            let height = class.relay.height().await + 1;
            class.relay.mine_itself(1).await;
            if path == "/" {
                tab.wait_value("tip-height", "the new block is here", |tip| tip == height.to_string()).await;
            }
            let shifts: Vec<Shift> = eventually("the page has told", async || {
                tab.evaluate("new Promise((done) => requestAnimationFrame(() => done(window.shifts)))".into()).await
            })
            .await;
            let sum: f64 = shifts.iter().map(|shift| shift.value).sum();
            println!("{path} on {screen:?}: {sum:.4}");
            let moved: Vec<&str> = shifts.iter().map(|shift| shift.what.as_str()).collect();
            assert!(sum <= MOST_SHIFT, "{path} on {screen:?} moves by {sum}: {moved:#?}");
        }
    }
}
