//! The mails of an mbox, one after the other, however large the file.
//!
//! A mail begins after a line `From …` that is the file's first or follows an empty line, and ends before the empty line in front of the
//! next. A writer who forgot to escape `From ` in a text would break that mail in two: so where the file's first such line tells a time,
//! as nearly all do, only those that tell a time count. Lengths in the header (mboxcl) are not believed.
//!
//! What in a mail begins with `From ` was escaped by a `>` (mboxo), or by one more `>` (mboxrd); it is taken off, as [`Escaping`] says. All
//! else comes out byte for byte. Memory is bounded by the largest mail.

use std::io::{self, BufRead};

use crate::base::{limits, one_line};

/// How `From ` at the beginning of a line was escaped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Escaping {
    /// `>From `, `>>From ` … have one `>` more than the mail had. What writes mboxo reads well so, too, but for lines that had a `>` before.
    #[default]
    Mboxrd,
    /// Only `>From ` has.
    Mboxo,
    /// Not at all, or it is to stay as it is.
    AsIs,
}

/// One mail of an mbox.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InMbox {
    /// The line above it, without `From ` and its line end.
    pub from_line: String,
    /// Nothing where it is larger than any mail may be.
    pub raw: Option<Vec<u8>>,
    pub unescaped: u64,
}

/// Reads an mbox.
pub(super) struct Mbox<R> {
    from: R,
    escaping: Escaping,
    /// Whether `From ` lines must tell a time; known from the first on.
    timed: Option<bool>,
    /// The `From ` line of the next mail, once it has been met.
    next: Option<String>,
    ended: bool,
}

/// How much of a line is looked at before it is passed on.
const PIECE: usize = 64 << 10;

impl<R: BufRead> Mbox<R> {
    pub(super) fn new(from: R, escaping: Escaping) -> Self {
        Self { from, escaping, timed: None, next: None, ended: false }
    }

    /// The next mail; nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<InMbox>> {
        let mut piece = Vec::new();
        if self.timed.is_none() {
            self.first(&mut piece)?;
        }
        let Some(from_line) = self.next.take() else { return Ok(None) };
        let mut mail = Gathered::default();
        let (mut at_start, mut after_empty) = (true, false);
        while !self.ended {
            self.piece(&mut piece)?;
            if at_start && after_empty && self.begins(&piece) {
                self.next = Some(shown(&piece));
                self.rest_of_line(&mut piece)?;
                break;
            }
            if at_start && self.is_escaped(&piece) {
                mail.unescaped += 1;
                piece.remove(0);
            }
            after_empty = at_start && matches!(piece.as_slice(), b"\n" | b"\r\n");
            at_start = piece.ends_with(b"\n");
            mail.add(&piece);
        }
        Ok(Some(mail.finish(from_line)))
    }

    /// The line that the file begins with.
    fn first(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
        self.piece(piece)?;
        self.timed = Some(tells_time(piece));
        if piece.starts_with(b"From ") {
            self.next = Some(shown(piece));
            self.rest_of_line(piece)?;
        }
        Ok(())
    }

    fn begins(&self, line: &[u8]) -> bool {
        line.starts_with(b"From ") && (self.timed != Some(true) || tells_time(line))
    }

    fn is_escaped(&self, line: &[u8]) -> bool {
        let marks = line.iter().take_while(|byte| **byte == b'>').count();
        let escaped = match self.escaping {
            Escaping::Mboxrd => marks > 0,
            Escaping::Mboxo => marks == 1,
            Escaping::AsIs => false,
        };
        escaped && line.get(marks..).is_some_and(|rest| rest.starts_with(b"From "))
    }

    /// Passes over what is left of a line that was longer than a piece.
    fn rest_of_line(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
        while !self.ended && !piece.ends_with(b"\n") {
            self.piece(piece)?;
        }
        Ok(())
    }

    /// The next line, or so much of it as fits.
    fn piece(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
        piece.clear();
        while piece.len() < PIECE {
            let there = match self.from.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                there => there?,
            };
            if there.is_empty() {
                self.ended = true;
                break;
            }
            let room = there.get(..there.len().min(PIECE - piece.len())).unwrap_or(there);
            let end = memchr::memchr(b'\n', room).map(|at| at + 1);
            let taken = end.unwrap_or(room.len());
            piece.extend_from_slice(room.get(..taken).unwrap_or(room));
            self.from.consume(taken);
            if end.is_some() {
                break;
            }
        }
        Ok(())
    }
}

/// A mail on its way out of the file.
#[derive(Default)]
struct Gathered {
    raw: Vec<u8>,
    too_large: bool,
    unescaped: u64,
}

impl Gathered {
    fn add(&mut self, piece: &[u8]) {
        self.too_large |= self.raw.len() + piece.len() > limits::IMPORTED_MAIL_OCTETS;
        match self.too_large {
            true => self.raw = Vec::new(),
            false => self.raw.extend_from_slice(piece),
        }
    }

    /// Without the empty line that every mail of an mbox is followed by.
    fn finish(mut self, from_line: String) -> InMbox {
        let empty =
            [b"\r\n".as_slice(), b"\n"].into_iter().find(|end| self.raw.ends_with(end) && is_empty_line(&self.raw, end.len()));
        if let Some(empty) = empty {
            self.raw.truncate(self.raw.len() - empty.len());
        }
        InMbox { from_line, raw: (!self.too_large).then_some(self.raw), unescaped: self.unescaped }
    }
}

/// Whether the last line, of which only the end is there, is empty.
fn is_empty_line(raw: &[u8], end: usize) -> bool {
    let before = raw.len() - end;
    before == 0 || raw.get(before - 1) == Some(&b'\n')
}

/// Whether a `From ` line tells a time: `12:34`.
fn tells_time(line: &[u8]) -> bool {
    line.windows(5)
        .any(|five| five.iter().enumerate().all(|(at, byte)| if at == 2 { *byte == b':' } else { byte.is_ascii_digit() }))
}

fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line.get("From ".len()..).unwrap_or_default());
    one_line(text.trim_end_matches(['\r', '\n'])).take(limits::FROM_LINE_CHARACTERS).collect()
}
