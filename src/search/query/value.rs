//! What a value behind a prefix means.
//!
//! In: the value as a piece of the query, the sense of its prefix, and now. Out: a condition. What can fail: a [`Fault`], which says what
//! such a value looks like.

use jiff::Zoned;

use super::mistake::Fault;
use super::prefix::Sense;
use super::token::{Piece, is_minus};
use super::tree::{Direction, Fact, Mark, Node, Phrase, Place, Role, Text, Times, Verdict, Who};
use super::{date, size};
use crate::base::{Address, Domain, Ref};
use crate::search::words::words;

/// Words of a piece of a query.
pub(super) struct Words {
    pub(super) phrase: Phrase,
    /// A hyphenated word written as one: `well-being` is also sought as `wellbeing`.
    pub(super) joined: Option<String>,
}

/// The words of a piece, or why there are none.
pub(super) fn words_of(piece: &Piece) -> Result<Words, Fault> {
    let text = piece.text.as_str();
    if !piece.quoted && text.contains('*') {
        return Err(Fault::new("`*` stands at the end of a word only", "write the beginning of the word, such as excurs*"));
    }
    let words = words(text);
    if words.is_empty() {
        let (message, help) = match text {
            "|" | "||" => ("`|` is no operator", "write OR between alternatives"),
            "&" | "&&" => ("`&` is no operator", "words that stand side by side must all occur; leave it out"),
            _ => ("there is no letter or figure to search for", "leave it out: only letters and figures are searched"),
        };
        return Err(Fault::new(message, help));
    }
    let joined = if piece.quoted || piece.open { None } else { joined(text) };
    Ok(Words { phrase: Phrase { words, open: piece.open }, joined })
}

/// `wellbeing` of `well-being`: two or three runs of letters, with hyphens between.
fn joined(text: &str) -> Option<String> {
    let is_hyphen = |c: char| is_minus(c) || c == '\u{2010}' || c == '\u{2011}';
    let parts: Vec<&str> = text.split(is_hyphen).collect();
    let are_letters = parts.iter().all(|part| !part.is_empty() && part.chars().all(char::is_alphabetic));
    let joined = (are_letters && (2..=3).contains(&parts.len())).then(|| words(&parts.concat()));
    joined.and_then(|words| <[String; 1]>::try_from(words).ok()).map(|[word]| word)
}

/// The condition that a value behind a prefix makes.
pub(super) fn meaning(sense: Sense, piece: &Piece, now: &Zoned) -> Result<Node, Fault> {
    if piece.open && sense.place().is_none() {
        return Err(Fault::new("`*` stands behind words only", "write the value in full"));
    }
    if piece.text.chars().any(char::is_control) {
        return Err(Fault::new("a control character stands in this value", "type it anew"));
    }
    let text = piece.text.trim();
    match sense {
        Sense::Words(place) => Ok(words_in(place, words_of(piece)?)),
        Sense::FileName => file_name(piece),
        Sense::People(role) => people(role, piece),
        Sense::Domain => domain(text).map(|who| Node::Fact(Fact::Party { role: Role::With, who })),
        Sense::FileType => file_type(text, piece.quoted),
        Sense::Larger => size::above(text).map(|sizes| Node::Fact(Fact::Size(sizes))),
        Sense::Smaller => size::below(text).map(|sizes| Node::Fact(Fact::Size(sizes))),
        Sense::Size => size::range(text).map(|sizes| Node::Fact(Fact::Size(sizes))),
        Sense::Rule => name(text, "the id of a rule").map(|id| Node::Fact(Fact::Rule(id))),
        Sense::Class => name(text, "the id of a retention class").map(|id| Node::Fact(Fact::Class(id))),
        Sense::Thread => thread(text),
        Sense::Ref => Ref::parse(text).map(|found| Node::Fact(Fact::Ref(found))).map_err(|why| Fault::new(why, "copy it whole")),
        Sense::Has | Sense::HasAttachment | Sense::Is | Sense::In | Sense::Direction | Sense::Verdict => word(sense, text),
        Sense::Sort => Err(Fault::new("`sort:` cannot stand inside a condition", "put it at the end, outside all brackets")),
        _ => time(sense, text, now),
    }
}

