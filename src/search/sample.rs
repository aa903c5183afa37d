//! Mails and queries by chance, from a small stock of words, so that queries often hit: for tests that hold the index against the matcher.
//!
//! In: a seed. Out: the same mails and queries each time.

use jiff::{Timestamp, ToSpan};

use super::document::{Attachment, Document, Party};
use super::query::{Direction, Fact, Mark, Node, Phrase, Place, Query, Role, Sizes, Text, Times, Verdict, Who};
use crate::base::Ref;

/// Words with all that folding does: accents, capitals, hyphens, addresses, figures, scripts without blanks, forms of one stem.
const WORDS: [&str; 24] = [
    "excursion",
    "Excursions",
    "school",
    "Café",
    "well-being",
    "wellbeing",
    "Year",
    "9",
    "report",
    "reported",
    "anna.smith@example.com",
    "Straße",
    "museum",
    "музей",
    "修学旅行",
    "O’Brien",
    "2026-09-01",
    "1,234.50",
    "trip",
    "Trips",
    "a",
    "of",
    "data",
    "Müller",
];
/// The words that those are cut into, and one that no mail has.
const FOLDED: [&str; 24] = [
    "excursion",
    "excursions",
    "school",
    "cafe",
    "well",
    "being",
    "wellbeing",
    "year",
    "9",
    "report",
    "reported",
    "anna",
    "smith",
    "example",
    "com",
    "strasse",
    "museum",
    "музеи",
    "修",
    "旅",
    "brien",
    "2026",
    "trip",
    "nowhere",
];
const PEOPLE: [(&str, &str); 7] = [
    ("Anna Smith", "anna.smith@example.com"),
    ("", "head@oakfield.example.sch.uk"),
    ("Bob Müller", "Bob@Mail.Example.com"),
    ("Anna Jones", "jones@example.org"),
    ("O’Brien, Kit", "kit@sub.oakfield.example.sch.uk"),
    ("Office", "office@notexample.com"),
    ("", "anna@example.org"),
];
const DOMAINS: [&str; 5] = ["example.com", "example.org", "oakfield.example.sch.uk", "mail.example.com", "nowhere.example"];
const FILES: [(&str, &str); 5] = [
    ("Report-2026.PDF", "pdf"),
    ("list of pupils.xlsx", "xlsx"),
    ("photo.jpg", "jpeg"),
    ("letter.doc", "docx"),
    ("no ending", "text"),
];
const NAMES: [&str; 3] = ["confidential", "Long-Term", "ordinary"];

/// Chance that repeats itself (a xorshift).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % end
    }

    fn one<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn some<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    fn text(&mut self, most: usize) -> String {
        let gap = [" ", ", ", "\n", ". ", "-"];
        let words = self.some(most, |chance| format!("{}{}", chance.one(&WORDS), chance.one(&gap)));
        words.concat()
    }

    fn party(&mut self) -> Party {
        let (name, address) = self.one(&PEOPLE);
        Party { name: name.to_owned(), address: address.to_owned() }
    }

    /// An instant within forty days, often a midnight.
    fn instant(&mut self) -> Timestamp {
        let start: Timestamp = "2026-08-20T00:00:00Z".parse().unwrap();
        let hours = i64::try_from(self.below(40)).unwrap() * 24 + i64::try_from(self.below(2) * self.below(24)).unwrap();
        start.checked_add(hours.hours()).unwrap()
    }

    fn id(&mut self) -> String {
        format!("{}.X@example.com", self.below(4))
    }
}

/// The reference of the mail that came so late.
fn reference(seq: u64) -> Ref {
    let octet = |at: u64| u8::try_from(at & 255).unwrap();
    Ref::new("2026-09-01T08:00:00Z".parse().unwrap(), [octet(seq >> 16), octet(seq >> 8), octet(seq)])
}

/// A mail.
pub(crate) fn document(chance: &mut Chance, seq: u64) -> Document {
    let files = chance.some(2, |chance| {
        let (name, kind) = chance.one(&FILES);
        Attachment { name: name.to_owned(), kind: kind.to_owned(), size: 7, text: chance.text(6) }
    });
    Document {
        reference: reference(seq),
        seq,
        received_at: chance.instant(),
        sent_at: (chance.below(5) > 0).then(|| chance.instant()),
        direction: chance.one(&[Direction::In, Direction::Out, Direction::Internal]),
        from: vec![chance.party()],
        to: chance.some(2, Chance::party),
        cc: chance.some(2, Chance::party),
        bcc: chance.some(1, Chance::party),
        recipients: chance.some(3, |chance| chance.party().address),
        reverse_path: (chance.below(4) > 0).then(|| chance.party().address),
        subject: chance.text(4),
        body: chance.text(12),
        attachments: files,
        size: u64::try_from(chance.below(8)).unwrap() << 10,
        class: chance.one(&NAMES).to_owned(),
        expires: (chance.below(5) > 0).then(|| chance.instant()),
        rules: chance.some(2, |chance| chance.one(&NAMES).to_owned()),
        verdicts: chance.some(2, |chance| chance.one(&[Verdict::Accepted, Verdict::Held, Verdict::Refused])),
        is_held: chance.below(4) == 0,
        is_encrypted: chance.below(4) == 0,
        is_unsearchable: chance.below(6) == 0,
        thread: chance.some(3, Chance::id),
    }
}

