//! A table whose cells come with their places: sheets name a few cells of a million, and those few may lie far apart.
//!
//! In: cells, and which rows and columns are hidden. Out: dense rows in a draft. Columns and rows that are wholly empty close up; where
//! filling the holes would cost far more than the cells (a diagonal over a whole sheet), rows keep their own cells and columns are lost.

use std::ops::RangeInclusive;

use crate::extract::contents::{Spot, Unread};
use crate::extract::read::Draft;

/// Holes that are filled for each cell that has something, and those that are filled in any case.
const HOLES_PER_CELL: usize = 4;
const HOLES_FREE: usize = 4096;

/// The cells of one table.
#[derive(Clone, Debug, Default)]
pub(in crate::extract::read) struct Grid {
    cells: Vec<Cell>,
    octets: usize,
    hidden_rows: Vec<RangeInclusive<u32>>,
    hidden_columns: Vec<RangeInclusive<u32>>,
}

#[derive(Clone, Debug)]
struct Cell {
    row: u32,
    column: u32,
    text: String,
}

impl Grid {
    /// Fills a cell; white space alone is nothing.
    pub(in crate::extract::read) fn put(&mut self, row: u32, column: u32, text: String) {
        if !text.trim().is_empty() {
            self.octets += text.len() + 1;
            self.cells.push(Cell { row, column, text });
        }
    }

    /// Octets of text so far: who fills it may stop when there are more than can be handed over.
    pub(in crate::extract::read) fn octets(&self) -> usize {
        self.octets
    }

    pub(in crate::extract::read) fn hide_row(&mut self, row: u32) {
        match self.hidden_rows.last_mut() {
            Some(last) if *last.end() == row || last.end().checked_add(1) == Some(row) => *last = *last.start()..=row,
            _ => self.hidden_rows.push(row..=row),
        }
    }

    pub(in crate::extract::read) fn hide_columns(&mut self, columns: RangeInclusive<u32>) {
        self.hidden_columns.push(columns);
    }

    /// Hands the table over; where something in it is hidden, what is shown first, and then the hidden part with what explains it: hidden
    /// rows below the first row, hidden columns beside all others.
    pub(in crate::extract::read) fn emit(mut self, draft: &mut Draft, spot: Spot, label: Option<&str>) -> Result<(), Unread> {
        self.cells.sort_by_key(|cell| (cell.row, cell.column));
        self.hidden_rows.sort_by_key(|rows| *rows.start());
        self.hidden_columns.sort_by_key(|columns| *columns.start());
        let label = label.map(str::to_owned);
        let (rows, columns) = (std::mem::take(&mut self.hidden_rows), std::mem::take(&mut self.hidden_columns));
        let in_hidden_column = |cell: &Cell| lies_in(&columns, cell.column);
        let has_hidden = self.cells.iter().any(|cell| in_hidden_column(cell) || lies_in(&rows, cell.row));
        if !has_hidden || spot == Spot::Hidden {
            return draft.table(spot, label, self.rows());
        }
        let first = self.cells.first().map_or(0, |cell| cell.row);
        let is_wide = self.cells.iter().any(in_hidden_column);
        let shown = self.only(|cell| !in_hidden_column(cell) && !lies_in(&rows, cell.row));
        let hidden = self.only(|cell| is_wide || cell.row == first || lies_in(&rows, cell.row));
        draft.table(spot, label.clone(), shown.rows())?;
        draft.table(Spot::Hidden, label, hidden.rows())
    }

    /// The same table with other words in some cells.
    pub(in crate::extract::read) fn with(&self, others: Vec<(u32, u32, String)>) -> Self {
        let places: std::collections::HashSet<(u32, u32)> = others.iter().map(|(row, column, _)| (*row, *column)).collect();
        let mut grid = self.only(|cell| !places.contains(&(cell.row, cell.column)));
        for (row, column, text) in others {
            grid.put(row, column, text);
        }
        grid
    }

    fn only(&self, keep: impl Fn(&Cell) -> bool) -> Self {
        Self { cells: self.cells.iter().filter(|cell| keep(cell)).cloned().collect(), ..Self::default() }
    }

    /// The cells, in order, as rows.
    fn rows(self) -> Vec<Vec<String>> {
        let mut used: Vec<u32> = self.cells.iter().map(|cell| cell.column).collect();
        used.sort_unstable();
        used.dedup();
        let count = self.cells.chunk_by(|one, next| one.row == next.row).count();
        let is_dense = count.saturating_mul(used.len()) <= self.cells.len().saturating_mul(HOLES_PER_CELL + 1) + HOLES_FREE;
        let mut rows: Vec<Vec<String>> = Vec::with_capacity(count);
        let mut current = None;
        for cell in self.cells {
            if current != Some(cell.row) {
                current = Some(cell.row);
                rows.push(Vec::with_capacity(if is_dense { used.len() } else { 1 }));
            }
            let Some(row) = rows.last_mut() else { continue };
            let place = used.binary_search(&cell.column).unwrap_or(row.len());
            if is_dense && place < row.len() {
                // Two cells of one place: both count.
                append(row, place, &cell.text);
                continue;
            }
            if is_dense {
                row.resize(place, String::new());
            }
            row.push(cell.text);
        }
        rows
    }
}

fn append(row: &mut [String], place: usize, text: &str) {
    if let Some(cell) = row.get_mut(place) {
        cell.push('\n');
        cell.push_str(text);
    }
}

/// Whether one of the ranges, sorted by their beginnings, has it; ranges may overlap, so a few before are looked at.
fn lies_in(ranges: &[RangeInclusive<u32>], at: u32) -> bool {
    let behind = ranges.partition_point(|range| *range.start() <= at);
    ranges.iter().take(behind).rev().take(8).any(|range| range.contains(&at))
}
