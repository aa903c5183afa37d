//! What a query asks of one partition: words for the full-text index, and conditions on the numbers beside it.
//!
//! In: the tree of a query, and what holds for all mails of a partition alike (class, month, end). Out: [`Meaning`]: none of its mails,
//! all of them, or words in FTS5's language (SQLite FTS5, section 3) and conditions on the rows of facts. Nothing of the tree is left out: what FTS5 can
//! say goes into one expression, since that is the fast way, and only the rest is asked for each row.
//! Depth is bounded by that of the tree. What can fail: the index that is asked for the forms of a word, for the asker to handle.

use jiff::Timestamp;

use super::marks;
use super::query::{Column, Fact, Mark, Node, Phrase, Place, Text, Times};
use super::stem::stem;
use crate::base::Ref;

/// What of a tree is left to ask of the mails of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Always,
    Never,
    /// An expression of FTS5.
    Words(String),
    /// What the expression does not match.
    Without(String),
    Other(Condition),
}

/// A condition on a row of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// The words of the mail match the expression.
    Words(String),
    /// In octets, both ends included.
    Size(Option<u64>, Option<u64>),
    /// From the first to before the second.
    Received(Times),
    Sent(Times),
    /// One of these numbers.
    OneOf(Vec<u64>),
}

/// What holds for every mail of a partition, and what changes while they lie still.
#[derive(Clone, Debug)]
pub(super) struct About<'a> {
    pub class: &'a str,
    /// Receipt of its mails: from the first to before the second.
    pub span: (Timestamp, Timestamp),
    /// Nothing for mails that are kept until further notice.
    pub expires: Option<Timestamp>,
    pub live: &'a Live,
}

/// What is read from the store at the time of asking.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    /// Numbers of the mails that are held now, where the query asks for them.
    pub held: Vec<u64>,
    /// Number of each mail that the query names, where there is such a mail.
    pub named: Vec<(Ref, u64)>,
}

/// Gives the words that have the same stem as a word.
pub(super) type Forms<'f, E> = dyn Fn(&str) -> Result<Vec<String>, E> + 'f;

/// What a tree means in a partition.
pub(super) fn meaning<E>(node: &Node, about: &About<'_>, forms: &Forms<'_, E>) -> Result<Meaning, E> {
    Ok(match node {
        Node::All(nodes) => all(each(nodes, about, forms)?),
        Node::Any(nodes) => any(each(nodes, about, forms)?),
        Node::Not(node) => not(meaning(node, about, forms)?),
        Node::Text { place, text } => words(*place, text, forms)?,
        Node::Fact(fact) => known(fact, about),
    })
}

fn each<E>(nodes: &[Node], about: &About<'_>, forms: &Forms<'_, E>) -> Result<Vec<Meaning>, E> {
    nodes.iter().map(|node| meaning(node, about, forms)).collect()
}

impl Meaning {
    /// The expression to begin with, and what is left to ask of each row that it gives; nothing where no mail can be meant.
    pub(super) fn split(self) -> Option<(Option<String>, Vec<Condition>)> {
        Some(match self {
            Self::Never => return None,
            Self::Always => (None, Vec::new()),
            Self::Words(words) => (Some(words), Vec::new()),
            Self::Without(words) => (Some(all_but(&words)), Vec::new()),
            Self::Other(Condition::All(mut parts)) => {
                let at = parts.iter().position(|part| matches!(part, Condition::Words(_)));
                match at.map(|at| parts.remove(at)) {
                    Some(Condition::Words(words)) => (Some(words), parts),
                    _ => (None, parts),
                }
            }
            Self::Other(condition) => (None, vec![condition]),
        })
    }

    fn condition(self) -> Condition {
        match self {
            Self::Always => Condition::All(Vec::new()),
            Self::Never => Condition::Any(Vec::new()),
            Self::Words(words) => Condition::Words(words),
            Self::Without(words) => Condition::Not(Box::new(Condition::Words(words))),
            Self::Other(condition) => condition,
        }
    }
}

/// Meanings by what FTS5 can do with them.
#[derive(Default)]
struct Sorted {
    words: Vec<String>,
    without: Vec<String>,
    others: Vec<Condition>,
    always: bool,
    never: bool,
}

fn sorted(meanings: Vec<Meaning>) -> Sorted {
    let mut sorted = Sorted::default();
    for meaning in meanings {
        match meaning {
            Meaning::Always => sorted.always = true,
            Meaning::Never => sorted.never = true,
            Meaning::Words(words) => sorted.words.push(words),
            Meaning::Without(words) => sorted.without.push(words),
            Meaning::Other(Condition::All(parts)) => sorted.others.extend(parts),
            Meaning::Other(condition) => sorted.others.push(condition),
        }
    }
    sorted
}

fn all(meanings: Vec<Meaning>) -> Meaning {
    let Sorted { mut words, without, mut others, never, .. } = sorted(meanings);
    if never {
        return Meaning::Never;
    }
    // Conditions that were groups bring their expressions along.
    others.retain(|other| match other {
        Condition::Words(more) => {
            words.push(more.clone());
            false
        }
        _ => true,
    });
    let said = match (words.is_empty(), without.is_empty()) {
        (true, true) => Meaning::Always,
        (false, true) => Meaning::Words(join(&words, "AND")),
        (true, false) => Meaning::Without(join(&without, "OR")),
        (false, false) => Meaning::Words(format!("({} NOT {})", join(&words, "AND"), join(&without, "OR"))),
    };
    if others.is_empty() {
        return said;
    }
    match said {
        Meaning::Words(words) => others.push(Condition::Words(words)),
        Meaning::Without(words) => others.push(Condition::Words(all_but(&words))),
        _ => {}
    }
    Meaning::Other(if let [only] = others.as_slice() { only.clone() } else { Condition::All(others) })
}

