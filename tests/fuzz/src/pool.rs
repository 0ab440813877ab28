//! Blocks and payments that a program makes: valid ones on any block made before, and ones with faults, mined anew so that
//! the rules behind the first ones are reached.

use std::sync::LazyLock;

use tabchain_shared::consensus::Params;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{
    Address, Amount, Block, BlockHash, Coinbase, CompactTarget, Header, Memo, MerkleRoot, NetworkId, PublicKey,
    SecretKey, Transaction, Transfer, Txid, merkle_root,
};

use crate::model::Model;
use crate::operands::Operands;

/// Blocks that a program may make; it ends there.
pub const MAX_BLOCKS: usize = 96;
/// Nonces tried for a block. One that needs more is left without proof of work, which is a case like any other.
const MAX_TRIES: u32 = 4_096;

pub struct Person {
    pub key: SecretKey,
    pub public_key: PublicKey,
    pub address: Address,
}

/// Four with keys, the first of them the node's own.
pub static PEOPLE: LazyLock<[Person; 4]> = LazyLock::new(|| {
    [1, 2, 3, 4].map(|seed| {
        let key = SecretKey::from_seed([seed; 32]);
        let public_key = key.public_key();
        Person { address: public_key.address(), public_key, key }
    })
});

#[derive(Debug)]
pub struct Pool {
    pub model: Model,
    /// Genesis first. Several may have one header.
    pub blocks: Vec<Block>,
    /// Loose payments, not necessarily in a block.
    pub transfers: Vec<Transfer>,
}

impl Pool {
    pub fn new(params: Params) -> Self {
        let genesis = params.genesis();
        Self { model: Model::new(params), blocks: vec![genesis], transfers: Vec::new() }
    }

    pub fn is_full(&self) -> bool {
        self.blocks.len() >= MAX_BLOCKS
    }

    pub fn add(&mut self, block: Block) {
        self.model.learn(&block);
        self.blocks.push(block);
    }

    /// The block of this hash: with the body that its header means, if that was made.
    pub fn find(&self, hash: &BlockHash) -> Option<&Block> {
        self.blocks.iter().filter(|block| block.hash() == *hash).max_by_key(|block| has_own_body(block))
    }

    /// Hashes from genesis to this block.
    pub fn branch(&self, tip: BlockHash) -> Vec<BlockHash> {
        let mut branch = vec![tip];
        let mut at = tip;
        while let Some(judged) = self.model.judged.get(&at).filter(|judged| judged.height > 0) {
            at = judged.header.prev_blockhash;
            branch.push(at);
        }
        branch.reverse();
        branch
    }

    /// Makes a block as the operands say: parent, delay, then miner and how many payments and faults.
    pub fn make_block(&mut self, operands: &mut Operands<'_>, now: u32) -> usize {
        let parent = self.blocks[operands.recent(self.blocks.len())].header;
        let delay = i64::from(operands.byte().cast_signed());
        let shape = operands.byte();
        let miner = &PEOPLE[usize::from(shape & 3)];
        let mut payers = Vec::new();
        let transfers: Vec<Transfer> =
            (0..shape >> 2 & 3).map(|_| self.payment(operands, parent.hash(), &mut payers)).collect();
        let height = self.model.judged.get(&parent.hash()).map_or(0, |judged| judged.height) + 1;
        let fees: u64 = transfers.iter().map(|transfer| transfer.fee.units()).sum();
        let reward = self.model.params().subsidy_at(height).units().saturating_add(fees);
        let coinbase = Coinbase {
            height,
            recipient: miner.address,
            reward: Amount::from_units(reward).unwrap_or(Amount::MAX),
            // Makes it different from its siblings.
            tag: Memo::new(self.blocks.len().to_string()).expect("a number is short"),
        };
        let transfers = transfers.into_iter().map(Transaction::Transfer);
        let mut block = Block {
            header: Header {
                version: 1,
                prev_blockhash: parent.hash(),
                merkle_root: MerkleRoot::default(),
                time: u32::try_from(i64::from(parent.time) + delay).unwrap_or(parent.time),
                bits: self.model.required_bits(&parent),
                nonce: 0,
            },
            transactions: std::iter::once(Transaction::Coinbase(coinbase)).chain(transfers).collect(),
        };
        let faults: Vec<(u8, u8)> = (0..shape >> 4 & 3).map(|_| (operands.byte(), operands.byte())).collect();
        for fault in &faults {
            self.spoil_contents(&mut block, *fault, now);
        }
        let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
        block.header.merkle_root = merkle_root(&txids).root;
        for fault in &faults {
            spoil_header(&mut block.header, *fault);
        }
        block.header = mine(self.model.params(), block.header);
        let sound = block.clone();
        for fault in &faults {
            self.spoil_mined(&mut block, *fault);
        }
        if block.header == sound.header && block != sound {
            // So that the model knows what the header means.
            self.add(sound);
        }
        self.add(block);
        self.blocks.len() - 1
    }

