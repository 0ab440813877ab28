//! Which rules some bytes keep as a block. What needs the whole chain (balances, the order of a sender's transfers) is left to nodes,
//! and said to be.

use tabchain_shared::consensus::block_rules::{check_block, check_coinbase, check_identity};
use tabchain_shared::consensus::header_rules::{HeaderContext, check_header, check_header_in_context};
use tabchain_shared::consensus::{CheckedBlock, Params};
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::{Amount, Block, Decode, Header, Transfer};

/// What a page asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    Block {
        params: Box<Params>,
        bytes: Vec<u8>,
        place: Place,
        /// Seconds.
        now: u32,
    },
    /// Whether a transfer is signed by its sender.
    Signature(Box<Transfer>),
    /// The first of `count` nonces from `start` on that proves the header's work.
    Nonce { algorithm: Algorithm, header: Header, start: u32, count: u32 },
}

/// The answer to a [`Question`].
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Rulings(Vec<Ruling>),
    Signature { is_valid: bool },
    Nonce(Option<u32>),
}

/// Where a block claims to stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub height: u32,
    /// Headers below it, its parent first: up to eleven. None for genesis.
    pub ancestors: Vec<Header>,
}

/// What became of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Kept,
    /// In the rule's own words, which name it.
    Broken(String),
    Open(Unjudged),
}

/// Why nothing can be said of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unjudged {
    /// The bytes are no block.
    Unreadable,
    /// It follows from the network's parameters.
    NobodyMinedGenesis,
    NothingBelowGenesis,
    /// The transactions are not those of the header.
    NotTheHeaders,
    GenesisPaysNobody,
    TransactionsUnsound,
}

/// What is asked of a block, each a group of the rules of consensus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Its proof of work meets the target.
    Work,
    /// It names the block below as its parent.
    Parent,
    /// Its difficulty and date are what the rules ask for.
    Context,
    /// Its bytes are a block.
    Bytes,
    /// Its transactions are those that the header means.
    Identity,
    /// Every transaction is well made and signed.
    Transactions,
    /// The miner takes no more than it may.
    Coinbase,
}

impl Rule {
    /// In the order in which a block is judged.
    pub const ALL: [Self; 7] =
        [Self::Work, Self::Parent, Self::Context, Self::Bytes, Self::Identity, Self::Transactions, Self::Coinbase];
}

/// A rule, and whether it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    pub rule: Rule,
    pub verdict: Verdict,
}

impl Ruling {
    pub fn is_broken(&self) -> bool {
        matches!(self.verdict, Verdict::Broken(_))
    }

    /// Whether it is this rule that is broken.
    pub fn breaks(&self, rule: &str) -> bool {
        matches!(&self.verdict, Verdict::Broken(words) if words.split(':').next() == Some(rule))
    }
}

impl Question {
    pub fn answer(&self) -> Reply {
        match self {
            Self::Block { params, bytes, place, now } => Reply::Rulings(judge(params, bytes, place, *now)),
            Self::Signature(transfer) => Reply::Signature { is_valid: transfer.has_valid_signature() },
            Self::Nonce { algorithm, header, start, count } => {
                let search = NonceSearch::for_bits(*algorithm, header);
                Reply::Nonce(search.ok().and_then(|mut search| search.run(*start, *count)))
            }
        }
    }
}

