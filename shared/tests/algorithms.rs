//! Networks on each algorithm: blocks are mined, judged and replayed, and the target follows the dates.

use tabchain_shared::chain::{AcceptError, Chain};
use tabchain_shared::consensus::{BlockError, HeaderError, Params};
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::CompactTarget;
use wasm_bindgen_test::wasm_bindgen_test;

#[path = "support/workshop.rs"]
mod workshop;

use workshop::{alice, block_dated, check_state, extend, seal};

/// A tenth of a second of hashing for all of its blocks, even in memory.
fn params(algorithm: Algorithm) -> Params {
    Params {
        algorithm,
        half_life: Some(40),
        limit: CompactTarget(0x207f_ffff),
        start_bits: CompactTarget(0x201f_ffff),
        ..Params::regtest()
    }
}

/// Blocks twice as fast as intended make the next ones harder, slow ones easier, by as much on every algorithm.
#[wasm_bindgen_test(unsupported = test)]
fn the_target_follows_the_dates_on_each_algorithm() {
    for algorithm in Algorithm::LIVE {
        let mut chain = Chain::new(params(algorithm));
        let mut grow = |count: usize, spacing: u32| {
            for _ in 0..count {
                let time = chain.index().get(&chain.tip()).unwrap().header.time + spacing;
                let block = block_dated(&chain, chain.tip(), time, &alice(), vec![]);
                assert!(algorithm.is_met(&block.header, block.header.bits.to_target().unwrap()));
                extend(&mut chain, block);
            }
            chain.index().required_bits(chain.params(), chain.tip()).unwrap().to_target().unwrap()
        };
        let start = grow(1, 10);
        // Sixteen blocks that are five seconds early each: two half-lives.
        let harder = grow(16, 5);
        let ratio = harder.difficulty(start);
        assert!((3.9..4.1).contains(&ratio), "{algorithm:?}: {ratio}");
        // Twelve that are ten seconds late each: three half-lives back, to half of the difficulty at the start.
        let easier = grow(12, 20);
        let ratio = easier.difficulty(start);
        assert!((0.49..0.51).contains(&ratio), "{algorithm:?}: {ratio}");
        check_state(&chain);
    }
}

/// A nonce that suffices by another algorithm is no proof of work.
#[wasm_bindgen_test(unsupported = test)]
fn work_by_another_algorithm_is_refused() {
    for algorithm in Algorithm::LIVE {
        let mut chain = Chain::new(params(algorithm));
        let mut block = block_dated(&chain, chain.tip(), chain.params().genesis_time + 10, &alice(), vec![]);
        let target = block.header.bits.to_target().unwrap();
        for other in Algorithm::LIVE.into_iter().filter(|other| *other != algorithm) {
            loop {
                block = seal(&params(other), block);
                if !algorithm.is_met(&block.header, target) {
                    break;
                }
                block.header.time += 1;
            }
            let refused = chain.accept_block(block.clone(), workshop::NOW).unwrap_err();
            assert_eq!(
                refused,
                AcceptError::Invalid(BlockError::Header(HeaderError::HighHash)),
                "{algorithm:?} and {other:?}"
            );
        }
    }
}
