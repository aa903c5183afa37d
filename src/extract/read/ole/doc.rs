//! Word documents before 2007 (MS-DOC), and those of Word 6 and 95 as far as their text goes.
//!
//! In: the stream `WordDocument` and the table stream beside it. Out: each story in its spot: the text with its tables, footnotes,
//! headers, comments, endnotes, text boxes; what is hidden or deleted apart. A document whose piece table is gone is
//! [`Unread::Broken`]; one without paragraph properties is read, and its tables are told by their marks alone.

mod runs;

use super::super::Draft;
use super::super::flow::{Flow, reaches_out};
use super::super::octets::{in_page, size_at, some_of, u16_at, u32_at};
use super::compound::{Compound, ROOT};
use super::{broken, protect};
use crate::base::limits;
use crate::extract::contents::{Spot, Trait, Unread};
use runs::{Marks, Runs};

/// The stories in the order of their text (MS-DOC section 2.4.1), and where the FIB says their lengths (section 2.5.4).
const STORIES: [(usize, Spot); 8] = [
    (0x4C, Spot::Body),
    (0x50, Spot::Note),
    (0x54, Spot::Margin),
    (0x58, Spot::Hidden), // macros of Word 6, empty since
    (0x5C, Spot::Comment),
    (0x60, Spot::Note),
    (0x64, Spot::TextBox),
    (0x68, Spot::TextBox),
];

/// A character of the text and what its properties say of it.
#[derive(Clone, Copy)]
struct Unit {
    code: u16,
    marks: Marks,
}

/// A stretch of text that lies together in the stream.
struct Piece<'a> {
    bytes: &'a [u8],
    /// Where it begins in the stream.
    at: usize,
    is_wide: bool,
}

pub(super) fn read(file: &Compound, word: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let (Some(version), Some(flags)) = (u16_at(word, 2), u16_at(word, 10)) else { return Err(broken("no FIB")) };
    // FibBase.fEncrypted (section 2.5.2), with fObfuscated for XOR; the same bit in Word 6.
    if flags & 0x0100 != 0 {
        return Err(protect(draft));
    }
    // Word 97 writes 0x00C1; Word 95 wrote at most 0x0068.
    if version < 0x0069 {
        return old(word, flags, draft);
    }
    let table = file.stream_of(ROOT, if flags & 0x0200 == 0 { "0Table" } else { "1Table" });
    let table = table.or_else(|| file.stream_of(ROOT, "1Table")).or_else(|| file.stream_of(ROOT, "0Table")).unwrap_or_default();
    let clx = at_pair(word, &table, 0x01A2);
    let pieces = pieces(clx, word, false).ok_or_else(|| broken("no piece table"))?;
    let runs = Runs::read(word, at_pair(word, &table, 0x0102), at_pair(word, &table, 0x00FA));
    let units = units(&pieces, &runs);
    stories(word, &units, draft)?;
    if units.len() >= limits::EXTRACTED_TEXT_OCTETS {
        Err(Unread::Bound("more text than is looked at".to_owned()))
    } else {
        Ok(())
    }
}

/// What a pair of place and length in the FIB points at.
fn at_pair<'a>(word: &[u8], table: &'a [u8], at: usize) -> &'a [u8] {
    match (size_at(word, at), size_at(word, at + 4)) {
        (Some(start), Some(size)) => some_of(table, start, size),
        _ => &[],
    }
}

/// Word 6 and 95: 8-bit text between two places, or pieces where it was saved fast.
fn old(word: &[u8], flags: u16, draft: &mut Draft) -> Result<(), Unread> {
    let (Some(start), Some(end)) = (size_at(word, 0x18), size_at(word, 0x1C)) else { return Err(broken("no FIB")) };
    let at = |place| some_of(word, size_at(word, place).unwrap_or_default(), size_at(word, place + 4).unwrap_or_default());
    let simple = || vec![Piece { bytes: some_of(word, start, end.saturating_sub(start)), at: start, is_wide: false }];
    let pieces = if flags & 0x0004 == 0 { simple() } else { pieces(at(0x0160), word, true).unwrap_or_else(simple) };
    let units = units(&pieces, &Runs::default());
    story(&units, Spot::Body, false, draft)
}

/// The piece table (section 2.9.38 Clx, 2.8.35 PlcPcd, 2.9.177 Pcd).
fn pieces<'a>(clx: &[u8], word: &'a [u8], is_old: bool) -> Option<Vec<Piece<'a>>> {
    let mut at: usize = 0;
    while clx.get(at) == Some(&1) {
        at = at.checked_add(3)?.checked_add(usize::from(u16_at(clx, at + 1)?))?;
    }
    (clx.get(at) == Some(&2)).then_some(())?;
    let plc = some_of(clx, at.checked_add(5)?, size_at(clx, at + 1)?);
    let count = plc.len().checked_sub(4)? / 12;
    let mut pieces = Vec::new();
    for number in 0..count {
        let characters = size_at(plc, 4 * (number + 1))?.checked_sub(size_at(plc, 4 * number)?)?;
        let place = u32_at(plc, 4 * (count + 1) + 8 * number + 2)?;
        // FcCompressed (section 2.9.73): 8-bit text is said by a bit, and its place is doubled.
        let is_wide = !is_old && place & 0x4000_0000 == 0;
        let place = (place & 0x3FFF_FFFF) as usize;
        let (at, octets) = match (is_wide, is_old) {
            (true, _) => (place, characters.saturating_mul(2)),
            (false, false) => (place / 2, characters),
            (false, true) => (place, characters),
        };
        pieces.push(Piece { bytes: some_of(word, at, octets), at, is_wide });
    }
    Some(pieces)
}

