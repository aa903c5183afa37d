//! Takes the word that a rule goes by out of a subject (`do.remove_word`), however it was written.
//!
//! In: a decoded subject and the words of the rule. Out: the subject without them, brackets and colons around them gone, or nothing where
//! none stands in it. It finds what [`super::fold`] finds, so it looks for the shortest piece that reads as the word, cut only
//! beside something that is no letter or figure. Bounded in the subject's length; nothing can fail.

use super::fold::{Word, readings};
use crate::base::limits;

/// Pieces that are taken out of one subject; who writes the word more often keeps the rest.
const PIECES: usize = 8;

/// The subject without these words.
#[must_use]
pub fn without_words(subject: &str, words: &[&String]) -> Option<String> {
    if subject.chars().count() > limits::REMOVED_WORD_SUBJECT_CHARACTERS {
        return None;
    }
    let mut left = subject.to_owned();
    let mut is_changed = false;
    for word in words {
        let word = Word::new(word);
        for _ in 0..PIECES {
            let Some((start, end)) = place(&left, &word) else { break };
            left = joined(left.get(..start).unwrap_or_default(), left.get(end..).unwrap_or_default());
            is_changed = true;
        }
    }
    is_changed.then_some(left)
}

/// Where the shortest piece that reads as the word begins and ends.
fn place(text: &str, word: &Word) -> Option<(usize, usize)> {
    let reads = |piece: Option<&str>| piece.is_some_and(|piece| readings(piece).iter().any(|reading| reading.has(word)));
    if !reads(Some(text)) {
        return None;
    }
    let cuts = cuts(text);
    let end = *cuts.iter().find(|end| reads(text.get(..**end)))?;
    let start = *cuts.iter().rev().find(|start| reads(text.get(**start..end)))?;
    Some((start, end))
}

/// Places between two characters that are not both letters or figures, and both ends.
fn cuts(text: &str) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut before = false;
    for (at, c) in text.char_indices() {
        let is_letter = c.is_alphanumeric();
        if !(before && is_letter) {
            cuts.push(at);
        }
        before = is_letter;
    }
    cuts.push(text.len());
    cuts
}

/// What stood before and after the word, without what set it apart.
fn joined(before: &str, after: &str) -> String {
    let opens = |c: char| c.is_whitespace() || "([{<*\"'".contains(c);
    let closes = |c: char| c.is_whitespace() || ")]}>*\"':;,.!-\u{2013}\u{2014}|/".contains(c);
    let after = after.trim_start_matches(closes).trim_end();
    let mut before = before.trim_end_matches(opens);
    if after.is_empty() {
        before = before.trim_end_matches(|c: char| c.is_whitespace() || "-\u{2013}\u{2014}|,;/".contains(c));
    }
    if before.is_empty() || after.is_empty() { format!("{before}{after}") } else { format!("{before} {after}") }
}

#[cfg(test)]
#[path = "subject_tests.rs"]
mod tests;
