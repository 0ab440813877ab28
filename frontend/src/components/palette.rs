//! A colour and a mark for each miner. Eight colours that people with any colour vision tell apart (Okabe and Ito 2008,
//! darkened where they would vanish on white); initials or a mark always stand beside the colour.

use std::collections::BTreeMap;

use tabchain_shared::primitives::Address;

use crate::language;

/// Defined as `--miner-0` to `--miner-7` in the style sheet; each has a mark of its own.
pub const COLOURS: usize = 8;

/// The mark of each colour, as an SVG path in a box of 12 by 12 that is filled by the rule `evenodd`; as
/// [`super::block_tree`] draws it on its canvas.
pub fn mark(colour: usize) -> &'static str {
    match colour % COLOURS {
        0 => "M1 6a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
        1 => "M2 2h8v8h-8z",
        2 => "M6 1l5 8.5h-10z",
        3 => "M6 0l6 6l-6 6l-6 -6z",
        4 => "M1 6a5 5 0 1 0 10 0a5 5 0 1 0 -10 0zM3.5 6a2.5 2.5 0 1 1 5 0a2.5 2.5 0 1 1 -5 0z",
        5 => "M0 4.3h4.3v-4.3h3.4v4.3h4.3v3.4h-4.3v4.3h-3.4v-4.3h-4.3z",
        6 => "M6 11l5 -8.5h-10z",
        _ => "M0 1.5h12v3.2h-12zM0 7.3h12v3.2h-12z",
    }
}

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
    language::upper_case(&letters)
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