/// The text of all pieces, one unit for each character position. Pieces may overlap, so the bound is on what comes out.
fn units(pieces: &[Piece], runs: &Runs) -> Vec<Unit> {
    let mut units = Vec::new();
    for piece in pieces {
        let room = limits::EXTRACTED_TEXT_OCTETS.saturating_sub(units.len());
        let mut cursor = runs.cursor();
        if piece.is_wide {
            let (codes, _) = piece.bytes.as_chunks::<2>();
            let codes = codes.iter().take(room).enumerate();
            units.extend(
                codes.map(|(number, code)| Unit { code: u16::from_le_bytes(*code), marks: cursor.at(piece.at + 2 * number) }),
            );
        } else {
            // One octet is one character in windows-1252, all of them below U+10000.
            let text = in_page(1252, some_of(piece.bytes, 0, room));
            let codes = text.chars().enumerate();
            units.extend(codes.map(|(number, code)| Unit { code: code as u16, marks: cursor.at(piece.at + number) }));
        }
    }
    units
}

fn stories(word: &[u8], units: &[Unit], draft: &mut Draft) -> Result<(), Unread> {
    let mut start: usize = 0;
    let knows_rows = units.iter().any(|unit| unit.marks.has(Marks::ROW_END));
    for (place, spot) in STORIES {
        let length = size_at(word, place).unwrap_or_default().min(units.len());
        let end = start.saturating_add(length).min(units.len());
        story(units.get(start..end).unwrap_or_default(), spot, knows_rows, draft)?;
        start = end;
    }
    // What no story claims is still in the file.
    story(units.get(start..).unwrap_or_default(), Spot::Hidden, knows_rows, draft)
}

/// One story.
fn story(units: &[Unit], spot: Spot, knows_rows: bool, draft: &mut Draft) -> Result<(), Unread> {
    let mut story = Story { flow: Flow::default(), fields: Vec::new(), knows_rows, before: '\0' };
    let mut at = 0;
    for read in char::decode_utf16(units.iter().map(|unit| unit.code)) {
        let character = read.unwrap_or(char::REPLACEMENT_CHARACTER);
        let marks = units.get(at).map(|unit| unit.marks).unwrap_or_default();
        at += character.len_utf16();
        story.meet(character, marks, draft);
    }
    while !story.fields.is_empty() {
        story.end_field(draft);
    }
    story.flow.finish(spot, draft)
}

/// A story that is being told: characters and marks (section 2.4.1), and fields, whose instruction is not shown (section 2.8.25).
struct Story {
    flow: Flow,
    /// The instruction of each open field, and whether it still goes on.
    fields: Vec<(String, bool)>,
    knows_rows: bool,
    before: char,
}

impl Story {
    fn meet(&mut self, character: char, marks: Marks, draft: &mut Draft) {
        let is_row = marks.has(Marks::ROW_END) || (!self.knows_rows && self.before == '\u{7}');
        match character {
            '\u{7}' if is_row => self.flow.row(),
            '\u{7}' => self.flow.cell(),
            // A line, a page, a column, a paragraph.
            '\u{B}' => self.flow.push('\n'),
            '\u{C}'..='\u{E}' => self.flow.paragraph(marks.has(Marks::IN_TABLE)),
            '\u{13}' => self.fields.push((String::new(), true)),
            '\u{14}' => self.separate(draft),
            '\u{15}' => self.end_field(draft),
            _ => self.show(shown(character), marks),
        }
        self.before = if is_row { '\0' } else { character };
    }

    fn show(&mut self, character: Option<char>, marks: Marks) {
        let Some(character) = character else { return };
        match self.fields.last_mut() {
            Some((instruction, true)) => instruction.push(character),
            _ if marks.has(Marks::DELETED) => self.flow.aside(Spot::Deleted, character.encode_utf8(&mut [0; 4])),
            _ if marks.has(Marks::HIDDEN) => self.flow.aside(Spot::Hidden, character.encode_utf8(&mut [0; 4])),
            _ => self.flow.push(character),
        }
    }

    /// The instruction has ended, its result follows.
    fn separate(&mut self, draft: &mut Draft) {
        let Some((instruction, goes_on)) = self.fields.last_mut() else { return };
        if std::mem::replace(goes_on, false) {
            let instruction = std::mem::take(instruction);
            if reaches_out(&instruction) {
                draft.mark(Trait::RemoteContent);
            }
            let instruction = instruction.trim();
            if !(instruction.is_empty() || instruction.starts_with("PAGE") || instruction.starts_with("NUMPAGES")) {
                self.flow.aside(Spot::Hidden, instruction);
                self.flow.aside(Spot::Hidden, "\n");
            }
        }
    }

    fn end_field(&mut self, draft: &mut Draft) {
        self.separate(draft);
        self.fields.pop();
    }
}

/// What a reader sees of a character: marks of pictures, notes and comments are nothing.
fn shown(character: char) -> Option<char> {
    match character {
        '\u{1E}' => Some('-'),
        '\t' => Some('\t'),
        '\u{0}'..='\u{1F}' => None,
        other => Some(other),
    }
}
