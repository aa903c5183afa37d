//! Running text with tables in it, as doc and RTF write it: characters, and marks that end a paragraph, a cell, a row.
//!
//! In: characters and marks in their order. Out: blocks of a [`Draft`]: text and tables in the order they stand in; what is hidden or
//! deleted comes after, so that a word which runs across it stays whole in the body. Nothing is nested, nothing recurses.

use super::Draft;
use crate::base::limits;
use crate::extract::contents::{Spot, Unread};

/// Cells of one row that are told apart; a row of Word has 63 at most.
const CELLS: usize = 1024;

/// What a cell or a row counts besides its text: empty ones take memory too.
const CELL: usize = 16;

/// What a story says until now.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pieces: Vec<Piece>,
    /// Paragraphs that ended.
    text: String,
    /// The paragraph, or the cell, that is being written.
    now: String,
    cells: Vec<String>,
    rows: Vec<Vec<String>>,
    asides: Vec<(Spot, String)>,
    written: usize,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Table(Vec<Vec<String>>),
}

impl Flow {
    /// Adds a character, unless there are more than are ever handed over.
    pub(super) fn push(&mut self, character: char) {
        self.written += character.len_utf8();
        if !self.is_full() {
            self.now.push(character);
        }
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.written += text.len();
        if !self.is_full() {
            self.now.push_str(text);
        }
    }

    /// Whether no more is taken: the bound of text is reached.
    pub(super) fn is_full(&self) -> bool {
        self.written > limits::EXTRACTED_TEXT_OCTETS
    }

    /// Adds to what is there and not shown, or shown elsewhere.
    pub(super) fn aside(&mut self, spot: Spot, text: &str) {
        self.written += text.len();
        if self.is_full() {
            return;
        }
        match self.asides.iter_mut().find(|(at, _)| *at == spot) {
            Some((_, before)) => before.push_str(text),
            None => self.asides.push((spot, text.to_owned())),
        }
    }

    /// Ends a paragraph; one in a table stays in its cell.
    pub(super) fn paragraph(&mut self, in_table: bool) {
        for (_, aside) in self.asides.iter_mut().filter(|(_, aside)| !aside.ends_with('\n')) {
            aside.push('\n');
        }
        if in_table {
            self.push('\n');
        } else {
            self.end_table();
            self.push('\n');
            self.text.push_str(&std::mem::take(&mut self.now));
        }
    }

    pub(super) fn cell(&mut self) {
        let text = std::mem::take(&mut self.now);
        self.written += CELL;
        if self.cells.len() < CELLS {
            self.cells.push(text.trim().to_owned());
        } else if let Some(last) = self.cells.last_mut() {
            last.push(' ');
            last.push_str(text.trim());
        }
    }

    pub(super) fn row(&mut self) {
        if self.rows.is_empty() {
            self.end_text();
        }
        if !self.now.trim().is_empty() {
            self.cell();
        }
        self.now.clear();
        self.written += CELL;
        if !self.is_full() {
            self.rows.push(std::mem::take(&mut self.cells));
        }
    }

    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.trim().is_empty() {
            self.pieces.push(Piece::Text(text));
        }
    }

    fn end_table(&mut self) {
        if !self.cells.is_empty() {
            let now = std::mem::take(&mut self.now);
            self.row();
            self.now = now;
        }
        if !self.rows.is_empty() {
            self.pieces.push(Piece::Table(std::mem::take(&mut self.rows)));
        }
    }

    /// Hands all over; the flow begins anew.
    pub(super) fn finish(&mut self, spot: Spot, draft: &mut Draft) -> Result<(), Unread> {
        self.end_table();
        self.text.push_str(&std::mem::take(&mut self.now));
        self.end_text();
        let was_full = self.is_full();
        let this = std::mem::take(self);
        for piece in this.pieces {
            match piece {
                Piece::Text(text) => draft.text(spot, text.trim_end())?,
                Piece::Table(rows) => draft.table(spot, None, rows)?,
            }
        }
        for (spot, text) in this.asides {
            draft.text(spot, text.trim_end())?;
        }
        if was_full { Err(Unread::Bound("more text than is looked at".to_owned())) } else { Ok(()) }
    }
}

/// Whether the instruction of a field fetches something or starts a program when the document is opened: `DDEAUTO`, `INCLUDETEXT` of
/// an address (ECMA-376 part 1, section 17.16.5).
pub(super) fn reaches_out(instruction: &str) -> bool {
    let mut words = instruction.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    let is = |name: &str| first.eq_ignore_ascii_case(name);
    let is_remote = || instruction.contains("://") || instruction.contains(r"\\\\");
    is("DDE") || is("DDEAUTO") || ((is("INCLUDETEXT") || is("INCLUDEPICTURE") || is("IMPORT") || is("LINK")) && is_remote())
}
