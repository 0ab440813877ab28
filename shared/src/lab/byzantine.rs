//! What a dishonest node may do, each kind a [`Misdeed`], and the messages that it takes.
//!
//! The world plays these nodes; no [`Node`](crate::node::Node) could. They see everything, as a strong adversary might: each
//! misdeed is fitted to the chain and the mempool of its victim.

use super::random::Random;
use crate::chain::Chain;
use crate::mempool::Mempool;
use crate::mining::block_template::block_template;
use crate::node::config::{
    MAX_UNCONNECTING_HEADERS, SCORE_INVALID_TRANSACTION, SCORE_LIMIT, SCORE_MALFORMED, SCORE_UNCONNECTING_HEADERS,
    UNCONNECTING_INTERVAL,
};
use crate::primitives::transaction::Payment;
use crate::primitives::{
    Address, Amount, Block, BlockHash, Header, Memo, MerkleRoot, PublicKey, SecretKey, Transaction, Transfer, Txid,
    merkle_root,
};
use crate::wire::compact_block::ShortId;
use crate::wire::message::{MAX_INVENTORY, MAX_LOCATOR};
use crate::wire::{BlockTransactionsRequest, CompactBlock, InventoryItem, Message};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Misdeed {
    // During the handshake
    MessageBeforeHandshake,
    SecondHandshake,
    WrongNetwork,
    /// Not the node that was introduced.
    WrongIdentity,
    UnfinishedHandshake,
    // Bytes
    UndecodableBytes,
    OversizedCount,
    UnknownType,
    // Headers
    UnconnectingHeaders,
    WrongBits,
    TimeTooOld,
    TimeTooNew,
    // Blocks
    BadMerkleRoot,
    MutatedBlock,
    OverpayingCoinbase,
    WrongHeight,
    BadSignatureInBlock,
    /// Announced, and never delivered.
    WithheldBlock,
    /// Announced, and `notfound` when asked for.
    NotFoundBlock,
    UnsolicitedBlock,
    // Compact blocks
    /// A prefilled transaction stands beyond the end.
    CompactBlockBeyondEnd,
    /// `blocktxn` holds fewer than were asked for.
    TooFewTransactions,
    /// `getblocktxn` asks for more than there are.
    TransactionsBeyondEnd,
    /// Two short ids are equal; the full block is delivered when it is asked for.
    CollidingShortIds,
    // Transactions
    UnsolicitedTransaction,
    BadSignature,
    /// A transfer that was mined already.
    UsedNonce,
    // Questions
    GetDataFlood,
    GarbageLocator,
}

/// What a victim must do about a misdeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Disconnects, sooner or later.
    Disconnected,
    /// Nothing: an honest node may well do the same, or it is cheap to bear.
    Tolerated,
}

/// The messages of a misdeed.
#[derive(Debug, Default)]
pub(super) struct Act {
    pub frames: Vec<Vec<u8>>,
    /// From one frame to the next, ms.
    pub pause: u64,
    /// Delivered when it is asked for.
    pub offer: Option<Block>,
    /// Must never be marked invalid on account of this.
    pub spared: Option<BlockHash>,
}

/// What a byzantine node knows of its victim.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub chain: &'a Chain,
    pub mempool: &'a Mempool,
    /// The victim's clock, seconds.
    pub now: u32,
    /// Keys of people who may own something.
    pub people: &'a [PublicKey],
}

impl Misdeed {
    pub const ALL: [Self; 29] = [
        Self::MessageBeforeHandshake,
        Self::SecondHandshake,
        Self::WrongNetwork,
        Self::WrongIdentity,
        Self::UnfinishedHandshake,
        Self::UndecodableBytes,
        Self::OversizedCount,
        Self::UnknownType,
        Self::UnconnectingHeaders,
        Self::WrongBits,
        Self::TimeTooOld,
        Self::TimeTooNew,
        Self::BadMerkleRoot,
        Self::MutatedBlock,
        Self::OverpayingCoinbase,
        Self::WrongHeight,
        Self::BadSignatureInBlock,
        Self::WithheldBlock,
        Self::NotFoundBlock,
        Self::UnsolicitedBlock,
        Self::CompactBlockBeyondEnd,
        Self::TooFewTransactions,
        Self::TransactionsBeyondEnd,
        Self::CollidingShortIds,
        Self::UnsolicitedTransaction,
        Self::BadSignature,
        Self::UsedNonce,
        Self::GetDataFlood,
        Self::GarbageLocator,
    ];

    pub fn outcome(self) -> Outcome {
        match self {
            Self::UnknownType
            | Self::TimeTooNew
            | Self::UnsolicitedBlock
            | Self::CollidingShortIds
            | Self::UnsolicitedTransaction
            | Self::UsedNonce
            | Self::GetDataFlood
            | Self::GarbageLocator => Outcome::Tolerated,
            _ => Outcome::Disconnected,
        }
    }

    /// Whether it happens while hands are shaken, so that [`Self::act`] has nothing to add.
    pub(super) fn spoils_handshake(self) -> bool {
        matches!(
            self,
            Self::MessageBeforeHandshake | Self::WrongNetwork | Self::WrongIdentity | Self::UnfinishedHandshake
        )
    }

