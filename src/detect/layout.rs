//! Lines, tables, records and lists: what stands together, and under which heading.
//!
//! In: the text of a reading and its labels. Out: a [`Layout`] that answers three questions of any place in the text: which row it is in
//! (a row is about one person), which column (and what that column is called), and which heading a list stands under.
//!
//! Tables are pasted into mails in many forms: tabs (from a spreadsheet or an HTML table), pipes, commas, columns aligned by spaces, one
//! cell a line with blank lines between rows (how some clients turn tables into text), and `Label: value` lines. Headers carry to their
//! columns. A table whose columns were lost to single spaces is a list under a heading with several labels. One pass over the lines.

use std::ops::Range;

use super::label::{Label, Means};

/// What stands together in a text.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) lines: Vec<Line>,
    pub(super) cells: Vec<Cell>,
    pub(super) tables: Vec<Table>,
}

#[derive(Debug)]
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Lines of one row or record have the same number.
    pub(super) row: usize,
    /// The line whose labels name what is in this one.
    pub(super) heading: Option<usize>,
    /// It has one value and nothing else.
    pub(super) is_bare: bool,
}

#[derive(Debug)]
pub(super) struct Cell {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) table: usize,
    pub(super) column: usize,
    pub(super) is_header: bool,
}

/// A table; what each column is called, as far as a label says.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) header: Option<Vec<Option<Means>>>,
}

impl Layout {
    pub(super) fn of(text: &str, labels: &[Label]) -> Self {
        let mut layout = Self::default();
        let mut at = 0;
        for (number, line) in text.split('\n').enumerate() {
            let end = at + line.len();
            layout.lines.push(Line { start: at, end, row: number, heading: None, is_bare: false });
            at = end + 1;
        }
        let blocks = layout.blocks(text);
        layout.find_upright(text, labels, &blocks);
        for block in &blocks {
            layout.read_block(text, labels, block.clone());
        }
        layout.cells.sort_by_key(|cell| cell.start);
        layout.find_headings(text, labels);
        layout
    }

    /// The line of a place.
    pub(super) fn line_at(&self, at: usize) -> usize {
        self.lines.partition_point(|line| line.start <= at).saturating_sub(1)
    }

    pub(super) fn line(&self, at: usize) -> Option<&Line> {
        self.lines.get(self.line_at(at))
    }

    pub(super) fn row_at(&self, at: usize) -> usize {
        self.line(at).map_or(0, |line| line.row)
    }

    /// The cell of a place, if it is in a table.
    pub(super) fn cell_at(&self, at: usize) -> Option<&Cell> {
        let after = self.cells.partition_point(|cell| cell.start <= at);
        self.cells.get(after.checked_sub(1)?).filter(|cell| at <= cell.end)
    }

    /// What the column of a place is called.
    pub(super) fn header_at(&self, at: usize) -> Option<Means> {
        let cell = self.cell_at(at).filter(|cell| !cell.is_header)?;
        *self.tables.get(cell.table)?.header.as_ref()?.get(cell.column)?
    }

    /// Runs of lines without a blank one.
    fn blocks(&self, text: &str) -> Vec<Range<usize>> {
        let mut blocks = Vec::new();
        let mut start = None;
        for (number, line) in self.lines.iter().enumerate() {
            let is_blank = text.get(line.start..line.end).unwrap_or_default().trim().is_empty();
            match (start, is_blank) {
                (None, false) => start = Some(number),
                (Some(from), true) => {
                    blocks.push(from..number);
                    start = None;
                }
                _ => {}
            }
        }
        blocks.extend(start.map(|from| from..self.lines.len()));
        blocks
    }

    fn read_block(&mut self, text: &str, labels: &[Label], block: Range<usize>) {
        if self.lines.get(block.start).is_some_and(|line| self.cell_at_unsorted(line.start)) {
            return;
        }
        let mut from = block.start;
        for record in self.records(text, labels, block.clone()) {
            self.read_tables(text, labels, from..record.start);
            self.join_records(text, record.clone());
            from = record.end;
        }
        self.read_tables(text, labels, from..block.end);
    }

