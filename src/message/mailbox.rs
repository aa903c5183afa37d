//! Mailboxes of an address field (RFC 5322 section 3.4, and the obsolete forms of section 4.4).
//!
//! In: a field's value as it stands. Out: every mailbox that any client might take for one, in order: groups are opened, a
//! second `<…>` is a mailbox of its own, what is no address is given as written. Encoded words are read after the value has been
//! taken apart, so an encoded `<`, comma or line end is only ever part of a name. Linear in the value, no recursion, and at most
//! `limits::MAILBOXES` are read.

use super::Mailbox;
use super::word;
use crate::base::{Address, limits};

/// Reads a value.
pub(super) fn read(value: &[u8]) -> Vec<Mailbox> {
    let line = word::unfolded(value);
    let mut reader = Reader { rest: &line, ..Reader::default() };
    while let Some((&byte, rest)) = reader.rest.split_first().filter(|_| reader.found.len() < limits::MAILBOXES) {
        if let Some(length) = word::length(reader.rest) {
            reader.encoded_word(length);
            continue;
        }
        reader.rest = rest;
        reader.take(byte);
    }
    reader.end_mailbox();
    reader.found
}

#[derive(Default)]
struct Reader<'m> {
    rest: &'m [u8],
    found: Vec<Mailbox>,
    /// Outside of `<…>`: as written, quotes kept, comments left out.
    written: Vec<u8>,
    /// The same with quotes undone: the name, where there is a `<…>`.
    phrase: Vec<u8>,
    comment: Vec<u8>,
    /// Whether this mailbox has had its `<…>`.
    has_angle: bool,
    /// A quote or a parenthesis has been met that does not end: they are letters from there on.
    open_quote: bool,
    open_comment: bool,
}

