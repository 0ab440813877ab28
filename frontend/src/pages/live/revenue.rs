//! What a selfish miner has earned of the relay's chain since it began, and what theory says of that: values without a clock.

use tabchain_shared::lab::Random;
use tabchain_shared::lab::strategy::Strategy;
use tabchain_shared::lab::theory::selfish::revenue;
use tabchain_shared::lab::theory::statistics::{Band, binomial_band, count, ratio, wilson};
use tabchain_shared::lab::theory::withholding;
use tabchain_shared::lab::veil;
use tabchain_shared::node::role::Role;
use tabchain_shared::node::tree_view::TreePart;
use tabchain_shared::primitives::Address;

/// Of the bands that are shown.
const CONFIDENCE: f64 = 0.99;
/// Heights below the last known one that a reorg may have changed since.
const UNSETTLED: usize = 40;
/// Blocks over which a table is played on numbers, for the mean: it is off by half a hundredth then.
const LONG_RUN: usize = 50_000;
/// The same for what is usual, over all runs of as many blocks as there are.
const ALL_RUNS: usize = 200_000;

/// Who mined the blocks of the active chain above a height, one entry a height.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// The last height that does not count.
    above: u32,
    heights: Vec<Height>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Height {
    /// The block on the active chain is the miner's.
    is_own: bool,
    /// A stale block here is the other side's.
    has_rival: bool,
}

/// The miner's part of the chain so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    pub own: usize,
    pub all: usize,
    pub share: f64,
    pub band: Band,
    /// Of the matches that an honest block decided: those decided for the miner, and all.
    pub matches: (usize, usize),
}

/// What has been seen so far beside what would be usual, in blocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoFar {
    pub own: usize,
    pub all: usize,
    /// Of an honest miner with as much of the work, in 99 of 100 runs.
    pub honest: Band,
    /// Of one that plays the part, whatever γ can still be.
    pub played: Band,
}

/// How a run is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The band is too wide to tell.
    Early,
    Pays,
    Costs,
    /// Neither more nor less than its share of the work.
    Fair,
}

impl Tally {
    pub fn above(height: u32) -> Self {
        Self { above: height, heights: Vec::new() }
    }

    /// From which height on to ask for the tree.
    pub fn next(&self) -> u32 {
        let settled = self.heights.len().saturating_sub(UNSETTLED);
        self.above + 1 + u32::try_from(settled).unwrap_or(u32::MAX - 1 - self.above)
    }

    /// Takes the relay's answer to that question. `true`: there is more to ask for.
    pub fn absorb(&mut self, part: &TreePart, miner: Address) -> bool {
        let from = self.next();
        self.heights.truncate((from - self.above - 1) as usize);
        let is_own = |number: Option<u32>| {
            number.and_then(|number| part.miners.get(number as usize)).is_some_and(|known| known.address == miner)
        };
        for active in part.blocks.iter().filter(|block| block.active && block.height >= from) {
            let own = is_own(active.miner);
            let mut beside = part.blocks.iter().filter(|block| block.height == active.height && !block.active);
            let has_rival = beside.any(|block| is_own(block.miner) != own);
            self.heights.push(Height { is_own: own, has_rival });
        }
        part.next.is_some_and(|next| next <= part.height)
    }

    pub fn observed(&self) -> Observed {
        let own = self.heights.iter().filter(|height| height.is_own).count();
        let (share, error) = ratio(&self.cycles());
        let band =
            if error.is_finite() { Band::around(share, error, CONFIDENCE) } else { Band { low: 0.0, high: 1.0 } };
        Observed {
            own,
            all: self.heights.len(),
            share: if self.heights.is_empty() { 0.0 } else { count(own as u64) / count(self.heights.len() as u64) },
            band: Band { low: band.low.max(0.0), high: band.high.min(1.0) },
            matches: self.matches(),
        }
    }

