//! Addresses that some copies must not name, and whether a text names one of them.
//!
//! In: addresses, then texts. Out: the places of those that a text names, in whatever dress: folded, quoted, with a comment inside,
//! in an encoded word, escaped (`anna%40home.example`, `anna=40home.example`), or as a return path that carries it
//! (`bounce-anna=home.example@…`). All are looked for in one pass, so hundreds of addresses cost no more than one.
//! `joanna@home.example` does not name `anna@home.example`. Fails safe: what cannot be searched names everybody.

use std::collections::{BTreeSet, HashMap};

use aho_corasick::AhoCorasick;

use crate::base::Address;

/// Places of hidden addresses.
pub(super) type Places = BTreeSet<usize>;

/// The addresses, each once.
pub(super) struct Hidden {
    places: HashMap<String, usize>,
    /// Nothing where there are more than can be searched for.
    search: Option<AhoCorasick>,
    /// For each pattern of the search, whose it is.
    patterns: Vec<Pattern>,
}

#[derive(Clone, Copy)]
struct Pattern {
    place: usize,
    /// `anna=home.example`: stands inside a longer word.
    is_return_path: bool,
}

impl Hidden {
    pub(super) fn new(addresses: impl IntoIterator<Item = Address>) -> Self {
        let mut places: HashMap<String, usize> = HashMap::new();
        let (mut texts, mut patterns) = (Vec::new(), Vec::new());
        for address in addresses {
            let place = places.len();
            if places.contains_key(&address.key()) {
                continue;
            }
            places.insert(address.key(), place);
            for (text, is_return_path) in forms(&address) {
                texts.push(text);
                patterns.push(Pattern { place, is_return_path });
            }
        }
        Self { places, search: AhoCorasick::new(texts).ok(), patterns }
    }

    pub(super) fn place_of(&self, address: &Address) -> Option<usize> {
        self.places.get(&address.key()).copied()
    }

    pub(super) fn everybody(&self) -> Places {
        (0..self.places.len()).collect()
    }

    /// Everybody whom a text names.
    pub(super) fn named_in(&self, text: &str) -> Places {
        let Some(search) = &self.search else { return self.everybody() };
        let mut named = Places::new();
        for reading in readings(text) {
            for found in search.find_overlapping_iter(&reading) {
                let pattern = self.patterns.get(found.pattern().as_usize());
                let whole = |pattern: &&Pattern| stands_alone(&reading, found.start(), found.end(), pattern.is_return_path);
                named.extend(pattern.filter(whole).map(|pattern| pattern.place));
            }
        }
        named
    }
}

/// How an address may stand in a text, in lower case.
fn forms(address: &Address) -> Vec<(String, bool)> {
    let local = address.local().to_lowercase();
    let domain = address.domain().as_str();
    let mut forms = vec![(format!("{local}@{domain}"), false), (format!("{local}={domain}"), true), (address.key(), false)];
    let (unicode, readable) = idna::domain_to_unicode(domain);
    if readable.is_ok() && unicode != domain {
        forms.push((format!("{local}@{unicode}"), false));
    }
    forms.dedup();
    forms
}

/// The ways in which a text may be read.
fn readings(text: &str) -> [String; 4] {
    let plain = text.to_lowercase();
    let unescaped = unescaped(&plain);
    [bare(&plain), bare(&unescaped), plain, unescaped]
}

/// `%40` and `=40` undone (RFC 3986 section 2.1, RFC 2045 section 6.7).
fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let octet = match (byte, after) {
            (b'%' | b'=', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        out.push(octet.unwrap_or(byte).to_ascii_lowercase());
        rest = if octet.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| value.try_into().ok())
}

/// Without comments, quotes and escapes, and without the white space that may stand around dots and `@` (RFC 5322 section 4.4).
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut gap = false;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '"' | '\\' => {}
            _ if depth > 0 => {}
            c if c.is_whitespace() => gap = true,
            c => {
                if gap && !out.ends_with(['@', '.']) && c != '@' && c != '.' {
                    out.push(' ');
                }
                gap = false;
                out.push(c);
            }
        }
    }
    out
}

/// Whether what was found is an address of its own, not the end or the beginning of a longer one.
fn stands_alone(text: &str, start: usize, end: usize, is_return_path: bool) -> bool {
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    let mut after = text.get(end..).unwrap_or_default().chars();
    let goes_on = match (after.next(), after.next()) {
        (Some('.'), Some(next)) => next.is_alphanumeric(),
        (Some(next), _) => next.is_alphanumeric() || next == '-' || next == '_',
        (None, _) => false,
    };
    let begins_before = before.is_some_and(|c| c.is_alphanumeric() || (!is_return_path && ".+-_".contains(c)));
    !goes_on && !begins_before
}

#[cfg(test)]
#[path = "hidden_tests.rs"]
mod tests;
