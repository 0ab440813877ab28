//! What a selfish miner has earned of the relay's chain since it began, and what theory says of that: values without a clock.

use serde::{Deserialize, Serialize};
use tabchain_shared::lab::Random;
use tabchain_shared::lab::strategy::Strategy;
use tabchain_shared::lab::theory::selfish::{revenue, spread};
use tabchain_shared::lab::theory::statistics::{Band, binomial_band, count, normal_quantile, wilson};
use tabchain_shared::lab::theory::withholding;
use tabchain_shared::lab::veil;
use tabchain_shared::node::role::Role;
use tabchain_shared::node::tree_view::TreePart;
use tabchain_shared::primitives::Address;

/// Of the bands that are shown.
const CONFIDENCE: f64 = 0.99;
/// Heights below the last known one that a reorg may have changed since.
const UNSETTLED: u32 = 40;
/// Blocks over which a table is played on numbers, for the mean: it is off by half a hundredth then.
const LONG_RUN: usize = 50_000;
/// The same for what is usual, over all runs of as many blocks as there are: some ten milliseconds.
const ALL_RUNS: usize = 200_000;

/// Who mined the blocks of the active chain above a height, one entry a height. What is kept of it says where to count; the relay
/// tells the rest again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// The last height that does not count.
    above: u32,
    /// The last one that was seen.
    seen: u32,
    /// Nothing above that counts any more.
    has_ended: bool,
    #[serde(skip)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    pub own: usize,
    pub all: usize,
    /// Of the matches that an honest block decided: those decided for the miner, and all.
    pub matches: (usize, usize),
}

/// What has been seen so far beside what would be usual of a miner with that share of the work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoFar {
    pub own: usize,
    pub all: usize,
    /// Blocks of an honest miner, in 99 of 100 runs.
    pub honest: Band,
    /// Blocks of one that plays the part, whatever γ can still be.
    pub played: Band,
    /// Where its revenue of the long run lies, as a share.
    pub band: Band,
    fair: f64,
}

/// What a run says of the long run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Pays,
    Costs,
    /// It may be either.
    Open,
}

impl Tally {
    pub fn above(height: u32) -> Self {
        Self { above: height, seen: height, has_ended: false, heights: Vec::new() }
    }

    /// Whether it began on a much longer chain.
    pub fn is_above(&self, height: u32) -> bool {
        self.above > height.saturating_add(UNSETTLED)
    }

    /// What has been seen is all there is.
    pub fn end(&mut self) {
        self.has_ended = true;
    }

    /// From which height on to ask for the tree. `None`: all has been counted.
    pub fn next(&self) -> Option<u32> {
        let counted = u32::try_from(self.heights.len()).unwrap_or(u32::MAX);
        if self.has_ended && self.above.saturating_add(counted) >= self.seen {
            return None;
        }
        let settled = if self.has_ended { counted } else { counted.saturating_sub(UNSETTLED) };
        Some(self.above.saturating_add(settled).saturating_add(1))
    }

    /// Takes the relay's answer to that question. `true`: there is more to ask for.
    pub fn absorb(&mut self, part: &TreePart, miner: Address) -> bool {
        let Some(from) = self.next() else { return false };
        self.heights.truncate((from - self.above - 1) as usize);
        let is_own = |number: Option<u32>| {
            number.and_then(|number| part.miners.get(number as usize)).is_some_and(|known| known.address == miner)
        };
        self.seen = self.seen.min(part.height.max(self.above));
        let last = if self.has_ended { self.seen } else { u32::MAX };
        for active in part.blocks.iter().filter(|block| block.active && (from..=last).contains(&block.height)) {
            let own = is_own(active.miner);
            let mut beside =
                part.blocks.iter().filter(|block| block.height == active.height && !block.active && !block.elsewhere);
            let has_rival = beside.any(|block| is_own(block.miner) != own);
            self.heights.push(Height { is_own: own, has_rival });
        }
        if !self.has_ended {
            self.seen = self.above + u32::try_from(self.heights.len()).expect("heights are 32 bits");
        }
        part.next.is_some_and(|next| next <= part.height)
    }

