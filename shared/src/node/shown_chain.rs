//! A node's chain as it shows it to its host, and how the host judges that.
//!
//! In a network that is parted, a host's own node cannot have the blocks of the other side: nobody carries them to it, and a look at
//! them must not heal what is parted. So whoever follows them is asked ([`Command::ShowChain`](super::Command::ShowChain)). What is
//! shown of a block is its header, its coinbase and the Merkle branch between the two ([`JobProof`]): work, difficulty, date and whose
//! it is can be judged by that alone. Its payments cannot, and neither, therefore, whether it may pay its miner that much.

use super::Node;
use crate::consensus::Params;
use crate::consensus::header_rules::{HeaderContext, check_header, check_header_in_context};
use crate::mining::share::{JobProof, ShareError};
use crate::primitives::{BlockHash, Encode, Header};

/// Of one answer, bytes: as hexadecimal digits in JSON they stay below the 16 384 bytes of a control message.
const MAX_SHOWN_BYTES: usize = 7_500;

impl Node {
    /// The blocks of its chain above the first of these hashes that is on it, or above genesis, the lowest first. As many as one answer
    /// has room for, and none above one that has left memory.
    pub(super) fn shown_chain(&self, above: &[BlockHash]) -> Vec<JobProof> {
        let known = above.iter().find(|hash| self.chain.is_active(hash));
        let known_height = known.and_then(|hash| self.stored_height(hash)).unwrap_or(0);
        let bodies = (known_height + 1..).map_while(|height| self.chain.body(&self.chain.hash_at(height)?));
        let mut bytes = 0;
        let blocks = bodies.map_while(|body| JobProof::of_block(body)).take_while(|block| {
            bytes += block.to_bytes().len();
            bytes <= MAX_SHOWN_BYTES
        });
        blocks.collect()
    }
}

/// Judges a block that was shown. `ancestors` are the headers below it, its parent first, eleven or all that there are; `height` is its
/// own; `now` is in seconds. Answers its hash.
pub fn judge(
    block: &JobProof,
    params: &Params,
    ancestors: &[Header],
    height: u32,
    now: u32,
) -> Result<BlockHash, ShareError> {
    let header = &block.header;
    if ancestors.first().is_none_or(|parent| parent.hash() != header.prev_blockhash) {
        return Err(ShareError::UnknownParent(header.prev_blockhash));
    }
    block.check_branch()?;
    if block.coinbase.height != height {
        return Err(ShareError::CoinbaseHeight { found: block.coinbase.height, expected: height });
    }
    check_header(params, header)?;
    let context = HeaderContext::new(ancestors.iter().copied()).expect("there is a parent");
    check_header_in_context(params, header, &context, now)?;
    Ok(header.hash())
}