/// The scope of a case: mailboxes, a whole domain, or any condition.
pub(crate) fn scope(chance: &mut Chance) -> Node {
    match chance.below(4) {
        0 => Node::Fact(Fact::Party { role: role(chance), who: Who::Host(chance.one(&DOMAINS).to_owned()) }),
        _ => node(chance, 3),
    }
}

/// A query, newest first.
pub(crate) fn query(chance: &mut Chance) -> Query {
    Query::new(node(chance, 3))
}

fn node(chance: &mut Chance, depth: usize) -> Node {
    match chance.below(if depth == 0 { 5 } else { 9 }) {
        0..=2 => Node::Text { place: place(chance), text: text(chance) },
        3 | 4 => Node::Fact(fact(chance)),
        5 | 6 => Node::all(chance.some(3, |chance| node(chance, depth - 1))),
        7 => Node::any(chance.some(3, |chance| node(chance, depth - 1))),
        _ => Node::not(node(chance, depth - 1)),
    }
}

fn place(chance: &mut Chance) -> Place {
    let others = [Place::Subject, Place::Body, Place::Attachment, Place::Content, Place::People(role(chance))];
    if chance.below(2) == 0 { Place::Anywhere } else { chance.one(&others) }
}

fn role(chance: &mut Chance) -> Role {
    chance.one(&[Role::With, Role::From, Role::To, Role::Cc, Role::Bcc, Role::Rcpt])
}

fn text(chance: &mut Chance) -> Text {
    match chance.below(8) {
        0 => Text::Stem(chance.one(&FOLDED).to_owned()),
        1 | 2 => {
            let phrases = (0..2 + chance.below(2)).map(|_| phrase(chance)).collect();
            Text::Near { phrases, within: u32::try_from(chance.below(6)).unwrap() }
        }
        _ => Text::Phrase(phrase(chance)),
    }
}

fn phrase(chance: &mut Chance) -> Phrase {
    let runs: [&[&str]; 5] = [&["well", "being"], &["anna", "smith"], &["example", "com"], &["修", "学"], &["2026", "09", "01"]];
    let mut words: Vec<String> = match chance.below(3) {
        0 => chance.one(&runs).iter().map(|word| (*word).to_owned()).collect(),
        _ => vec![chance.one(&FOLDED).to_owned()],
    };
    let open = chance.below(4) == 0;
    if let Some(last) = words.last_mut().filter(|_| open) {
        *last = last.chars().take(1 + last.chars().count() / 2).collect();
    }
    Phrase { words, open }
}

fn fact(chance: &mut Chance) -> Fact {
    match chance.below(16) {
        0 | 1 => Fact::Party { role: role(chance), who: Who::Address(chance.party().address.to_lowercase()) },
        2 | 3 => Fact::Party { role: role(chance), who: Who::Domain(chance.one(&DOMAINS).to_owned()) },
        4 => Fact::HasAttachment,
        5 => Fact::FileType(chance.one(&["pdf", "docx", "doc", "jpeg", "jpg", "zip"]).to_owned()),
        6 => Fact::Size(sizes(chance)),
        7 => Fact::Received(times(chance)),
        8 => Fact::Sent(times(chance)),
        9 => Fact::Expires(times(chance)),
        10 => Fact::Direction(chance.one(&[Direction::In, Direction::Out, Direction::Internal])),
        11 => Fact::Rule(chance.one(&NAMES).to_lowercase()),
        12 => Fact::Verdict(chance.one(&[Verdict::Accepted, Verdict::Held, Verdict::Refused])),
        13 => Fact::Class(chance.one(&NAMES).to_lowercase()),
        14 if chance.below(4) == 0 => Fact::Ref(reference(u64::try_from(chance.below(50)).unwrap())),
        14 => Fact::Thread(chance.id()),
        _ => Fact::Is(chance.one(&[Mark::Held, Mark::Unsearchable, Mark::Encrypted])),
    }
}

fn sizes(chance: &mut Chance) -> Sizes {
    let mut ends = [chance.below(8), chance.below(8)].map(|size| u64::try_from(size).unwrap() << 10);
    ends.sort_unstable();
    let [least, most] = ends;
    match chance.below(3) {
        0 => Sizes { least: Some(least), most: Some(most) },
        1 => Sizes { least: Some(least + 1), most: None },
        _ => Sizes { least: None, most: Some(most) },
    }
}

fn times(chance: &mut Chance) -> Times {
    let (a, b) = (chance.instant(), chance.instant());
    match chance.below(3) {
        0 if a != b => Times { from: Some(a.min(b)), until: Some(a.max(b)) },
        1 => Times { from: Some(a), until: None },
        _ => Times { from: None, until: Some(b) },
    }
}
