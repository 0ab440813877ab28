//! People's and programs' texts: amounts, addresses, identifiers, network files, commands. Whatever is typed, it is refused
//! or understood, and what is understood reads the same when it is written out again.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use serde::{Serialize, de::DeserializeOwned};
use tabchain_shared::chain::Chain;
use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::difficulty::required_bits;
use tabchain_shared::node::Command;
use tabchain_shared::node::io::Answer;
use tabchain_shared::primitives::{
    Address, Amount, BlockHash, CompactTarget, Header, Memo, NetworkId, NodeId, PublicKey, Signature, Transfer, Txid,
    Work,
};
use tabchain_shared::wire::switchboard::{NodeControl, NodeReport, RelayControl};

use crate::operands::Operands;

/// Reads the rest of an input.
pub type Parser = fn(&str);

/// What the first byte of an input selects.
pub const PARSERS: [(&str, Parser); 22] = [
    ("amount", text::<Amount>),
    ("address", exact::<Address>),
    ("block-hash", exact::<BlockHash>),
    ("txid", exact::<Txid>),
    ("network-id", exact::<NetworkId>),
    ("node-id", exact::<NodeId>),
    ("params-json", |text| network(json::<Params>(text), text)),
    ("params-toml", |text| network(toml::from_str(text).ok(), text)),
    ("command", read::<Command>),
    ("answer", read::<Answer>),
    ("node-control", read::<NodeControl>),
    ("relay-control", read::<RelayControl>),
    ("node-report", read::<NodeReport>),
    ("header", read::<Header>),
    ("transfer", read::<Transfer>),
    ("amount-json", read::<Amount>),
    ("address-json", read::<Address>),
    ("memo", read::<Memo>),
    ("bits", read::<CompactTarget>),
    ("work", read::<Work>),
    ("public-key", read::<PublicKey>),
    ("signature", read::<Signature>),
];

pub fn run(data: &[u8]) {
    let mut operands = Operands::new(data);
    let (_, parse) = PARSERS[operands.below(PARSERS.len())];
    if let Ok(text) = std::str::from_utf8(operands.rest()) {
        parse(text);
    }
}

fn text<T: FromStr<Err: Display> + Display + PartialEq + Debug>(text: &str) {
    match text.parse::<T>() {
        Ok(value) => {
            let again = value.to_string().parse::<T>().map_err(|error| error.to_string());
            assert_eq!(again, Ok(value));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A value that has one text, but for capital letters and blanks around it.
fn exact<T: FromStr<Err: Display> + Display + PartialEq + Debug>(input: &str) {
    text::<T>(input);
    if let Ok(value) = input.parse::<T>() {
        assert_eq!(input.trim().to_ascii_lowercase(), value.to_string());
    }
}

/// Reads JSON, and holds it against what it writes.
fn json<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) -> Option<T> {
    let value: T = serde_json::from_str(text).ok()?;
    let written = serde_json::to_string(&value).expect("plain data");
    assert_eq!(serde_json::from_str::<T>(&written).expect("what we write, we read"), value, "{written}");
    Some(value)
}

fn read<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) {
    json::<T>(text);
}

/// A network that passes the check has a genesis, an issuance within bounds, and targets for whatever dates its blocks have.
fn network(params: Option<Params>, text: &str) {
    let Some(params) = params else { return };
    if let Err(error) = params.check() {
        assert!(!error.to_string().is_empty());
        return;
    }
    let json = serde_json::to_string(&params).expect("plain data");
    assert_eq!(serde_json::from_str::<Params>(&json).expect("what we write, we read"), params);
    let file = toml::to_string(&params).expect("plain data");
    assert_eq!(toml::from_str::<Params>(&file).expect("what we write, we read"), params, "{text}");

    let chain = Chain::new(params.clone());
    let genesis = chain.tip_entry().header;
    let last_paid = params.halving_interval.saturating_mul(64);
    for height in [0, 1, params.halving_interval, last_paid, last_paid.saturating_add(1), u32::MAX] {
        assert!(params.subsidy_at(height) <= params.subsidy);
    }
    let dated = |time: u32, parent: &Header| Header { prev_blockhash: parent.hash(), time, ..*parent };
    let mut parent = dated(params.genesis_time, &genesis);
    for time in [0, u32::MAX, params.genesis_time.wrapping_add(params.spacing), 1, u32::MAX - 1] {
        let child = dated(time, &parent);
        let bits = required_bits(&params, &child, Some(&parent));
        assert!(bits.to_target().expect("rules demand a target") <= params.limit_target());
        parent = Header { bits, ..child };
    }
}
