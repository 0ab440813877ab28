//! Schemathesis, which makes requests out of `/openapi.json`, right and wrong ones, and holds the answers against it: against a
//! real relay with a small history. It finds a server error, an answer that the description does not know, wrong questions
//! that are taken, and right ones that are refused.
//!
//! `cargo xtask test interface` installs the program and names it in `SCHEMATHESIS`.

use std::path::Path;
use std::process::Command;

use serde_json::json;
use tabchain_shared::pow::Algorithm;
use tabchain_tests::network_file;
use tabchain_tests::process::{RelayProcess, TOKEN};

/// So that a failure can be had again.
const SEED: &str = "20261124";
/// Of the whole run.
const BUDGET_SECONDS: &str = "60";
/// About 2^24 hashes a block: two are found in seconds, and a minute's mining orders do not fill the disk.
const BITS: &str = "1e00ffff";
/// What must not be tried at random: other machines would be called, connections become something else, or do not end.
const LEFT_OUT: [&str; 4] = ["/register-with", "/ws", "/events", "/chain/export"];

/// What a schema cannot say, and which names there are: those drawn at random belong to nobody, so that no answer could be held
/// against its description. (Names that make no sense are in `relay_rest.rs`.)
fn write_settings(folder: &Path, txid: &str, address: &str) {
    let settings = format!(
        r#"
headers = {{ Authorization = "Bearer {TOKEN}" }}
parameters = {{ txid = "{txid}", address = "{address}" }}

# Fields that exclude each other.
[[operations]]
include-path-regex = "^/(mine|topology)$"
checks.positive_data_acceptance.enabled = false

# A fault that does nothing is none, and a part of the network has somebody in it.
[[operations]]
include-path-regex = "^/(links/.*/fault|partition)$"
checks.positive_data_acceptance.enabled = false

# The relay's own node refuses to be anything but honest.
[[operations]]
include-path-regex = "^/peers/.*/role$"
checks.positive_data_acceptance.enabled = false

# Amounts have a largest sum, names have to exist, and signatures cannot be drawn at random.
[[operations]]
include-path-regex = "^/(new-transaction|transactions)$"
checks.positive_data_acceptance.enabled = false
"#
    );
    std::fs::write(folder.join("schemathesis.toml"), settings).expect("a temporary folder is writable");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing() {
    let program = std::env::var("SCHEMATHESIS")
        .expect("this test runs Schemathesis: start it with `cargo xtask test interface`, which installs it");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let network = network_file::write(folder.path(), Algorithm::Sha256d, BITS);
    // The tool's requests come from one address, without a pause.
    let relay = RelayProcess::start(
        &folder.path().join("data"),
        0,
        &["--network", &network, "--name", "host", "--requests-per-second", "0"],
    );
    relay.mine_itself(1).await;
    let address = relay.get("/peers").await[0]["address"].as_str().expect("an address").to_owned();
    let (_, paid) =
        relay.post("/new-transaction", &json!({ "sender": "host", "receiver": "host", "amount": "1" })).await;
    let txid = paid["txid"].as_str().expect("a txid").to_owned();
    relay.mine_itself(1).await;
    write_settings(folder.path(), &txid, &address);

    let mut command = Command::new(program);
    command.current_dir(folder.path()).args(["--config-file", "schemathesis.toml", "run", "--no-color"]);
    command.args(["--seed", SEED, "--max-time", BUDGET_SECONDS, "--warnings", "off"]);
    for path in LEFT_OUT {
        command.args(["--exclude-path", path]);
    }
    let run = command.arg(format!("{}/openapi.json", relay.url));
    let output = run.output().expect("Schemathesis starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("Fuzzing"), "it has tried something: {said}");
    assert_eq!(relay.get("/health").await["status"], "ok", "the relay is well afterwards");
}
