//! The flow of a document's text: paragraphs, tables in them, and what stands beside the flow (text boxes, comments, deleted words).
//!
//! In: text and what opens and closes, in the order of the file. Out: blocks in a draft, in reading order. Layers lie on a stack of their
//! own, so nothing recurses; opened deeper than [`DEPTH`], text joins the layer around it. What is closed that was not opened is ignored.

use std::collections::{BTreeMap, HashSet};

use super::grid::Grid;
use crate::extract::contents::{Spot, Unread};
use crate::extract::read::Draft;

/// Tables in tables and boxes in boxes that are told apart.
const DEPTH: usize = 64;

/// The text of one part of a document.
pub(in crate::extract::read) struct Story {
    layers: Vec<Layer>,
    /// Layers that were opened too deep to be told apart.
    too_deep: usize,
    /// Words that stand in the flow and are not shown with it.
    asides: BTreeMap<Spot, String>,
    /// Boxes that were handed over: a file may say each twice, for programs old and new.
    boxes: HashSet<String>,
}

struct Layer {
    spot: Spot,
    label: Option<String>,
    text: String,
    table: Option<Table>,
}

/// A table that is being read.
#[derive(Default)]
struct Table {
    grid: Grid,
    row: u32,
    column: u32,
    /// Columns that the open cell takes besides its own.
    span: u32,
    cell: String,
    /// The cell with what is not shown of it.
    whole: Option<String>,
    /// Cells of which not all is shown, and where what is not shown belongs.
    odd: Vec<(u32, u32, String)>,
    odd_spot: Option<Spot>,
}

impl Story {
    pub(in crate::extract::read) fn new(spot: Spot) -> Self {
        let base = Layer { spot, label: None, text: String::new(), table: None };
        Self { layers: vec![base], too_deep: 0, asides: BTreeMap::new(), boxes: HashSet::new() }
    }

    /// Text of the flow.
    pub(in crate::extract::read) fn text(&mut self, text: &str) {
        let Some(layer) = self.layers.last_mut() else { return };
        let Some(table) = &mut layer.table else {
            layer.text.push_str(text);
            return;
        };
        table.cell.push_str(text);
        if let Some(whole) = &mut table.whole {
            whole.push_str(text);
        }
    }

    /// Text that stands in the flow and is not shown with it. In a table the whole cell counts, under its column's header.
    pub(in crate::extract::read) fn aside(&mut self, spot: Spot, text: &str) {
        if let Some(table) = self.layers.last_mut().and_then(|layer| layer.table.as_mut()) {
            let cell = &table.cell;
            table.whole.get_or_insert_with(|| cell.clone()).push_str(text);
            table.odd_spot.get_or_insert(spot);
            return;
        }
        self.asides.entry(spot).or_default().push_str(text);
    }

    /// A paragraph ends.
    pub(in crate::extract::read) fn paragraph(&mut self) {
        self.text("\n");
        for aside in self.asides.values_mut().filter(|aside| !aside.is_empty() && !aside.ends_with('\n')) {
            aside.push('\n');
        }
    }

    /// Something begins that stands apart from the flow.
    pub(in crate::extract::read) fn open(&mut self, spot: Spot, label: Option<String>) {
        self.push(spot, label, None);
    }

    fn push(&mut self, spot: Spot, label: Option<String>, table: Option<Table>) {
        if self.layers.len() >= DEPTH {
            self.too_deep += 1;
            return;
        }
        self.layers.push(Layer { spot, label, text: String::new(), table });
    }

