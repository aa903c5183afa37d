//! Text as a reader sees it, so that a word cannot be hidden from a rule and seen by people.
//!
//! In: decoded text of a subject, or a word out of the configuration. Out: [`Folded`], in which words stand in lower case
//! between single spaces. What shows nothing is gone (zero-width characters, soft hyphens, bidi controls, combining marks);
//! full-width letters, ligatures and mathematical alphabets are plain letters (NFKD, UAX 15); look-alikes of other scripts
//! are told apart by nobody (`confusables.rs`). Whole words only: a word inside a longer one is not found, and what stands in
//! a web address is no word. Linear in the length of the text; nothing can fail.

use std::borrow::Cow;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

use super::confusables::looks_like;

/// A text made ready for the search for words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folded {
    /// Words in lower case, a space before and after each.
    plain: String,
    /// The same with look-alikes read as Latin letters; nothing where that changes nothing.
    seen: Option<String>,
}

/// A word of the configuration, or several in a row.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// As the configuration has it.
    pub(super) written: String,
    folded: Folded,
}

impl Word {
    pub(super) fn new(written: &str) -> Self {
        Self { written: written.to_owned(), folded: Folded::new(written) }
    }
}

impl Folded {
    /// Folds a text.
    pub(super) fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self {
                plain: words(text.chars().filter(|&c| !is_unseen(c)), text.len(), |c| c.to_ascii_lowercase()),
                seen: None,
            };
        }
        let whole = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
        let shown = || whole.chars().filter(|&c| !is_unseen(c));
        let plain = words(shown(), whole.len(), lower);
        let seen = words(shown(), whole.len(), |c| looks_like(lower(looks_like(c))));
        Self { seen: (seen != plain).then_some(seen), plain }
    }

    /// Whether the word stands in this text as a whole word.
    pub(super) fn has(&self, word: &Word) -> bool {
        let word = &word.folded;
        if word.is_empty() {
            return false;
        }
        if self.plain.contains(&word.plain) {
            return true;
        }
        let disguised = self.seen.is_some() || word.seen.is_some();
        disguised && self.seen.as_ref().unwrap_or(&self.plain).contains(word.seen.as_ref().unwrap_or(&word.plain))
    }

    /// Whether no word is in it.
    fn is_empty(&self) -> bool {
        self.plain.trim().is_empty()
    }
}

/// Every way in which a subject may be read: as it is, with line ends and tabs inside it gone (some readers drop them), and with
/// what a right-to-left override turns round turned back.
pub(super) fn readings(subject: &str) -> Vec<Folded> {
    let subject = without_web_addresses(subject);
    let mut all = vec![Folded::new(&subject)];
    if subject.contains(['\r', '\n', '\t']) {
        all.push(Folded::new(&subject.replace(['\r', '\n', '\t'], "")));
    }
    if subject.contains(OVERRIDE) {
        all.push(Folded::new(&as_overridden(&subject)));
    }
    all
}

/// U+202E: what follows is shown from right to left, whatever it is (UAX 9).
const OVERRIDE: char = '\u{202e}';
/// U+202C: the end of an override.
const POP: char = '\u{202c}';

/// The text in the order in which it is shown, for overrides that are not nested.
fn as_overridden(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (i, piece) in text.split(OVERRIDE).enumerate() {
        let (turned, rest) = if i == 0 { ("", piece) } else { piece.split_once(POP).unwrap_or((piece, "")) };
        shown.extend(turned.chars().rev());
        shown.push_str(rest);
    }
    shown
}

/// The text with web addresses left out: a word in one is not said by the writer.
fn without_web_addresses(text: &str) -> Cow<'_, str> {
    if !text.contains("://") && !text.contains("www.") {
        return Cow::Borrowed(text);
    }
    let ends = |c: char| c.is_whitespace() || "<>\"'(){}[]|,;".contains(c);
    let kept = text.split(ends).filter(|run| !(run.contains("://") || run.starts_with("www.")));
    Cow::Owned(kept.collect::<Vec<_>>().join(" "))
}

/// Words in lower case with a space before and after each; what is neither letter nor figure parts them.
fn words(text: impl Iterator<Item = char>, size: usize, letter: impl Fn(char) -> char) -> String {
    let mut out = String::with_capacity(size + 2);
    out.push(' ');
    for c in text {
        let c = letter(c);
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// Lower case, where that is one character; the few others have been decomposed before.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Whether a character shows nothing of its own: marks, format and control characters, fillers.
fn is_unseen(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control() && !c.is_ascii_whitespace();
    }
    let fillers = matches!(c, '\u{115f}' | '\u{1160}' | '\u{2065}' | '\u{3164}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}');
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    fillers
        || matches!(
            category,
            GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark | GeneralCategory::Format | GeneralCategory::Control
        )
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