    fn read_tables(&mut self, text: &str, labels: &[Label], lines: Range<usize>) {
        let lines = self.lines.get(lines).unwrap_or_default();
        let rows: Vec<(usize, &str)> = lines.iter().map(|l| (l.start, text.get(l.start..l.end).unwrap_or_default())).collect();
        let mut from = 0;
        while let Some(parting) = Parting::of(rows.get(from..).unwrap_or_default()) {
            let first = from + parting.first;
            let until = first + parting.count;
            self.read_table(labels, rows.get(first..until).unwrap_or_default(), &parting);
            from = until;
        }
    }

    fn cell_at_unsorted(&self, at: usize) -> bool {
        self.cells.last().is_some_and(|last| last.start >= at) || self.cells.iter().rev().take(64).any(|cell| cell.start == at)
    }

    /// Runs of `Label: value` lines: records about one person each.
    fn records(&self, text: &str, labels: &[Label], block: Range<usize>) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for number in block {
            if self.lines.get(number).and_then(|line| field(text, labels, line)).is_none() {
                continue;
            }
            match runs.last_mut() {
                // One line between that says nothing belongs to it.
                Some(run) if number <= run.end + 1 => run.end = number + 1,
                _ => runs.push(number..number + 1),
            }
        }
        runs.retain(|run| run.len() >= 2);
        runs
    }

    /// Makes the lines of records rows. The label that began a record begins the next one.
    fn join_records(&mut self, text: &str, block: Range<usize>) {
        let written = |n: usize| self.lines.get(n).map(|l| text.get(l.start..l.end).unwrap_or_default());
        let word = |line: &str| line.split([' ', ':', '\t', '=']).next().unwrap_or_default().to_lowercase();
        let opening = written(block.start).map(word).unwrap_or_default();
        let mut row = block.start;
        let again = |number: usize| written(number).is_some_and(|line| word(line) == opening);
        let begins: Vec<bool> = block.clone().map(again).collect();
        for (number, begins) in block.zip(begins) {
            row = if begins { number } else { row };
            if let Some(line) = self.lines.get_mut(number) {
                line.row = row;
            }
        }
    }

    fn read_table(&mut self, labels: &[Label], rows: &[(usize, &str)], parting: &Parting) {
        let table = self.tables.len();
        let mut header = None;
        for (number, (start, row)) in rows.iter().enumerate() {
            let cells = parting.cells(row);
            let is_first = number == 0;
            if is_first {
                let means: Vec<Option<Means>> =
                    cells.iter().map(|cell| column_means(labels, start + cell.start..start + cell.end)).collect();
                let known = means.iter().flatten().count();
                let figures = row.bytes().filter(u8::is_ascii_digit).count();
                let is_header = known > 0 && (known >= 2 || cells.len() <= 3) && figures <= 4;
                header = is_header.then_some(means);
            }
            self.cells.extend(cells.into_iter().enumerate().map(|(column, cell)| Cell {
                start: start + cell.start,
                end: start + cell.end,
                table,
                column,
                is_header: is_first && header.is_some(),
            }));
        }
        self.tables.push(Table { header });
    }

    /// One cell a line, rows parted by blank lines: three groups or more of as many short lines each, the first of them labels.
    fn find_upright(&mut self, text: &str, labels: &[Label], blocks: &[Range<usize>]) {
        let mut at = 0;
        while let Some(first) = blocks.get(at) {
            let width = first.len();
            let same = blocks.iter().skip(at).take_while(|block| block.len() == width).count();
            let group = blocks.get(at..at + same).unwrap_or_default();
            let is_short = |block: &Range<usize>| block.clone().all(|n| self.lines.get(n).is_some_and(|l| l.end - l.start <= 60));
            let means: Vec<Option<Means>> =
                first.clone().filter_map(|n| self.lines.get(n)).map(|line| column_means(labels, line.start..line.end)).collect();
            let figures = |block: &Range<usize>| {
                let lines = block.clone().filter_map(|n| self.lines.get(n));
                lines.flat_map(|l| text.get(l.start..l.end).unwrap_or_default().bytes()).filter(u8::is_ascii_digit).count()
            };
            let is_table = width >= 2
                && same >= 2
                && group.iter().all(is_short)
                && means.iter().flatten().count() * 2 >= width
                && figures(first) <= 4;
            if is_table {
                self.add_upright(group, means);
                at += same;
            } else {
                at += 1;
            }
        }
    }

    fn add_upright(&mut self, group: &[Range<usize>], means: Vec<Option<Means>>) {
        let table = self.tables.len();
        for (number, block) in group.iter().enumerate() {
            for (column, n) in block.clone().enumerate() {
                if let Some(line) = self.lines.get_mut(n) {
                    line.row = block.start;
                    self.cells.push(Cell { start: line.start, end: line.end, table, column, is_header: number == 0 });
                }
            }
        }
        self.tables.push(Table { header: Some(means) });
    }

    /// Carries labels down to the lines of a list.
    fn find_headings(&mut self, text: &str, labels: &[Label]) {
        let mut heading = None;
        let mut label = 0;
        for number in 0..self.lines.len() {
            let Some(line) = self.lines.get_mut(number) else { continue };
            let body = text.get(line.start..line.end).unwrap_or_default();
            while labels.get(label).is_some_and(|l| l.start < line.start) {
                label += 1;
            }
            let is_labelled = labels.get(label).is_some_and(|l| l.start < line.end);
            let figures = body.bytes().filter(u8::is_ascii_digit).count();
            let words = body.split_ascii_whitespace().filter(|w| w.bytes().all(|b| b.is_ascii_alphabetic())).count();
            line.is_bare = figures >= 5 && words <= 1 && body.len() <= 60;
            if body.trim().is_empty() {
                continue;
            }
            if is_labelled && figures < 5 && body.len() <= 200 {
                heading = Some(number);
            } else if figures >= 5 && words <= 12 || spelled(body) {
                line.heading = heading;
            } else {
                heading = None;
            }
        }
    }
}