    /// It ends.
    pub(in crate::extract::read) fn close(&mut self, draft: &mut Draft) -> Result<(), Unread> {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return Ok(());
        }
        if self.layers.len() < 2 || self.layers.last().is_some_and(|layer| layer.table.is_some()) {
            return Ok(());
        }
        let Some(layer) = self.layers.pop() else { return Ok(()) };
        self.hand_over(layer, draft)
    }

    fn hand_over(&mut self, layer: Layer, draft: &mut Draft) -> Result<(), Unread> {
        if layer.spot == Spot::TextBox && layer.table.is_none() && !self.boxes.insert(layer.text.clone()) {
            return Ok(());
        }
        match (layer.table, layer.label) {
            (Some(table), label) => table.hand_over(layer.spot, label.as_deref(), draft),
            (None, Some(label)) => draft.labelled(layer.spot, &label, layer.text),
            (None, None) => draft.text(layer.spot, layer.text),
        }
    }

    /// A table begins; what stands before it is handed over first.
    pub(in crate::extract::read) fn open_table(&mut self, draft: &mut Draft) -> Result<(), Unread> {
        self.open_named_table(draft, None, None)
    }

    /// The same with a name, and where it does not stand where its surroundings do.
    pub(in crate::extract::read) fn open_named_table(
        &mut self,
        draft: &mut Draft,
        other: Option<Spot>,
        name: Option<String>,
    ) -> Result<(), Unread> {
        let Some(layer) = self.layers.last_mut() else { return Ok(()) };
        let spot = layer.spot;
        if layer.table.is_none() && spot != Spot::TextBox && self.too_deep == 0 {
            let text = std::mem::take(&mut layer.text);
            match layer.label.clone() {
                Some(label) => draft.labelled(spot, &label, text)?,
                None => draft.text(spot, text)?,
            }
        }
        self.push(other.unwrap_or(spot), name, Some(Table::default()));
        Ok(())
    }

    fn table(&mut self) -> Option<&mut Table> {
        self.layers.last_mut()?.table.as_mut().filter(|_| self.too_deep == 0)
    }

    pub(in crate::extract::read) fn next_row(&mut self) {
        if let Some(table) = self.table() {
            table.row = table.row.saturating_add(1);
            table.column = 0;
        }
    }

    /// The open cell spans more columns than one.
    pub(in crate::extract::read) fn span_columns(&mut self, more: u32) {
        if let Some(table) = self.table() {
            table.span = more;
        }
    }

    /// Cells that are not there.
    pub(in crate::extract::read) fn skip_columns(&mut self, count: u32) {
        if let Some(table) = self.table() {
            table.column = table.column.saturating_add(count);
        }
    }

    pub(in crate::extract::read) fn close_cell(&mut self) {
        if let Some(table) = self.table() {
            table.close_cell();
        }
    }

    /// Rows, or columns from the present one on, that are not shown.
    pub(in crate::extract::read) fn hide_row(&mut self) {
        if let Some(table) = self.table() {
            table.grid.hide_row(table.row);
        }
    }

    pub(in crate::extract::read) fn hide_columns(&mut self, columns: std::ops::RangeInclusive<u32>) {
        if let Some(table) = self.table() {
            table.grid.hide_columns(columns);
        }
    }

    /// Rows that are said once and stand there several times.
    pub(in crate::extract::read) fn skip_rows(&mut self, count: u32) {
        if let Some(table) = self.table() {
            table.row = table.row.saturating_add(count);
        }
    }

    /// The open cell's text, to be put in another form; nothing outside of a table.
    pub(in crate::extract::read) fn cell(&mut self) -> Option<&mut String> {
        self.table().map(|table| &mut table.cell)
    }

    pub(in crate::extract::read) fn close_table(&mut self, draft: &mut Draft) -> Result<(), Unread> {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return Ok(());
        }
        if self.layers.last().is_none_or(|layer| layer.table.is_none()) {
            return Ok(());
        }
        let Some(layer) = self.layers.pop() else { return Ok(()) };
        self.hand_over(layer, draft)
    }

    /// The part ends: everything is handed over, closed or not.
    pub(in crate::extract::read) fn finish(mut self, draft: &mut Draft) -> Result<(), Unread> {
        while let Some(layer) = self.layers.pop() {
            self.hand_over(layer, draft)?;
        }
        self.asides.into_iter().try_for_each(|(spot, text)| draft.text(spot, text))
    }
}

impl Table {
    fn close_cell(&mut self) {
        if let Some(whole) = self.whole.take() {
            self.odd.push((self.row, self.column, trimmed(whole)));
        }
        self.grid.put(self.row, self.column, trimmed(std::mem::take(&mut self.cell)));
        self.column = self.column.saturating_add(1 + std::mem::take(&mut self.span));
    }

    fn hand_over(mut self, spot: Spot, label: Option<&str>, draft: &mut Draft) -> Result<(), Unread> {
        self.close_cell();
        let Some(odd_spot) = self.odd_spot else { return self.grid.emit(draft, spot, label) };
        let whole = self.grid.with(self.odd);
        self.grid.emit(draft, spot, label)?;
        whole.emit(draft, odd_spot, label)
    }
}

/// A cell's last paragraph ends with the cell.
fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end_matches('\n').len());
    text
}