    /// The messages to a victim that has shaken hands. `None` when the scene does not allow it, as when nothing was ever
    /// paid that could be paid again.
    pub(super) fn act(self, scene: Scene<'_>, version: &Message, random: &mut Random) -> Option<Act> {
        let act = match self {
            Self::MessageBeforeHandshake | Self::WrongNetwork | Self::WrongIdentity | Self::UnfinishedHandshake => {
                Act::default()
            }
            Self::SecondHandshake => Act::say([version.clone()]),
            // Too short for the block that the first byte promises.
            Self::UndecodableBytes => {
                Act::frames(SCORE_LIMIT.div_ceil(SCORE_MALFORMED), || [vec![7], random.bytes::<40>().to_vec()].concat())
            }
            Self::OversizedCount => {
                Act::frames(SCORE_LIMIT.div_ceil(SCORE_MALFORMED), || [vec![2], vec![0xff; 9]].concat())
            }
            Self::UnknownType => Act::frames(20, || [vec![200], random.bytes::<16>().to_vec()].concat()),
            Self::UnconnectingHeaders => {
                let times = MAX_UNCONNECTING_HEADERS + SCORE_LIMIT.div_ceil(SCORE_UNCONNECTING_HEADERS);
                let act = Act::frames(times, || {
                    let stray = Header { prev_blockhash: BlockHash(random.bytes()), ..scene.chain.tip_entry().header };
                    Message::Headers(vec![stray]).to_frame()
                });
                // Late or early on its way, none may come within a moment of the one before.
                Act { pause: 2 * UNCONNECTING_INTERVAL, ..act }
            }
            Self::WrongBits => {
                let mut block = scene.block(random);
                let limit = scene.chain.params().limit;
                block.header.bits = if block.header.bits == limit { scene.chain.params().start_bits } else { limit };
                Act::say([Message::Headers(vec![block.header])])
            }
            Self::TimeTooOld => {
                let mut block = scene.block(random);
                let context = scene.chain.index().context(scene.chain.tip()).expect("the tip is indexed");
                block.header.time = context.median_time;
                Act::say([Message::Headers(vec![block.header])])
            }
            Self::TimeTooNew => {
                let mut block = scene.block(random);
                block.header.time = scene.now + scene.chain.params().max_future_seconds + 5;
                let act = Act::say([Message::Headers(vec![block.header])]);
                Act { spared: Some(block.hash()), offer: Some(block), ..act }
            }
            Self::BadMerkleRoot => {
                let mut block = scene.block(random);
                block.header.merkle_root = MerkleRoot(random.bytes());
                let spared = Some(block.hash());
                Act { spared, ..Act::say([Message::Block(Box::new(block))]) }
            }
            Self::MutatedBlock => {
                let block = scene.mutated(random);
                let spared = Some(block.hash());
                Act { spared, ..Act::say([Message::Block(Box::new(block))]) }
            }
            Self::OverpayingCoinbase => Act::block(scene.changed(random, |coinbase| {
                let more = coinbase.reward.units() + 1;
                coinbase.reward = Amount::from_units(more).expect("a reward is far below all coins");
            })),
            Self::WrongHeight => Act::block(scene.changed(random, |coinbase| coinbase.height += 1)),
            Self::BadSignatureInBlock => {
                let mut block = scene.block(random);
                block.transactions.truncate(1);
                block.transactions.push(Transaction::Transfer(forged(stranger_transfer(scene.chain, random))));
                Act::block(seal(block))
            }
            Self::WithheldBlock | Self::NotFoundBlock => Act::say([Message::Headers(vec![scene.block(random).header])]),
            Self::UnsolicitedBlock => Act::block(scene.block(random)),
            Self::CompactBlockBeyondEnd | Self::TooFewTransactions | Self::CollidingShortIds => {
                let block = scene.block(random);
                Act { offer: Some(block.clone()), ..Act::say([Message::Headers(vec![block.header])]) }
            }
            Self::TransactionsBeyondEnd => {
                let request = BlockTransactionsRequest { block: scene.chain.tip(), indices: vec![0, 100_000] };
                Act::say([Message::GetBlockTransactions(request)])
            }
            Self::UnsolicitedTransaction => {
                Act::say([Message::Transaction(Box::new(stranger_transfer(scene.chain, random)))])
            }
            Self::BadSignature => {
                let victim = scene.forged_payment(random)?;
                Act::frames(SCORE_LIMIT.div_ceil(SCORE_INVALID_TRANSACTION), || {
                    let mut transfer = victim.clone();
                    transfer.signature.0 = random.bytes();
                    Message::Transaction(Box::new(transfer)).to_frame()
                })
            }
            Self::UsedNonce => Act::say([Message::Transaction(Box::new(scene.mined_transfer()?))]),
            Self::GetDataFlood => Act::frames(10, || {
                let known = (1..=scene.chain.height()).filter_map(|height| scene.chain.hash_at(height));
                let unknown = std::iter::from_fn(|| Some(BlockHash(random.bytes())));
                let items = known.chain(unknown).take(MAX_INVENTORY).map(InventoryItem::Block);
                Message::GetData(items.collect()).to_frame()
            }),
            Self::GarbageLocator => Act::frames(5, || {
                Message::GetHeaders((0..MAX_LOCATOR).map(|_| BlockHash(random.bytes())).collect()).to_frame()
            }),
        };
        Some(act)
    }
}

