//! Tables of a slide: PowerPoint keeps them as a group of shapes, each a cell, that stand in rows by their places alone.
//!
//! In: the groups, shapes, anchors and texts of a drawing (MS-ODRAW sections 2.2.16 and 2.2.39). Out: the rows of a group whose shapes
//! make a grid, or the group's texts. Nothing can fail.

use std::collections::BTreeMap;

use super::super::super::octets::u32_at;

/// Groups that are followed in each other; text of deeper ones is text of a page.
const DEPTH: usize = 64;
/// Cells of one table that are put in rows.
const CELLS: usize = 10_000;

/// The groups that are open.
#[derive(Debug, Default)]
pub(super) struct Grid {
    groups: Vec<Vec<Cell>>,
    deeper: usize,
}

#[derive(Debug, Default)]
struct Cell {
    /// Left and top.
    place: Option<(i32, i32)>,
    text: String,
}

impl Grid {
    pub(super) fn begin(&mut self) {
        if self.groups.len() < DEPTH { self.groups.push(Vec::new()) } else { self.deeper += 1 }
    }

    pub(super) fn shape(&mut self) {
        if let Some(group) = self.groups.last_mut() {
            group.push(Cell::default());
        }
    }

    /// A child anchor: left, top, right, bottom.
    pub(super) fn anchor(&mut self, data: &[u8]) {
        if let Some(cell) = self.groups.last_mut().and_then(|group| group.last_mut()) {
            cell.place = u32_at(data, 0).zip(u32_at(data, 4)).map(|(left, top)| (left.cast_signed(), top.cast_signed()));
        }
    }

    /// Takes a text of the shape that is open, if there is one.
    pub(super) fn text(&mut self, text: &str) -> bool {
        let Some(cell) = self.groups.last_mut().and_then(|group| group.last_mut()) else { return false };
        if !cell.text.is_empty() {
            cell.text.push('\n');
        }
        cell.text.push_str(text);
        true
    }

    /// Ends a group: its texts, or its rows where it is a table.
    pub(super) fn end(&mut self) -> (Vec<String>, Option<Vec<Vec<String>>>) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return (Vec::new(), None);
        }
        let group = self.groups.pop().unwrap_or_default();
        match rows(&group) {
            Some(rows) => (Vec::new(), Some(rows)),
            None => (group.into_iter().map(|cell| cell.text).filter(|text| !text.is_empty()).collect(), None),
        }
    }
}

/// Two rows and two columns at least, and no two texts in one place.
fn rows(group: &[Cell]) -> Option<Vec<Vec<String>>> {
    let cells: Vec<_> = group.iter().filter(|cell| !cell.text.trim().is_empty()).collect();
    if cells.len() < 4 || cells.len() > CELLS {
        return None;
    }
    let mut grid: BTreeMap<i32, BTreeMap<i32, &str>> = BTreeMap::new();
    let mut lefts = BTreeMap::new();
    for cell in &cells {
        let (left, top) = cell.place?;
        lefts.insert(left, 0);
        if grid.entry(top).or_default().insert(left, cell.text.trim()).is_some() {
            return None;
        }
    }
    // Shapes that lie about make many rows and columns with little in them.
    if grid.len() < 2 || lefts.len() < 2 || cells.len() * 2 < grid.len() * lefts.len() {
        return None;
    }
    let row =
        |row: &BTreeMap<i32, &str>| lefts.keys().map(|left| row.get(left).copied().unwrap_or_default().to_owned()).collect();
    Some(grid.values().map(row).collect())
}