    pub fn observed(&self) -> Observed {
        let own = self.heights.iter().filter(|height| height.is_own).count();
        Observed { own, all: self.heights.len(), matches: self.matches() }
    }

    fn matches(&self) -> (usize, usize) {
        let decided = self.heights.windows(2).filter(|pair| pair[0].has_rival && !pair[1].is_own);
        let for_the_miner: Vec<bool> = decided.map(|pair| pair[0].is_own).collect();
        (for_the_miner.iter().filter(|own| **own).count(), for_the_miner.len())
    }
}

impl Observed {
    /// Its part of the chain.
    pub fn share(&self) -> f64 {
        if self.all == 0 { 0.0 } else { count(self.own as u64) / count(self.all as u64) }
    }

    /// What γ was, where others have decided matches.
    pub fn gamma(&self) -> Option<f64> {
        let (won, decided) = self.matches;
        (decided > 0).then(|| count(won as u64) / count(decided as u64))
    }
}

impl SoFar {
    /// As far as matches have shown, γ lies in their band. `None` before the first block.
    pub fn of(observed: &Observed, plays: Role, fair: f64) -> Option<Self> {
        let strategy = veil::strategy(plays)?;
        let (own, all) = (observed.own, observed.all);
        let (won, decided) = observed.matches;
        let gammas = wilson(won as u64, decided as u64, CONFIDENCE);
        let runs = (ALL_RUNS / all.max(1)).clamp(400, 2_000);
        // The same numbers for both ends, and at every look.
        let [least, most] = [gammas.low, gammas.high].map(|gamma| {
            let usual = withholding::usual(&strategy, [fair, gamma], all, runs, &mut Random::new(1));
            (usual, withholding::revenue_band(own, all, usual, at(plays, fair, gamma)))
        });
        let blocks = count(all as u64);
        let honest = binomial_band(all as u64, fair, CONFIDENCE);
        (all > 0).then(|| Self {
            own,
            all,
            honest: Band { low: honest.low * blocks, high: honest.high * blocks },
            played: hull(least.0, most.0),
            band: hull(least.1, most.1),
            fair,
        })
    }

    /// Whether it would be usual of an honest miner, and of one that plays the part.
    pub fn fits(&self) -> (bool, bool) {
        let own = count(self.own as u64);
        // A bound is a whole number of blocks, up to rounding.
        let contains = |band: Band| (band.low - 0.5..=band.high + 0.5).contains(&own);
        (contains(self.honest), contains(self.played))
    }

    /// Beside what is fair, which is the part of the work.
    pub fn verdict(&self) -> Verdict {
        if self.band.low > self.fair {
            Verdict::Pays
        } else if self.band.high < self.fair {
            Verdict::Costs
        } else {
            Verdict::Open
        }
    }
}

fn hull(first: Band, second: Band) -> Band {
    Band { low: first.low.min(second.low), high: first.high.max(second.high) }
}

