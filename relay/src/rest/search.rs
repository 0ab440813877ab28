//! `/search`: whose hash it is of which a person has a part, as pages show it.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tabchain_shared::node::Node;
use tabchain_shared::primitives::{BlockHash, Txid};
use utoipa::{IntoParams, ToSchema};

use super::{Json, Problem, Query};
use crate::AppState;

/// Fewer digits would be anybody's.
const MIN_DIGITS: usize = 4;
/// Of a whole hash.
const MAX_DIGITS: usize = 64;
/// Blocks in an answer, and transactions as well: whoever gets more than one has to write more digits.
const MAX_FOUND: usize = 20;

/// What is looked for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// 4 to 64 hexadecimal digits with which a hash begins or ends.
    #[param(min_length = 4, max_length = 64, pattern = "^[0-9a-fA-F]{4,64}$")]
    part: String,
}

/// Whose hashes have a part in common
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Matches {
    /// Of the whole tree, the newest first.
    blocks: Vec<BlockHash>,
    /// Of those that wait, and of the blocks that the node has in memory: some thousand at most, the newest of its chain and beside it.
    transactions: Vec<Txid>,
    /// Whether there are more than these.
    more: bool,
}

/// Blocks and transactions by a part of their hash
///
/// At most 20 of each come at once. A hash begins with zeros if it met a target, so pages show its end.
#[utoipa::path(get, path = "/search", tag = "chain", params(Wanted),
    responses((status = 200, description = "What has such a hash; nothing, if nothing has", body = Matches)))]
pub async fn search(
    State(relay): State<AppState>,
    Query(Wanted { part }): Query<Wanted>,
) -> Result<Json<Matches>, Problem> {
    let part = HashPart::read(&part).ok_or_else(|| {
        Problem::bad_request(format!("part: {part:?} is not {MIN_DIGITS} to {MAX_DIGITS} hexadecimal digits"))
    })?;
    Ok(Json(relay.resident.query(move |node| Matches::of(node, &part)).await?))
}

impl Matches {
    fn of(node: &Node, part: &HashPart) -> Self {
        let chain = node.chain();
        let blocks = chain.index().newest_first().filter(|hash| part.is_of(&hash.0));
        let (blocks, more_blocks) = bounded(blocks);
        let mined = chain.bodies().flat_map(|body| body.txids());
        let transactions = node.mempool().by_fee_rate().map(|(txid, _)| txid).chain(mined);
        let (transactions, more_transactions) = bounded(transactions.filter(|txid| part.is_of(&txid.0)).copied());
        Self { blocks, transactions, more: more_blocks || more_transactions }
    }
}

/// The first ones, without those that came before, and whether there are more.
fn bounded<T: PartialEq>(found: impl Iterator<Item = T>) -> (Vec<T>, bool) {
    let mut kept = Vec::new();
    for item in found {
        // A transaction stands in more than one block where the chain forks.
        if kept.contains(&item) {
            continue;
        }
        if kept.len() == MAX_FOUND {
            return (kept, true);
        }
        kept.push(item);
    }
    (kept, false)
}

/// Hexadecimal digits, each as its value.
struct HashPart(Vec<u8>);

impl HashPart {
    fn read(text: &str) -> Option<Self> {
        let digits = text.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok());
        let digits: Vec<u8> = digits.take(MAX_DIGITS + 1).collect::<Option<_>>()?;
        (MIN_DIGITS..=MAX_DIGITS).contains(&digits.len()).then_some(Self(digits))
    }

    /// Whether a hash begins or ends so. As pages write it: its bytes are in the other order.
    fn is_of(&self, hash: &[u8; 32]) -> bool {
        let written = |place: usize| {
            let byte = hash[31 - place / 2];
            if place.is_multiple_of(2) { byte >> 4 } else { byte & 0xf }
        };
        let stands_at = |start: usize| self.0.iter().enumerate().all(|(place, digit)| written(start + place) == *digit);
        stands_at(0) || stands_at(MAX_DIGITS - self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_matches_at_either_end_as_hashes_are_written() {
        let hash = BlockHash(std::array::from_fn(|place| u8::try_from(place).expect("32 bytes")));
        let written = hash.to_string();
        let is_of = |part: &str| HashPart::read(part).expect("digits").is_of(&hash.0);
        for digits in [4, 7, 8, 63, 64] {
            assert!(is_of(&written[..digits]) && is_of(&written[64 - digits..].to_uppercase()), "{digits}");
        }
        assert!(!is_of(&written[8..16]) && !is_of("0000"));
    }

    #[test]
    fn what_is_no_part_of_a_hash_is_not_read() {
        let too_long = "0".repeat(65);
        for text in ["", "123", "12g4", "１２３４", &too_long] {
            assert!(HashPart::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_found_is_bounded_and_told_once() {
        assert_eq!(bounded([3, 3, 1].into_iter()), (vec![3, 1], false));
        assert_eq!(bounded(0..MAX_FOUND), ((0..MAX_FOUND).collect(), false));
        assert_eq!(bounded(0..=MAX_FOUND), ((0..MAX_FOUND).collect(), true));
    }
}
