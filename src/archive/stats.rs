//! What the archive holds in numbers: how much, of which class, from whom, with whom, how large, how it grows.
//!
//! In: the ledger's entries about mail taken in, one after the other; no mail is opened. Out: [`Stats`]. Nothing can fail.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::base::{Address, Timestamp};
use crate::ledger::Event;

/// Names that are listed.
const LISTED: usize = 20;

/// The names of the events that [`Tally::add`] counts.
pub const COUNTED: [&str; 3] = ["mail-accepted", "mail-journaled", "mail-imported"];

/// Numbers as they come together.
#[derive(Default)]
pub struct Tally {
    sizes: Vec<u64>,
    months: BTreeMap<String, Sum>,
    classes: BTreeMap<String, Sum>,
    ways: BTreeMap<&'static str, Sum>,
    senders: HashMap<String, Sum>,
    contacts: HashMap<String, Sum>,
}

/// So many mails of so many octets together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    pub mails: u64,
    pub octets: u64,
}

/// The numbers.
#[derive(Debug, Serialize)]
pub struct Stats {
    pub all: Sum,
    /// Octets of the median mail, of the one that nine in ten do not exceed, that 99 of 100 do not, and of the largest.
    pub sizes: [u64; 4],
    /// By the month in which the ledger took them in, in UTC.
    pub months: Vec<Line>,
    pub classes: Vec<Line>,
    /// `relayed`, `journaled` and `imported`.
    pub ways: Vec<Line>,
    /// Addresses of the school that sent most.
    pub senders: Vec<Line>,
    /// Addresses outside that mail went to or came from most.
    pub contacts: Vec<Line>,
}

/// A name with its numbers.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub name: String,
    #[serde(flatten)]
    pub sum: Sum,
}

impl Sum {
    fn add(&mut self, octets: u64) {
        self.mails += 1;
        self.octets += octets;
    }
}

impl Tally {
    /// Counts what an entry says. `inside` tells the school's own addresses.
    pub fn add(&mut self, at: Timestamp, event: &Event, inside: impl Fn(&Address) -> bool) {
        let (way, from, recipients, size, class) = match event {
            Event::MailAccepted { from, recipients, size, class, .. } => ("relayed", from, recipients, *size, class),
            Event::MailJournaled { from, recipients, size, class, .. } => ("journaled", from, recipients, *size, class),
            Event::MailImported { from, recipients, size, class, .. } => ("imported", from, recipients, *size, class),
            _ => return,
        };
        self.sizes.push(size);
        self.ways.entry(way).or_default().add(size);
        self.classes.entry(class.clone()).or_default().add(size);
        self.months.entry(at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m").to_string()).or_default().add(size);
        let sender = Address::parse(from).ok();
        for address in sender.iter().filter(|address| inside(address)) {
            self.senders.entry(address.key()).or_default().add(size);
        }
        for address in sender.iter().chain(recipients).filter(|address| !inside(address)) {
            self.contacts.entry(address.key()).or_default().add(size);
        }
    }

    /// All of it.
    #[must_use]
    pub fn stats(mut self) -> Stats {
        self.sizes.sort_unstable();
        let last = self.sizes.len().saturating_sub(1);
        let at = |hundredths: usize| self.sizes.get(last * hundredths / 100).copied().unwrap_or(0);
        Stats {
            all: Sum { mails: self.sizes.len() as u64, octets: self.sizes.iter().sum() },
            sizes: [at(50), at(90), at(99), at(100)],
            months: lines(self.months),
            classes: lines(self.classes),
            ways: lines(self.ways.into_iter().map(|(name, sum)| (name.to_owned(), sum))),
            senders: most(self.senders),
            contacts: most(self.contacts),
        }
    }
}

fn lines(sums: impl IntoIterator<Item = (String, Sum)>) -> Vec<Line> {
    sums.into_iter().map(|(name, sum)| Line { name, sum }).collect()
}

/// The most frequent, by name where they are equal.
fn most(sums: HashMap<String, Sum>) -> Vec<Line> {
    let mut all = lines(sums);
    all.sort_by(|a, b| b.sum.mails.cmp(&a.sum.mails).then_with(|| a.name.cmp(&b.name)));
    all.truncate(LISTED);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Ref;

    fn accepted(from: &str, to: &[&str], size: u64, class: &str) -> Event {
        Event::MailAccepted {
            reference: Ref::new(Timestamp::UNIX_EPOCH, [0, 0, 0]),
            from: from.into(),
            recipients: to.iter().map(|to| Address::parse(to).unwrap()).collect(),
            size,
            sha256: String::new(),
            class: class.into(),
            rules: Vec::new(),
            rule_set: String::new(),
        }
    }

    #[test]
    fn mails_are_counted_by_month_class_sender_and_contact() {
        let inside = |address: &Address| address.to_string().ends_with("@school.example");
        let mut tally = Tally::default();
        for (at, from, to, size, class) in [
            ("2026-10-31T23:59:59Z", "Head@school.example", vec!["a@example.com", "b@example.com"], 100, "ordinary"),
            ("2026-11-01T00:00:00Z", "head@school.example", vec!["a@example.com"], 300, "heads"),
            ("2026-11-02T00:00:00Z", "a@example.com", vec!["head@school.example"], 200, "ordinary"),
            ("2026-11-02T00:00:00Z", "", vec!["head@school.example"], 1000, "ordinary"),
        ] {
            tally.add(at.parse().unwrap(), &accepted(from, &to, size, class), inside);
        }
        tally.add(Timestamp::UNIX_EPOCH, &Event::Stopped, inside);
        let stats = tally.stats();
        let line = |name: &str, mails, octets| Line { name: name.into(), sum: Sum { mails, octets } };
        assert_eq!((stats.all, stats.sizes), (Sum { mails: 4, octets: 1600 }, [200, 300, 300, 1000]));
        assert_eq!(stats.months, [line("2026-10", 1, 100), line("2026-11", 3, 1500)]);
        assert_eq!(stats.classes, [line("heads", 1, 300), line("ordinary", 3, 1300)]);
        assert_eq!(stats.senders, [line("head@school.example", 2, 400)]);
        assert_eq!(stats.contacts, [line("a@example.com", 3, 600), line("b@example.com", 1, 100)]);
        assert!(Tally::default().stats().months.is_empty());
    }
}