/// Words in a place, or the hyphenated word in both its forms.
pub(super) fn words_in(place: Place, words: Words) -> Node {
    let whole = words.joined.filter(|_| !matches!(place, Place::People(_)));
    let parts = Node::Text { place, text: Text::Phrase(words.phrase) };
    match whole {
        Some(whole) => Node::any(vec![parts, Node::phrase(place, vec![whole])]),
        None => parts,
    }
}

fn people(role: Role, piece: &Piece) -> Result<Node, Fault> {
    let text = piece.text.trim();
    if !piece.quoted && text.eq_ignore_ascii_case("me") {
        return Err(Fault::new("the archive does not know who `me` is", "write the address; \"me\" in quotes is the word"));
    }
    let bare = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')).map_or(text, |(_, address)| address);
    if let Some(name) = bare.strip_prefix("*@").or_else(|| bare.strip_prefix('@')) {
        return domain(name).map(|who| Node::Fact(Fact::Party { role, who }));
    }
    match Address::parse(bare) {
        Ok(address) if !piece.open => Ok(Node::Fact(Fact::Party { role, who: Who::Address(address.key()) })),
        _ => Ok(words_in(Place::People(role), words_of(piece)?)),
    }
}

fn domain(text: &str) -> Result<Who, Fault> {
    let bare = text.trim_start_matches('*').trim_start_matches(['@', '.']);
    let domain =
        Domain::parse(bare).map_err(|_| Fault::new(format!("`{text}` is no domain"), "write it as in domain:example.com"))?;
    Ok(Who::Domain(domain.as_str().to_owned()))
}

/// Families of types by the words that people use, as kinds and endings.
const FAMILIES: &[(&str, &[&str])] = &[
    ("word", &["docx", "doc", "odt"]),
    ("excel", &["xlsx", "xls", "ods"]),
    ("spreadsheet", &["xlsx", "xls", "ods", "csv"]),
    ("powerpoint", &["pptx", "ppt", "odp"]),
    ("presentation", &["pptx", "ppt", "odp"]),
    ("image", &["jpeg", "jpg", "png", "gif", "bmp", "tiff", "webp", "heic", "svg"]),
    ("jpg", &["jpeg", "jpg"]),
    ("tif", &["tiff", "tif"]),
    ("text", &["text", "txt"]),
    ("archive", &["zip", "7z", "rar", "tar", "gzip"]),
    ("compressed", &["zip", "7z", "rar", "tar", "gzip"]),
];

/// Types by which `attachment:pdf` is not only a word of a name.
const TYPES: &[&str] = &[
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "csv", "rtf", "html", "zip", "7z", "rar", "png",
    "gif", "jpeg", "mp3", "mp4", "audio", "video", "calendar", "ics", "eml", "msg", "exe",
];

/// A type; in quotes, that one and no family.
fn file_type(text: &str, exact: bool) -> Result<Node, Fault> {
    let lower = text.trim_start_matches(|c: char| c == '.' || c.is_whitespace()).to_lowercase();
    if lower.is_empty() || lower.contains(['.', '/']) {
        return Err(Fault::new(
            format!("`{text}` is no type of file"),
            "write a type or an ending, such as filetype:pdf or filetype:word",
        ));
    }
    let family = FAMILIES.iter().find(|(family, _)| *family == lower && !exact).map(|(_, types)| *types);
    let types = family.map_or_else(|| vec![lower], |types| types.iter().map(|one| (*one).to_owned()).collect());
    Ok(Node::any(types.into_iter().map(|one| Node::Fact(Fact::FileType(one))).collect()))
}

/// A name of a file; a bare word that is a type finds files of that type as well.
fn file_name(piece: &Piece) -> Result<Node, Fault> {
    let lower = piece.text.trim_start_matches(['*', '.']).to_lowercase();
    let is_type = TYPES.contains(&lower.as_str()) || FAMILIES.iter().any(|(family, _)| *family == lower);
    let in_name = |piece: &Piece| Ok(words_in(Place::Attachment, words_of(piece)?));
    if piece.quoted || piece.open || !is_type {
        return in_name(piece);
    }
    let bare = Piece { text: lower.clone(), ..piece.clone() };
    Ok(Node::any(vec![in_name(&bare)?, file_type(&lower, false)?]))
}

