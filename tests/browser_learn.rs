//! The lessons in a real Chromium, each taken by really doing what it asks on the tab's own node; what is wrong takes no step.

use serde_json::{Value, json};
use tabchain_tests::browser::{Screen, Tab};
use tabchain_tests::class::Class;
use tabchain_tests::eventually;

/// The learner's tab on a lesson, as one among others on the network.
async fn learner(class: &Class, lesson: &str) -> Tab {
    let tab = class.browser.open(&format!("{}/learn/{lesson}?mine&node=ada", class.relay.url)).await;
    tab.wait_value("lesson-title", "the lesson is open", |id| id == lesson).await;
    tab.wait_value("learn-company", "the node is on the network", |alone| alone == "false").await;
    class.relay.wait_for_nodes(class.tabs.len() + 2).await;
    tab
}

/// Waits until so many steps are taken; in vain, it tells what the learner sees.
async fn taken(tab: &Tab, steps: usize) {
    eventually(&format!("{steps} steps are taken"), async || {
        if tab.value("taken").await? == steps.to_string() {
            return Ok(());
        }
        Err(tab.evaluate("document.querySelector('.learn').innerText".into()).await?)
    })
    .await;
}

/// Nothing but a proof takes a step: as many are taken as before, and the next one is still to do.
async fn still(tab: &Tab, steps: usize) {
    assert_eq!(tab.value("taken").await.as_deref(), Ok(steps.to_string().as_str()));
    assert_eq!(tab.value(&format!("step-{}", steps + 1)).await.as_deref(), Ok("open"));
    if tab.value(&format!("step-{}", steps + 2)).await.is_ok() {
        assert_eq!(tab.value(&format!("step-{}", steps + 2)).await.as_deref(), Ok("closed"));
    }
}

async fn rich(tab: &Tab) {
    tab.wait_value("learn-balance", "the node has coins", |coins| coins.parse::<f64>().is_ok_and(|coins| coins > 1.0))
        .await;
}

