//! Goes through a mail as it comes in, in whatever pieces, and finds its end, its dots and its faults.
//!
//! In: octets. Out: runs of the mail's own octets (dots unstuffed), and where the mail ends. The end is CRLF `.` CRLF and nothing
//! else (RFC 5321 section 4.1.1.4): every other form that some program might take for it holds a bare CR or a bare LF, or is text.
//! A bare CR or LF stops the scan; a NUL and a line of more than `limits::MAIL_LINE_OCTETS` are noted, and the mail is read on.

use std::fmt;

use crate::base::limits;

/// Where in a mail the scan stands.
#[derive(Debug)]
pub struct Scanner {
    at: At,
    /// Whether dots are stuffed (DATA) or octets counted (BDAT).
    stuffed: bool,
    /// The line, from 1, and how many octets of it have been seen.
    line: u64,
    column: usize,
    noted: Option<Fault>,
}

/// What the octets so far make of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// After CRLF, or before everything.
    LineStart,
    /// A dot at the start of a stuffed line.
    Dot,
    /// That dot, then CR.
    DotCr,
    Text,
    Cr,
}

/// What keeps a mail from being carried, and its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    BareCr(u64),
    BareLf(u64),
    Nul(u64),
    LongLine(u64),
}

/// How far a scan came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// All octets were used, and more are to come.
    All,
    /// The mail ends; so many octets were used.
    End(usize),
    /// A bare CR or LF.
    Stop(Fault),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BareCr(line) => write!(f, "line {line} of the mail holds a bare CR (carriage return without line feed)"),
            Self::BareLf(line) => write!(f, "line {line} of the mail holds a bare LF (line feed without carriage return)"),
            Self::Nul(line) => write!(f, "line {line} of the mail holds a NUL character"),
            Self::LongLine(line) => write!(f, "line {line} of the mail is too long"),
        }
    }
}

impl Scanner {
    /// A scan of a mail with stuffed dots (DATA), or without (BDAT).
    #[must_use]
    pub fn new(stuffed: bool) -> Self {
        Self { at: At::LineStart, stuffed, line: 1, column: 0, noted: None }
    }

    /// Goes through the next octets, handing the mail's own to `keep`.
    pub fn scan(&mut self, input: &[u8], mut keep: impl FnMut(&[u8])) -> Scanned {
        let mut start = 0; // of the run that has not been kept yet
        let mut at = 0;
        while let Some(&octet) = input.get(at) {
            match (self.at, octet) {
                (At::LineStart, b'.') if self.stuffed => {
                    keep(&input[start..at]);
                    (start, at) = (at + 1, at + 1);
                    self.at = At::Dot;
                }
                (At::Dot, b'\r') => {
                    (start, at) = (at + 1, at + 1);
                    self.at = At::DotCr;
                }
                (At::DotCr, b'\n') => return Scanned::End(at + 1),
                (At::Cr, b'\n') => {
                    at += 1;
                    self.next_line();
                }
                (At::DotCr | At::Cr, _) => return Scanned::Stop(Fault::BareCr(self.line)),
                (At::LineStart | At::Dot | At::Text, _) => {
                    self.at = At::Text;
                    match self.text(&input[at..]) {
                        Ok(octets) => at += octets,
                        Err(fault) => return Scanned::Stop(fault),
                    }
                }
            }
        }
        keep(&input[start.min(at)..at]);
        Scanned::All
    }

    /// The fault that was noted or, at the end of a mail of counted octets, a CR that stands last.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        match self.at {
            At::Cr => Some(Fault::BareCr(self.line)),
            _ => self.noted,
        }
    }

    /// Goes on within a line, up to and with the next octet that matters; how many octets that is.
    fn text(&mut self, rest: &[u8]) -> Result<usize, Fault> {
        let found = memchr::memchr3(b'\r', b'\n', 0, rest);
        let octets = found.map_or(rest.len(), |at| at + 1);
        self.column += octets;
        if self.column >= limits::MAIL_LINE_OCTETS {
            self.noted.get_or_insert(Fault::LongLine(self.line));
        }
        match found.and_then(|at| rest.get(at)) {
            Some(b'\r') => self.at = At::Cr,
            Some(b'\n') => return Err(Fault::BareLf(self.line)),
            Some(_) => {
                self.noted.get_or_insert(Fault::Nul(self.line));
            }
            None => {}
        }
        Ok(octets)
    }

    fn next_line(&mut self) {
        self.at = At::LineStart;
        self.line += 1;
        self.column = 0;
    }
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
