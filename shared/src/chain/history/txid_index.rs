//! Numbers transactions in the order in which they are added, and finds the number of a txid.
//!
//! Of a txid 16 bytes are kept. To make two transactions that have these in common takes 2^64 hashes, and whoever did would only
//! find one of their own two under the name of the other.
//!
//! It grows by whole pieces. A single table would be copied into one of twice the size again and again, and wasm never gives
//! memory back: what both take together would stay.

use hashbrown::HashTable;

use crate::primitives::Txid;

/// As many as a table of 2^16 places takes.
const PIECE: usize = (1 << 16) / 8 * 7;

#[derive(Debug, Default)]
pub(super) struct TxidIndex {
    /// All but the last are full; none is empty.
    pieces: Vec<Piece>,
}

#[derive(Debug, Default)]
struct Piece {
    kept: Vec<Kept>,
    /// Places in `kept`.
    places: HashTable<u16>,
}

/// The leading bytes of a txid.
type Kept = [u8; 16];

fn kept(txid: &Txid) -> Kept {
    *txid.0.first_chunk().expect("a hash has 32 bytes")
}

/// As random as any bytes of a hash. Whoever makes thousands that agree where the table looks (8 million hashes and a fee each)
/// gets searches of thousands of steps, and no more: a piece ends.
fn table_hash(kept: &Kept) -> u64 {
    u64::from_le_bytes(*kept.first_chunk().expect("it has 16 bytes"))
}

impl TxidIndex {
    /// How many there are, which is the next one's number.
    pub fn len(&self) -> u32 {
        let full = self.pieces.len().saturating_sub(1) * PIECE;
        let count = full + self.pieces.last().map_or(0, |piece| piece.kept.len());
        u32::try_from(count).expect("four billion transactions fill no memory of ours")
    }

    /// Of the last one.
    pub fn read_ahead(&self) -> u64 {
        self.pieces.last().and_then(|piece| piece.kept.last()).map_or(0, table_hash)
    }

    /// Adds a transaction at the end; its number.
    pub fn push(&mut self, txid: &Txid) -> u32 {
        let number = self.len();
        if self.pieces.last().is_none_or(|piece| piece.kept.len() == PIECE) {
            self.pieces.push(Piece::default());
        }
        self.pieces.last_mut().expect("there is one now").push(kept(txid));
        number
    }

    /// Takes the last transaction back, which is this one.
    pub fn pop(&mut self, txid: &Txid) {
        let Some(piece) = self.pieces.last_mut() else { return };
        piece.pop(&kept(txid));
        if piece.kept.is_empty() {
            self.pieces.pop();
        }
    }

    pub fn find(&self, txid: &Txid) -> Option<u32> {
        let wanted = kept(txid);
        // What people look for is mostly new.
        let (piece, place) =
            self.pieces.iter().enumerate().rev().find_map(|(number, piece)| Some((number, piece.find(&wanted)?)))?;
        u32::try_from(piece * PIECE + place).ok()
    }
}

impl Piece {
    fn push(&mut self, new: Kept) {
        if self.kept.len() == self.kept.capacity() {
            let more = self.kept.len().max(64).min(PIECE - self.kept.len());
            self.kept.reserve_exact(more);
        }
        let place = u16::try_from(self.kept.len()).expect("a piece has fewer");
        self.kept.push(new);
        let all = &self.kept;
        self.places.insert_unique(table_hash(&new), place, |place| table_hash(&all[usize::from(*place)]));
    }

    fn pop(&mut self, last: &Kept) {
        let place = self.kept.len() - 1;
        let entry = self.places.find_entry(table_hash(last), |other| usize::from(*other) == place);
        entry.expect("the last one is this one").remove();
        self.kept.pop();
    }

    fn find(&self, wanted: &Kept) -> Option<usize> {
        let found = self.places.find(table_hash(wanted), |place| self.kept[usize::from(*place)] == *wanted);
        found.map(|place| usize::from(*place))
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::primitives::sha256d;

    fn txid(number: u32) -> Txid {
        Txid(sha256d(&number.to_le_bytes()))
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn every_piece_is_searched_and_the_last_can_be_taken_back() {
        let count = u32::try_from(2 * PIECE).unwrap() + 3;
        let mut index = TxidIndex::default();
        for number in 0..count {
            assert_eq!(index.push(&txid(number)), number);
        }
        for number in (0..count).step_by(997).chain([0, count - 1]) {
            assert_eq!(index.find(&txid(number)), Some(number));
        }
        assert_eq!(index.find(&txid(count)), None);
        // Back over the border between two pieces, and on again.
        for number in (count - 10..count).rev() {
            index.pop(&txid(number));
            assert_eq!((index.find(&txid(number)), index.len()), (None, number));
        }
        assert_eq!(index.push(&txid(count)), count - 10);
        assert_eq!(index.find(&txid(count)), Some(count - 10));
        assert_eq!(index.find(&txid(count - 11)), Some(count - 11));
    }

    /// What the table alone would mix up: the same place in it for all, and at last one name for two.
    #[wasm_bindgen_test(unsupported = test)]
    fn txids_that_collide_stay_apart_as_far_as_their_bytes_do() {
        let colliding = |last: u8| {
            let mut txid = txid(1);
            txid.0[15] = last;
            txid
        };
        let mut index = TxidIndex::default();
        for last in 0..=255 {
            assert_eq!(index.push(&colliding(last)), u32::from(last));
        }
        for last in 0..=255 {
            assert_eq!(index.find(&colliding(last)), Some(u32::from(last)));
        }
        let mut twin = colliding(255);
        twin.0[16] ^= 1;
        index.push(&twin);
        assert!(matches!(index.find(&twin), Some(255 | 256)));
        index.pop(&twin);
        assert_eq!(index.find(&colliding(255)), Some(255), "the other one stays");
    }

    /// Wasm keeps the most that was ever in use: little more than 19 bytes a transaction.
    #[wasm_bindgen_test(unsupported = test)]
    fn a_full_piece_has_no_room_to_spare() {
        let mut index = TxidIndex::default();
        (0..u32::try_from(PIECE).unwrap()).for_each(|number| {
            index.push(&txid(number));
        });
        let piece = &index.pieces[0];
        assert_eq!((piece.kept.capacity(), piece.places.capacity()), (PIECE, PIECE));
    }
}
