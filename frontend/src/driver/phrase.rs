//! A node's secret key as 24 English words (BIP-39), for a person to write down. The words are the key's 32 bytes themselves and
//! a checksum; no password stretches them, so a wallet that derives keys from such words comes to other keys.

use bip39::{Error, Language, Mnemonic};

const WORDS: usize = 24;

pub fn of(seed: &[u8; 32]) -> String {
    Mnemonic::from_entropy(seed).expect("32 bytes are 24 words").to_string()
}

/// The key of a phrase as a person typed it, or what is wrong with it.
pub fn read(phrase: &str) -> Result<[u8; 32], String> {
    // Whoever has numbered them may write the numbers, too.
    let words = phrase.split(|c: char| c.is_whitespace() || c.is_ascii_digit() || ".,)".contains(c));
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    if words.len() != WORDS {
        return Err(format!("a recovery phrase has {WORDS} words; these are {}", words.len()));
    }
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, &words.join(" ")).map_err(|error| match error {
        Error::UnknownWord(index) => {
            format!("word {}, “{}”, is none of the 2048 words; look at its spelling", index + 1, words[index])
        }
        _ => "these words do not belong together; one of them is another word, or two have changed places".to_owned(),
    })?;
    let (bytes, _) = mnemonic.to_entropy_array();
    Ok(*bytes.first_chunk().expect("24 words are 32 bytes"))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// The vectors that BIP-39 names, those of 32 bytes.
    #[test]
    fn the_published_phrases_are_ours() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/vectors/text/bip39_trezor_vectors.json")).unwrap();
        let mut checked = 0;
        for vector in vectors["english"].as_array().unwrap() {
            let (entropy, phrase) = (vector[0].as_str().unwrap(), vector[1].as_str().unwrap());
            let Ok(seed) = <[u8; 32]>::try_from(hex::decode(entropy).unwrap()) else { continue };
            assert_eq!(of(&seed), phrase);
            assert_eq!(read(phrase), Ok(seed));
            let numbered: Vec<String> =
                phrase.split(' ').zip(1..).map(|(word, number)| format!("{number}. {word}")).collect();
            assert_eq!(read(&numbered.join("\n")), Ok(seed));
            checked += 1;
        }
        assert_eq!(checked, 4);
    }

    #[test]
    fn what_is_wrong_with_a_phrase_is_said_in_words() {
        let phrase = of(&[7; 32]);
        let mut words: Vec<&str> = phrase.split(' ').collect();
        assert_eq!(
            read(&format!("  {} ", phrase.to_uppercase().replace(' ', "\n"))),
            Ok([7; 32]),
            "however it is typed"
        );
        assert!(read(&words[..23].join(" ")).unwrap_err().contains("these are 23"));
        let third = std::mem::replace(&mut words[2], "adbot");
        assert!(read(&words.join(" ")).unwrap_err().contains("word 3, “adbot”"));
        words[2] = if third == "zoo" { "zone" } else { "zoo" };
        assert!(read(&words.join(" ")).unwrap_err().contains("do not belong together"));
    }
}
