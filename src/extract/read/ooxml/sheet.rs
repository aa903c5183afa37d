//! One sheet of a workbook: its cells as a table, and what stands around them (ECMA-376 part 1, 18.3).
//!
//! In: the part of a sheet (also of a macro sheet, or the cells that are kept of another workbook). Out: a table under the sheet's name;
//! margins, formulas that hold words, and what a cell asks for when it is filled. Cells without a place follow the one before.

use super::super::document::date;
use super::super::document::grid::Grid;
use super::super::document::xml::{Element, Token, walk};
use super::super::{Draft, Spot, Trait, Unread};
use super::format::Format;
use super::workbook::Workbook;

/// Columns of a sheet (18.3.1.4 and the limits of the programs).
const COLUMNS: u32 = 16_384;

/// What a text node belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    None,
    Value,
    Inline,
    Formula,
    Margin,
}

/// What a cell's value is (18.18.11).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Number,
    Shared,
    Boolean,
    Date,
    /// Words, or the name of an error.
    Plain,
}

impl Type {
    fn of(word: &str) -> Self {
        match word {
            "s" => Self::Shared,
            "b" => Self::Boolean,
            "d" => Self::Date,
            "str" | "inlineStr" | "e" => Self::Plain,
            _ => Self::Number,
        }
    }
}

struct Reader<'w> {
    workbook: &'w mut Workbook,
    grid: Grid,
    row: u32,
    column: u32,
    node: Node,
    kind: Type,
    style: usize,
    value: String,
    inline: String,
    formula: String,
    formulas: String,
    margin: String,
    margins: String,
    notes: String,
    other: String,
}

/// Reads a sheet; `spot` is where its cells stand.
pub(super) fn read(bytes: &[u8], name: &str, spot: Spot, workbook: &mut Workbook, draft: &mut Draft) -> Result<(), Unread> {
    let mut reader = Reader {
        workbook,
        grid: Grid::default(),
        row: 0,
        column: 0,
        node: Node::None,
        kind: Type::Number,
        style: 0,
        value: String::new(),
        inline: String::new(),
        formula: String::new(),
        formulas: String::new(),
        margin: String::new(),
        margins: String::new(),
        notes: String::new(),
        other: String::new(),
    };
    let most = draft.budget.text;
    let mut walked = walk(bytes, |token| {
        match token {
            Token::Start(name, element) => reader.start(name, element, draft),
            Token::Text(text) => reader.text(text),
            Token::End(name) => reader.end(name),
        }
        // More than can be handed over need not be gathered.
        if reader.grid.octets() > most { Err(Unread::Bound("more text than is looked at".to_owned())) } else { Ok(()) }
    });
    let label = Some(name).filter(|name| !name.is_empty());
    let Reader { grid, formulas, margins, notes, other, .. } = reader;
    for (spot, text) in [(Spot::Margin, margins), (Spot::Note, notes), (Spot::Hidden, other), (Spot::Hidden, formulas)] {
        walked = walked.and(match label {
            Some(label) => draft.labelled(spot, label, text),
            None => draft.text(spot, text),
        });
    }
    let said = grid.emit(draft, spot, label);
    walked.and(said)
}

