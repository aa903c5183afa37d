//! Words of the special categories, and whether they are said of somebody.
//!
//! In: the text of a reading with its persons. Out: [`Mention`]s. The same words fill policies, statistics, training and job adverts, so a
//! word counts only where it is tied to a person: one in the same sentence, row or record; or the sentence goes on about the person of the
//! sentence before ("He", "She", "Mum"). A sentence about everybody ("pupils", "staff must", "14 EHCPs", "31 %") is about nobody.
//! Each file lists the words of one category and says where they come from.

mod belief;
mod criminal;
mod ethnicity;
mod hardship;
mod health;
mod needs;
mod private;
mod safeguarding;
pub(super) mod tie;

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::kind::Kind;

/// How much a phrase says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Force {
    /// Said of a person only: "is on a child protection plan", "self-harming".
    Telling,
    /// A thing that persons have and that is also talked about: "asthma", "EHCP".
    Plain,
    /// A word with other senses, which counts only right behind a person and a verb: "is Polish", "is gay".
    Weak,
    /// The name of a meeting, a paper or a system: where a person stands, the mail is about such a matter and says it elsewhere.
    Hint,
}

/// Phrases, parted by `; `.
pub(super) type Group = (Kind, Force, &'static str);

/// The phrases of a list.
pub(super) fn phrases(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(';').map(str::trim).filter(|phrase| !phrase.is_empty())
}

/// A phrase found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mention {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
    pub(super) force: Force,
}

const FILES: [&[Group]; 8] = [
    health::WORDS,
    needs::WORDS,
    safeguarding::WORDS,
    criminal::WORDS,
    ethnicity::WORDS,
    belief::WORDS,
    private::WORDS,
    hardship::WORDS,
];

pub(super) struct Vocabulary {
    find: AhoCorasick,
    /// Which group each pattern is of.
    groups: Vec<&'static Group>,
}

impl Vocabulary {
    pub(super) fn compile() -> Option<Self> {
        let groups = FILES.iter().flat_map(|file| file.iter());
        let pairs: Vec<(&'static str, &'static Group)> =
            groups.flat_map(|group| phrases(group.2).map(move |phrase| (phrase, group))).collect();
        let find = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(pairs.iter().map(|(phrase, _)| *phrase))
            .ok()?;
        Some(Self { find, groups: pairs.into_iter().map(|(_, group)| group).collect() })
    }

    /// All phrases in a text. White space of any kind is a space to them.
    pub(super) fn find(&self, text: &str) -> Vec<Mention> {
        let mut found = Vec::new();
        for hit in self.find.find_iter(text) {
            let Some((kind, force, _)) = self.groups.get(hit.pattern().as_usize()) else { continue };
            if is_whole(text, hit.start()..hit.end()) {
                found.push(Mention { start: hit.start(), end: hit.end(), kind: *kind, force: *force });
            }
        }
        found
    }
}

/// Whole words; a plural or a possessive may follow. Short ones that are abbreviations must be in capitals ("LAC", not "lac").
fn is_whole(text: &str, range: Range<usize>) -> bool {
    let found = text.get(range.clone()).unwrap_or_default();
    let before = text.get(..range.start).and_then(|t| t.chars().next_back());
    let rest = text.get(range.end..).unwrap_or_default();
    let rest = ["'s", "s", "es"]
        .iter()
        .find_map(|end| rest.strip_prefix(end))
        .filter(|r| !r.starts_with(char::is_alphanumeric))
        .unwrap_or(rest);
    let is_closed = !before.is_some_and(char::is_alphanumeric) && !rest.starts_with(char::is_alphanumeric);
    let is_abbreviation = found.len() <= 4 && ABBREVIATIONS.iter().any(|word| found.eq_ignore_ascii_case(word));
    is_closed && (!is_abbreviation || found.bytes().all(|b| !b.is_ascii_lowercase()))
}

/// Abbreviations that are other words in small letters, or too short to be sure of.
const ABBREVIATIONS: &[&str] = &[
    "asd", "asc", "odd", "pda", "ocd", "ptsd", "copd", "ms", "cf", "hiv", "cp", "cin", "lac", "cla", "cse", "cce", "fgm", "sen",
    "send", "semh", "slcn", "mld", "sld", "pmld", "spld", "vi", "hi", "msi", "pd", "iep", "ehcp", "ehc", "pep", "taf", "mash",
    "lado", "yot", "yos", "yjs", "fsm", "pp", "gmb", "neu", "nsu", "dcd", "apd", "adhd", "add", "fasd", "cfs", "me", "ibs",
    "uti", "std", "sti", "tb", "ivf", "aids", "esa", "pip", "dla", "dv", "snt", "oh",
];
