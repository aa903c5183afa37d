//! The notice in text/plain: where it may stand, and its lines.
//!
//! The lines of the notice stay as the technician wrote them; only a line beyond the limit of RFC 5322 section 2.1.1 is broken,
//! so that the words can be found again whole. format=flowed (RFC 3676) is kept: no line of the notice is flowed by accident,
//! and lines are space-stuffed.

use crate::base::limits::WRITTEN_LINE_OCTETS;

use super::{Spot, View};
use crate::message::quote;

/// How the lines of a text are to be read (RFC 3676).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Format {
    pub flowed: bool,
    pub delsp: bool,
}

/// Length of the rule that closes one open quote. The rule says how many it closes by its length, so that it is known again as
/// belonging to this mail: once the mail is quoted in turn there is one quote more.
const RULE: usize = 24;

/// Finds the sender's own words, what they quote, and the places for a notice. The words are left out where a text without `key`
/// in it is of no interest: folding a megabyte of them costs more than all else.
pub(super) fn view(text: &str, key: Option<&str>) -> View {
    let silent = key.is_some_and(|key| memchr::memmem::find(text.as_bytes(), key.as_bytes()).is_none());
    let mut reader = Reader { silent, ..Reader::default() };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        reader.read(text, at, line);
        at += line.len();
    }
    reader.finish(text)
}

#[derive(Default)]
struct Reader {
    view: View,
    /// Where the first quote begins.
    quote: Option<usize>,
    /// The sender wrote below it.
    goes_on: bool,
    /// A rule of ours has closed the open quotes.
    closed: bool,
    /// A signature separator (RFC 3676 section 4.3) stands above.
    signed: bool,
    /// Lines before this place belong to a divider that was counted already.
    counted: usize,
    /// The words themselves are not wanted.
    silent: bool,
}

impl Reader {
    fn read(&mut self, text: &str, at: usize, line: &str) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            return;
        }
        if line.starts_with('>') {
            self.begin_quote(at);
            return self.hear_quoted(trimmed.trim_start_matches(['>', ' ']));
        }
        if self.opens(text, at, line) || self.attributes(text, at, line) {
            return self.hear_quoted(trimmed);
        }
        self.closed |= self.view.open_quotes > 0 && is_rule(trimmed, self.view.open_quotes);
        if self.view.open_quotes > 0 && !self.closed {
            return self.hear_quoted(trimmed);
        }
        self.signed |= line.trim_end_matches(['\r', '\n']) == "-- ";
        self.goes_on |= self.quote.is_some() && !self.closed && !self.signed;
        if !self.silent {
            self.view.own.push(trimmed);
        }
    }

    fn hear_quoted(&mut self, words: &str) {
        if !self.silent {
            self.view.quoted.push(words);
        }
    }

    /// A divider or a header block: an open quote.
    fn opens(&mut self, text: &str, at: usize, line: &str) -> bool {
        let below = &text[at + line.len()..];
        let divides = quote::is_divider(line) && quote::next_line(below, quote::is_from);
        if !divides && (at < self.counted || !quote::is_header_block(line, below)) {
            return false;
        }
        if divides {
            let from = below.find(|c: char| !c.is_whitespace()).unwrap_or(0);
            self.counted = at + line.len() + from + 1;
        }
        self.begin_quote(if divides { at } else { rule_above(text, at) });
        self.view.open_quotes += 1;
        self.closed = false;
        true
    }

    /// An attribution: of a marked quote, or of an open one.
    fn attributes(&mut self, text: &str, at: usize, line: &str) -> bool {
        if !line.trim_end().ends_with([':', '：']) {
            return false;
        }
        let marked = quote::next_line(&text[at + line.len()..], |next| next.starts_with('>'));
        let Some(start) = quote::attribution(text, at..at + line.len(), marked) else { return false };
        self.begin_quote(start);
        if !marked {
            self.view.open_quotes += 1;
            self.closed = false;
        }
        true
    }

    fn begin_quote(&mut self, at: usize) {
        self.quote.get_or_insert(at);
    }

    fn finish(mut self, text: &str) -> View {
        let outside = (self.view.open_quotes > 0 && !self.closed).then_some(self.view.open_quotes);
        self.view.end = Spot { at: text.len(), closing: String::new(), outside };
        self.view.above = self.quote.filter(|_| !self.goes_on).map(|at| Spot { at, ..Spot::default() });
        self.view
    }
}