/// Whether figures are written as words.
fn spelled(body: &str) -> bool {
    const FIGURES: [&str; 6] = ["zero", "one", "two", "three", "four", "nine"];
    FIGURES.iter().filter(|word| body.contains(**word)).count() >= 2
}

/// What a line that begins with a label and has a value behind it gives; a line of many labels is a header.
fn field(text: &str, labels: &[Label], line: &Line) -> Option<Means> {
    let body = text.get(line.start..line.end)?;
    let first = labels.partition_point(|label| label.start < line.start);
    let inside = labels.iter().skip(first).take_while(|label| label.end <= line.end);
    if inside.count() >= 4 && body.bytes().filter(u8::is_ascii_digit).count() < 5 {
        return None;
    }
    let head = body.find([':', '\t', '=']).or_else(|| body.find(" - ")).filter(|head| *head <= 40);
    if let Some(means) = head.and_then(|head| column_means(labels, line.start..line.start + head)) {
        return Some(means);
    }
    let is_colon = |head: &usize| body.get(*head..).is_some_and(|rest| rest.starts_with(": "));
    if head.filter(is_colon).is_some_and(|head| is_field_name(body.get(..head).unwrap_or_default())) {
        return Some(Means::Pupil);
    }
    let first = labels.get(first).filter(|label| label.means != Means::Public)?;
    let begins = first.start <= line.start + 2 && first.end < line.end && body.len() <= 90;
    begins.then_some(first.means)
}

/// Whether what stands before a colon may be the name of a field: a few words, such as "Notes" or "Reason for concern".
fn is_field_name(head: &str) -> bool {
    const NOT: [&str; 8] = ["subject", "from", "to", "cc", "sent", "date", "re", "fw"];
    let head = head.trim();
    let words = head.split(' ').count();
    head.len() <= 30 && words <= 4 && head.starts_with(|c: char| c.is_uppercase()) && !NOT.contains(&head.to_lowercase().as_str())
}

