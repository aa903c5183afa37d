//! A text as a reader takes it, with the way back: [`Reading::given`] says from which characters of the given text a piece came.
//!
//! In: a text as it stands in a mail, plain or HTML. Out: its visible text, folded character by character ([`fold`](super::fold)),
//! with quote marks gone, wrapped lines joined, cells of HTML tables parted by tabs; what is hidden in HTML is read apart. Linear in
//! the text; broken markup and broken encodings are read as far as they go. Invariant: `steps` grow in both `read` and `from`.

use std::ops::Range;

use super::fold::{self, Folded};
use super::markup;

/// A folded text and where each piece of it came from.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) text: String,
    steps: Vec<Step>,
    /// What is quoted from earlier mails, in bytes of `text`.
    pub(super) quoted: Vec<Range<usize>>,
    /// From here on the text is what HTML hides; equal to the length where nothing is hidden.
    pub(super) hidden: usize,
}

/// A stretch of `text` that begins at `read` and came from the characters `from..to` of what was given.
#[derive(Clone, Copy, Debug)]
struct Step {
    read: u32,
    from: u32,
    to: u32,
    /// One byte for each character.
    even: bool,
}

impl Reading {
    /// Reads a text, as HTML where it is HTML.
    pub(super) fn of(given: &str) -> Self {
        // A browser breaks lines itself: in HTML every line end that is left was meant.
        let is_markup = markup::is_markup(given);
        let mut reading = if is_markup { markup::read(given) } else { plain(given) };
        if !is_markup {
            reading.join_wrapped_lines();
        }
        reading.mark_open_quote();
        reading
    }

    /// Rows of cells as text: cells parted by tabs, rows by line ends; the characters given are counted in that form.
    pub(super) fn of_rows(rows: &[Vec<String>]) -> Self {
        let mut draft = Draft::default();
        for row in rows {
            for (column, cell) in row.iter().enumerate() {
                if column > 0 {
                    draft.put_given('\t');
                }
                for c in cell.chars() {
                    draft.put_given(if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c });
                }
            }
            draft.put_given('\n');
        }
        draft.end()
    }

    /// The characters of the given text that a piece came from.
    pub(super) fn given(&self, piece: &Range<usize>) -> Range<usize> {
        let last = piece.end.saturating_sub(1).max(piece.start);
        let (Some(first), Some(until)) = (self.step(piece.start), self.step(last)) else { return 0..0 };
        let from = if first.even { first.from as usize + piece.start - first.read as usize } else { first.from as usize };
        let to = if until.even { until.from as usize + last - until.read as usize + 1 } else { until.to as usize };
        from..to.max(from)
    }

    fn step(&self, at: usize) -> Option<&Step> {
        let after = self.steps.partition_point(|step| step.read as usize <= at);
        self.steps.get(after.checked_sub(1)?)
    }

    /// A piece of the text; nothing where the range is not one of it.
    pub(super) fn piece(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    pub(super) fn is_quoted(&self, at: usize) -> bool {
        let after = self.quoted.partition_point(|range| range.start <= at);
        after.checked_sub(1).and_then(|i| self.quoted.get(i)).is_some_and(|range| range.contains(&at))
    }

    /// Clients wrap at some column: a line that could not take the next word goes on in the next line (RFC 3676 section 4.2 for the
    /// marked form). The column is the longest line of the block; lists and tables have no prose before their ends and are left alone, but
    /// for rows that were wrapped themselves, which have too few marks until they are joined.
    fn join_wrapped_lines(&mut self) {
        let mut soft = Vec::new();
        let lines: Vec<&str> = self.text.split('\n').collect();
        let (mut at, mut number) = (0, 0);
        while number < lines.len() {
            let block = lines.iter().skip(number).take_while(|line| !line.trim().is_empty()).count();
            let block = lines.get(number..number + block.max(1)).unwrap_or_default();
            let margin = block.iter().map(|line| line.trim_end().len()).max().unwrap_or(0);
            let most = block.iter().map(|line| marks(line)).max().unwrap_or(0);
            let whole = block.iter().filter(|line| marks(line) == most).count();
            let most = if whole * 2 >= block.len().min(4) { most } else { 0 };
            let (mut before, mut is_quoted) = (0, false);
            for (n, line) in block.iter().enumerate() {
                at += line.len();
                let next = block.get(n + 1).copied().unwrap_or_default();
                is_quoted ^= most >= 2 && line.bytes().filter(|b| *b == b'"').count() % 2 == 1;
                let so_far = before + marks(line);
                let is_torn = most >= 2 && so_far < most && so_far + marks(next) <= most && !next.is_empty();
                let is_full = line.len() + 12 > margin.min(60) && !next.contains(':');
                if goes_on(line, next, margin) || is_torn && (is_full || is_quoted) {
                    soft.push(at);
                    before = so_far;
                } else {
                    (before, is_quoted) = (0, false);
                }
                at += 1;
            }
            number += block.len().max(1);
        }
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        for at in soft {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = b' ';
            }
        }
        self.text = String::from_utf8(bytes).unwrap_or_default();
    }

    /// Outlook's open quote: from a header block or a divider to the end.
    fn mark_open_quote(&mut self) {
        let mut at = 0;
        let mut found = None;
        for line in self.text.split_inclusive('\n') {
            if is_quote_head(line.trim(), self.text.get(at + line.len()..).unwrap_or_default()) {
                found = Some(at);
                break;
            }
            at += line.len();
        }
        if let Some(start) = found {
            self.quoted.retain(|range| range.start < start);
            self.quoted.push(start..self.text.len());
        }
    }
}

