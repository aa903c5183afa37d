//! One sheet of a workbook before 2007: its cells as rows, and what hangs on it.
//!
//! In: cells in any order, notes, text boxes, which rows and columns are hidden. Out: blocks. A sheet with hidden rows or columns is given
//! twice: what is shown as body, the whole as hidden, so that the hidden cells keep their headers beside them. Columns in which nothing
//! stands are left out. Bound: cells with the gaps between them ([`limits::SHEET_CELLS`]).

use std::collections::{BTreeMap, BTreeSet};

use super::super::Draft;
use crate::base::limits;
use crate::extract::contents::{Spot, Unread};

/// What was found on a sheet until now.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) is_hidden: bool,
    cells: BTreeMap<(u16, u16), String>,
    hidden_rows: BTreeSet<u16>,
    hidden_columns: BTreeSet<u16>,
    /// What stands beside the cells.
    beside: Vec<(Spot, String)>,
}

impl Sheet {
    pub(super) fn put(&mut self, row: u16, column: u16, text: String) {
        if !text.is_empty() {
            self.cells.insert((row, column), text);
        }
    }

    pub(super) fn hide_row(&mut self, row: u16) {
        self.hidden_rows.insert(row);
    }

    /// A worksheet has 256 columns.
    pub(super) fn hide_columns(&mut self, first: u16, last: u16) {
        self.hidden_columns.extend(first..=last.min(255));
    }

    pub(super) fn add(&mut self, spot: Spot, text: String) {
        self.beside.push((spot, text));
    }

    /// Hands all over.
    pub(super) fn finish(self, draft: &mut Draft) -> Result<(), Unread> {
        let columns: BTreeSet<u16> = self.cells.keys().map(|(_, column)| *column).collect();
        let rows: BTreeSet<u16> = self.cells.keys().map(|(row, _)| *row).collect();
        if rows.len().saturating_mul(columns.len()) > limits::SHEET_CELLS {
            return Err(Unread::Bound("more cells than are looked at".to_owned()));
        }
        let hides = self.cells.keys().any(|cell| self.hides(*cell));
        let spot = if self.is_hidden { Spot::Hidden } else { Spot::Body };
        let label = || Some(self.name.clone()).filter(|name| !name.is_empty());
        if hides && !self.is_hidden {
            draft.table(spot, label(), self.rows(&columns, |cell| !self.hides(cell)))?;
            draft.table(Spot::Hidden, label(), self.rows(&columns, |_| true))?;
        } else {
            draft.table(spot, label(), self.rows(&columns, |_| true))?;
        }
        for (spot, text) in &self.beside {
            let spot = if self.is_hidden { Spot::Hidden } else { *spot };
            draft.labelled(spot, &self.name, text.as_str())?;
        }
        Ok(())
    }

    fn hides(&self, (row, column): (u16, u16)) -> bool {
        self.hidden_rows.contains(&row) || self.hidden_columns.contains(&column)
    }

    fn rows(&self, columns: &BTreeSet<u16>, is_wanted: impl Fn((u16, u16)) -> bool) -> Vec<Vec<String>> {
        let places: BTreeMap<u16, usize> = columns.iter().enumerate().map(|(place, column)| (*column, place)).collect();
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut last = None;
        for (cell, text) in self.cells.iter().filter(|(cell, _)| is_wanted(**cell)) {
            if last.replace(cell.0) != Some(cell.0) {
                rows.push(Vec::new());
            }
            if let (Some(row), Some(place)) = (rows.last_mut(), places.get(&cell.1)) {
                row.resize(*place, String::new());
                row.push(text.clone());
            }
        }
        rows
    }
}
