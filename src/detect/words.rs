//! The words of a text and what the lists know of each.
//!
//! In: the text of a reading. Out: [`Word`]s in order, each looked up once. A word is letters with apostrophes and hyphens inside.
//! Words in mail addresses, links and file names are left out: nobody's name stands there for a reader.

use std::collections::HashMap;

use super::fold;

const FORENAME: u8 = 1;
const SURNAME: u8 = 2;
const AMBIGUOUS: u8 = 4;

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Small,
    Capital,
    Capitals,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) case: Case,
    known: u8,
}

impl Word {
    pub(super) fn is_forename(self) -> bool {
        self.known & FORENAME != 0
    }

    pub(super) fn is_surname(self) -> bool {
        self.known & SURNAME != 0
    }

    /// It is a word of everyday language too.
    pub(super) fn is_ambiguous(self) -> bool {
        self.known & AMBIGUOUS != 0
    }

    pub(super) fn is_written_as_name(self) -> bool {
        self.case != Case::Small
    }
}

/// The lists that are shipped.
pub(super) struct Names {
    known: HashMap<Box<str>, u8>,
}

impl Names {
    pub(super) fn load() -> Self {
        let mut known: HashMap<Box<str>, u8> = HashMap::new();
        let lists = [
            (include_str!("lists/forenames.txt"), FORENAME),
            (include_str!("lists/surnames.txt"), SURNAME),
            (include_str!("lists/ambiguous.txt"), AMBIGUOUS),
        ];
        for (list, mark) in lists {
            for name in list.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_ascii_whitespace) {
                *known.entry(fold::plain(name).into_boxed_str()).or_default() |= mark;
            }
        }
        Self { known }
    }

    /// All words of a text.
    pub(super) fn words(&self, text: &str) -> Vec<Word> {
        let mut words = Vec::with_capacity(text.len() / 6);
        let bytes = text.as_bytes();
        let mut key = String::new();
        let mut start = None;
        for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
            let is_inner = matches!(c, '\'' | '-')
                && start.is_some()
                && text.get(at + 1..).is_some_and(|t| t.starts_with(char::is_alphabetic));
            match (start, c.is_alphabetic() || is_inner) {
                (None, true) => start = Some(at),
                (Some(from), false) => {
                    start = None;
                    let next = (bytes.get(at).copied().unwrap_or(b' '), bytes.get(at + 1).copied().unwrap_or(b' '));
                    let before = from.checked_sub(1).and_then(|i| bytes.get(i).copied()).unwrap_or(b' ');
                    if !is_in_address(before, next) {
                        words.push(self.word(text, from, at, &mut key));
                    }
                }
                _ => {}
            }
        }
        words
    }

    fn word(&self, text: &str, start: usize, end: usize, key: &mut String) -> Word {
        let written = text.get(start..end).unwrap_or_default();
        let (written, end) = match written.strip_suffix("'s").or_else(|| written.strip_suffix("'S")) {
            Some(bare) => (bare, end - 2),
            None => (written, end),
        };
        let mut letters = written.chars().filter(|c| c.is_alphabetic());
        let first_is_capital = letters.next().is_some_and(char::is_uppercase);
        let has_small = letters.clone().any(char::is_lowercase);
        let case = match (first_is_capital, has_small) {
            (true, false) if written.chars().count() > 1 => Case::Capitals,
            (true, _) => Case::Capital,
            (false, _) => Case::Small,
        };
        Word { start, end, case, known: self.look_up(written, key) }
    }

    /// A hyphened name is known where all its pieces are.
    fn look_up(&self, written: &str, key: &mut String) -> u8 {
        key.clear();
        if written.is_ascii() {
            key.extend(written.chars().filter(|c| *c != '\'').map(|c| c.to_ascii_lowercase()));
        } else {
            key.push_str(&fold::plain(written));
        }
        if let Some(known) = self.known.get(key.as_str()) {
            return *known;
        }
        if !key.contains('-') {
            return 0;
        }
        let pieces = key.split('-').map(|piece| match piece {
            "al" | "el" | "bin" | "de" | "da" | "dos" | "van" | "von" | "ul" | "ur" => FORENAME | SURNAME,
            _ => self.known.get(piece).copied().unwrap_or(0) & (FORENAME | SURNAME),
        });
        // "Mary-Anne", "Jean-Luc", "Taylor-Brown": either kind will do for a piece of a surname.
        let pieces: Vec<u8> = pieces.collect();
        let all_forenames = pieces.iter().all(|known| known & FORENAME != 0);
        let all_known = pieces.iter().all(|known| *known != 0);
        if all_forenames {
            FORENAME | SURNAME
        } else if all_known {
            SURNAME
        } else {
            0
        }
    }
}

/// Whether a word belongs to a mail address, a link or a file's name, by what touches it.
fn is_in_address(before: u8, next: (u8, u8)) -> bool {
    let joins = |b: u8| b.is_ascii_alphanumeric();
    matches!(before, b'@' | b'_' | b'/' | b'\\')
        || before.is_ascii_digit()
        || next.0 == b'@'
        || next.0 == b'_'
        || next.0.is_ascii_digit()
        || (next.0 == b'.' && joins(next.1) && next.1.is_ascii_lowercase())
        || (next.0 == b'/' && next.1 == b'/')
}
