//! What is wrong with a query, for whoever typed it.
//!
//! In: the query, the place of the mistake, what is wrong and what to do. Out: a [`QueryError`], which prints as a sentence, the query with
//! a marker under the place, and the way out. Control characters are shown as blanks, and long queries are cut around the place.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use crate::base::one_line;

/// Characters of a query that are shown.
const SHOWN: usize = 100;

/// Why a query cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueryError {
    /// The character at which it goes wrong, from 1.
    pub at: usize,
    /// How many characters are wrong, at least one.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    #[serde(skip)]
    shown: String,
    #[serde(skip)]
    indent: usize,
}

/// What is wrong and what to do, before anybody knows where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) help: String,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    /// The fault at a range of bytes of the query.
    pub(super) fn at(self, query: &str, span: Range<usize>) -> QueryError {
        let characters = |range: Range<usize>| query.get(range).map_or(0, |text| text.chars().count());
        let before = characters(0..span.start);
        let length = characters(span).max(1);
        let skip = if query.chars().count() > SHOWN { before.saturating_sub(SHOWN / 3) } else { 0 };
        let cut: String = query.chars().skip(skip).take(SHOWN).collect();
        let shown: String = one_line(&cut).collect();
        QueryError { at: before + 1, length, message: self.message, help: self.help, shown, indent: before - skip }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let room = SHOWN.saturating_sub(self.indent).max(1);
        writeln!(f, "{} (character {})", self.message, self.at)?;
        writeln!(f, "  {}", self.shown)?;
        writeln!(f, "  {}{}", " ".repeat(self.indent), "^".repeat(self.length.min(room)))?;
        write!(f, "{}", self.help)
    }
}

impl std::error::Error for QueryError {}