/// Tabs or pipes of a line, or commas that no space follows.
fn marks(line: &str) -> usize {
    let parting = line.bytes().filter(|b| matches!(b, b'\t' | b'|')).count();
    let commas = line.as_bytes().windows(2).filter(|pair| matches!(pair, [b',', b] if *b != b' ')).count();
    if parting > 0 { parting } else { commas }
}

/// Whether a line was wrapped: prose that goes on, and the next line's first word would have crossed the margin.
fn goes_on(line: &str, next: &str, margin: usize) -> bool {
    const NARROWEST: usize = 44;
    let word = next.split(' ').next().unwrap_or_default();
    let values = |line: &str| line.as_bytes().windows(2).filter(|w| matches!(w, [b',' | b';', b] if *b != b' ')).count();
    let is_parted = |line: &str| line.contains(['\t', '|']) || line.trim_end().contains("   ") || values(line) >= 3;
    let starts_item = next.starts_with(['-', '*', '\u{2022}', ' ', '>']) || word.ends_with(':') || word.is_empty();
    let length = line.trim_end().len();
    if !(NARROWEST..=100).contains(&length)
        || length + 1 + word.len() <= margin
        || starts_item
        || is_parted(line)
        || is_parted(next)
    {
        return false;
    }
    let ends = line.trim_end().ends_with(['!', '?', ':']);
    next.starts_with(|c: char| c.is_lowercase()) && !ends && is_prose(line, 3) || is_prose(line, 4)
}

/// Whether `tenths` of a line's words or more are words in small letters.
fn is_prose(line: &str, tenths: usize) -> bool {
    let words = line.split_ascii_whitespace();
    let (all, small) = words.fold((0, 0), |(all, small), word| {
        let is_small = word.starts_with(|c: char| c.is_lowercase())
            && word.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'\'' | b',' | b'.' | b';'));
        (all + 1, small + usize::from(is_small))
    });
    small * 10 >= all * tenths && small >= 2
}

fn is_quote_head(line: &str, below: &str) -> bool {
    let first = |n: usize| below.lines().filter(|line| !line.trim().is_empty()).take(n);
    if line.starts_with("-----Original") || line.starts_with("----- Original") || line.starts_with("---------- Forwarded") {
        return true;
    }
    let has_from = line.starts_with("From:") || line.starts_with("*From:*");
    let goes_on =
        || first(3).any(|line| ["Sent:", "Date:", "*Sent:*", "*Date:*"].iter().any(|field| line.trim().starts_with(field)));
    (has_from && goes_on()) || (line.starts_with("On ") && line.ends_with("wrote:"))
}

/// A plain text: quote marks off, remnants of quoted-printable undone.
fn plain(given: &str) -> Reading {
    let mut draft = Draft::default();
    let is_encoded = ["=\n", "=\r\n", "=20\n", "=C2=A0", "=3D", "=E2=80"].iter().any(|mark| given.contains(mark));
    let mut quoted = None;
    let mut is_start = true;
    let mut rest = given;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        let marks = if is_start { quote_marks(rest) } else { 0 };
        if marks > 0 {
            quoted.get_or_insert(draft.reading.text.len());
            draft.skip(marks);
            length = marks;
        } else {
            if is_start && let Some(start) = quoted.take() {
                draft.reading.quoted.push(start..draft.reading.text.len());
            }
            let encoded = if is_encoded && c == '=' { draft.put_encoded(rest) } else { None };
            length = encoded.unwrap_or(length);
            if encoded.is_none() {
                draft.put_in_context(c, rest);
            }
        }
        is_start = c == '\n';
        rest = rest.get(length..).unwrap_or_default();
    }
    if let Some(start) = quoted {
        draft.reading.quoted.push(start..draft.reading.text.len());
    }
    draft.end()
}

/// Octets of the quote marks that a line begins with: `> >> `.
fn quote_marks(line: &str) -> usize {
    if !line.starts_with('>') {
        return 0;
    }
    line.len() - line.trim_start_matches(['>', ' ']).len()
}

/// A reading that grows.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) reading: Reading,
    /// Characters of the given text that were taken.
    taken: u32,
    /// Whether what comes is hidden: it is kept apart until the end.
    pub(super) is_hidden: bool,
    unseen: (String, Vec<Step>),
}

impl Draft {
    /// Passes over characters of the given text.
    pub(super) fn skip(&mut self, characters: usize) {
        self.taken += characters as u32;
    }

