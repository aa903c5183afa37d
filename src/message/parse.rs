//! Finds the parts of a mail (RFC 2046 section 5.1), with exact places and no recursion.
//!
//! One pass over the bytes. The path from the root to the part being read is a stack of at most `limits::PART_DEPTH + 1`; a line
//! that begins with `--` is held against every boundary on it, the innermost first, so an outer boundary ends all that it
//! holds. A boundary line counts when it is the boundary and nothing else but trailing white space: a boundary that is the
//! beginning of another is not mistaken for it. message/rfc822 is opened like a multipart of one.
//! Time is linear in the size (times the depth, for lines that begin with `--`); nothing is copied but names and parameters.

use bytes::Bytes;
use memchr::memmem;

use super::content::{self, Content};
use super::header::{self, Header};
use super::transfer;
use super::{Flaw, Message, Part, PartId, TransferEncoding};
use crate::base::limits;

/// Opens a mail.
pub(super) fn parse(raw: Bytes) -> Message {
    let mut walk = Walk::new(&raw);
    walk.run();
    let Walk { parts, mut flaws, .. } = walk;
    flaws.sort();
    flaws.dedup();
    Message { raw, parts, flaws }
}

/// The state of the walk through a mail.
struct Walk<'m> {
    raw: &'m [u8],
    dashes: memmem::Finder<'static>,
    parts: Vec<Part>,
    flaws: Vec<Flaw>,
    /// From the root to the part being read.
    open: Vec<Open>,
    /// Fields kept so far.
    fields: usize,
}

/// A part whose end is not known yet.
struct Open {
    part: PartId,
    holds: Holds,
}

/// What a part can hold.
enum Holds {
    /// Bytes.
    Leaf,
    /// One mail, which begins where the body begins.
    Mail,
    /// Parts between boundaries; `closed` once the closing boundary has been seen and what follows is epilogue.
    Parts { boundary: Vec<u8>, closed: bool },
}

/// A boundary line.
struct Boundary {
    /// Whose it is: an index of [`Walk::open`].
    level: usize,
    closing: bool,
    /// Where the line begins and the next one does.
    line: std::ops::Range<usize>,
}

impl<'m> Walk<'m> {
    fn new(raw: &'m [u8]) -> Self {
        let dashes = memmem::Finder::new(b"\n--");
        Self { raw, dashes, parts: Vec::with_capacity(4), flaws: Vec::new(), open: Vec::with_capacity(4), fields: 0 }
    }

    fn run(&mut self) {
        let mut at = self.enter(0);
        while let Some(found) = self.next_boundary(at) {
            self.leave(found.level + 1, found.line.start);
            at = found.line.end;
            if found.closing {
                self.close(found.level);
            } else if self.parts.len() < limits::PARTS {
                at = self.enter(at);
            } else {
                self.flaws.push(Flaw::TooManyParts);
                break;
            }
        }
        self.leave(0, self.raw.len());
    }

    /// Opens the part that begins here and, where it is a mail in a mail, what it holds. Gives where the innermost body begins.
    fn enter(&mut self, at: usize) -> usize {
        let mut at = at;
        loop {
            at = self.open_part(at);
            let holds_mail = matches!(self.open.last(), Some(Open { holds: Holds::Mail, .. }));
            if !holds_mail {
                return at;
            }
            if self.parts.len() >= limits::PARTS {
                self.flaws.push(Flaw::TooManyParts);
                return at;
            }
        }
    }

    fn open_part(&mut self, at: usize) -> usize {
        let id = self.parts.len();
        let parent = self.open.last().map(|open| open.part);
        let room = limits::FIELDS.saturating_sub(self.fields);
        let header = header::read(self.raw, at, |line| self.boundary_at(line).is_some(), room);
        self.fields += header.fields.len();
        let in_digest = parent.is_some_and(|p| self.parts[p].content_type.media == "multipart/digest");
        let content = content::read(self.raw, &header.fields, in_digest);
        self.note(id, &header, &content);
        let body = header.body;
        let holds = self.holds(id, &content);
        let part = Part {
            id,
            parent,
            children: Vec::new(),
            number: self.number(parent, &content.content_type.media),
            header: at..header.end,
            body: body..body,
            fields: header.fields,
            // A multipart and a mail are never encoded as a whole (RFC 2045 section 6.4): what they hold was found as it stands.
            encoding: if matches!(holds, Holds::Leaf) { content.encoding } else { TransferEncoding::Identity },
            content_type: content.content_type,
            disposition: content.disposition,
            file_name: content.file_name,
        };
        self.parts.push(part);
        if let Some(parent) = parent {
            self.parts[parent].children.push(id);
        }
        self.open.push(Open { part: id, holds });
        body
    }

