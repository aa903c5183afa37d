//! The cache of a pivot table: a copy of the rows it was made of, which stays when their sheet is hidden or gone (ECMA-376 part 1, 18.10).
//!
//! In: the definition (fields, and the values they share) and the records. Out: one table under the fields' names.

use super::super::document::date;
use super::super::document::grid::Grid;
use super::super::document::number::plain;
use super::super::document::xml::{Element, Token, walk};
use super::super::{Draft, Spot, Unread};

/// Fields of a cache, each with the values that its records share.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, Vec<String>)>);

impl Fields {
    /// Reads a definition.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(), Unread> {
        let mut is_shared = false;
        walk(bytes, |token| {
            match token {
                Token::Start("cacheField", element) => self.0.push((element.get("name").unwrap_or_default(), Vec::new())),
                Token::Start("sharedItems", _) => is_shared = true,
                Token::End("sharedItems") => is_shared = false,
                Token::Start(name, element) if is_shared => {
                    if let (Some(value), Some((_, shared))) = (value(name, element), self.0.last_mut()) {
                        shared.push(value);
                    }
                }
                _ => {}
            }
            Ok(())
        })
    }

    /// Shared values where no records refer to them: a column for each field.
    pub(super) fn emit(&self, draft: &mut Draft) -> Result<(), Unread> {
        let mut grid = self.header();
        for (column, (_, shared)) in self.numbered() {
            for (row, value) in (1..).zip(shared) {
                grid.put(row, column, value.clone());
            }
        }
        grid.emit(draft, Spot::Hidden, Some("pivot cache"))
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, &(String, Vec<String>))> {
        (0..).zip(&self.0)
    }

    fn header(&self) -> Grid {
        let mut grid = Grid::default();
        for (column, (name, _)) in self.numbered() {
            grid.put(0, column, name.clone());
        }
        grid
    }

    /// Reads the records.
    pub(super) fn read_records(&self, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        let mut grid = self.header();
        let (mut row, mut column) = (0_u32, 0_u32);
        let most = draft.budget.text;
        let walked = walk(bytes, |token| {
            let Token::Start(name, element) = token else { return Ok(()) };
            if name == "r" {
                (row, column) = (row.saturating_add(1), 0);
                return Ok(());
            }
            let text = if name == "x" { self.shared(column, element.number("v")) } else { value(name, element) };
            if let Some(text) = text {
                grid.put(row, column, text);
                column = column.saturating_add(1);
            }
            if grid.octets() > most { Err(Unread::Bound("more text than is looked at".to_owned())) } else { Ok(()) }
        });
        walked.and(grid.emit(draft, Spot::Hidden, Some("pivot cache")))
    }

    fn shared(&self, column: u32, at: Option<u32>) -> Option<String> {
        let (_, shared) = self.0.get(usize::try_from(column).ok()?)?;
        Some(shared.get(usize::try_from(at?).ok()?).cloned().unwrap_or_default())
    }
}

/// One value; `m` is one that is missing, and takes its place.
fn value(name: &str, element: &Element) -> Option<String> {
    let said = || element.get("v").unwrap_or_default();
    match name {
        "s" | "e" => Some(said()),
        "b" => Some((if element.is_on("v") { "TRUE" } else { "FALSE" }).to_owned()),
        "d" => Some(date::of_iso(&said())),
        "n" => Some(said().parse().map_or_else(|_| said(), plain)),
        "m" => Some(String::new()),
        _ => None,
    }
}
