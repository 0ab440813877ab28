//! What a withholding miner has of a chain of so many blocks, and not only in the long run: its strategy played on numbers alone, as in
//! the decision process of Sapirshtein, Sompolinsky & Zohar 2016. With SM1 for a strategy the mean is equation 8 of Eyal & Sirer 2014.
//!
//! Blocks of one miner come in runs, so that no binomial law holds. A few long runs make most of the spread, and a short sample that
//! happens to hold none of them shows nothing of it: its own scatter is no measure. So the spread is read off many runs; with SM1
//! it comes to `selfish::spread` where there are many blocks.

use super::Band;
use super::statistics::{CONFIDENCE, count};
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

/// How many of so many blocks it has in all but one of a hundred runs, from the least to the most; of `runs` runs, 199 or more. One
/// more run lies outside as often as that whatever the law, for each place among the others is as likely for it (Wilks 1941,
/// "Determination of sample sizes for setting tolerance limits").
pub fn usual(strategy: &Strategy, [alpha, gamma]: [f64; 2], blocks: usize, runs: usize, random: &mut Random) -> Band {
    let mut counts: Vec<usize> = (0..runs).map(|_| own_blocks(strategy, alpha, gamma, blocks, random)).collect();
    counts.sort_unstable();
    let tail = (1.0 - CONFIDENCE) / 2.0;
    // The one with so many runs at or below it, itself included, and the one with as many at or above.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let rank = (count(runs as u64 + 1) * tail) as usize;
    let found = |place: Option<usize>| place.and_then(|place| counts.get(place)).map(|own| count(*own as u64));
    Band {
        low: found(rank.checked_sub(1)).unwrap_or(0.0),
        high: found(runs.checked_sub(rank.max(1))).filter(|_| rank > 0).unwrap_or(count(blocks as u64)),
    }
}

/// Where the revenue of the long run lies, as a share, of which a run has shown `own` of `blocks`: as far above and below as `usual`
/// runs of so many blocks stray from `mean`, theirs of the long run. The limits of the basic bootstrap, with the process itself
/// in place of a resampled one (Davison & Hinkley 1997, "Bootstrap Methods and their Application", section 5.2).
pub fn revenue_band(own: usize, blocks: usize, usual: Band, mean: f64) -> Band {
    let share = |blocks_of_it: f64| blocks_of_it / count(blocks.max(1) as u64);
    let seen = share(count(own as u64));
    let (above, below) = (share(usual.high) - mean, mean - share(usual.low));
    Band { low: (seen - above).clamp(0.0, 1.0), high: (seen + below).clamp(0.0, 1.0) }
}