    /// The miner's blocks come in runs, so that single ones are no independent draws; a run of its own with the others' blocks up to
    /// its next is nearly one. Each as its own blocks and all.
    fn cycles(&self) -> Vec<(f64, f64)> {
        let mut cycles = Vec::new();
        let (mut own, mut all) = (0.0, 0.0);
        let mut before = None;
        for height in &self.heights {
            if height.is_own && before == Some(false) {
                cycles.push((own, all));
                (own, all) = (0.0, 0.0);
            }
            own += f64::from(u8::from(height.is_own));
            all += 1.0;
            before = Some(height.is_own);
        }
        if all > 0.0 {
            cycles.push((own, all));
        }
        cycles
    }

    fn matches(&self) -> (usize, usize) {
        let decided = self.heights.windows(2).filter(|pair| pair[0].has_rival && !pair[1].is_own);
        let for_the_miner: Vec<bool> = decided.map(|pair| pair[0].is_own).collect();
        (for_the_miner.iter().filter(|own| **own).count(), for_the_miner.len())
    }
}

impl Observed {
    /// Beside what is fair, which is the part of the work.
    pub fn verdict(&self, fair: f64) -> Verdict {
        if self.band.high - self.band.low > 0.6 {
            Verdict::Early
        } else if self.band.low > fair {
            Verdict::Pays
        } else if self.band.high < fair {
            Verdict::Costs
        } else {
            Verdict::Fair
        }
    }
}

impl SoFar {
    /// As far as matches have shown, γ lies in their band.
    pub fn of(observed: &Observed, plays: Role, fair: f64) -> Option<Self> {
        let strategy = veil::strategy(plays)?;
        let (own, all) = (observed.own, observed.all);
        let (won, decided) = observed.matches;
        let gammas = wilson(won as u64, decided as u64, CONFIDENCE);
        let runs = (ALL_RUNS / all.max(1)).clamp(200, 1_000);
        // The same numbers for both ends, and at every look.
        let usual = |gamma| withholding::usual(&strategy, [fair, gamma], all, runs, &mut Random::new(1));
        let (least, most) = (usual(gammas.low), usual(gammas.high));
        let blocks = count(all as u64);
        let honest = binomial_band(all as u64, fair, CONFIDENCE);
        (all > 0).then(|| Self {
            own,
            all,
            honest: Band { low: honest.low * blocks, high: honest.high * blocks },
            played: Band { low: least.low.min(most.low), high: least.high.max(most.high) },
        })
    }

    /// Whether it would be usual of an honest miner, and of one that plays the part.
    pub fn fits(&self) -> (bool, bool) {
        let own = count(self.own as u64);
        // A bound is a whole number of blocks, up to rounding.
        let contains = |band: Band| (band.low - 0.5..=band.high + 0.5).contains(&own);
        (contains(self.honest), contains(self.played))
    }
}

/// The mean revenue with a share of the work, for the least and the best luck with links.
pub fn expected(plays: Role, alpha: f64) -> Band {
    Band { low: at(plays, alpha, 0.0), high: at(plays, alpha, 1.0) }
}