/// Everything that can be judged of a block without the chain's accounts. `now` is in seconds.
fn judge(params: &Params, bytes: &[u8], place: &Place, now: u32) -> Vec<Ruling> {
    let ruling = |rule, verdict| Ruling { rule, verdict };
    let block = Block::from_bytes(bytes);
    let readable = match &block {
        Ok(_) => Verdict::Kept,
        Err(error) => Verdict::Broken(error.to_string()),
    };
    // A header is 80 bytes whatever follows it.
    let header = bytes.get(..Header::SIZE).and_then(|bytes| Header::from_bytes(bytes).ok());
    let of_header =
        |check: &dyn Fn(&Header) -> Verdict| header.as_ref().map_or_else(|| open(Unjudged::Unreadable), check);
    let of_block =
        |check: &dyn Fn(&Block) -> Verdict| block.as_ref().map_or_else(|_| open(Unjudged::Unreadable), check);
    vec![
        ruling(Rule::Work, of_header(&|header| proof_of_work(params, header, place))),
        ruling(Rule::Parent, of_header(&|header| parent(params, header, place))),
        ruling(Rule::Context, of_header(&|header| context(params, header, place, now))),
        ruling(Rule::Bytes, readable),
        ruling(Rule::Identity, of_block(&|block| kept(check_identity(params, block)))),
        ruling(Rule::Transactions, of_block(&|block| transactions(params, block))),
        ruling(Rule::Coinbase, of_block(&|block| coinbase(params, block, place))),
    ]
}

fn open(reason: Unjudged) -> Verdict {
    Verdict::Open(reason)
}

fn kept<T, E: ToString>(result: Result<T, E>) -> Verdict {
    result.map_or_else(|error| Verdict::Broken(error.to_string()), |_| Verdict::Kept)
}

/// Nobody mined genesis: that it is this network's is all that it proves.
fn is_genesis(params: &Params, header: &Header) -> bool {
    *header == params.genesis().header
}

fn proof_of_work(params: &Params, header: &Header, place: &Place) -> Verdict {
    if place.height == 0 && is_genesis(params, header) {
        return open(Unjudged::NobodyMinedGenesis);
    }
    kept(check_header(params, header))
}

fn parent(params: &Params, header: &Header, place: &Place) -> Verdict {
    match place.ancestors.first() {
        Some(parent) if header.prev_blockhash == parent.hash() => Verdict::Kept,
        Some(parent) => Verdict::Broken(format!("unknown-parent: the block below has the hash {}", parent.hash())),
        None if is_genesis(params, header) => open(Unjudged::NothingBelowGenesis),
        None => Verdict::Broken("unknown-parent: genesis is another block".to_owned()),
    }
}

fn context(params: &Params, header: &Header, place: &Place, now: u32) -> Verdict {
    match HeaderContext::new(place.ancestors.iter().copied()) {
        Some(context) => kept(check_header_in_context(params, header, &context, now)),
        None => open(Unjudged::NothingBelowGenesis),
    }
}

fn transactions(params: &Params, block: &Block) -> Verdict {
    if check_identity(params, block).is_err() {
        return open(Unjudged::NotTheHeaders);
    }
    kept(check_block(params, params.network_id(), block.clone()))
}

fn coinbase(params: &Params, block: &Block, place: &Place) -> Verdict {
    if place.height == 0 {
        return open(Unjudged::GenesisPaysNobody);
    }
    let Ok(checked) = check_block(params, params.network_id(), block.clone()) else {
        return open(Unjudged::TransactionsUnsound);
    };
    kept(check_coinbase(params, checked.coinbase(), place.height, fees(&checked)))
}

/// More than can exist is as much as can exist: no coinbase may say more.
fn fees(block: &CheckedBlock) -> Amount {
    let fees = block.transfers().iter().map(|transfer| transfer.fee);
    fees.fold(Amount::ZERO, |sum, fee| sum.checked_add(fee).unwrap_or(Amount::MAX))
}

#[cfg(test)]
mod tests {
    use tabchain_shared::chain::Chain;
    use tabchain_shared::mempool::Mempool;
    use tabchain_shared::mining::block_template::block_template;
    use tabchain_shared::mining::nonce_search::NonceSearch;
    use tabchain_shared::primitives::{Encode, Memo, SecretKey, Transaction, merkle_root};
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// A block on genesis, and where it stands.
    fn honest(params: &Params) -> (Block, Place) {
        let genesis = params.genesis().header;
        let miner = SecretKey::from_seed([7; 32]).public_key().address();
        let (chain, now) = (Chain::new(params.clone()), genesis.time + 10);
        let mut block = block_template(&chain, &Mempool::default(), miner, Memo::new("ada").unwrap(), now);
        let mut search = NonceSearch::for_bits(params.algorithm, &block.header).unwrap();
        block.header.nonce = search.run(0, 10_000).expect("every second nonce fits");
        (block, Place { height: 1, ancestors: vec![genesis] })
    }