/// The block that a misdeed has announced, in the form in which it was asked for, spoilt if it is compact.
pub(super) fn deliver(misdeed: Misdeed, block: &Block, items: &[InventoryItem]) -> Option<Message> {
    let hash = block.hash();
    if items.contains(&InventoryItem::Block(hash)) {
        return Some(Message::Block(Box::new(block.clone())));
    }
    if !items.contains(&InventoryItem::CompactBlock(hash)) {
        return None;
    }
    let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
    let mut compact = CompactBlock::new(block.header, 0, block.transactions.first()?.clone(), &txids);
    match misdeed {
        Misdeed::CompactBlockBeyondEnd => compact.prefilled[0].0 = txids.len(),
        // Of no transaction that anyone has.
        Misdeed::TooFewTransactions => compact.short_ids = vec![ShortId([0xff; 6])],
        Misdeed::CollidingShortIds => compact.short_ids = vec![ShortId([0xff; 6]); 2],
        _ => return Some(Message::Block(Box::new(block.clone()))),
    }
    Some(Message::CompactBlock(Box::new(compact)))
}

impl Act {
    fn say(messages: impl IntoIterator<Item = Message>) -> Self {
        Self { frames: messages.into_iter().map(|message| message.to_frame()).collect(), ..Self::default() }
    }

    fn frames(times: u32, mut make: impl FnMut() -> Vec<u8>) -> Self {
        Self { frames: (0..times).map(|_| make()).collect(), ..Self::default() }
    }

    fn block(block: Block) -> Self {
        Self::say([Message::Block(Box::new(block))])
    }
}

impl Scene<'_> {
    /// A valid block on the victim's tip. With an oracle for a hash it costs nothing.
    fn block(&self, random: &mut Random) -> Block {
        let mut block = block_template(self.chain, self.mempool, Address(random.bytes()), Memo::default(), self.now);
        block.header.nonce = u32::from_le_bytes(random.bytes());
        block
    }

    fn changed(&self, random: &mut Random, change: impl FnOnce(&mut crate::primitives::Coinbase)) -> Block {
        let mut block = self.block(random);
        if let Some(Transaction::Coinbase(coinbase)) = block.transactions.first_mut() {
            change(coinbase);
        }
        seal(block)
    }

    /// An odd number of transactions, the last of which is repeated: the Merkle root stays (CVE-2012-2459).
    fn mutated(&self, random: &mut Random) -> Block {
        let mut block = self.block(random);
        while block.transactions.len() < 3 {
            block.transactions.push(Transaction::Transfer(stranger_transfer(self.chain, random)));
        }
        if block.transactions.len().is_multiple_of(2) {
            block.transactions.pop();
        }
        let mut block = seal(block);
        block.transactions.extend(block.transactions.last().cloned());
        block
    }

    /// A transfer that would be right if its signature were: of someone who owns something.
    fn forged_payment(&self, random: &mut Random) -> Option<Transfer> {
        let ledger = self.chain.ledger();
        let available = |key: &PublicKey| self.mempool.available(&key.address(), ledger);
        let sender = self.people.iter().max_by_key(|key| available(key))?;
        let (address, template) = (sender.address(), stranger_transfer(self.chain, random));
        let nonce = self.mempool.next_nonce(&address, ledger);
        (available(sender) > template.cost()?).then_some(Transfer { sender: *sender, nonce, ..template })
    }

    /// The newest transfer of the victim's chain, if there is one.
    fn mined_transfer(&self) -> Option<Transfer> {
        let hashes = (1..=self.chain.height()).rev().filter_map(|height| self.chain.hash_at(height));
        hashes.filter_map(|hash| self.chain.body(&hash)).find_map(|body| body.transfers().first().cloned())
    }
}

/// Signed as it should be, by somebody who owns nothing.
fn stranger_transfer(chain: &Chain, random: &mut Random) -> Transfer {
    let key = SecretKey::from_seed(random.bytes());
    let payment = Payment {
        recipient: Address(random.bytes()),
        amount: Amount::COIN,
        // Outbids whatever the sender has waiting under this nonce.
        fee: Amount::from_units(1_000_000).expect("a hundredth of a coin"),
        nonce: 0,
        memo: Memo::default(),
    };
    Transfer::sign(chain.network(), &key, payment)
}

fn forged(mut transfer: Transfer) -> Transfer {
    transfer.signature.0[0] ^= 1;
    transfer
}

/// Makes the header fit the transactions again.
fn seal(mut block: Block) -> Block {
    let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
    block.header.merkle_root = merkle_root(&txids).root;
    block
}
