//! The stem of an English word (Snowball's English stemmer, known as Porter 2): `excursions` and `excursion` have one.
//!
//! In: a word as `words` makes it. Out: its stem; a word with other letters than a to z is its own stem. Nothing can fail.

use rust_stemmers::{Algorithm, Stemmer};

/// The stem of a folded word.
#[must_use]
pub fn stem(word: &str) -> String {
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    Stemmer::create(Algorithm::English).stem(word).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::stem;

    #[test]
    fn forms_of_a_word_share_a_stem() {
        assert_eq!(stem("excursions"), stem("excursion"));
        assert_eq!(stem("bullying"), stem("bullied"));
        assert_ne!(stem("trip"), stem("trap"));
        assert_eq!(stem("2026"), "2026");
        assert_eq!(stem("σισυφοσ"), "σισυφοσ");
    }

    proptest! {
        #[test]
        fn no_word_is_too_odd(word in "[a-z]{0,70}") {
            prop_assert!(stem(&word).len() <= word.len() + 1); // `hoping` gives `hope`
        }
    }
}