    /// The rules that a changed block breaks, but for its proof of work: on this network every second block has one.
    fn check(change: impl FnOnce(&mut Vec<u8>), expected: &[&str]) {
        let params = Params::regtest();
        let (block, place) = honest(&params);
        let mut bytes = block.to_bytes();
        change(&mut bytes);
        let rulings = judge(&params, &bytes, &place, u32::MAX);
        let broken = rulings.iter().filter_map(|ruling| match &ruling.verdict {
            Verdict::Broken(words) => words.split(':').next(),
            _ => None,
        });
        let broken: Vec<&str> = broken.filter(|rule| *rule != "high-hash").collect();
        assert_eq!(broken, expected, "{rulings:?}");
    }

    #[test]
    fn a_changed_byte_breaks_the_rule_of_its_field() {
        check(|_| {}, &[]);
        check(|bytes| bytes[4] ^= 1, &["unknown-parent"]);
        check(|bytes| bytes[36] ^= 1, &["bad-merkle-root"]);
        check(|bytes| bytes[70] = 0, &["time-too-old"]);
        check(|bytes| bytes[72] ^= 1, &["bad-difficulty"]);
        check(|bytes| *bytes.last_mut().unwrap() ^= 1, &["bad-merkle-root"]);
        check(|bytes| bytes.push(0), &["1 bytes follow the value"]);
        check(|bytes| bytes.truncate(79), &["the bytes end before the value does"]);
    }

    #[test]
    fn what_follows_from_an_unsound_part_is_left_open() {
        let params = Params::regtest();
        let (block, place) = honest(&params);
        let mut bytes = block.to_bytes();
        *bytes.last_mut().unwrap() ^= 1;
        let open = judge(&params, &bytes, &place, u32::MAX);
        assert_eq!(open.iter().filter(|ruling| matches!(ruling.verdict, Verdict::Open(_))).count(), 2);
    }

    #[test]
    fn a_proof_that_is_none_is_seen() {
        let params = Params::regtest();
        let (mut block, place) = honest(&params);
        let target = block.header.bits.to_target().unwrap();
        while params.algorithm.is_met(&block.header, target) {
            block.header.nonce += 1;
        }
        let rulings = judge(&params, &block.to_bytes(), &place, u32::MAX);
        assert!(matches!(&rulings[0].verdict, Verdict::Broken(words) if words.starts_with("high-hash")));
    }

    #[test]
    fn a_greedy_coinbase_is_seen() {
        let params = Params::regtest();
        let (mut block, place) = honest(&params);
        let [Transaction::Coinbase(coinbase)] = &mut block.transactions[..] else {
            panic!("there is a coinbase alone");
        };
        coinbase.reward = coinbase.reward.checked_add("0.00000001".parse().unwrap()).unwrap();
        let txids: Vec<_> = block.transactions.iter().map(Transaction::txid).collect();
        block.header.merkle_root = merkle_root(&txids).root;
        check(|bytes| *bytes = block.to_bytes(), &["coinbase-too-high"]);
        let higher = Place { height: 2, ..place };
        let rulings = judge(&params, &block.to_bytes(), &higher, u32::MAX);
        assert!(matches!(&rulings[6].verdict, Verdict::Broken(words) if words.starts_with("coinbase-height")));
    }

    #[test]
    fn genesis_is_not_measured_by_what_nobody_did() {
        let params = Params::regtest();
        let place = Place { height: 0, ancestors: Vec::new() };
        let rulings = judge(&params, &params.genesis().to_bytes(), &place, u32::MAX);
        assert!(rulings.iter().all(|ruling| !matches!(ruling.verdict, Verdict::Broken(_))), "{rulings:?}");
    }
}