impl Reader<'_> {
    fn take(&mut self, byte: u8) {
        match byte {
            b'"' if !self.open_quote => self.quoted(),
            b'(' if !self.open_comment => self.comment(),
            b'<' => self.angle(),
            b',' | b';' => self.end_mailbox(),
            b':' if !self.has_angle => self.begin_group(),
            _ => self.letters(&[byte]),
        }
    }

    fn letters(&mut self, letters: &[u8]) {
        self.written.extend_from_slice(letters);
        self.phrase.extend_from_slice(letters);
    }

    /// Commas and colons inside an encoded word part nothing, though they must not stand there (RFC 2047 section 5). One that
    /// seems to hold an address is taken apart like other text, as strict readers do.
    fn encoded_word(&mut self, length: usize) {
        let (word, _) = self.rest.split_at(length);
        let is_opaque = !word.iter().any(|b| matches!(b, b'<' | b'>' | b'@' | b'"'));
        let (letters, rest) = self.rest.split_at(if is_opaque { length } else { 1 });
        self.letters(letters);
        self.rest = rest;
    }

    fn quoted(&mut self) {
        let Some(end) = end_of_quoted(self.rest) else {
            self.open_quote = true;
            return;
        };
        let (inner, rest) = self.rest.split_at(end);
        self.written.push(b'"');
        self.written.extend_from_slice(inner);
        self.written.push(b'"');
        unescaped(inner, &mut self.phrase);
        self.rest = &rest[1..];
    }

    fn comment(&mut self) {
        let Some(end) = end_of_comment(self.rest) else {
            self.open_comment = true;
            return;
        };
        let (inner, rest) = self.rest.split_at(end);
        if !self.comment.is_empty() {
            self.comment.push(b' ');
        }
        unescaped(inner, &mut self.comment);
        self.rest = &rest[1..];
    }

    /// `<…>`. Without a `>` it ends at a comma, unless that parts the hosts of a source route.
    fn angle(&mut self) {
        let mut inner = Vec::new();
        while let Some((&byte, rest)) = self.rest.split_first() {
            match byte {
                b'>' => {
                    self.rest = rest;
                    break;
                }
                b',' if !inner.starts_with(b"@") => break,
                b'<' => break,
                b'"' if !self.open_quote => {
                    let Some(end) = end_of_quoted(rest) else {
                        self.open_quote = true;
                        continue;
                    };
                    inner.extend_from_slice(&self.rest[..end + 2]);
                    self.rest = &rest[end + 1..];
                    continue;
                }
                b'(' if !self.open_comment => {
                    let Some(end) = end_of_comment(rest) else {
                        self.open_comment = true;
                        continue;
                    };
                    self.rest = &rest[end + 1..];
                    continue;
                }
                _ => inner.push(byte),
            }
            self.rest = rest;
        }
        self.has_angle = true;
        let name = std::mem::take(&mut self.phrase);
        self.written.clear();
        self.push(&inner, &name);
    }

    fn end_mailbox(&mut self) {
        let written = std::mem::take(&mut self.written);
        let phrase = std::mem::take(&mut self.phrase);
        let comment = std::mem::take(&mut self.comment);
        let had_angle = std::mem::take(&mut self.has_angle);
        if had_angle {
            // Words after `<…>`: a comment names the mailbox if nothing else does; an address among them is one more mailbox.
            if let Some(last) = self.found.last_mut().filter(|last| last.name.is_none()) {
                last.name = name_of(&comment);
            }
            if written.contains(&b'@') {
                self.push(&written, b"");
            }
        } else if !written.trim_ascii().is_empty() {
            self.push_bare(&written, &phrase, &comment);
        }
    }

    /// A group's name is no mailbox (RFC 5322 section 3.4), but an address in it is one to those who read it so.
    fn begin_group(&mut self) {
        let written = std::mem::take(&mut self.written);
        self.phrase.clear();
        self.comment.clear();
        if written.contains(&b'@') {
            self.push(&written, b"");
        }
    }

    /// A mailbox without `<…>`: an address with its name in a comment, or addresses with words before them.
    fn push_bare(&mut self, written: &[u8], phrase: &[u8], comment: &[u8]) {
        if !written.contains(&b'@') {
            return self.push(phrase, comment);
        }
        let words = written.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        if address_of(written).is_some() || !words.clone().any(|word| address_of(word).is_some()) {
            return self.push(written, comment);
        }
        let mut name = Vec::new();
        for word in words {
            if word.contains(&b'@') {
                self.push(word, &std::mem::take(&mut name));
            } else {
                name.extend_from_slice(word);
                name.push(b' ');
            }
        }
    }

    fn push(&mut self, written: &[u8], name: &[u8]) {
        let text = written.trim_ascii();
        let is_nothing = text.is_empty() && name.trim_ascii().is_empty();
        if is_nothing || self.found.len() >= limits::MAILBOXES {
            return;
        }
        self.found.push(Mailbox { name: name_of(name), address: address_of(text), written: word::decode(text) });
    }
}

fn name_of(phrase: &[u8]) -> Option<String> {
    let name = word::decode(phrase);
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

/// The address that a text stands for: white space around its dots and `@` is let go, and a source route before it.
fn address_of(written: &[u8]) -> Option<Address> {
    let text = std::str::from_utf8(written.trim_ascii()).ok()?;
    let text = match text.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => text,
    };
    Address::parse(text).ok().or_else(|| Address::parse(&without_gaps(text)?).ok())
}

/// An address of words parted by white space, joined, if each gap stands at a dot or an `@` (RFC 5322 section 4.4).
fn without_gaps(text: &str) -> Option<String> {
    if text.contains('"') {
        return None;
    }
    let mut joined = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !joined.is_empty() && !joined.ends_with(['.', '@']) && !word.starts_with(['.', '@']) {
            return None;
        }
        joined.push_str(word);
    }
    Some(joined)
}

fn end_of_quoted(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

fn end_of_comment(text: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 1_usize);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'\\' => at += 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn unescaped(text: &[u8], out: &mut Vec<u8>) {
    let mut escaped = false;
    for &byte in text {
        if byte == b'\\' && !escaped {
            escaped = true;
            continue;
        }
        escaped = false;
        out.push(byte);
    }
}

#[cfg(test)]
#[path = "mailbox_tests.rs"]
mod tests;
