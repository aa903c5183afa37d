//! Thousands of words looked for in one pass over a mail (Aho-Corasick), whatever rule asks for them.
//!
//! In: the words of all rules, each once, with a number; then the subjects and [`Passage`]s of a mail. Out: [`Found`], which says of
//! each word where it stands. Whole words only, as [`super::fold`] reads them: a pattern is the word with a space before and after.
//! Linear in the text; the words that many rules share cost no more than those of one.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::facts::Subject;
use super::fold::{Folded, Word, body_readings};
use crate::extract::{Passage, Place};

/// Octets of patterns up to which the automaton is the fastest kind, of some hundred times their size.
const FAST: usize = 128 << 10;

/// Octets of text that are folded at a time.
const WINDOW: usize = 1 << 20;
/// Octets that two pieces of a long text share, at least: longer than any phrase.
const OVERLAP: usize = 4 << 10;

/// The words that rules ask for, while the rules are compiled.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: Vec<Word>,
    numbers: HashMap<String, usize>,
}

/// The same, ready for the search.
#[derive(Clone, Debug)]
pub(super) struct Dictionary {
    written: Vec<String>,
    plain: Option<AhoCorasick>,
    /// The words with look-alikes as Latin letters, where any word differs by that.
    seen: Option<AhoCorasick>,
}

/// The words of one condition, by their numbers.
#[derive(Clone, Debug)]
pub(super) struct Words {
    bits: Vec<u64>,
    /// How many they are.
    pub(super) count: usize,
}

/// Where a word stands. The first are the stronger ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Where {
    /// In every subject, of one or of several.
    Subject,
    Body,
    FileName,
    /// In an attachment, anywhere in it.
    Attachment,
    /// In one of several subjects.
    OneSubject,
    /// In a body, counting what its HTML hides.
    Unshown,
    /// In what is quoted from others, which is not said by the sender.
    Quoted,
}

/// What was found in a mail: each word by its number, with the strongest place it stands in.
#[derive(Debug, Default)]
pub(super) struct Found(BTreeMap<usize, Where>);

impl Vocabulary {
    /// Takes in the words of one condition.
    pub(super) fn take(&mut self, words: &[String]) -> Words {
        let mut numbers: Vec<usize> = words.iter().map(|word| self.number(word)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut bits = vec![0; numbers.last().map_or(0, |last| last / 64 + 1)];
        for number in &numbers {
            bits[number / 64] |= 1 << (number % 64);
        }
        Words { bits, count: numbers.len() }
    }

    fn number(&mut self, word: &str) -> usize {
        if let Some(&known) = self.numbers.get(word) {
            return known;
        }
        self.words.push(Word::new(word));
        self.numbers.insert(word.to_owned(), self.words.len() - 1);
        self.words.len() - 1
    }

    /// Builds the search.
    pub(super) fn compile(self) -> Dictionary {
        let differs = self.words.iter().any(|word| word.folded.forms().1.is_some());
        let plain = automaton(self.words.iter().map(|word| word.folded.forms().0));
        let seen = if differs { automaton(self.words.iter().map(|word| seen_form(&word.folded))) } else { None };
        Dictionary { plain, seen, written: self.words.into_iter().map(|word| word.written).collect() }
    }
}

fn seen_form(folded: &Folded) -> &str {
    let (plain, seen) = folded.forms();
    seen.unwrap_or(plain)
}

/// A word without a letter would be found between any two words, so it stands as what no text holds.
fn automaton<'w>(words: impl Iterator<Item = &'w str>) -> Option<AhoCorasick> {
    let patterns: Vec<&str> = words.map(|word| if word.trim().is_empty() { "\u{0}" } else { word }).collect();
    let size: usize = patterns.iter().map(|word| word.len()).sum();
    let mut builder = AhoCorasick::builder();
    builder.match_kind(MatchKind::Standard).kind((size <= FAST).then_some(AhoCorasickKind::DFA));
    if patterns.is_empty() { None } else { builder.build(patterns).ok() }
}

