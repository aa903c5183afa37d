//! Precision and recall against labels, as the corpus's own tool counts them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Kinds that name or describe nobody by themselves.
const WEAK: [&str; 7] = ["PHONE", "EMAIL", "POSTCODE", "DOB", "PERSON", "ADDRESS", "IP_ADDRESS"];
const TYPES: [(&str, &str); 21] = [
    ("uk-nino", "UK_NINO"),
    ("uk-nhs-number", "UK_NHS"),
    ("uk-upn", "UPN"),
    ("uk-uln", "ULN"),
    ("uk-utr", "UK_UTR"),
    ("uk-driving-licence", "UK_DRIVING_LICENCE"),
    ("uk-passport", "UK_PASSPORT"),
    ("uk-bank-account", "UK_BANK_ACCOUNT"),
    ("uk-teacher-reference", "TRN"),
    ("uk-dbs-certificate", "DBS_CERT"),
    ("iban", "IBAN"),
    ("payment-card", "CREDIT_CARD"),
    ("us-ssn", "US_SSN"),
    ("eu-national-id", "EU_NATIONAL_ID"),
    ("date-of-birth", "DOB"),
    ("phone", "PHONE"),
    ("email-address", "EMAIL"),
    ("postal-address", "ADDRESS"),
    ("uk-postcode", "POSTCODE"),
    ("ip-address", "IP_ADDRESS"),
    ("person-name", "PERSON"),
];

/// A piece of a text, and of what type it is.
#[derive(Clone, Debug)]
pub struct Span {
    kind: String,
    start: usize,
    end: usize,
}

impl Span {
    pub fn new(word: &str, start: usize, end: usize) -> Self {
        let kind = TYPES.iter().find(|(known, _)| *known == word).map_or("SPECIAL_CATEGORY", |(_, kind)| kind);
        Self { kind: kind.to_owned(), start, end }
    }

    fn overlap(&self, other: &Self) -> Option<usize> {
        let shared = self.end.min(other.end).checked_sub(self.start.max(other.start)).filter(|shared| *shared > 0)?;
        (self.kind == other.kind).then_some(shared)
    }
}

/// A labelled mail.
pub struct Mail {
    pub text: String,
    sensitive: bool,
    evades: bool,
    /// Each label, and whether it is neither hit nor miss.
    labels: Vec<(Span, bool)>,
}

impl Mail {
    pub fn of(line: &str) -> Self {
        let value: Value = serde_json::from_str(line).unwrap();
        let labels = value["entities"].as_array().unwrap().iter().map(|label| {
            let kind = label["type"].as_str().unwrap();
            let is_sort_code = kind == "UK_SORT_CODE";
            let is_neutral = is_sort_code || matches!(label["role"].as_str(), Some("org" | "coded"));
            let kind = if is_sort_code { "UK_BANK_ACCOUNT" } else { kind };
            let place = |key: &str| label[key].as_u64().unwrap() as usize;
            (Span { kind: kind.to_owned(), start: place("start"), end: place("end") }, is_neutral)
        });
        Self {
            text: value["text"].as_str().unwrap().to_owned(),
            sensitive: value["sensitive"].as_bool().unwrap(),
            evades: value["group"] == "evade",
            labels: labels.collect(),
        }
    }
}

/// Spans out of a line `[["UK_NHS", start, end], …]`.
pub fn spans(line: &str) -> Vec<Span> {
    let value: Vec<(String, usize, usize)> = serde_json::from_str(line).unwrap_or_default();
    value.into_iter().map(|(kind, start, end)| Span { kind, start, end }).collect()
}

#[derive(Clone, Copy, Default)]
struct Count {
    hits: usize,
    wrong: usize,
    missed: usize,
}

#[derive(Default)]
pub struct Score {
    types: BTreeMap<String, Count>,
    /// Of sensitive mails, harmless ones and evading ones: flagged, and all.
    sensitive: (usize, usize),
    harmless: (usize, usize),
    evading: (usize, usize),
}

