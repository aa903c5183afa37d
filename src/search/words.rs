//! What a word is: the one tokenizer, for documents and for queries.
//!
//! In: text. Out: words in lower case, of letters and figures only. Accents, full-width forms and ligatures are folded (NFKD, UAX 15; `ß` is
//! `ss`, `ø` is `o`, `æ` is `ae`, `þ` is `th`); marks and what shows nothing are gone and part nothing; all else parts words. So addresses,
//! file names, hyphenated words and figures with separators are phrases of their parts, and are found whole and in parts.
//! Scripts that are written without blanks (Han, kana, Thai, Lao, Khmer, Burmese) give a word for each character: a longer query is a phrase,
//! and finds what stands there, without a dictionary. Runs longer than [`limits::SEARCH_WORD_CHARACTERS`] are cut into words of that length.
//!
//! The index takes our words joined by single blanks through FTS5's `unicode61 remove_diacritics 0`, which must neither part nor change one
//! (a test holds this for every character there is). `fold` of a fold is the same fold. Linear in the length of the text; nothing can fail.
//!
//! Not done: `wellbeing` does not find `well-being` (the query `well-being` finds both), nor `07700900123` what is written `07700 900123`.

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, Script};

use crate::base::limits;

/// Stands between two values of one column (two addresses, two names of files), so that no phrase reaches from one into the next. For
/// private use (UAX 44, `Co`): FTS5 takes it for a word, and no query can ask for it.
pub const BOUNDARY: &str = "\u{e000}";

/// The words of a text, in their order.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut cutting = Cutting::default();
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        let (run, other) = rest.split_at(ascii);
        run.chars().for_each(|c| cutting.take(c.to_ascii_lowercase()));
        let end = other.bytes().position(|byte| byte.is_ascii()).unwrap_or(other.len());
        let (run, after) = other.split_at(end);
        if !run.is_empty() {
            fold_into(run, &mut cutting);
        }
        rest = after;
    }
    cutting.finish()
}

/// The words of a text joined by single blanks: what the index is given.
#[must_use]
pub fn fold(text: &str) -> String {
    words(text).join(" ")
}

fn fold_into(run: &str, cutting: &mut Cutting) {
    let lower: String = run.chars().flat_map(char::to_lowercase).collect();
    for c in DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(lower.chars()) {
        match plain(c) {
            Some(letters) => letters.chars().for_each(|c| cutting.take(c)),
            None => c.to_lowercase().for_each(|c| cutting.take(c)), // mathematical capitals have no small form before NFKD
        }
    }
}

/// Letters that NFKD leaves whole and people write without their stroke or tie.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "ss",
        'ø' | 'Ø' => "o",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'þ' | 'Þ' => "th",
        'ð' | 'Ð' | 'đ' | 'Đ' => "d",
        'ł' | 'Ł' => "l",
        'ħ' | 'Ħ' => "h",
        'ŧ' | 'Ŧ' => "t",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

/// A text being cut into words.
#[derive(Default)]
struct Cutting {
    done: Vec<String>,
    word: String,
    characters: usize,
}

impl Cutting {
    fn take(&mut self, c: char) {
        match class(c) {
            Class::Letter => self.push(c),
            Class::Alone => {
                self.end();
                self.push(c);
                self.end();
            }
            Class::Nothing => {}
            Class::Between => self.end(),
        }
    }

    fn push(&mut self, c: char) {
        if self.characters == limits::SEARCH_WORD_CHARACTERS {
            self.end();
        }
        self.word.push(c);
        self.characters += 1;
    }

    fn end(&mut self) {
        if !self.word.is_empty() {
            self.done.push(std::mem::take(&mut self.word));
            self.characters = 0;
        }
    }

    fn finish(mut self) -> Vec<String> {
        self.end();
        self.done
    }
}

/// What a character, folded, does to a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    /// A word by itself.
    Alone,
    /// Marks, and what shows nothing: soft hyphens, zero-width joiners.
    Nothing,
    Between,
}

/// Vowel signs of New Tai Lue and two of the Vedas, letters since Unicode 8 and 12 and marks before; FTS5 still has them as marks.
const RECLASSIFIED: [std::ops::RangeInclusive<char>; 3] =
    ['\u{19b0}'..='\u{19c0}', '\u{19c8}'..='\u{19c9}', '\u{1cf2}'..='\u{1cf3}'];

fn class(c: char) -> Class {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() { Class::Letter } else { Class::Between };
    }
    if RECLASSIFIED.iter().any(|run| run.contains(&c)) {
        return Class::Nothing;
    }
    use GeneralCategory as G;
    match CodePointMapData::<GeneralCategory>::new().get(c) {
        G::NonspacingMark | G::SpacingMark | G::EnclosingMark | G::Format => Class::Nothing,
        _ if is_unblanked(c) => Class::Alone,
        G::UppercaseLetter | G::LowercaseLetter | G::TitlecaseLetter | G::ModifierLetter | G::OtherLetter => Class::Letter,
        G::DecimalNumber | G::LetterNumber | G::OtherNumber => Class::Letter,
        _ => Class::Between,
    }
}

/// Whether a letter belongs to a script that is written without blanks.
fn is_unblanked(c: char) -> bool {
    const UNBLANKED: [Script; 7] =
        [Script::Han, Script::Hiragana, Script::Katakana, Script::Thai, Script::Lao, Script::Khmer, Script::Myanmar];
    c.is_alphabetic() && UNBLANKED.contains(&CodePointMapData::<Script>::new().get(c))
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
