//! What the sheets of a workbook share: their names and states, strings, number formats, the date system (ECMA-376 part 1, 18.2, 18.4, 18.8).

use std::collections::HashMap;

use super::super::document::xml::{Token, walk};
use super::super::{Draft, Spot, Unread};
use super::format::Format;

/// What sheets refer to.
#[derive(Default)]
pub(super) struct Workbook {
    /// By the relationship that leads to the sheet.
    pub(super) sheets: HashMap<String, Sheet>,
    pub(super) is_1904: bool,
    pub(super) formats: Vec<Format>,
    pub(super) strings: Strings,
}

/// A sheet as the workbook knows it.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) is_hidden: bool,
    pub(super) order: usize,
}

/// Strings that cells share, in one piece of memory.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<usize>,
    is_used: Vec<bool>,
}

impl Strings {
    /// One of them; it is noted that a cell shows it.
    pub(super) fn get(&mut self, at: usize) -> Option<&str> {
        *self.is_used.get_mut(at)? = true;
        let from = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(from..*self.ends.get(at)?)
    }

    /// Those that no cell shows are in the file all the same.
    pub(super) fn emit_unused(&self, draft: &mut Draft) -> Result<(), Unread> {
        let mut unused = String::new();
        let mut from = 0;
        for (end, is_used) in self.ends.iter().zip(&self.is_used) {
            if !is_used {
                unused.push_str(self.text.get(from..*end).unwrap_or_default());
                unused.push('\n');
            }
            from = *end;
        }
        draft.text(Spot::Hidden, unused)
    }

    /// Reads the part. How words are pronounced is no part of them (18.4.6) but stands in the file, so it counts as text.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(), Unread> {
        let mut in_text = false;
        walk(bytes, |token| {
            match token {
                Token::Start("t", _) => in_text = true,
                Token::Text(text) if in_text => self.text.push_str(text),
                Token::End("t") => in_text = false,
                Token::Start("rPh", _) => self.text.push(' '),
                Token::End("si") => {
                    self.ends.push(self.text.len());
                    self.is_used.push(false);
                }
                _ => {}
            }
            Ok(())
        })
    }
}

impl Workbook {
    /// Reads the workbook's own part.
    pub(super) fn read(&mut self, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        let mut names = String::new();
        let mut in_name = false;
        let walked = walk(bytes, |token| {
            match token {
                Token::Start("workbookPr", element) => self.is_1904 = element.is_on("date1904"),
                Token::Start("sheet", element) => {
                    let is_hidden = element.is("state", "hidden") || element.is("state", "veryHidden");
                    let sheet = Sheet { name: element.get("name").unwrap_or_default(), is_hidden, order: self.sheets.len() };
                    self.sheets.insert(element.get("id").unwrap_or_default(), sheet);
                }
                Token::Start("definedName", element) => {
                    in_name = true;
                    let comment = element.get("comment").map(|comment| format!(" ({comment})")).unwrap_or_default();
                    names.push_str(&element.get("name").unwrap_or_default());
                    names.push_str(&comment);
                    names.push_str(" = ");
                }
                Token::Text(text) if in_name => names.push_str(text),
                Token::End("definedName") => {
                    in_name = false;
                    names.push('\n');
                }
                _ => {}
            }
            Ok(())
        });
        draft.labelled(Spot::Property, "defined names", names)?;
        walked
    }

    /// Reads the formats of cells.
    pub(super) fn read_styles(&mut self, bytes: &[u8]) -> Result<(), Unread> {
        let mut custom = HashMap::new();
        let mut in_cells = false;
        walk(bytes, |token| {
            match token {
                Token::Start("numFmt", element) => {
                    let format = Format::of_code(&element.get("formatCode").unwrap_or_default());
                    custom.insert(element.number("numFmtId").unwrap_or(0), format);
                }
                Token::Start("cellXfs", _) => in_cells = true,
                Token::End("cellXfs") => in_cells = false,
                Token::Start("xf", element) if in_cells => {
                    let id = element.number("numFmtId").unwrap_or(0);
                    self.formats.push(custom.get(&id).cloned().unwrap_or_else(|| Format::built_in(id)));
                }
                _ => {}
            }
            Ok(())
        })
    }
}
