//! A colour for each miner. Eight that people with any colour vision tell apart (Okabe and Ito 2008, darkened where
//! they would vanish on white); a name always stands beside the colour.

use std::collections::{BTreeMap, BTreeSet};

use tabchain_shared::primitives::Address;

/// Defined as `--miner-0` to `--miner-7` in the style sheet.
pub const COLOURS: usize = 8;

/// Every miner's colour, chosen by its address, so that a phone and the projector mostly agree; of two that would get
/// the same, one takes the next that is free.
pub fn assign(miners: &BTreeSet<Address>) -> BTreeMap<Address, usize> {
    let mut taken = [0_usize; COLOURS];
    let mut colours = BTreeMap::new();
    for miner in miners {
        let preferred = usize::from(miner.0[0]) % COLOURS;
        let candidates = (0..COLOURS).map(|step| (preferred + step) % COLOURS);
        let colour = candidates.min_by_key(|colour| taken[*colour]).expect("there are eight candidates");
        taken[colour] += 1;
        colours.insert(*miner, colour);
    }
    colours
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn eight_miners_have_eight_colours() {
        let miners: BTreeSet<Address> =
            (0..8).map(|last| Address([[3; 19].as_slice(), &[last]].concat().try_into().unwrap())).collect();
        let used: BTreeSet<usize> = assign(&miners).into_values().collect();
        assert_eq!(used.len(), COLOURS);
    }

    #[test]
    fn a_colour_does_not_depend_on_who_else_is_there_unless_it_is_taken() {
        let (first, second) = (Address([1; 20]), Address([2; 20]));
        let alone = assign(&BTreeSet::from([second]))[&second];
        assert_eq!(assign(&BTreeSet::from([first, second]))[&second], alone);
    }
}