    /// A payment that is good after `parent` and one of each of the payers, unless the operands ask for something else.
    fn payment(&self, operands: &mut Operands<'_>, parent: BlockHash, payers: &mut Vec<Address>) -> Transfer {
        let who = operands.byte();
        let (from, to) = (&PEOPLE[usize::from(who & 3)], &PEOPLE[usize::from(who >> 2 & 3)]);
        let (amount, fee) = (operands.byte(), operands.byte());
        let earlier = payers.iter().filter(|address| **address == from.address).count() as u64;
        payers.push(from.address);
        let account = self.model.judged.get(&parent).and_then(|judged| judged.accounts.as_ref());
        let (balance, nonce) =
            account.and_then(|accounts| accounts.by_address.get(&from.address)).copied().unwrap_or_default();
        let amount = match who >> 4 {
            0 => u64::from(amount),
            1 => Amount::MAX.units() - u64::from(amount),
            2 => balance.saturating_sub(u64::from(amount)),
            3 => balance + u64::from(amount),
            _ => u64::from(amount) * 10_000_000,
        };
        let nonce = match who >> 4 {
            14 => nonce + earlier + 1,
            15 => nonce.saturating_sub(1),
            _ => nonce + earlier,
        };
        // 400 units and more are above the mempool's floor.
        let fee = if fee == 255 { Amount::MAX.units() } else { u64::from(fee) * 100 };
        let payment = Payment {
            recipient: to.address,
            amount: Amount::from_units(amount).unwrap_or(Amount::MAX),
            fee: Amount::from_units(fee).expect("at most the maximum"),
            nonce,
            memo: Memo::default(),
        };
        Transfer::sign(self.model.network(), &from.key, payment)
    }

    /// A loose payment: good after some block, or with its nonce shifted by what the operands say.
    pub fn make_transfer(&mut self, operands: &mut Operands<'_>) {
        let after = self.blocks[operands.recent(self.blocks.len())].hash();
        let shift = operands.below(96);
        let mut payers: Vec<Address> =
            PEOPLE.iter().flat_map(|person| std::iter::repeat_n(person.address, shift)).collect();
        let transfer = self.payment(operands, after, &mut payers);
        self.transfers.push(transfer);
    }

    /// Faults in what the Merkle root covers.
    fn spoil_contents(&self, block: &mut Block, (kind, value): (u8, u8), now: u32) {
        let transactions = &mut block.transactions;
        match kind % 24 {
            0 => {
                if let Some(Transaction::Coinbase(coinbase)) = transactions.first_mut() {
                    coinbase.height = coinbase.height.wrapping_add_signed(value.cast_signed().into());
                }
            }
            1 => {
                if let Some(Transaction::Coinbase(coinbase)) = transactions.first_mut() {
                    let reward = coinbase.reward.units().saturating_add_signed(value.cast_signed().into());
                    coinbase.reward = Amount::from_units(reward).unwrap_or(Amount::MAX);
                }
            }
            2 if !transactions.is_empty() => drop(transactions.remove(0)),
            3 => transactions.extend(transactions.first().cloned()),
            4 if !transactions.is_empty() => transactions.rotate_left(1),
            5 => transactions.extend(transactions.last().cloned()),
            6 => {
                if let Some(Transaction::Transfer(transfer)) = transactions.last_mut() {
                    let at = usize::from(value) % transfer.signature.0.len();
                    transfer.signature.0[at] ^= 1;
                }
            }
            7 => {
                if let Some(Transaction::Transfer(transfer)) = transactions.last_mut() {
                    let payment = Payment {
                        recipient: transfer.recipient,
                        amount: Amount::ZERO,
                        fee: transfer.fee,
                        nonce: transfer.nonce,
                        memo: Memo::default(),
                    };
                    let network = if value == 0 { self.model.network() } else { NetworkId([value; 4]) };
                    let sender = PEOPLE.iter().find(|person| person.public_key == transfer.sender);
                    *transfer = Transfer::sign(network, &sender.expect("only people pay").key, payment);
                }
            }
            8 => transactions.clear(),
            9 => {
                if let Some(Transaction::Coinbase(coinbase)) = transactions.first_mut() {
                    coinbase.reward = Amount::from_units(value.into()).expect("a byte is below the maximum");
                }
            }
            10 => block.header.time = now.saturating_add(u32::from(value) * 60),
            11 => block.header.time = u32::from(value) << 24,
            12 => block.header.version = value.into(),
            // A transaction of an earlier block once more.
            13 => {
                let other = &self.blocks[usize::from(value) % self.blocks.len()];
                transactions.extend(other.transactions.last().cloned());
            }
            // A coinbase of 64 bytes, like two hashes of the Merkle tree.
            17 => {
                if let Some(Transaction::Coinbase(coinbase)) = transactions.first_mut() {
                    coinbase.tag = Memo::new("x".repeat(29)).expect("short");
                }
            }
            _ => {}
        }
    }

    /// Faults that keep the proof of work: the body, or the nonce itself.
    fn spoil_mined(&self, block: &mut Block, (kind, value): (u8, u8)) {
        match kind % 24 {
            // CVE-2012-2459: the root does not show it.
            18 if block.transactions.len() > 1 => block.transactions.extend(block.transactions.last().cloned()),
            19 => {
                let other = &self.blocks[usize::from(value) % self.blocks.len()];
                block.transactions.clone_from(&other.transactions);
            }
            20 => {
                // Some other block's header with this one's body.
                block.header = self.blocks[usize::from(value) % self.blocks.len()].header;
            }
            21 => block.header.nonce ^= u32::from(value),
            _ => {}
        }
    }
}

/// Faults in the header alone.
fn spoil_header(header: &mut Header, (kind, value): (u8, u8)) {
    match kind % 24 {
        14 => header.merkle_root.0[0] ^= value,
        15 => header.bits = CompactTarget(header.bits.0 ^ 1 << (value & 31)),
        16 => header.prev_blockhash.0[0] ^= value,
        _ => {}
    }
}

/// The header with a nonce that meets its bits, if one is near.
pub fn mine(params: &Params, header: Header) -> Header {
    let nonce = NonceSearch::for_bits(params.algorithm, &header).ok().and_then(|mut search| search.run(0, MAX_TRIES));
    Header { nonce: nonce.unwrap_or_default(), ..header }
}

/// The body is the one that its header means.
pub fn has_own_body(block: &Block) -> bool {
    let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
    let tree = merkle_root(&txids);
    tree.root == block.header.merkle_root && !tree.mutated
}