    /// Takes one character, folded, without looking at its neighbours.
    pub(super) fn put_given(&mut self, c: char) {
        self.put_in_context(c, "");
    }

    /// Takes one character; `rest` is the given text from it on.
    pub(super) fn put_in_context(&mut self, c: char, rest: &str) {
        let from = self.taken;
        self.taken += 1;
        match fold::fold(c) {
            Folded::Nothing => {}
            Folded::One(folded) if folded.is_ascii() => self.put(folded, from, self.taken),
            Folded::One(folded) => {
                let seen = fold::latin(folded).filter(|_| self.is_beside_latin(rest)).unwrap_or(folded);
                self.put(seen, from, self.taken);
            }
            Folded::Many => fold::compatible(c).for_each(|c| self.put(c, from, from + 1)),
        }
    }

    /// Whether the word of the character that is next has Latin letters or figures, or stands beside a figure.
    fn is_beside_latin(&self, rest: &str) -> bool {
        let before = self.reading.text.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
        let ahead = rest.chars().skip(1).take(4).filter(|c| !matches!(fold::fold(*c), Folded::Nothing));
        before
            || ahead.take_while(|c| c.is_alphanumeric() || *c == ' ').any(|c| c.is_ascii_alphanumeric())
            || self.reading.text.trim_end_matches(' ').ends_with(|c: char| c.is_ascii_digit())
    }

    /// Puts something that stands for `width` characters of the given text, such as an entity.
    pub(super) fn put_for(&mut self, c: char, width: usize) {
        let from = self.taken;
        self.taken += width as u32;
        match fold::fold(c) {
            Folded::Nothing => {}
            Folded::One(folded) => self.put(folded, from, self.taken),
            Folded::Many => {
                let to = self.taken;
                fold::compatible(c).for_each(|c| self.put(c, from, to));
            }
        }
    }

    /// Undoes `=XX` and a soft line break (RFC 2045 section 6.7); `None` where it is an equals sign.
    fn put_encoded(&mut self, rest: &str) -> Option<usize> {
        if let Some(length) = [("=\r\n", 3), ("=\n", 2)].into_iter().find_map(|(mark, n)| rest.starts_with(mark).then_some(n)) {
            self.skip(length);
            return Some(length);
        }
        let mut bytes = Vec::new();
        while let Some(hex) = rest.get(bytes.len() * 3..bytes.len() * 3 + 3).and_then(|code| code.strip_prefix('=')) {
            let Ok(byte) = u8::from_str_radix(hex, 16) else { break };
            bytes.push(byte);
        }
        let length = bytes.len() * 3;
        let decoded = String::from_utf8_lossy(&bytes);
        let mut left = length;
        for c in decoded.chars() {
            let width = (c.len_utf8() * 3).min(left);
            self.put_for(c, width);
            left -= width;
        }
        self.skip(left);
        (length > 0).then_some(length)
    }

    fn put(&mut self, c: char, from: u32, to: u32) {
        let (text, steps) = match self.is_hidden {
            true => (&mut self.unseen.0, &mut self.unseen.1),
            false => (&mut self.reading.text, &mut self.reading.steps),
        };
        let read = text.len() as u32;
        text.push(c);
        let even = c.is_ascii() && to == from + 1;
        match steps.last_mut() {
            Some(last) if even && last.even && last.to == from => last.to = to,
            _ => steps.push(Step { read, from, to, even }),
        }
    }

    /// A character that stands for nothing of the given text: a line end or a tab out of markup.
    pub(super) fn put_mark(&mut self, c: char) {
        self.put(c, self.taken, self.taken);
    }

    /// Whether the shown text ends with white space, or has not begun.
    pub(super) fn ends_open(&self) -> bool {
        let text = if self.is_hidden { &self.unseen.0 } else { &self.reading.text };
        text.is_empty() || text.ends_with([' ', '\n', '\t'])
    }

    pub(super) fn ends_with(&self, c: char) -> bool {
        self.reading.text.ends_with(c)
    }

    /// Takes back spaces at the end, before a line end or a tab.
    pub(super) fn trim(&mut self) {
        let kept = self.reading.text.trim_end_matches(' ').len();
        self.reading.text.truncate(kept);
        while self.reading.steps.last().is_some_and(|step| step.read as usize >= kept) {
            self.reading.steps.pop();
        }
        if let Some(last) = self.reading.steps.last_mut().filter(|last| last.even) {
            last.to = last.from + kept as u32 - last.read;
        }
    }

    /// The end: what is hidden comes behind all that is shown, on lines of its own.
    pub(super) fn end(mut self) -> Reading {
        self.is_hidden = false;
        let (text, steps) = std::mem::take(&mut self.unseen);
        if !text.is_empty() {
            self.put_mark('\n');
        }
        let base = self.reading.text.len();
        self.reading.hidden = base;
        self.reading.text.push_str(&text);
        self.reading.steps.extend(steps.into_iter().map(|step| Step { read: step.read + base as u32, ..step }));
        self.reading
    }
}