/// The learner's node has come so far.
async fn at_height(tab: &Tab, height: u64) {
    tab.wait_value("standing", "the node has the block", |told| told.contains(&format!("Height {height}"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hash_and_nonce() {
    let class = Class::of(&[]).await;
    class.relay.mine_itself(1).await;
    let tab = learner(&class, "hash").await;
    tab.wait_value("hash-is-met", "the block's own hash is small enough", |met| met == "true").await;
    still(&tab, 0).await;
    eventually("another nonce is none", async || {
        if tab.value("taken").await? == "1" {
            return Ok(());
        }
        tab.click("nonce-more").await;
        Err("every second one is, here".to_owned())
    })
    .await;
    assert_eq!(tab.value("hash-is-met").await.as_deref(), Ok("false"), "only what is no block takes the step");
    eventually("a nonce is found by hand", async || {
        if tab.value("taken").await? == "2" {
            return Ok(());
        }
        tab.click("try-many").await;
        Err("not yet".to_owned())
    })
    .await;
    tab.screenshot("learn-hash").await;
    // Somebody else's block does not count.
    class.relay.mine_itself(1).await;
    at_height(&tab, 2).await;
    still(&tab, 2).await;
    tab.click("mine-one").await;
    taken(&tab, 3).await;
    // It is remembered.
    tab.reload().await;
    taken(&tab, 3).await;
    tab.go(&format!("{}/learn?node=ada", class.relay.url)).await;
    let learned: String = eventually("the list of lessons tells", async || {
        tab.evaluate("document.querySelector('[data-test=lesson][data-value=hash]').dataset.taken".into()).await
    })
    .await;
    assert_eq!(learned, "3");
    tab.screenshot("learn").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_and_its_merkle_tree() {
    let class = Class::of(&[]).await;
    let tab = learner(&class, "merkle").await;
    class.relay.mine_blocks("ada", 1).await;
    rich(&tab).await;
    // One payment in a block is too few.
    tab.click("pay-myself").await;
    tab.wait_value("waiting", "it waits", |waiting| waiting == "1").await;
    tab.click("mine-one").await;
    tab.wait_value("waiting", "it is mined", |waiting| waiting == "0").await;
    still(&tab, 0).await;
    for waiting in 1..=2 {
        tab.click("pay-myself").await;
        tab.wait_value("waiting", "it waits", |value| value == waiting.to_string()).await;
    }
    tab.click("mine-one").await;
    taken(&tab, 1).await;
    tab.wait_value("root-fits", "the header means its transactions", |fits| fits == "true").await;
    still(&tab, 1).await;
    tab.click("change-payment").await;
    taken(&tab, 2).await;
    assert_eq!(tab.value("root-fits").await.as_deref(), Ok("false"));
    still(&tab, 2).await;
    tab.click("change-payment").await;
    taken(&tab, 3).await;

    let pick = async |place: usize, what: &str| {
        let script = format!(
            "(() => {{ const rows = [...document.querySelectorAll('.merkle .hashes')].map(row => [...row.children].map(e => e.firstChild.textContent));
               return {what}; }})()"
        );
        let name: String = tab.evaluate(script).await.expect("the tree is shown");
        tab.fill(&format!("neighbour-{place}"), &name).await;
    };
    // The neighbour on the wrong side of the tree, then the right ones: the reward, and the other pair.
    pick(0, "rows[0][2]").await;
    pick(1, "rows[1][1]").await;
    tab.wait_value("proven", "a wrong neighbour proves nothing", |proven| proven == "false").await;
    still(&tab, 3).await;
    pick(0, "rows[0][0]").await;
    taken(&tab, 4).await;
    tab.screenshot("learn-merkle").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_and_tampering() {
    let class = Class::of(&[]).await;
    class.relay.mine_itself(5).await;
    let tab = learner(&class, "chain").await;
    tab.wait_value("whole", "the block is whole", |whole| whole == "true").await;
    still(&tab, 0).await;
    tab.fill("tag", "mallory").await;
    taken(&tab, 1).await;
    assert_eq!(tab.value("linked").await.as_deref(), Ok("true"), "the header is what it was");
    tab.click("new-root").await;
    taken(&tab, 2).await;
    tab.screenshot("learn-chain").await;
    assert_eq!(tab.value("linked").await.as_deref(), Ok("false"));
    // The chain goes on, and with it what is right.
    class.relay.mine_itself(2).await;
    let told = tab.wait_value("redo-told", "the node has both blocks", |told| told.contains("block 7,")).await;
    let forged: String =
        told.chars().skip_while(|letter| !letter.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let right = 7 - forged.parse::<u32>().expect("a height") + 1;
    for wrong in [(right - 1).to_string(), (right + 1).to_string()] {
        tab.fill("redo", &wrong).await;
        tab.wait_value("redo-right", "the count is wrong", |right| right == "false").await;
        still(&tab, 2).await;
    }
    tab.fill("redo", "many").await;
    still(&tab, 2).await;
    tab.fill("redo", &right.to_string()).await;
    taken(&tab, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_signatures() {
    let class = Class::of(&[]).await;
    let tab = learner(&class, "keys").await;
    class.relay.mine_blocks("ada", 1).await;
    rich(&tab).await;
    still(&tab, 0).await;
    tab.click("sign").await;
    taken(&tab, 1).await;
    tab.click("will-fail").await;
    taken(&tab, 2).await;
    tab.wait_value("signature-valid", "the signature does not fit", |valid| valid == "false").await;
    tab.click("sign-again").await;
    taken(&tab, 3).await;
    tab.click("pay-myself").await;
    // The step's own question is the second on the page.
    let hand_in = "(() => { const button = [...document.querySelectorAll('[data-test=will-succeed]')].at(1);
        button?.click(); return button !== undefined; })()";
    still(&tab, 3).await;
    eventually("the forged payment is handed in", async || {
        if tab.evaluate::<bool>(hand_in.into()).await? { Ok(()) } else { Err("it does not wait yet".to_owned()) }
    })
    .await;
    taken(&tab, 4).await;
    let text: String = tab.evaluate("document.body.innerText".into()).await.expect("a page has text");
    assert!(text.contains("Not as you said. Your node refused: the signature does not match"), "{text}");
    // The genuine one is what the network has.
    eventually("the relay has the payment", async || {
        let waiting = class.relay.get("/mempool").await;
        let amount = waiting["transactions"][0]["amount"].clone();
        if amount == json!("0.01") { Ok(()) } else { Err(waiting.to_string()) }
    })
    .await;
    tab.screenshot("learn-keys").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mempool_and_fees() {
    let class = Class::of(&[]).await;
    let tab = learner(&class, "fees").await;
    class.relay.mine_blocks("ada", 1).await;
    rich(&tab).await;
    still(&tab, 0).await;
    tab.click("pay-myself").await;
    taken(&tab, 1).await;
    tab.click("will-succeed").await;
    taken(&tab, 2).await;
    tab.wait_value("outcome", "a tiny raise is refused", |outcome| outcome == "false").await;
    still(&tab, 2).await;
    tab.click("raise").await;
    taken(&tab, 3).await;
    tab.wait_value("waiting-fee", "the dearer one waits", |fee| fee == "0.001").await;
    still(&tab, 3).await;
    tab.click("mine-one").await;
    taken(&tab, 4).await;
    tab.screenshot("learn-fees").await;
}

/// Has bob, a helper among the others, mine so that the network has more blocks than the learner's node.
async fn outrun(class: &Class, blocks: u64) {
    class.relay.mine_blocks("bob", blocks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_and_a_reorg() {
    let class = Class::of(&["bob"]).await;
    let tab = learner(&class, "fork").await;
    class.relay.mine_itself(1).await;
    at_height(&tab, 1).await;
    still(&tab, 0).await;
    tab.click("network-switch").await;
    taken(&tab, 1).await;
    still(&tab, 1).await;
    tab.click("mine-one").await;
    taken(&tab, 2).await;
    tab.screenshot("learn-fork").await;
    // Nobody else mined: the branch wins, which is no reorg.
    tab.click("network-switch").await;
    taken(&tab, 3).await;
    still(&tab, 3).await;
    class.relay.wait_for_height(2).await;
    tab.click("network-switch").await;
    tab.wait_value("learn-company", "the node is alone again", |alone| alone == "true").await;
    tab.click("mine-one").await;
    at_height(&tab, 3).await;
    outrun(&class, 2).await;
    tab.click("network-switch").await;
    taken(&tab, 4).await;
    let told = tab.value("reorg-told").await.expect("it is told");
    assert!(told.contains("took back 1"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn difficulty() {
    let class = Class::of(&[]).await;
    let tab = learner(&class, "difficulty").await;
    class.relay.mine_itself(3).await;
    at_height(&tab, 3).await;
    for wrong in ["1", "3", "0", "x"] {
        tab.fill("divisor", wrong).await;
        still(&tab, 0).await;
    }
    tab.fill("divisor", "2").await;
    taken(&tab, 1).await;
    tab.fill("seconds-rise", "1000").await;
    still(&tab, 1).await;
    tab.fill("seconds-rise", "1").await;
    taken(&tab, 2).await;
    tab.fill("seconds-fall", "2").await;
    still(&tab, 2).await;
    tab.fill("seconds-fall", "1000").await;
    taken(&tab, 3).await;
    let foretold = tab.wait_value("foretold", "the next block is foretold", |bits| bits.len() == 8).await;
    still(&tab, 3).await;
    tab.click("mine-one").await;
    taken(&tab, 4).await;
    class.relay.wait_for_height(4).await;
    let block: Value = class.relay.get("/blocks/4").await;
    assert_eq!(block["bits"], foretold.as_str());
    tab.screenshot("learn-difficulty").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partition_and_healing() {
    let class = Class::of(&["bob"]).await;
    let tab = learner(&class, "partition").await;
    class.relay.mine_blocks("ada", 1).await;
    rich(&tab).await;
    tab.click("network-switch").await;
    taken(&tab, 1).await;
    still(&tab, 1).await;
    tab.click("pay-myself").await;
    tab.wait_value("newest-payment", "it waits on this side", |told| told.contains("waits")).await;
    still(&tab, 1).await;
    tab.click("mine-one").await;
    taken(&tab, 2).await;
    outrun(&class, 3).await;
    still(&tab, 2).await;
    tab.click("network-switch").await;
    taken(&tab, 3).await;
    tab.wait_value("newest-payment", "the payment came back", |told| told.contains("waits again")).await;
    still(&tab, 3).await;
    tab.screenshot("learn-partition").await;
    class.relay.wait_for_mempool("bob", 1).await;
    outrun(&class, 1).await;
    taken(&tab, 4).await;
    tab.show_on(Screen::Phone).await;
    tab.screenshot("learn-partition-phone").await;
    let overflow: f64 =
        tab.evaluate("document.documentElement.scrollWidth - innerWidth".into()).await.expect("a number");
    assert!(overflow <= 0.0, "{overflow} px stand over the edge of a phone");
}
