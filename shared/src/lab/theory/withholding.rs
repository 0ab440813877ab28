//! What a withholding miner has of a chain of so many blocks, and not only in the long run: its strategy played on numbers alone, as in
//! the decision process of Sapirshtein, Sompolinsky & Zohar 2016. With SM1 for a strategy the mean is equation 8 of Eyal & Sirer 2014.
//!
//! Blocks of one miner come in runs, so that no binomial law holds; the spread is read off many runs.

use super::Band;
use crate::lab::random::Random;
use crate::lab::strategy::{Action, Race, Strategy};

/// The miner's part of the first `blocks` of a public chain that begins with nothing in secret. `alpha`: its share of the work;
/// `gamma`: how likely the others' next block is on its branch during a match.
pub fn own_blocks(strategy: &Strategy, alpha: f64, gamma: f64, blocks: usize, random: &mut Random) -> usize {
    let mut race = Race::default();
    // Of the chain that nobody contests any more; above it stand the two branches.
    let (mut own_settled, mut settled) = (0, 0);
    let (mut own, mut others) = (0, 0);
    while settled + others < blocks {
        if random.chance(alpha) {
            own += 1;
            race.found();
        } else if race.is_matched() && random.chance(gamma) {
            own_settled += others.min(blocks - settled);
            settled += others;
            own -= others;
            others = 1;
            race.public_moved(false);
        } else {
            others += 1;
            race.public_moved(false);
        }
        loop {
            match race.decide(strategy, own, others) {
                Action::Wait | Action::Match => break,
                Action::Adopt => {
                    settled += others;
                    (own, others) = (0, 0);
                    break;
                }
                Action::Override => {
                    own_settled += (others + 1).min(blocks.saturating_sub(settled));
                    settled += others + 1;
                    own -= others + 1;
                    others = 0;
                    race.public_moved(true);
                }
            }
        }
    }
    own_settled
}

/// How many of so many blocks it has in all but one of a hundred runs, from the least to the most; of `runs` runs.
pub fn usual(strategy: &Strategy, [alpha, gamma]: [f64; 2], blocks: usize, runs: usize, random: &mut Random) -> Band {
    use super::statistics::{CONFIDENCE, count};

    let mut counts: Vec<usize> = (0..runs).map(|_| own_blocks(strategy, alpha, gamma, blocks, random)).collect();
    counts.sort_unstable();
    let tail = (1.0 - CONFIDENCE) / 2.0;
    // Ranks below and above which half a hundredth of the runs lies.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let outside = (count(runs as u64) * tail) as usize;
    let at = |rank: usize| counts.get(rank).map_or(0.0, |blocks| count(*blocks as u64));
    Band { low: at(outside), high: at(runs.saturating_sub(1 + outside)) }
}
