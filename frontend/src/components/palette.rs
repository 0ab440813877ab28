//! A colour and a mark for each miner. Eight colours that people with any colour vision tell apart (Okabe and Ito 2008,
//! darkened where they would vanish on white); initials or a mark always stand beside the colour.

use std::collections::BTreeMap;

use tabchain_shared::primitives::Address;

/// Defined as `--miner-0` to `--miner-7` in the style sheet; each has a mark of its own.
pub const COLOURS: usize = 8;

/// Who has which colour. A miner keeps the one that it was given, whoever comes later.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    given: BTreeMap<Address, usize>,
    taken: [usize; COLOURS],
}

impl Palette {
    /// Chosen by the address, so that a phone and the projector mostly agree; of two that would get the same, the later one
    /// takes the next that is free.
    pub fn colour(&mut self, miner: Address) -> usize {
        let taken = &mut self.taken;
        *self.given.entry(miner).or_insert_with(|| {
            let preferred = usize::from(miner.0[0]) % COLOURS;
            let candidates = (0..COLOURS).map(|step| (preferred + step) % COLOURS);
            let colour = candidates.min_by_key(|colour| taken[*colour]).expect("there are eight candidates");
            taken[colour] += 1;
            colour
        })
    }
}

/// What stands in a block that is large enough: the first letters of a name's first two words, or its first two letters.
pub fn initials(name: &str) -> String {
    let mut words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return "?".to_owned() };
    let letters = match words.next() {
        Some(second) => first.chars().take(1).chain(second.chars().take(1)).collect::<String>(),
        None => first.chars().take(2).collect(),
    };
    letters.to_uppercase()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn eight_miners_have_eight_colours() {
        let mut palette = Palette::default();
        let miners = (0..8).map(|last| Address([[3; 19].as_slice(), &[last]].concat().try_into().unwrap()));
        let used: BTreeSet<usize> = miners.map(|miner| palette.colour(miner)).collect();
        assert_eq!(used.len(), COLOURS);
    }

    #[test]
    fn a_colour_does_not_depend_on_who_else_is_there_unless_it_is_taken() {
        let (first, second) = (Address([1; 20]), Address([2; 20]));
        let alone = Palette::default().colour(second);
        let mut palette = Palette::default();
        palette.colour(first);
        assert_eq!(palette.colour(second), alone);
        assert_eq!(palette.colour(second), alone, "and it stays");
    }

    #[test]
    fn initials_are_short() {
        for (name, letters) in
            [("ada", "AD"), ("brave-otter", "BO"), ("x", "X"), ("", "?"), ("Élodie", "ÉL"), ("node 12", "N1")]
        {
            assert_eq!(initials(name), letters);
        }
    }
}