    fn holds(&mut self, id: PartId, content: &Content) -> Holds {
        let multipart = content.content_type.is_multipart();
        if !multipart && !content.content_type.is_message() {
            return Holds::Leaf;
        }
        if content.encoding != TransferEncoding::Identity {
            self.flaws.push(Flaw::BadEncoding(id));
        }
        if self.open.len() >= limits::PART_DEPTH {
            self.flaws.push(Flaw::TooDeep(id));
            return Holds::Leaf;
        }
        match &content.boundary {
            Some(boundary) if multipart => Holds::Parts { boundary: boundary.clone(), closed: false },
            None if multipart => {
                self.flaws.push(Flaw::NoBoundary(id));
                Holds::Leaf
            }
            _ if content.encoding == TransferEncoding::Identity => Holds::Mail,
            _ => Holds::Leaf,
        }
    }

    fn note(&mut self, id: PartId, header: &Header, content: &Content) {
        let flaws = [
            (header.not_a_field, Flaw::NotAField(id)),
            (header.no_separator, Flaw::NoSeparator(id)),
            (header.too_many || content.too_many, Flaw::TooManyFields(id)),
            (content.bad_encoding, Flaw::BadEncoding(id)),
        ];
        self.flaws.extend(flaws.into_iter().filter(|(found, _)| *found).map(|(_, flaw)| flaw));
        let repeated = header::repeated(&header.fields).into_iter().map(str::to_owned);
        self.flaws.extend(repeated.chain(content.repeated.clone()).map(|name| Flaw::Repeated(id, name)));
    }

    /// The number for people (RFC 9051 section 6.4.5): a multipart adds no number of its own inside a mail, its text is `TEXT`.
    fn number(&self, parent: Option<PartId>, media: &str) -> String {
        let multipart = media.starts_with("multipart/");
        let Some(parent) = parent.map(|p| &self.parts[p]) else {
            return if multipart { String::new() } else { "1".to_owned() };
        };
        let above = parent.number.strip_suffix(".TEXT").unwrap_or(&parent.number);
        match (parent.content_type.is_multipart(), multipart) {
            (true, _) if above.is_empty() => (parent.children.len() + 1).to_string(),
            (true, _) => format!("{above}.{}", parent.children.len() + 1),
            (false, true) => format!("{above}.TEXT"),
            (false, false) => format!("{above}.1"),
        }
    }

    /// Ends all open parts from `level` on. The line end before a boundary belongs to the boundary, unless it ended a header:
    /// then the part is empty, and what holds it ends where it does.
    fn leave(&mut self, level: usize, at: usize) {
        let mut end = if level > 0 { self.before_line_end(at) } else { at };
        for Open { part, holds } in self.open.drain(level..).rev() {
            let body = &mut self.parts[part].body;
            end = end.max(body.start);
            body.end = end;
            match holds {
                Holds::Parts { closed: false, .. } => self.flaws.push(Flaw::Unclosed(part)),
                Holds::Leaf if !transfer::is_clean(&self.raw[body.clone()], self.parts[part].encoding) => {
                    self.flaws.push(Flaw::Undecodable(part));
                }
                _ => {}
            }
        }
    }

    fn close(&mut self, level: usize) {
        if let Some(Open { holds: Holds::Parts { closed, .. }, .. }) = self.open.get_mut(level) {
            *closed = true;
        }
    }

    fn before_line_end(&self, at: usize) -> usize {
        let before = &self.raw[..at];
        let line = before.strip_suffix(b"\r\n").or_else(|| before.strip_suffix(b"\n"));
        line.map_or(at, <[u8]>::len)
    }

    /// The next boundary line at or after the line that begins at `from`.
    fn next_boundary(&self, from: usize) -> Option<Boundary> {
        if !self.open.iter().any(|open| matches!(open.holds, Holds::Parts { closed: false, .. })) {
            return None;
        }
        let mut line = from;
        loop {
            if let Some(found) = self.boundary_at(line) {
                return Some(found);
            }
            line += self.dashes.find(self.raw.get(line..)?)? + 1;
        }
    }

    /// The line that begins here, if it is a boundary of an open part.
    fn boundary_at(&self, line: usize) -> Option<Boundary> {
        let after_dashes = self.raw.get(line..)?.strip_prefix(b"--")?;
        let end = header::line_end(self.raw, line);
        let text = after_dashes[..end - line - 2].trim_ascii_end();
        self.open.iter().enumerate().rev().find_map(|(level, open)| {
            let Holds::Parts { boundary, closed: false } = &open.holds else { return None };
            let closing = match text.strip_prefix(boundary.as_slice())? {
                b"" => false,
                b"--" => true,
                _ => return None,
            };
            Some(Boundary { level, closing, line: line..end })
        })
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
