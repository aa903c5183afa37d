//! The characters of a query, taken from the front: blanks, quoted texts, bare runs.
//!
//! In: the query. Out: pieces with the range of bytes they came from. Quotes may be straight or curly; `\"` and `\\` stand for themselves
//! within. What can fail: a quote without an end.

use std::ops::Range;

use super::mistake::{Fault, QueryError};

/// A piece of a query and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) span: Range<usize>,
    /// In quotes, and so without operators or prefixes in it.
    pub(super) quoted: bool,
    /// A `*` follows, or ended the bare run: the last word is only a beginning.
    pub(super) open: bool,
}

/// What is left of a query.
#[derive(Clone, Debug)]
pub(super) struct Scanner<'q> {
    pub(super) query: &'q str,
    pub(super) at: usize,
}

impl<'q> Scanner<'q> {
    pub(super) fn new(query: &'q str) -> Self {
        Self { query, at: 0 }
    }

    pub(super) fn rest(&self) -> &'q str {
        self.query.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
    }

    /// Takes a character, if it is next.
    pub(super) fn take(&mut self, c: char) -> bool {
        let is_next = self.peek() == Some(c);
        self.at += if is_next { c.len_utf8() } else { 0 };
        is_next
    }

    /// The bare run that is next, not taken: up to a blank, a bracket, a quote, or a comma where those part values.
    pub(super) fn run(&self, comma_ends: bool) -> &'q str {
        let rest = self.rest();
        let ends = |c: char| is_blank(c) || "(){}".contains(c) || is_quote(c) || (comma_ends && c == ',');
        rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or_default()
    }

    /// Takes a bare run.
    pub(super) fn bare(&mut self, comma_ends: bool) -> Piece {
        let run = self.run(comma_ends);
        let span = self.at..self.at + run.len();
        self.at = span.end;
        let stem = run.strip_suffix('*');
        Piece { text: stem.unwrap_or(run).to_owned(), span, quoted: false, open: stem.is_some() }
    }

    /// Takes a quoted text, if one is next.
    pub(super) fn quoted(&mut self) -> Result<Option<Piece>, QueryError> {
        let start = self.at;
        let Some(quote) = self.peek().filter(|c| is_quote(*c)) else { return Ok(None) };
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            match (c, chars.peek()) {
                ('\\', Some(&(_, next))) if next == '\\' || is_quote(next) => {
                    text.push(next);
                    chars.next();
                }
                _ if is_quote(c) => {
                    self.at = start + at + c.len_utf8();
                    let open = self.take('*');
                    return Ok(Some(Piece { text, span: start..self.at, quoted: true, open }));
                }
                _ => text.push(c),
            }
        }
        let fault = Fault::new("this quote has no end", "write a second \" where the phrase ends, or leave the first out");
        Err(fault.at(self.query, start..start + quote.len_utf8()))
    }
}

/// What parts terms: blanks of all kinds, control characters, and the marks without width that come along with what is pasted.
pub(super) fn is_blank(c: char) -> bool {
    let is_unseen =
        matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    c.is_whitespace() || c.is_control() || is_unseen
}

/// Quotes that word processors and telephones put for `"`.
pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '‟' | '«' | '»')
}

/// A minus, and the dashes that are put for one.
pub(super) fn is_minus(c: char) -> bool {
    matches!(c, '-' | '−' | '–' | '—')
}