/// A long text in pieces, so that folding it takes little memory. They end and begin at white space where there is any, and each
/// begins before the end of the one before, so that no phrase is parted and no word cut.
fn windows(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        if text.len() <= WINDOW {
            return Some(text);
        }
        let end = space_before(text, WINDOW);
        rest = text.get(space_before(text, end - OVERLAP)..);
        Some(&text[..end])
    })
}

/// The last white space within reach before a place, or the place itself.
fn space_before(text: &str, at: usize) -> usize {
    let at = text.floor_char_boundary(at);
    let from = text.floor_char_boundary(at.saturating_sub(OVERLAP));
    text[from..at].rfind(char::is_whitespace).map_or(at, |space| from + space)
}

impl Dictionary {
    /// Looks for all words.
    pub(super) fn search(&self, subjects: &[Subject], passages: &[Passage]) -> Found {
        let mut found = Found::default();
        self.search_subjects(subjects, &mut found);
        for passage in passages {
            let place = match passage.place {
                Place::Body => Where::Body,
                Place::FileName => Where::FileName,
                Place::Unshown => Where::Unshown,
                Place::Quoted => Where::Quoted,
                Place::Attachment => Where::Attachment,
            };
            for reading in windows(&passage.text).flat_map(body_readings) {
                self.look(&reading, |number| found.add(number, place));
            }
        }
        found
    }

    /// A word counts as said in the subject where every field of that name says it; in one of several it may be for show.
    fn search_subjects(&self, subjects: &[Subject], found: &mut Found) {
        let mut times: BTreeMap<usize, usize> = BTreeMap::new();
        for (at, subject) in subjects.iter().enumerate() {
            for reading in subject {
                self.look(reading, |number| {
                    let times = times.entry(number).or_default();
                    *times += usize::from(*times == at);
                    found.add(number, Where::OneSubject);
                });
            }
        }
        for (number, _) in times.into_iter().filter(|(_, times)| *times == subjects.len()) {
            found.add(number, Where::Subject);
        }
    }

    /// The words of one text; as `Folded::has` compares one.
    fn look(&self, text: &Folded, mut each: impl FnMut(usize)) {
        let Some(words) = &self.plain else { return };
        let (plain, seen) = text.forms();
        words.find_overlapping_iter(plain).for_each(|hit| each(hit.pattern().as_usize()));
        if seen.is_some() || self.seen.is_some() {
            let words = self.seen.as_ref().unwrap_or(words);
            words.find_overlapping_iter(seen.unwrap_or(plain)).for_each(|hit| each(hit.pattern().as_usize()));
        }
    }

    /// A word as the configuration has it.
    pub(super) fn written(&self, number: usize) -> &str {
        self.written.get(number).map_or("", String::as_str)
    }
}

impl Found {
    fn add(&mut self, number: usize, place: Where) {
        self.0.entry(number).and_modify(|before| *before = (*before).min(place)).or_insert(place);
    }

    /// The words of a condition that were found.
    pub(super) fn of<'f>(&'f self, words: &'f Words) -> impl Iterator<Item = (usize, Where)> + 'f {
        self.0.iter().filter(|(number, _)| words.has(**number)).map(|(number, place)| (*number, *place))
    }
}

impl Words {
    fn has(&self, number: usize) -> bool {
        self.bits.get(number / 64).is_some_and(|bits| bits & 1 << (number % 64) != 0)
    }
}

impl Where {
    /// Whether a word there is said by the sender.
    pub(super) fn is_said(self) -> bool {
        self != Self::Quoted
    }

    /// Whether everybody is shown it, so that it may let a mail off.
    pub(super) fn is_plain(self) -> bool {
        matches!(self, Self::Subject | Self::Body | Self::FileName)
    }

    /// For evidence.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Subject | Self::OneSubject => "in the subject",
            Self::Body => "in the body",
            Self::FileName => "in the name of an attachment",
            Self::Attachment => "in an attachment",
            Self::Unshown => "in the body, by what its HTML hides",
            Self::Quoted => "only in the quoted part",
        }
    }
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
