//! A look at a moment in the past: the tip of then is the tip, and what was not known yet is marked. Blocks stay what they are, and the
//! present comes back.

use std::collections::HashSet;

use tabchain_shared::node::timeline::TipView;
use tabchain_shared::primitives::BlockHash;

use super::{Block, Model};

/// A moment in the past, as a node saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Then {
    pub tip: TipView,
    pub known: Known,
}

/// Which blocks it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// All but those that came later. Of some of them it had the headers.
    AllBut { later: HashSet<BlockHash>, announced: HashSet<BlockHash> },
    /// Those below tips that it had told of; of others nobody can say.
    Below(Vec<BlockHash>),
}

impl Model {
    /// Looks at a moment in the past, or again at the present.
    pub fn look_back(&mut self, then: Option<Then>) {
        let Some(tip) = self.tip.map(|hash| TipView { hash, height: self.height }) else { return };
        let present = self.present.unwrap_or(tip);
        let to = then.as_ref().map_or(present, |then| then.tip);
        self.present = then.is_some().then_some(present);
        self.then = then;
        if self.blocks.contains_key(&to.hash) {
            self.follow(to.hash, to.height, None);
        } else {
            // It is fetched, or nobody here has it.
            (self.tip, self.height) = (Some(to.hash), to.height);
        }
        self.look_again();
    }

    pub fn looks_back(&self) -> bool {
        self.then.is_some()
    }

    /// Whether the node had the block at the moment that is shown.
    pub fn was_known(&self, hash: &BlockHash) -> bool {
        !self.unknown.contains(hash)
    }

    /// Whether it had the block's header, and nothing more.
    pub fn was_announced(&self, hash: &BlockHash) -> bool {
        let known = self.then.as_ref().map(|then| &then.known);
        matches!(known, Some(Known::AllBut { announced, .. }) if announced.contains(hash))
    }

    /// Whether a block was to follow on the tip of then.
    pub fn is_ahead(&self, hash: &BlockHash) -> bool {
        self.ahead.contains(hash)
    }

    /// What was not known then, among the blocks that are here now.
    pub fn look_again(&mut self) {
        (self.unknown, self.ahead) = (HashSet::new(), HashSet::new());
        let Some(then) = &self.then else { return };
        self.unknown = match &then.known {
            Known::AllBut { later, .. } => later.union(&self.elsewhere).copied().collect(),
            Known::Below(tips) => {
                let mut had: HashSet<BlockHash> = HashSet::new();
                for tip in tips.iter().rev() {
                    let mut at = *tip;
                    while let Some(block) = self.blocks.get(&at).filter(|block| had.insert(block.hash)) {
                        at = block.parent;
                    }
                }
                // Below what is known here the chain is everybody's.
                let lowest = had.iter().filter_map(|hash| self.block(hash)).map(|block| block.height).min();
                let is_unknown = |block: &&Block| Some(block.height) >= lowest && !had.contains(&block.hash);
                self.blocks().filter(is_unknown).map(|block| block.hash).collect()
            }
        };
        if let Some(present) = self.present {
            let ahead = self.path_down(present.hash, then.tip.height);
            let joins = ahead.last().and_then(|lowest| self.block(lowest)).map(|block| block.parent);
            if joins == Some(then.tip.hash) {
                self.ahead = ahead.into_iter().filter(|hash| self.unknown.contains(hash)).collect();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::tests::{active, hash, model, straight};
    use super::*;

    fn then(tip: u32, height: u32, later: &[u32]) -> Then {
        let later = later.iter().map(|name| hash(*name)).collect();
        let known = Known::AllBut { later, announced: HashSet::from([hash(4)]) };
        Then { tip: TipView { hash: hash(tip), height }, known }
    }

    #[test]
    fn in_the_past_the_tip_of_then_is_active() {
        let mut blocks = straight(5);
        blocks.extend([(1_003, 2, 3, false), (1_004, 1_003, 4, false)]);
        let mut model = model(&blocks);
        let now = active(&model);
        model.look_back(Some(then(1_004, 4, &[3, 4, 5])));
        assert_eq!(active(&model), [0, 1, 2, 1_003, 1_004].map(hash));
        assert!(!model.was_known(&hash(3)) && model.was_known(&hash(1_003)) && model.was_announced(&hash(4)));
        assert!(model.branches().is_empty() && !model.is_ahead(&hash(5)), "it is another branch");
        model.look_back(Some(then(2, 2, &[3, 4, 5, 1_003, 1_004])));
        assert_eq!((active(&model), model.height), ([0, 1, 2].map(hash).to_vec(), 2));
        assert!([3, 4, 5].iter().all(|name| model.is_ahead(&hash(*name))) && !model.is_ahead(&hash(1_003)));
        model.look_back(None);
        assert_eq!((active(&model), model.height, model.branches().len()), (now, 5, 1));
        assert!(model.was_known(&hash(5)));
    }

    #[test]
    fn of_a_node_that_only_tells_its_tips_no_more_is_known() {
        let mut blocks = straight(4);
        blocks.extend([(1_003, 2, 3, false), (1_004, 1_003, 4, false)]);
        let mut model = model(&blocks);
        let known = Known::Below(vec![hash(2), hash(1_003)]);
        model.look_back(Some(Then { tip: TipView { hash: hash(1_003), height: 3 }, known }));
        assert_eq!(active(&model), [0, 1, 2, 1_003].map(hash));
        let had = [0, 1, 2, 3, 4, 1_003, 1_004].map(|name| model.was_known(&hash(name)));
        assert_eq!(had, [true, true, true, false, false, true, false]);
    }
}