/// Some Outlooks put a line of underscores above the header block.
fn rule_above(text: &str, at: usize) -> usize {
    let above = text[..at].trim_end();
    let start = above.rfind('\n').map_or(0, |at| at + 1);
    if above.len() - start >= 10 && above[start..].bytes().all(|b| b == b'_') { start } else { at }
}

fn is_rule(line: &str, quotes: usize) -> bool {
    line.len() == rule_length(quotes) && line.bytes().all(|b| b == b'_')
}

fn rule_length(quotes: usize) -> usize {
    RULE + quotes.min(WRITTEN_LINE_OCTETS - RULE)
}

/// The lines that go in at a place: the notice, parted from what stands around it. `grow` asks for that many more line ends.
pub(super) fn compose(text: &str, spot: &Spot, notice: &str, format: Format, grow: usize) -> String {
    let line_end = if text.contains('\n') && !text.contains("\r\n") { "\n" } else { "\r\n" };
    let (before, after) = text.split_at(spot.at);
    let mut out = String::with_capacity(notice.len() + 16);
    out.push_str(if before.is_empty() || before.ends_with('\n') { "" } else { line_end });
    out.push_str(if before.is_empty() || ends_blank(before) { "" } else { line_end });
    if let Some(quotes) = spot.outside {
        out.extend(std::iter::repeat_n('_', rule_length(quotes)));
        out.push_str(line_end);
    }
    let lines = notice.trim_end_matches('\n').split('\n').map(|line| line.trim_end_matches('\r'));
    for (n, line) in lines.enumerate() {
        out.push_str(if n == 0 { "" } else { line_end });
        write_line(line, format, line_end, &mut out);
    }
    out.push_str(&line_end.repeat(grow));
    out.push_str(if after.is_empty() && !before.is_empty() && !before.ends_with('\n') { "" } else { line_end });
    out.push_str(if after.is_empty() { "" } else { line_end });
    out
}

fn ends_blank(before: &str) -> bool {
    before.strip_suffix('\n').map(|b| b.trim_end_matches('\r')).is_some_and(|b| b.is_empty() || b.ends_with('\n'))
}

/// One line of the notice; several where it is beyond the limit.
fn write_line(line: &str, format: Format, line_end: &str, out: &mut String) {
    // What is not ASCII may take more octets in the body's charset than in UTF-8, at most twice as many.
    let room = if line.is_ascii() { WRITTEN_LINE_OCTETS - 4 } else { WRITTEN_LINE_OCTETS / 2 - 4 };
    let line = if format.flowed && line != "-- " { line.trim_end_matches(' ') } else { line };
    let mut rest = line;
    loop {
        if format.flowed && (rest.starts_with([' ', '>']) || rest.starts_with("From ")) {
            out.push(' ');
        }
        if rest.len() <= room {
            return out.push_str(rest);
        }
        let cut = break_at(rest, room);
        out.push_str(rest[..cut].trim_end_matches(' '));
        out.push_str(match (format.flowed, format.delsp) {
            (true, true) => "  ",
            (true, false) => " ",
            _ => "",
        });
        out.push_str(line_end);
        rest = rest[cut..].trim_start_matches(' ');
    }
}

/// Where to break: after the last space that fits, else at the last character that does.
fn break_at(line: &str, room: usize) -> usize {
    let cut = line.floor_char_boundary(room);
    line[..cut].rfind(' ').filter(|&at| at > 0).map_or(cut, |at| at + 1)
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