impl Reader<'_> {
    fn start(&mut self, name: &str, element: &Element, draft: &mut Draft) {
        self.node = match name {
            "v" => Node::Value,
            "t" => Node::Inline,
            "f" | "formula1" | "formula2" | "formula" => Node::Formula,
            "oddHeader" | "oddFooter" | "evenHeader" | "evenFooter" | "firstHeader" | "firstFooter" => Node::Margin,
            _ => Node::None,
        };
        match name {
            "c" | "cell" => self.start_cell(element),
            "row" => self.start_row(element),
            "col" if element.is_on("hidden") => {
                let (from, to) = (element.number("min").unwrap_or(1), element.number("max").unwrap_or(1));
                self.grid.hide_columns(from.max(1) - 1..=to.max(1) - 1);
            }
            "dataValidation" => self.note(element, &["promptTitle", "prompt", "errorTitle", "error"]),
            "hyperlink" => self.note(element, &["display", "tooltip", "location"]),
            "inputCells" | "filter" => self.note(element, &["val"]),
            "scenario" => self.note(element, &["name", "comment"]),
            "ddeLink" | "oleLink" => draft.mark(Trait::EmbeddedObject),
            _ => {}
        }
    }

    fn note(&mut self, element: &Element, attributes: &[&str]) {
        for text in attributes.iter().filter_map(|attribute| element.get(attribute)) {
            self.notes.push_str(&text);
            self.notes.push('\n');
        }
    }

    fn start_row(&mut self, element: &Element) {
        self.row = element.number("r").unwrap_or_else(|| self.row.saturating_add(1));
        self.column = 0;
        if element.is_on("hidden") {
            self.grid.hide_row(self.row);
        }
    }

    fn start_cell(&mut self, element: &Element) {
        let mut place = None;
        (self.kind, self.style) = (Type::Number, 0);
        element.each(|name, value| match name {
            "r" => place = place_of(value),
            "t" => self.kind = Type::of(value),
            "s" => self.style = value.parse().unwrap_or(0),
            _ => {}
        });
        if let Some((row, column)) = place {
            (self.row, self.column) = (row, column);
        }
    }

    fn text(&mut self, text: &str) {
        match self.node {
            Node::Value => self.value.push_str(text),
            Node::Inline => self.inline.push_str(text),
            Node::Formula => self.formula.push_str(text),
            Node::Margin => self.margin.push_str(text),
            Node::None if !text.trim().is_empty() => {
                self.other.push_str(text);
                self.other.push('\n');
            }
            Node::None => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "c" | "cell" => self.end_cell(),
            "formula1" | "formula2" | "formula" => self.end_formula(),
            "oddHeader" | "oddFooter" | "evenHeader" | "evenFooter" | "firstHeader" | "firstFooter" => {
                self.margins.push_str(&margin_text(&std::mem::take(&mut self.margin)));
                self.margins.push('\n');
            }
            _ => {}
        }
        self.node = Node::None;
    }

    fn end_cell(&mut self) {
        let value = std::mem::take(&mut self.value);
        let mut text = self.shown(&value);
        text.push_str(&std::mem::take(&mut self.inline));
        self.grid.put(self.row, self.column, text);
        self.column = self.column.saturating_add(1).min(COLUMNS);
        self.end_formula();
    }

    /// A formula that holds words is text that its reader can see; one that only reckons is not.
    fn end_formula(&mut self) {
        let formula = std::mem::take(&mut self.formula);
        if formula.contains('"') || formula.contains("://") {
            self.formulas.push_str(&formula);
            self.formulas.push('\n');
        }
    }

    /// A value as it is shown.
    fn shown(&mut self, value: &str) -> String {
        match self.kind {
            _ if value.is_empty() => String::new(),
            Type::Shared => value.trim().parse().ok().and_then(|at| self.workbook.strings.get(at)).unwrap_or_default().to_owned(),
            Type::Boolean => (if value.trim() == "1" { "TRUE" } else { "FALSE" }).to_owned(),
            Type::Date => date::of_iso(value),
            Type::Plain => value.to_owned(),
            Type::Number => self.workbook.formats.get(self.style).unwrap_or(&Format::General).show(value, self.workbook.is_1904),
        }
    }
}

/// `BC12` as row and column; the row counts from one, the column from nought.
pub(super) fn place_of(reference: &str) -> Option<(u32, u32)> {
    let digits = reference.find(|char: char| char.is_ascii_digit())?;
    let (letters, row) = reference.split_at_checked(digits)?;
    let mut column: u32 = 0;
    for letter in letters.bytes().filter(u8::is_ascii_alphabetic) {
        column = column.checked_mul(26)?.checked_add(u32::from(letter.to_ascii_uppercase() - b'A') + 1)?;
    }
    Some((row.parse().ok()?, column.checked_sub(1).filter(|column| *column < COLUMNS)?))
}

/// A margin without its codes (18.3.1.46): `&L`, `&"Arial,Bold"`, `&12`, `&KFF0000`.
fn margin_text(coded: &str) -> String {
    let mut text = String::new();
    let mut chars = coded.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '&' {
            text.push(char);
            continue;
        }
        match chars.next() {
            Some('&') => text.push('&'),
            Some('L' | 'C' | 'R') if !text.is_empty() => text.push('\n'),
            Some('"') => {
                chars.by_ref().find(|char| *char == '"');
            }
            Some('K') => {
                let _ = chars.by_ref().take(6).count();
            }
            Some(digit) if digit.is_ascii_digit() => while chars.next_if(char::is_ascii_digit).is_some() {},
            _ => {}
        }
    }
    text
}
