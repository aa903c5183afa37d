//! Whether a mail is what a query asks for, by reading it: slow, plain, and the measure that the index is held against. It also decides
//! whether a mail lies in the scope of a case where there is no index to ask.
//!
//! In: a query and a [`Document`]. Out: yes or no. Each column is cut into words at most once. Nothing can fail.

use std::cell::OnceCell;

use super::document::Document;
use super::query::{Column, Fact, Mark, Node, Phrase, Place, Query, Text, Who};
use super::stem::stem;

/// Whether the document is what the query asks for.
#[must_use]
pub fn matches(query: &Query, document: &Document) -> bool {
    Reading::new(document).matches(query)
}

/// A document being read, perhaps for several queries.
pub struct Reading<'d> {
    document: &'d Document,
    columns: [OnceCell<Vec<String>>; Column::ALL.len()],
}

impl<'d> Reading<'d> {
    /// Reads nothing yet.
    #[must_use]
    pub fn new(document: &'d Document) -> Self {
        Self { document, columns: std::array::from_fn(|_| OnceCell::new()) }
    }

    /// Whether the document is what the query asks for.
    #[must_use]
    pub fn matches(&self, query: &Query) -> bool {
        self.holds(&query.root)
    }

    fn holds(&self, node: &Node) -> bool {
        match node {
            Node::All(nodes) => nodes.iter().all(|node| self.holds(node)),
            Node::Any(nodes) => nodes.iter().any(|node| self.holds(node)),
            Node::Not(node) => !self.holds(node),
            Node::Text { place, text } => self.says(*place, text),
            Node::Fact(fact) => is_so(fact, self.document),
        }
    }

    fn says(&self, place: Place, text: &Text) -> bool {
        place.columns().iter().any(|column| {
            let words = self.column(*column);
            match text {
                Text::Phrase(phrase) => starts(words, phrase).next().is_some(),
                Text::Near { phrases, within } => near(words, phrases, *within),
                Text::Stem(word) => {
                    let sought = stem(word);
                    words.iter().any(|word| stem(word) == sought)
                }
            }
        })
    }

    fn column(&self, column: Column) -> &[String] {
        let at = Column::ALL.iter().position(|other| *other == column).unwrap_or_default();
        self.columns.get(at).map_or(&[], |cell| cell.get_or_init(|| self.document.column(column)))
    }
}

/// Where a phrase begins.
fn starts<'w>(words: &'w [String], phrase: &'w Phrase) -> impl Iterator<Item = usize> + 'w {
    let is_here = |run: &[String]| {
        run.iter().zip(&phrase.words).enumerate().all(|(at, (there, sought))| {
            if phrase.open && at + 1 == phrase.words.len() { there.starts_with(sought.as_str()) } else { there == sought }
        })
    };
    words.windows(phrase.words.len().max(1)).enumerate().filter(move |(_, run)| is_here(run)).map(|(at, _)| at)
}

/// FTS5's `NEAR`: some beginning `last`, such that each phrase begins no later, and ends no more than `within` words before it.
fn near(words: &[String], phrases: &[Phrase], within: u32) -> bool {
    let all: Vec<(usize, Vec<usize>)> =
        phrases.iter().map(|phrase| (phrase.words.len(), starts(words, phrase).collect())).collect();
    let within = usize::try_from(within).unwrap_or(usize::MAX);
    all.iter().flat_map(|(_, starts)| starts).any(|&last| {
        all.iter().all(|(length, starts)| {
            let earliest = last.saturating_sub(length.saturating_add(within));
            starts.get(starts.partition_point(|&start| start < earliest)).is_some_and(|&start| start <= last)
        })
    })
}

fn is_so(fact: &Fact, mail: &Document) -> bool {
    let is_one_of = |all: &[String], sought: &str| all.iter().any(|one| one.to_lowercase() == sought);
    match fact {
        Fact::Party { role, who } => mail.addresses(*role).iter().any(|address| is_at(address, who)),
        Fact::HasAttachment => !mail.attachments.is_empty(),
        Fact::FileType(file_type) => mail.attachments.iter().any(|file| file.is_of(file_type)),
        Fact::Size(sizes) => sizes.has(mail.size),
        Fact::Received(times) => times.has(mail.received_at),
        Fact::Sent(times) => mail.sent_at.is_some_and(|at| times.has(at)),
        Fact::Expires(times) => mail.expires.is_some_and(|at| times.has(at)),
        Fact::Direction(direction) => mail.direction == *direction,
        Fact::Rule(id) => is_one_of(&mail.rules, id),
        Fact::Verdict(verdict) => mail.verdicts.contains(verdict),
        Fact::Class(class) => mail.class.to_lowercase() == *class,
        Fact::Thread(id) => mail.thread.contains(id),
        Fact::Ref(reference) => mail.reference == *reference,
        Fact::Is(Mark::Held) => mail.is_held,
        Fact::Is(Mark::Unsearchable) => mail.is_unsearchable,
        Fact::Is(Mark::Encrypted) => mail.is_encrypted,
    }
}

fn is_at(address: &str, who: &Who) -> bool {
    match who {
        Who::Address(key) => address == key,
        Who::Host(host) => address.rsplit_once('@').is_some_and(|(_, at)| at == host),
        Who::Domain(domain) => {
            let at = address.rsplit_once('@').map_or("", |(_, domain)| domain);
            at.strip_suffix(domain.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        }
    }
}

#[cfg(test)]
#[path = "matcher_tests.rs"]
mod tests;
