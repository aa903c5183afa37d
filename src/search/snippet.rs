//! The place in a text where a query's words stand: what a hit shows beside its subject.
//!
//! In: a query and a text. Out: some words of the text around the first that was asked for, on one line; nothing where none stands there.
//! Only words that must or may occur are looked for, none that must not. Linear in the text; nothing can fail.

use super::query::{Node, Phrase, Query, Text};
use super::stem::stem;
use super::words::words;
use crate::base::{limits, one_line};

/// Words of a text that are shown before the one that was asked for, in characters.
const BEFORE: usize = 60;

/// A piece of the text around the first of the words that the query asks for.
#[must_use]
pub fn around(query: &Query, text: &str) -> Option<String> {
    let sought = sought(query);
    let at = pieces(text).find(|(_, piece)| words(piece).iter().any(|word| sought.iter().any(|one| one.is(word))))?.0;
    Some(cut(text, at))
}

/// Whether the query asks for any word.
#[must_use]
pub fn asks_words(query: &Query) -> bool {
    !sought(query).is_empty()
}

/// The beginning of a text.
#[must_use]
pub fn beginning(text: &str) -> String {
    cut(text.trim_start(), 0)
}

/// One word that is looked for.
enum Sought {
    Word(String),
    Beginning(String),
    Stem(String),
}

impl Sought {
    fn is(&self, word: &str) -> bool {
        match self {
            Self::Word(sought) => word == sought,
            Self::Beginning(sought) => word.starts_with(sought.as_str()),
            Self::Stem(sought) => stem(word) == *sought,
        }
    }
}

fn sought(query: &Query) -> Vec<Sought> {
    let mut sought = Vec::new();
    gather(&query.root, &mut sought);
    sought
}

fn gather(node: &Node, sought: &mut Vec<Sought>) {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| gather(node, sought)),
        Node::Not(_) | Node::Fact(_) => {}
        Node::Text { text, .. } => match text {
            Text::Phrase(one) => phrase(one, sought),
            Text::Near { phrases, .. } => phrases.iter().for_each(|one| phrase(one, sought)),
            Text::Stem(word) => sought.push(Sought::Stem(stem(word))),
        },
    }
}

fn phrase(phrase: &Phrase, sought: &mut Vec<Sought>) {
    let last = phrase.words.len().saturating_sub(1);
    sought.extend(phrase.words.iter().enumerate().map(|(at, word)| match phrase.open && at == last {
        true => Sought::Beginning(word.clone()),
        false => Sought::Word(word.clone()),
    }));
}

/// The text between blanks, each with its place.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(move |piece| (piece.as_ptr().addr() - text.as_ptr().addr(), piece))
}

fn cut(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    let start = before.char_indices().rev().nth(BEFORE).map_or(0, |(start, _)| start);
    let start = if start == 0 {
        0
    } else {
        text.get(start..at).and_then(|cut| cut.find(char::is_whitespace)).map_or(at, |gap| start + gap)
    };
    let rest = text.get(start..).unwrap_or_default();
    let piece = rest.char_indices().nth(limits::SNIPPET_CHARACTERS * 2).map_or(rest, |(end, _)| rest.get(..end).unwrap_or(rest));
    let line = one_line(piece).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = line.chars().take(limits::SNIPPET_CHARACTERS).collect();
    let is_cut = shown.len() < line.len() || piece.len() < rest.trim_end().len();
    format!("{}{}{}", if start > 0 { "… " } else { "" }, shown, if is_cut { " …" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str, text: &str) -> Option<String> {
        around(&Query::parse(query, "2026-11-26T09:30:00Z".parse().unwrap()).unwrap(), text)
    }

    #[test]
    fn it_stands_around_the_first_word_that_was_asked_for() {
        let text = format!("{} The Café trip\r\nis on Monday. {}", "before ".repeat(30), "after ".repeat(60));
        let shown = of("cafe from:bob@example.com", &text).unwrap();
        assert!(shown.starts_with("… ") && shown.ends_with(" …") && shown.contains("The Café trip is on Monday."), "{shown}");
        assert_eq!(of("monday", "on\u{7} Monday").unwrap(), "on Monday");
        assert!(of("-monday", "on Monday").is_none() && of("tuesday", "on Monday").is_none());
        assert!(of("~trips", "a trip").is_some() && of("mon*", "on Monday").is_some());
    }
}
