//! Which bytes of a block mean what. Pure; what is shown of it is the pages' business.

use std::ops::Range;

use tabchain_shared::primitives::encode::encode_count;
use tabchain_shared::primitives::{Block, Encode, Header, Transaction};

/// What some bytes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Version,
    PrevBlockhash,
    MerkleRoot,
    Time,
    Bits,
    Nonce,
    TransactionCount,
    Kind,
    TransactionVersion,
    Height,
    Network,
    Sender,
    Recipient,
    Reward,
    Amount,
    Fee,
    TransactionNonce,
    Text,
    Signature,
}

/// Some neighbouring bytes with one meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub bytes: Range<usize>,
    pub meaning: Meaning,
}

/// A part of a block that is looked at on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub bytes: Range<usize>,
    /// They follow on each other from the part's first byte to its last.
    pub fields: Vec<Field>,
}

/// A block's bytes: header and transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anatomy {
    pub header: Part,
    /// Between header and first transaction.
    pub count: Field,
    /// The coinbase first.
    pub transactions: Vec<Part>,
}

impl Anatomy {
    pub fn of(block: &Block) -> Self {
        use Meaning::{Bits, MerkleRoot, Nonce, PrevBlockhash, Time, TransactionCount, Version};
        let header = part(0, &[(Version, 4), (PrevBlockhash, 32), (MerkleRoot, 32), (Time, 4), (Bits, 4), (Nonce, 4)]);
        let mut count = Vec::new();
        encode_count(block.transactions.len(), &mut count);
        let mut next = Header::SIZE + count.len();
        let count = Field { bytes: Header::SIZE..next, meaning: TransactionCount };
        let transactions = block.transactions.iter().map(|transaction| {
            let part = of_transaction(next, transaction);
            next = part.bytes.end;
            part
        });
        Self { header, count, transactions: transactions.collect() }
    }
}

fn of_transaction(start: usize, transaction: &Transaction) -> Part {
    use Meaning::{
        Amount, Fee, Height, Kind, Network, Recipient, Reward, Sender, Signature, Text, TransactionNonce,
        TransactionVersion,
    };
    match transaction {
        Transaction::Coinbase(coinbase) => part(
            start,
            &[
                (Kind, 1),
                (TransactionVersion, 1),
                (Height, 4),
                (Recipient, 20),
                (Reward, 8),
                (Text, coinbase.tag.to_bytes().len()),
            ],
        ),
        Transaction::Transfer(transfer) => part(
            start,
            &[
                (Kind, 1),
                (TransactionVersion, 1),
                (Network, 4),
                (Sender, 32),
                (Recipient, 20),
                (Amount, 8),
                (Fee, 8),
                (TransactionNonce, 8),
                (Text, transfer.memo.to_bytes().len()),
                (Signature, 64),
            ],
        ),
    }
}

fn part(start: usize, fields: &[(Meaning, usize)]) -> Part {
    let mut end = start;
    let fields = fields.iter().map(|(meaning, length)| {
        let bytes = end..end + length;
        end = bytes.end;
        Field { bytes, meaning: *meaning }
    });
    let fields = fields.collect();
    Part { bytes: start..end, fields }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::consensus::Params;
    use tabchain_shared::primitives::transaction::Payment;
    use tabchain_shared::primitives::{Amount, Memo, SecretKey, Transfer};
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn every_byte_of_a_block_has_one_meaning() {
        let mut block = Params::regtest().genesis();
        let key = SecretKey::from_seed([1; 32]);
        let payment = |memo: &str| Payment {
            recipient: key.public_key().address(),
            amount: Amount::COIN,
            fee: Amount::ZERO,
            nonce: 0,
            memo: Memo::new(memo).unwrap(),
        };
        for memo in ["", "for the bread"] {
            let transfer = Transfer::sign(Params::regtest().network_id(), &key, payment(memo));
            block.transactions.push(Transaction::Transfer(transfer));
        }
        let bytes = block.to_bytes();
        let anatomy = Anatomy::of(&block);
        let fields = anatomy.header.fields.iter().chain([&anatomy.count]);
        let mut next = 0;
        for field in fields.chain(anatomy.transactions.iter().flat_map(|part| &part.fields)) {
            assert_eq!(field.bytes.start, next);
            next = field.bytes.end;
        }
        assert_eq!(next, bytes.len());
        for (part, transaction) in anatomy.transactions.iter().zip(&block.transactions) {
            assert_eq!(bytes[part.bytes.clone()], transaction.to_bytes());
        }
    }

    #[test]
    fn the_bytes_of_a_field_are_its_value() {
        let block = Params::regtest().genesis();
        let bytes = block.to_bytes();
        let anatomy = Anatomy::of(&block);
        let of = |part: &Part, meaning| {
            let field = part.fields.iter().find(|field| field.meaning == meaning).unwrap();
            bytes[field.bytes.clone()].to_vec()
        };
        assert_eq!(of(&anatomy.header, Meaning::MerkleRoot), block.header.merkle_root.0);
        assert_eq!(of(&anatomy.header, Meaning::Bits), block.header.bits.0.to_le_bytes());
        assert_eq!(of(&anatomy.header, Meaning::Nonce), block.header.nonce.to_le_bytes());
        let Transaction::Coinbase(coinbase) = &block.transactions[0] else { panic!("a coinbase is first") };
        assert_eq!(of(&anatomy.transactions[0], Meaning::Recipient), coinbase.recipient.0);
    }
}
