//! Commands and roles as JSON. Their readers are lists by hand (`node/io/reading.rs`, `node/role.rs`): whatever is written is read
//! again, of every kind that there is.

use tabchain_shared::node::io::Command;
use tabchain_shared::node::role::{KnownTable, MAX_CONFIRMATIONS, Role};
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Amount, BlockHash, Memo, NetworkId, SecretKey, Transfer};
use wasm_bindgen_test::wasm_bindgen_test;

/// One of each kind, by way of the one before: the compiler asks here for a kind that is new.
fn next_command(before: Option<&Command>) -> Option<Command> {
    let key = SecretKey::from_seed([1; 32]);
    let recipient = key.public_key().address();
    let amount = Amount::from_units(5).expect("a small amount");
    Some(match before {
        None => Command::Pay { recipient, amount, fee: Some(amount), memo: Memo::new("thanks").expect("short") },
        Some(Command::Pay { .. }) => {
            let payment = Payment { recipient, amount, fee: amount, nonce: 3, memo: Memo::default() };
            Command::Submit { transfer: Box::new(Transfer::sign(NetworkId([7; 4]), &key, payment)) }
        }
        Some(Command::Submit { .. }) => Command::StartMining { blocks: Some(2), limit: None },
        Some(Command::StartMining { .. }) => Command::StopMining,
        Some(Command::StopMining) => Command::MineOn { parent: BlockHash([2; 32]) },
        Some(Command::MineOn { .. }) => Command::Rename { name: "ada".to_owned() },
        Some(Command::Rename { .. }) => Command::CompareTip { hash: BlockHash([3; 32]), height: 9 },
        Some(Command::CompareTip { .. }) => Command::Play { role: Role::Selfish },
        Some(Command::Play { .. }) => Command::ShowChain { above: vec![BlockHash([5; 32]), BlockHash([6; 32])] },
        Some(Command::ShowChain { .. }) => return None,
    })
}

fn next_role(before: Option<&Role>) -> Option<Role> {
    Some(match before {
        None => Role::Honest,
        Some(Role::Honest) => Role::Selfish,
        Some(Role::Selfish) => Role::Withholder { table: KnownTable::ALL[1] },
        Some(Role::Withholder { .. }) => {
            Role::DoubleSpender { merchant: SecretKey::from_seed([4; 32]).public_key().address(), confirmations: 6 }
        }
        Some(Role::DoubleSpender { .. }) => Role::Merchant { confirmations: MAX_CONFIRMATIONS },
        Some(Role::Merchant { .. }) => return None,
    })
}

#[wasm_bindgen_test(unsupported = test)]
fn every_command_is_read_as_it_was_written() {
    let commands: Vec<Command> =
        std::iter::successors(next_command(None), |before| next_command(Some(before))).collect();
    assert_eq!(commands.len(), 9);
    for command in commands {
        let text = serde_json::to_string(&command).expect("plain data");
        let read: Command = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(read, command);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn every_role_is_read_as_it_was_written() {
    for role in std::iter::successors(next_role(None), |before| next_role(Some(before))) {
        let text = serde_json::to_string(&role).expect("plain data");
        let read: Role = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(read, role);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn what_a_kind_needs_is_asked_for_by_name() {
    for (text, missing) in [
        (r#"{"kind":"rename"}"#, "name"),
        (r#"{"kind":"mine-on"}"#, "parent"),
        (r#"{"kind":"show-chain"}"#, "above"),
        (r#"{"kind":"play","role":{"plays":"merchant"}}"#, "confirmations"),
        (r#"{"kind":"play","role":{"plays":"withholder"}}"#, "table"),
    ] {
        let error = serde_json::from_str::<Command>(text).expect_err("something is missing").to_string();
        assert!(error.contains(missing) && error.contains("missing"), "{text}: {error}");
    }
}
