//! A chart: its words, and the data it was drawn from, which it keeps a copy of (ECMA-376 part 1, 21.2).
//!
//! In: the part of a chart. Out: one table for each series (its categories and values in columns), and the titles.

use super::super::document::grid::Grid;
use super::super::document::xml::{Token, walk};
use super::super::{Draft, Spot, Unread};

/// Reads a chart.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let (mut grid, mut column, mut row) = (Grid::default(), 0_u32, 0_u32);
    let (mut in_value, mut in_name, mut in_title) = (false, false, false);
    let (mut value, mut titles) = (String::new(), String::new());
    let walked = walk(bytes, |token| {
        match token {
            Token::Start("ser", _) => column = 0,
            Token::Start("tx", _) => in_name = true,
            Token::End("tx") => in_name = false,
            Token::Start("cat" | "val" | "xVal" | "yVal" | "bubbleSize" | "strDim" | "numDim", _) => {
                (column, row) = (column.saturating_add(1), 0)
            }
            // `cx:pt` (the charts of 2016) holds its text itself.
            Token::Start("v", _) => in_value = true,
            Token::Start("pt", element) => {
                row = element.number("idx").unwrap_or(row).saturating_add(1);
                in_value = true;
            }
            Token::Start("t", _) => in_title = true,
            Token::Text(text) if in_title => titles.push_str(text),
            Token::Text(text) if in_value => value.push_str(text),
            Token::End("t") => in_title = false,
            Token::End("p") => titles.push('\n'),
            Token::End("v" | "pt") => {
                in_value = false;
                // The name of a series stands over its values, the second column.
                let place = if in_name { (0, 2) } else { (row, column) };
                grid.put(place.0, place.1, std::mem::take(&mut value).trim().to_owned());
            }
            Token::End("ser" | "data") => std::mem::take(&mut grid).emit(draft, Spot::TextBox, Some("chart"))?,
            _ => {}
        }
        Ok(())
    });
    draft.text(Spot::TextBox, titles)?;
    walked.and(grid.emit(draft, Spot::TextBox, Some("chart")))
}