fn any(meanings: Vec<Meaning>) -> Meaning {
    // A group of conditions stays one alternative: it must not be opened as `sorted` does for groups within a group.
    let (groups, rest): (Vec<_>, Vec<_>) =
        meanings.into_iter().partition(|meaning| matches!(meaning, Meaning::Other(Condition::All(_))));
    let Sorted { words, without, mut others, always, .. } = sorted(rest);
    if always {
        return Meaning::Always;
    }
    others.extend(groups.into_iter().map(Meaning::condition));
    let said = match (words.is_empty(), without.is_empty()) {
        (true, true) => Meaning::Never,
        (false, true) => Meaning::Words(join(&words, "OR")),
        (true, false) => Meaning::Without(join(&without, "AND")),
        (false, false) => Meaning::Without(format!("({} NOT {})", join(&without, "AND"), join(&words, "OR"))),
    };
    if others.is_empty() {
        return said;
    }
    if said != Meaning::Never {
        others.push(said.condition());
    }
    Meaning::Other(if let [only] = others.as_slice() { only.clone() } else { Condition::Any(others) })
}

fn not(meaning: Meaning) -> Meaning {
    match meaning {
        Meaning::Always => Meaning::Never,
        Meaning::Never => Meaning::Always,
        Meaning::Words(words) => Meaning::Without(words),
        Meaning::Without(words) => Meaning::Words(words),
        Meaning::Other(Condition::Not(condition)) => Meaning::Other(*condition),
        Meaning::Other(condition) => Meaning::Other(Condition::Not(Box::new(condition))),
    }
}

fn all_but(words: &str) -> String {
    format!("({} NOT {words})", quoted(&marks::every()))
}

fn join(parts: &[String], word: &str) -> String {
    match parts {
        [only] => only.clone(),
        parts => format!("({})", parts.join(&format!(" {word} "))),
    }
}

/// Words and marks hold neither quotes nor blanks.
fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

fn words<E>(place: Place, text: &Text, forms: &Forms<'_, E>) -> Result<Meaning, E> {
    let said = match text {
        Text::Phrase(one) => phrase(one),
        Text::Near { phrases, within } => {
            format!("NEAR({}, {within})", phrases.iter().map(phrase).collect::<Vec<_>>().join(" "))
        }
        Text::Stem(word) => {
            let sought = stem(word);
            let known = forms(word)?.into_iter().filter(|form| stem(form) == sought).map(|form| quoted(&form));
            let known: Vec<String> = known.collect();
            if known.is_empty() {
                return Ok(Meaning::Never);
            }
            join(&known, "OR")
        }
    };
    Ok(Meaning::Words(match columns(place) {
        Some(columns) => format!("({columns} : {said})"),
        None => said,
    }))
}

fn phrase(phrase: &Phrase) -> String {
    format!("{}{}", quoted(&phrase.words.join(" ")), if phrase.open { "*" } else { "" })
}

/// FTS5's filter for the columns of a place; none for all, since looking for columns takes time.
fn columns(place: Place) -> Option<String> {
    let names: Vec<String> = place.columns().iter().map(|column| name(*column)).collect();
    (names.len() < Column::ALL.len()).then(|| format!("{{{}}}", names.join(" ")))
}

/// The name of a column in the index.
pub(super) fn name(column: Column) -> String {
    format!("c{}", Column::ALL.iter().position(|other| *other == column).unwrap_or_default())
}

fn known(fact: &Fact, about: &About<'_>) -> Meaning {
    if let Some(mark) = marks::of_fact(fact) {
        return Meaning::Words(quoted(&mark));
    }
    match fact {
        Fact::Size(sizes) => Meaning::Other(Condition::Size(sizes.least, sizes.most)),
        Fact::Received(times) => received(*times, about.span),
        Fact::Sent(times) => Meaning::Other(Condition::Sent(*times)),
        Fact::Expires(times) => sure(about.expires.is_some_and(|at| times.has(at))),
        Fact::Class(class) => sure(about.class.to_lowercase() == *class),
        Fact::Ref(reference) => one_of(about.live.named.iter().filter(|(name, _)| name == reference).map(|(_, seq)| *seq)),
        Fact::Is(Mark::Held) => one_of(about.live.held.iter().copied()),
        _ => Meaning::Never, // all others have marks
    }
}

/// Most spans of time hold a whole month or nothing of it.
fn received(times: Times, (first, end): (Timestamp, Timestamp)) -> Meaning {
    let is_before = times.until.is_some_and(|until| until <= first);
    let is_after = times.from.is_some_and(|from| from >= end);
    let is_whole = times.from.is_none_or(|from| from <= first) && times.until.is_none_or(|until| until >= end);
    match (is_before || is_after, is_whole) {
        (true, _) => Meaning::Never,
        (false, true) => Meaning::Always,
        (false, false) => Meaning::Other(Condition::Received(times)),
    }
}

fn sure(is_so: bool) -> Meaning {
    if is_so { Meaning::Always } else { Meaning::Never }
}

fn one_of(seqs: impl Iterator<Item = u64>) -> Meaning {
    let seqs: Vec<u64> = seqs.collect();
    if seqs.is_empty() { Meaning::Never } else { Meaning::Other(Condition::OneOf(seqs)) }
}