fn name(text: &str, what: &str) -> Result<String, Fault> {
    let lower = text.to_lowercase();
    if lower.is_empty() { Err(Fault::new(format!("here stands {what}, and it is empty"), "write the id")) } else { Ok(lower) }
}

fn thread(text: &str) -> Result<Node, Fault> {
    let id = text.trim_start_matches(|c: char| c == '<' || c.is_whitespace());
    let id = id.trim_end_matches(|c: char| c == '>' || c.is_whitespace());
    if id.is_empty() {
        return Err(Fault::new("`thread:` needs a Message-ID", "copy it from the header of one of the mails: thread:<…>"));
    }
    Ok(Node::Fact(Fact::Thread(id.to_owned())))
}

fn time(sense: Sense, text: &str, now: &Zoned) -> Result<Node, Fault> {
    let received = |times: Result<Times, Fault>| times.map(|times| Node::Fact(Fact::Received(times)));
    let age = date::age(text);
    match (sense, age) {
        (Sense::Newer, Some(age)) => received(date::ago(age, now).map(|at| Times { from: Some(at), until: None })),
        (Sense::Older, Some(age)) => received(date::ago(age, now).map(|at| Times { from: None, until: Some(at) })),
        (Sense::Expires, Some(age)) => {
            let until = date::ago(age.negate(), now)?;
            Ok(Node::Fact(Fact::Expires(Times { from: None, until: Some(until) })))
        }
        (_, Some(_)) => Err(Fault::new(format!("`{text}` is an age, not a day"), format!("write newer:{text} or older:{text}"))),
        (Sense::After | Sense::Newer, None) => received(date::since(text, now)),
        (Sense::Before | Sense::Older, None) => received(date::before(text, now)),
        (Sense::Until, None) => received(date::until(text, now)),
        (Sense::Sent, None) => date::range(text, now).map(|times| Node::Fact(Fact::Sent(times))),
        (Sense::Expires, None) => date::range(text, now).map(|times| Node::Fact(Fact::Expires(times))),
        (_, None) => received(date::range(text, now)),
    }
}

/// Values that are one word out of a few.
fn word(sense: Sense, text: &str) -> Result<Node, Fault> {
    let fact = |fact| Ok(Node::Fact(fact));
    let lower = text.to_lowercase();
    match (sense, lower.as_str()) {
        (Sense::Has, "attachment" | "attachments") | (Sense::HasAttachment, "yes" | "true") => fact(Fact::HasAttachment),
        (Sense::HasAttachment, "no" | "false") => Ok(Node::not(Node::Fact(Fact::HasAttachment))),
        (Sense::Is, "held") => fact(Fact::Is(Mark::Held)),
        (Sense::Is, "unsearchable") => fact(Fact::Is(Mark::Unsearchable)),
        (Sense::Is, "encrypted") => fact(Fact::Is(Mark::Encrypted)),
        (Sense::Direction, "in" | "inbound" | "incoming" | "received") | (Sense::In, "inbox") => {
            fact(Fact::Direction(Direction::In))
        }
        (Sense::Direction, "out" | "outbound" | "outgoing" | "sent") | (Sense::In, "sent") => {
            fact(Fact::Direction(Direction::Out))
        }
        (Sense::Direction, "internal") => fact(Fact::Direction(Direction::Internal)),
        (Sense::In, "anywhere" | "all") => Ok(Node::everything()),
        (Sense::Verdict, "accepted") => fact(Fact::Verdict(Verdict::Accepted)),
        (Sense::Verdict, "held") => fact(Fact::Verdict(Verdict::Held)),
        (Sense::Verdict, "refused" | "rejected") => fact(Fact::Verdict(Verdict::Refused)),
        _ => Err(Fault::new(format!("`{text}` cannot stand here"), choices(sense))),
    }
}

fn choices(sense: Sense) -> &'static str {
    match sense {
        Sense::Has => "only has:attachment is known; for a type write filetype:pdf",
        Sense::HasAttachment => "write has:attachment, or hasattachment:yes or no",
        Sense::Is => "write is:held, is:encrypted or is:unsearchable; what belongs to a mailbox (read, starred) is not kept",
        Sense::In => "write in:sent, in:inbox or in:anywhere; the archive has no folders",
        Sense::Direction => "write direction:in, direction:out or direction:internal",
        _ => "write verdict:accepted, verdict:held or verdict:refused",
    }
}
