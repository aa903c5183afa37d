//! What the properties of paragraphs and characters say of stretches of a Word document: ends of rows, cells, hidden and deleted text.
//!
//! In: the stream `WordDocument` and the two bin tables (MS-DOC sections 2.8.5 and 2.8.6). Out: marks for each place in the stream. Only the
//! properties that matter to a reader of text are looked for; broken pages are passed over. Pages are 512 octets, each read once.

use std::collections::HashSet;

use super::super::super::octets::{some_of, u16_at, u32_at};

/// Octets of a page of formatted properties (section 2.9.33 ChpxFkp, 2.9.179 PapxFkp).
const PAGE: usize = 512;

/// What properties say of a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks(u8);

impl Marks {
    pub(super) const IN_TABLE: Self = Self(1);
    pub(super) const ROW_END: Self = Self(2);
    pub(super) const HIDDEN: Self = Self(4);
    pub(super) const DELETED: Self = Self(8);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Stretches with marks, in the order of their places.
#[derive(Debug, Default)]
pub(super) struct Runs {
    paragraphs: Vec<Run>,
    characters: Vec<Run>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    start: usize,
    end: usize,
    marks: Marks,
}

impl Runs {
    /// Reads the pages that the bin tables of paragraphs and of characters name.
    pub(super) fn read(word: &[u8], paragraphs: &[u8], characters: &[u8]) -> Self {
        Self { paragraphs: runs(word, paragraphs, paragraph), characters: runs(word, characters, character) }
    }

    /// A reader of places that mostly grow.
    pub(super) fn cursor(&self) -> Cursor<'_> {
        Cursor { runs: self, paragraph: None, character: None }
    }
}

/// Remembers where the last place was found.
pub(super) struct Cursor<'a> {
    runs: &'a Runs,
    paragraph: Option<Run>,
    character: Option<Run>,
}

impl Cursor<'_> {
    pub(super) fn at(&mut self, place: usize) -> Marks {
        Marks(
            look(&self.runs.paragraphs, &mut self.paragraph, place).0 | look(&self.runs.characters, &mut self.character, place).0,
        )
    }
}

fn look(runs: &[Run], last: &mut Option<Run>, place: usize) -> Marks {
    if let Some(run) = last.filter(|run| (run.start..run.end).contains(&place)) {
        return run.marks;
    }
    let after = runs.partition_point(|run| run.start <= place);
    let start = after.checked_sub(1).and_then(|at| runs.get(at)).copied();
    let gap_end = runs.get(after).map_or(usize::MAX, |run| run.start);
    let found = match start {
        Some(run) if place < run.end => run,
        Some(run) => Run { start: run.end, end: gap_end, marks: Marks::default() },
        None => Run { start: 0, end: gap_end, marks: Marks::default() },
    };
    *last = Some(found);
    found.marks
}

/// All runs of a bin table: places, then the numbers of pages.
fn runs(word: &[u8], table: &[u8], read: fn(&[u8], usize, usize) -> Marks) -> Vec<Run> {
    let count = table.len().saturating_sub(4) / 8;
    let mut met = HashSet::new();
    let mut runs = Vec::new();
    for number in 0..count {
        let page = u32_at(table, 4 * (count + 1) + 4 * number).unwrap_or_default() & 0x003F_FFFF;
        if !met.insert(page) {
            continue;
        }
        let page = some_of(word, page as usize * PAGE, PAGE);
        let Some(inside) = page.get(PAGE - 1).map(|inside| usize::from(*inside)) else { continue };
        for run in 0..inside {
            let (Some(start), Some(end)) = (u32_at(page, 4 * run), u32_at(page, 4 * run + 4)) else { break };
            let marks = read(page, inside, run);
            if marks != Marks::default() && start < end {
                runs.push(Run { start: start as usize, end: end as usize, marks });
            }
        }
    }
    runs.sort_by_key(|run| run.start);
    runs
}

/// A paragraph: BxPap, then PapxInFkp (sections 2.9.23 and 2.9.175).
fn paragraph(page: &[u8], inside: usize, run: usize) -> Marks {
    let Some(at) = page.get(4 * (inside + 1) + 13 * run).map(|half| usize::from(*half) * 2).filter(|at| *at > 0) else {
        return Marks::default();
    };
    let (start, size) = match (page.get(at), page.get(at + 1)) {
        (Some(0), Some(words)) => (at + 2, usize::from(*words) * 2),
        (Some(words), _) => (at + 1, (usize::from(*words) * 2).saturating_sub(1)),
        _ => return Marks::default(),
    };
    // The first two octets name a style.
    changes(some_of(page, start, size).get(2..).unwrap_or_default())
}

/// Characters: an offset, then Chpx (section 2.9.32).
fn character(page: &[u8], inside: usize, run: usize) -> Marks {
    let at = page.get(4 * (inside + 1) + run).map_or(0, |half| usize::from(*half) * 2);
    match page.get(at) {
        Some(size) if at > 0 => changes(some_of(page, at + 1, usize::from(*size))),
        _ => Marks::default(),
    }
}

/// The changes of properties one after the other (section 2.2.5 Prl).
fn changes(mut rest: &[u8]) -> Marks {
    let mut marks = 0;
    while let Some(change) = u16_at(rest, 0) {
        let is_on = rest.get(2).is_some_and(|value| *value & 1 == 1);
        marks |= match change {
            0x2416 | 0x244B if is_on => Marks::IN_TABLE.0, // sprmPFInTable, sprmPFInnerTableCell
            0x2417 if is_on => Marks::ROW_END.0,           // sprmPFTtp
            0x083C if is_on => Marks::HIDDEN.0,            // sprmCFVanish
            0x0800 if is_on => Marks::DELETED.0,           // sprmCFRMarkDel
            _ => 0,
        };
        let Some(next) = rest.get(2 + operand(change, rest)..) else { break };
        rest = next;
    }
    Marks(marks)
}

/// Octets of the operand of a change (section 2.2.5.1 Sprm).
fn operand(change: u16, rest: &[u8]) -> usize {
    match change >> 13 {
        0 | 1 => 1,
        2 | 4 | 5 => 2,
        3 => 4,
        7 => 3,
        // sprmTDefTable and sprmPChgTabs have lengths of their own.
        _ if change == 0xD608 => usize::from(u16_at(rest, 2).unwrap_or(u16::MAX)) + 1,
        _ if change == 0xC615 && rest.get(2) == Some(&255) => rest.len(),
        _ => 1 + rest.get(2).map_or(usize::from(u8::MAX), |size| usize::from(*size)),
    }
}