/// With how many blocks one that plays SM1 is told from an honest miner in nearly every run: what is usual of the two no longer
/// overlaps, by their normal laws. `None`: they earn about the same, or it plays by a table, of which no such law is known.
pub fn blocks_to_tell(plays: Role, alpha: f64, gamma: f64) -> Option<f64> {
    let apart = (revenue(alpha, gamma) - alpha).abs();
    if plays != Role::Selfish || alpha >= 0.5 || apart < 0.01 {
        return None;
    }
    let widths = (alpha * (1.0 - alpha)).sqrt() + spread(alpha, gamma).sqrt();
    let blocks = (normal_quantile(0.5 + CONFIDENCE / 2.0) * widths / apart).powi(2);
    // Two digits: nobody counts on more.
    let unit = 10_f64.powf((blocks.log10() - 1.0).floor());
    Some((blocks / unit).ceil() * unit)
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
                elsewhere: false,
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
        assert_eq!((observed.own, observed.all, observed.share()), (3, 6, 0.5));
        assert!((Tally::above(7).observed().share()).abs() < 1e-12);
        assert_eq!((observed.gamma(), tally(&["sh", "h"]).observed().gamma()), (None, Some(1.0)));
    }

    #[test]
    fn a_reorg_changes_what_was_counted() {
        let mut tally = tally(&["h"; 60]);
        assert_eq!(tally.next(), Some(28));
        tally.absorb(&part(28, &["s"; 45]), SELFISH);
        assert_eq!((tally.observed().own, tally.observed().all), (45, 65));
    }

    #[test]
    fn a_run_that_has_ended_is_counted_again_up_to_there() {
        let mut tally = tally(&["s", "h", "s", "h", "s"]);
        tally.end();
        assert_eq!(tally.next(), None, "nothing is missing");
        let kept = serde_json::to_string(&tally).expect("plain data");
        let mut again: Tally = serde_json::from_str(&kept).expect("what was written");
        assert_eq!((again.observed().all, again.next()), (0, Some(8)));
        assert!(!again.absorb(&part(8, &["s", "h", "s", "h", "s", "s", "s"]), SELFISH));
        assert_eq!((again.observed().own, again.observed().all, again.next()), (3, 5, None));
    }

    #[test]
    fn gamma_is_counted_where_an_honest_block_decided_a_match() {
        // Won by its own next block, by an honest one on its block, lost, and a stale block of others among themselves.
        let observed = tally(&["sh", "s", "sh", "h", "hs", "h", "hh", "h"]).observed();
        assert_eq!(observed.matches, (1, 2));
    }

    fn cycle(letters: &[&'static str], blocks: usize) -> Vec<&'static str> {
        letters.iter().copied().cycle().take(blocks).collect()
    }

    #[test]
    fn a_long_run_is_judged_against_the_fair_share() {
        let so_far = |blocks| {
            let observed = tally(&cycle(&["s", "s", "s", "h", "h"], blocks)).observed();
            SoFar::of(&observed, Role::Selfish, 0.4).unwrap()
        };
        assert_eq!(so_far(60).verdict(), Verdict::Open);
        let long = so_far(2_000);
        assert_eq!(long.verdict(), Verdict::Pays);
        assert!(long.band.contains(0.6) && long.band.low > 0.45 && long.band.high < 0.75, "{:?}", long.band);
        let poor = tally(&cycle(&["s", "h", "h", "h", "h"], 2_000)).observed();
        assert_eq!(SoFar::of(&poor, Role::Selfish, 0.4).unwrap().verdict(), Verdict::Costs);
    }

    /// 24 of 73 blocks with two fifths of the work: one such run in six has no more.
    #[test]
    fn a_run_that_strays_as_usual_is_not_called_wrong() {
        let chain: Vec<&str> = (0..73).map(|number| if number % 3 == 0 && number < 72 { "s" } else { "h" }).collect();
        let so_far = SoFar::of(&tally(&chain).observed(), Role::Selfish, 0.401).unwrap();
        assert_eq!((so_far.own, so_far.all, so_far.fits()), (24, 73, (true, true)));
        assert!(so_far.band.contains(revenue(0.401, 0.0)), "{:?}", so_far.band);
        assert!(so_far.band.high - so_far.band.low > 0.5, "so few blocks tell little: {:?}", so_far.band);
    }

    #[test]
    fn more_blocks_tell_the_part_from_honest_mining() {
        assert_eq!(blocks_to_tell(Role::Selfish, 0.4, 0.0), Some(2_600.0));
        assert!(blocks_to_tell(Role::Selfish, 0.4, 1.0).unwrap() < 600.0);
        assert_eq!(blocks_to_tell(Role::Selfish, 1.0 / 3.0, 0.0), None, "there is no difference");
        assert_eq!(blocks_to_tell(Role::Withholder { table: KnownTable::Optimal35And0 }, 0.4, 0.0), None);
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
        assert_eq!(fits(&cycle(&["s", "s", "h", "h", "h"], 2_400)), (true, false), "two fifths, and no match at all");
        assert_eq!(fits(&cycle(&["s", "s", "s", "h", "h"], 300)), (false, true));
        assert_eq!(fits(&["h"; 300]), (false, false));
        assert_eq!(SoFar::of(&Tally::above(7).observed(), Role::Selfish, 0.4), None);
    }
}
