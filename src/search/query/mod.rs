//! The query language: what people type, as a tree, as a sentence, and in its canonical form. `docs/search.md` is its guide.
//!
//! In: a text, and now (with the time zone in which days are counted). Out: a [`Query`], or a [`QueryError`] that says where it went wrong
//! and what to do. Pure: no disk, no clock. Nothing that was typed is left out in silence: what cannot be read is refused, and
//! [`Query::sentence`] says what was understood.

mod date;
mod mistake;
mod prefix;
mod sentence;
mod size;
mod syntax;
mod token;
mod tree;
mod value;
mod written;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

pub use mistake::QueryError;
pub use tree::{Column, Direction, Fact, Mark, Node, Phrase, Place, Role, Sizes, Text, Times, Verdict, Who};

/// A query that was understood. `Display` gives its canonical form, which reads back as the same tree whenever it is read.
#[derive(Clone, Debug)]
pub struct Query {
    pub root: Node,
    pub order: Order,
    /// In which days were counted, for the sentence.
    zone: TimeZone,
}

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The last that was received.
    #[default]
    Newest,
    /// The best match.
    Relevance,
}

impl Query {
    /// Reads a query, its days counted in UTC.
    ///
    /// # Errors
    /// Where it goes wrong first, and what to do.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, QueryError> {
        Self::parse_in(text, &now.to_zoned(TimeZone::UTC))
    }

    /// Reads a query, its days counted in the zone of `now`.
    ///
    /// # Errors
    /// Where it goes wrong first, and what to do.
    pub fn parse_in(text: &str, now: &Zoned) -> Result<Self, QueryError> {
        let (root, order) = syntax::parse(text, now)?;
        Ok(Self { root, order, zone: now.time_zone().clone() })
    }

    /// Every mail of the case: the query of no words.
    #[must_use]
    pub fn everything() -> Self {
        Self::new(Node::everything())
    }

    /// A query out of a tree, newest first.
    #[must_use]
    pub fn new(root: Node) -> Self {
        Self { root, order: Order::Newest, zone: TimeZone::UTC }
    }
}

/// Two are equal that ask the same in the same order; the zone only colours the sentence.
impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root && self.order == other.order
    }
}

impl Eq for Query {}

#[cfg(test)]
mod tests;
