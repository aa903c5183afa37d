//! XML of documents, one token after the other: elements by their local names, text with its references resolved.
//!
//! In: the bytes of a part in UTF-8, UTF-16 or what it declares. Out: [`Token`]s to a closure. Local names alone are looked at, for the
//! strict and the transitional form of a format, and the habits of programs, differ in namespaces only. No entity is ever expanded (XML 1.0
//! section 4.4): a reference to one stands as written, and the declarations of a DOCTYPE are text. No recursion: depth costs a few
//! octets. Broken XML is read up to the damage, which is said.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::extract::contents::Unread;

/// A piece of XML.
pub(in crate::extract::read) enum Token<'a> {
    Start(&'a str, &'a Element<'a>),
    End(&'a str),
    Text(&'a str),
}

/// A start tag.
pub(in crate::extract::read) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    /// An attribute's value, by its local name.
    pub(in crate::extract::read) fn get(&self, local: &str) -> Option<String> {
        self.raw(local).map(|value| unescaped(&value).into_owned())
    }

    /// The same as written, for names and numbers.
    fn raw(&self, local: &str) -> Option<Cow<'_, str>> {
        let mut attributes = self.0.attributes();
        let found = attributes.with_checks(false).flatten().find(|attribute| attribute.key.local_name().into_inner() == local);
        found.map(|attribute| attribute.value)
    }

    /// Whether an attribute has a value.
    pub(in crate::extract::read) fn is(&self, local: &str, value: &str) -> bool {
        self.raw(local).is_some_and(|said| said == value)
    }

    /// A number.
    pub(in crate::extract::read) fn number(&self, local: &str) -> Option<u32> {
        self.raw(local).and_then(|value| value.trim().parse().ok())
    }

    /// An on-or-off attribute that is off where it is absent (ECMA-376 part 1, 22.9.2.7).
    pub(in crate::extract::read) fn is_on(&self, local: &str) -> bool {
        self.raw(local).is_some_and(|value| is_true(&value))
    }

    /// An element that means "on" by being there, unless its `val` says otherwise.
    pub(in crate::extract::read) fn is_switch_on(&self) -> bool {
        self.raw("val").is_none_or(|value| is_true(&value))
    }

    /// All attributes, unescaped.
    pub(in crate::extract::read) fn each(&self, mut take: impl FnMut(&str, &str)) {
        for attribute in self.0.attributes().with_checks(false).flatten() {
            take(attribute.key.local_name().into_inner(), &unescaped(&attribute.value));
        }
    }
}

fn is_true(value: &str) -> bool {
    matches!(value, "1" | "true" | "on")
}

fn unescaped(value: &str) -> Cow<'_, str> {
    quick_xml::escape::unescape(value).unwrap_or(Cow::Borrowed(value))
}

/// Goes through a part.
pub(in crate::extract::read) fn walk<F>(bytes: &[u8], mut take: F) -> Result<(), Unread>
where
    F: FnMut(Token) -> Result<(), Unread>,
{
    let text = decoded(bytes);
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                let element = Element(tag);
                take(Token::Start(element.0.local_name().into_inner(), &element))?;
            }
            Ok(Event::End(tag)) => take(Token::End(tag.local_name().into_inner()))?,
            Ok(Event::Text(text)) => take(Token::Text(&text.xml10_content()))?,
            Ok(Event::CData(text)) => take(Token::Text(&text.xml10_content()))?,
            Ok(Event::GeneralRef(name)) => take(Token::Text(&resolved(&name)))?,
            Ok(Event::DocType(text)) if text.contains("<!ENTITY") => take(Token::Text(&text))?,
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(_) => return Err(Unread::Broken("its XML is damaged".to_owned())),
        }
    }
}

/// A character, or the reference as it is written (XML 1.0 section 4.6).
fn resolved(name: &BytesRef) -> String {
    match (name.resolve_char_ref(), &**name) {
        (Ok(Some(char)), _) => char.to_string(),
        (_, "lt") => "<".to_owned(),
        (_, "gt") => ">".to_owned(),
        (_, "amp") => "&".to_owned(),
        (_, "quot") => "\"".to_owned(),
        (_, "apos") => "'".to_owned(),
        (_, other) => format!("&{other};"),
    }
}

/// The local name of the first element, from the beginning of a part; the tag itself may go on beyond it, for some declare a hundred
/// namespaces. Nothing where it does not begin like XML.
pub(in crate::extract::read) fn root(begin: &[u8]) -> Option<String> {
    let text = decoded(begin);
    let mut rest = text.trim_start_matches(|char: char| char.is_whitespace() || char == '\u{feff}');
    loop {
        let tag = rest.strip_prefix('<')?;
        let end = match tag.as_bytes().first()? {
            b'?' => "?>",
            b'!' if tag.starts_with("!--") => "-->",
            // The declarations of a DOCTYPE stand in brackets.
            b'!' if tag.split('>').next().is_some_and(|head| head.contains('[')) => "]>",
            b'!' => ">",
            _ => {
                let name = tag.split(|char: char| char.is_whitespace() || matches!(char, '/' | '>')).next()?;
                return Some(name.rsplit(':').next().unwrap_or(name).to_owned());
            }
        };
        let (_, behind) = tag.split_once(end)?;
        rest = behind.trim_start();
    }
}

/// As UTF-8 (XML 1.0 appendix F): by its mark, by the look of its first octets, by what it declares.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes {
        [0xff, 0xfe, ..] | [b'<', 0, _, 0, ..] => encoding_rs::UTF_16LE.decode(bytes).0,
        [0xfe, 0xff, ..] | [0, b'<', 0, _, ..] => encoding_rs::UTF_16BE.decode(bytes).0,
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => declared(bytes).map_or_else(|| String::from_utf8_lossy(bytes), |encoding| encoding.decode(bytes).0),
        },
    }
}

fn declared(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = bytes.get(..bytes.len().min(200))?;
    let said = memchr::memmem::find(head, b"encoding=").and_then(|at| head.get(at + 10..))?;
    let end = said.iter().position(|octet| matches!(octet, b'"' | b'\''))?;
    encoding_rs::Encoding::for_label(said.get(..end)?)
}