/// What the labels in a cell make of its column: the most telling one.
pub(super) fn column_means(labels: &[Label], cell: Range<usize>) -> Option<Means> {
    let first = labels.partition_point(|label| label.start < cell.start);
    let inside = labels.iter().skip(first).take_while(|label| label.end <= cell.end).filter(|label| label.means != Means::Public);
    inside.map(|label| label.means).min_by_key(|means| match means {
        Means::Is(_) | Means::SortCode => 0,
        Means::Forename | Means::Surname => 1,
        Means::Code(_) => 2,
        Means::Date => 2,
        Means::Name => 3,
        Means::Other | Means::Noun => 4,
        Means::Pupil | Means::Public => 5,
    })
}

/// How the cells of some lines are parted.
#[derive(Debug)]
struct Parting {
    by: By,
    /// The first line of it, counted from where it was looked for, and how many lines.
    first: usize,
    count: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Tab,
    Pipe,
    Semicolon,
    Comma,
    Spaces,
}

impl Parting {
    /// The first table in some lines.
    fn of(rows: &[(usize, &str)]) -> Option<Self> {
        let mut best: Option<Self> = None;
        for by in [By::Tab, By::Pipe, By::Semicolon, By::Comma, By::Spaces] {
            let fits = |row: &str| by.count(row) >= by.least();
            let Some(first) = rows.iter().position(|(_, row)| fits(row)) else { continue };
            let width = rows.get(first).map_or(0, |(_, row)| by.count(row));
            let near = |row: &str| by != By::Comma || by.count(row).abs_diff(width) <= 1;
            let count = rows.iter().skip(first).take_while(|(_, row)| fits(row) && near(row)).count();
            if count >= 2 && best.as_ref().is_none_or(|best| count > best.count) {
                best = Some(Self { by, first, count });
            }
        }
        best
    }

    fn cells(&self, row: &str) -> Vec<Range<usize>> {
        let mut cells = Vec::new();
        let (mut start, mut is_quoted, mut spaces) = (0, false, 0);
        for (at, c) in row.char_indices() {
            is_quoted ^= c == '"' && matches!(self.by, By::Comma | By::Semicolon);
            if self.by == By::Spaces {
                if c == ' ' {
                    spaces += 1;
                } else {
                    if spaces >= 2 && at > spaces {
                        cells.push(start..at - spaces);
                        start = at;
                    }
                    spaces = 0;
                }
            } else if Some(c) == self.by.mark() && !is_quoted {
                cells.push(start..at);
                start = at + 1;
            }
        }
        cells.push(start..row.len());
        if self.by == By::Pipe && row.trim_start().starts_with('|') && !cells.is_empty() {
            cells.remove(0);
        }
        cells.into_iter().map(|cell| trimmed(row, cell)).collect()
    }
}

impl By {
    fn mark(self) -> Option<char> {
        match self {
            Self::Tab => Some('\t'),
            Self::Pipe => Some('|'),
            Self::Semicolon => Some(';'),
            Self::Comma => Some(','),
            Self::Spaces => None,
        }
    }

    /// Marks that a line must have to be a row.
    fn least(self) -> usize {
        match self {
            Self::Comma => 2,
            _ => 1,
        }
    }

    fn count(self, row: &str) -> usize {
        match self.mark() {
            Some(mark) => row.bytes().filter(|b| char::from(*b) == mark).count(),
            None => row.trim().split("  ").filter(|piece| !piece.trim().is_empty()).count().saturating_sub(1),
        }
    }
}

fn trimmed(row: &str, cell: Range<usize>) -> Range<usize> {
    let text = row.get(cell.clone()).unwrap_or_default();
    let start = cell.start + (text.len() - text.trim_start().len());
    start..(start + text.trim().len()).max(start)
}