/// The same where links have been measured: equation 8 of Eyal & Sirer, and a table's revenue by playing it on numbers. From one half
/// on everything is the miner's in the long run.
pub fn at(plays: Role, alpha: f64, gamma: f64) -> f64 {
    match veil::strategy(plays) {
        _ if alpha >= 0.5 => 1.0,
        Some(strategy @ Strategy::Table(_)) => {
            let own = withholding::own_blocks(&strategy, alpha, gamma, LONG_RUN, &mut Random::new(1));
            count(own as u64) / count(LONG_RUN as u64)
        }
        _ => revenue(alpha, gamma),
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::node::role::KnownTable;
    use tabchain_shared::node::tree_view::{TreeBlock, TreeMiner};
    use tabchain_shared::primitives::BlockHash;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const SELFISH: Address = Address([1; 20]);

    /// Of each height the letters of its blocks, the active one first: `s`elfish or `h`onest.
    fn part(from: u32, heights: &[&str]) -> TreePart {
        let miner = |address| TreeMiner { address, name: String::new() };
        let end = from + u32::try_from(heights.len()).unwrap();
        let blocks = (from..).zip(heights).flat_map(|(height, letters)| {
            letters.chars().enumerate().map(move |(index, letter)| TreeBlock {
                hash: BlockHash::default(),
                parent: BlockHash::default(),
                height,
                miner: Some(u32::from(letter == 's')),
                time: 0,
                active: index == 0,
                received: None,
            })
        });
        TreePart {
            tip: BlockHash::default(),
            height: end - 1,
            blocks: blocks.collect(),
            miners: vec![miner(Address([2; 20])), miner(SELFISH)],
            left_out: 0,
            next: None,
        }
    }

    fn tally(heights: &[&str]) -> Tally {
        let mut tally = Tally::above(7);
        assert!(!tally.absorb(&part(8, heights), SELFISH));
        tally
    }

    #[test]
    fn blocks_are_counted_by_who_mined_them() {
        let observed = tally(&["s", "s", "h", "h", "s", "h"]).observed();
        assert_eq!((observed.own, observed.all, observed.share), (3, 6, 0.5));
        assert!(observed.band.contains(0.5));
        assert_eq!(Tally::above(7).observed().band, Band { low: 0.0, high: 1.0 });
        assert_eq!(Tally::above(7).observed().verdict(0.3), Verdict::Early);
    }

    #[test]
    fn a_reorg_changes_what_was_counted() {
        let mut tally = tally(&["h"; 60]);
        assert_eq!(tally.next(), 28);
        tally.absorb(&part(28, &["s"; 45]), SELFISH);
        assert_eq!((tally.observed().own, tally.observed().all), (45, 65));
    }

    #[test]
    fn gamma_is_counted_where_an_honest_block_decided_a_match() {
        // Won by its own next block, by an honest one on its block, lost, and a stale block of others among themselves.
        let observed = tally(&["sh", "s", "sh", "h", "hs", "h", "hh", "h"]).observed();
        assert_eq!(observed.matches, (1, 2));
    }

    #[test]
    fn a_long_run_is_judged_against_the_fair_share() {
        let chain: Vec<&str> = ["s", "s", "h", "h", "s", "h", "h"].into_iter().cycle().take(1_400).collect();
        let observed = tally(&chain).observed();
        assert!((observed.share - 3.0 / 7.0).abs() < 0.01);
        assert_eq!(observed.verdict(0.3), Verdict::Pays);
        assert_eq!(observed.verdict(0.43), Verdict::Fair);
        assert_eq!(observed.verdict(0.6), Verdict::Costs);
    }

    #[test]
    fn theory_is_a_range_as_long_as_links_are_not_measured() {
        let sm1 = expected(Role::Selfish, 0.4);
        assert!((sm1.low - 0.4837).abs() < 1e-4 && (sm1.high - 0.5674).abs() < 1e-4);
        assert!((at(Role::Selfish, 0.5, 0.3) - 1.0).abs() < 1e-12);
        let table = at(Role::Withholder { table: KnownTable::Optimal40And50 }, 0.4, 0.5);
        assert!(table > revenue(0.4, 0.5) + 0.02, "{table}");
    }

    #[test]
    fn a_few_blocks_fit_both_and_many_tell() {
        let fits = |chain: &[&str]| SoFar::of(&tally(chain).observed(), Role::Selfish, 0.4).unwrap().fits();
        assert_eq!(fits(&["s", "h", "s", "h", "h"]), (true, true));
        let cycle = |letters: [&'static str; 5], blocks| letters.into_iter().cycle().take(blocks).collect::<Vec<_>>();
        assert_eq!(fits(&cycle(["s", "s", "h", "h", "h"], 2_400)), (true, false), "two fifths, and no match at all");
        assert_eq!(fits(&cycle(["s", "s", "s", "h", "h"], 300)), (false, true));
        assert_eq!(fits(&["h"; 300]), (false, false));
        assert_eq!(SoFar::of(&Tally::above(7).observed(), Role::Selfish, 0.4), None);
    }
}