impl Score {
    pub fn of(mails: &[Mail], found: &[Vec<Span>]) -> Self {
        let mut score = Self::default();
        for (mail, found) in mails.iter().zip(found) {
            let found = folded(found);
            score.count(mail, &found);
            let flagged = usize::from(found.iter().any(|span| !WEAK.contains(&span.kind.as_str())));
            let group = if mail.sensitive { &mut score.sensitive } else { &mut score.harmless };
            *group = (group.0 + flagged, group.1 + 1);
            if mail.evades {
                score.evading = (score.evading.0 + flagged, score.evading.1 + 1);
            }
        }
        score
    }

    fn count(&mut self, mail: &Mail, found: &[Span]) {
        let mut pairs: Vec<(bool, usize, usize, usize)> = Vec::new();
        for (i, span) in found.iter().enumerate() {
            for (j, (label, neutral)) in mail.labels.iter().enumerate() {
                pairs.extend(span.overlap(label).map(|shared| (*neutral, usize::MAX - shared, i, j)));
            }
        }
        pairs.sort_unstable();
        let (mut used, mut met) = (BTreeSet::new(), BTreeSet::new());
        for (_, _, i, j) in pairs {
            if !used.contains(&i) && !met.contains(&j) {
                used.insert(i);
                met.insert(j);
            }
        }
        for (j, (label, _)) in mail.labels.iter().enumerate().filter(|(_, (_, neutral))| !neutral) {
            let count = self.types.entry(label.kind.clone()).or_default();
            if met.contains(&j) { count.hits += 1 } else { count.missed += 1 }
        }
        for (i, span) in found.iter().enumerate().filter(|(i, _)| !used.contains(i)) {
            let _ = i;
            if !mail.labels.iter().any(|(label, _)| span.overlap(label).is_some()) {
                self.types.entry(span.kind.clone()).or_default().wrong += 1;
            }
        }
    }

    /// Prints a table; another's figures beside where there are some.
    pub fn print(&self, beside: Option<&Self>) {
        println!(
            "{:20} {:>9} {:>7} {:>7}{}",
            "type",
            "precision",
            "recall",
            "labels",
            if beside.is_some() { "   presidio: precision recall" } else { "" }
        );
        for (kind, count) in &self.types {
            let other = beside.map(|score| score.types.get(kind).copied().unwrap_or_default());
            let other =
                other.map_or_else(String::new, |c| format!("   {:>18} {:>6}", ratio(c.hits, c.wrong), ratio(c.hits, c.missed)));
            let (precision, recall) = (ratio(count.hits, count.wrong), ratio(count.hits, count.missed));
            println!("{kind:20} {precision:>9} {recall:>7} {:>7}{other}", count.hits + count.missed);
        }
        for (what, ours, theirs) in [
            ("sensitive mails flagged", self.sensitive, beside.map(|b| b.sensitive)),
            ("harmless mails flagged", self.harmless, beside.map(|b| b.harmless)),
            ("evading mails caught", self.evading, beside.map(|b| b.evading)),
        ] {
            let theirs = theirs.map_or_else(String::new, |(n, all)| format!("   presidio {}", ratio(n, all - n)));
            println!("{what:24} {:>6} ({} of {}){theirs}", ratio(ours.0, ours.1 - ours.0), ours.0, ours.1);
        }
    }
}

/// Doubles of one type folded into the longest.
fn folded(found: &[Span]) -> Vec<Span> {
    let mut longest: Vec<&Span> = found.iter().collect();
    longest.sort_by_key(|span| std::cmp::Reverse(span.end - span.start));
    let mut kept: Vec<Span> = Vec::new();
    for span in longest {
        if !kept.iter().any(|other| other.overlap(span).is_some()) {
            kept.push(span.clone());
        }
    }
    kept
}

fn ratio(part: usize, rest: usize) -> String {
    if part + rest == 0 { "-".to_owned() } else { format!("{:.1}%", 100.0 * part as f64 / (part + rest) as f64) }
}
