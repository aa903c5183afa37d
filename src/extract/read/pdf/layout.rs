//! Letters into lines, and lines into tables.
//!
//! In: the letters of a page in the order in which they were drawn. Out: its text, and its tables. Text stays in that order, which is the
//! order of reading in what programs write; letters on one line that stand apart are parted by a space, and by two where a column ends.
//! What stands in the same columns in three rows or more is a table, whatever the order in which it was drawn. Sorting is all that is not
//! linear.

use super::page::Letter;

/// Parts of a letter's size: a gap that is a space; one that parts columns, and that does so where the pen was put there on purpose.
const SPACE: f32 = 0.15;
const COLUMN: f32 = 1.0;
const PLACED_COLUMN: f32 = 0.45;
/// Columns of a table that are told apart.
const COLUMNS: usize = 64;
/// Characters of a cell in a table of two columns, on average: more, and it is prose in two columns.
const SHORT: usize = 28;

/// The text and the tables of a page.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub text: String,
    pub tables: Vec<Vec<Vec<String>>>,
}

/// What stands on a line without a gap.
#[derive(Clone, Debug)]
struct Piece {
    text: String,
    from: f32,
    to: f32,
    base: f32,
    size: f32,
    turn: i8,
    /// Whether it goes on a line that another began.
    joins: bool,
}

/// Lays letters out.
pub(super) fn read(letters: Vec<Letter>) -> Sheet {
    let pieces = pieces(letters);
    let (tables, used) = tables(&pieces);
    let mut text = String::new();
    for (piece, _) in pieces.iter().zip(&used).filter(|(_, used)| !**used) {
        if !text.is_empty() {
            text.push_str(if piece.joins { "  " } else { "\n" });
        }
        text.push_str(piece.text.trim_end());
    }
    Sheet { text, tables }
}

fn pieces(letters: Vec<Letter>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for letter in letters {
        let last = pieces.last_mut().filter(|last| last.is_on_line_with(&letter));
        let Some(last) = last else {
            pieces.push(Piece::new(letter, false));
            continue;
        };
        let gap = letter.from - last.to;
        // Bold is made by drawing a letter twice, a hair apart.
        if gap < -0.6 * letter.size && last.text.ends_with(&letter.text) {
            continue;
        }
        let column = if letter.is_first { PLACED_COLUMN } else { COLUMN };
        if gap > column * letter.size.max(last.size) && !letter.text.trim().is_empty() {
            pieces.push(Piece::new(letter, true));
            continue;
        }
        if gap > SPACE * letter.size && !last.text.ends_with(' ') && !letter.text.starts_with(' ') {
            last.text.push(' ');
        }
        last.to = if letter.text.trim().is_empty() { last.to } else { last.to.max(letter.to) };
        last.text.push_str(&letter.text);
    }
    pieces.retain(|piece| !piece.text.trim().is_empty());
    pieces
}

impl Piece {
    fn new(letter: Letter, joins: bool) -> Self {
        Self {
            text: letter.text,
            from: letter.from,
            to: letter.to,
            base: letter.base,
            size: letter.size,
            turn: letter.turn,
            joins,
        }
    }

    fn is_on_line_with(&self, letter: &Letter) -> bool {
        let size = self.size.max(letter.size);
        self.turn == letter.turn && (self.base - letter.base).abs() < 0.5 * size && letter.from > self.to - 1.2 * size
    }
}

/// Rows from the top, each a list of pieces from the left.
fn rows(pieces: &[Piece]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    let key = |place: &usize| pieces.get(*place).map_or((0, 0.0, 0.0), |piece| (piece.turn, -piece.base, piece.from));
    order.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2))
    });
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for place in order {
        let first = rows.last().and_then(|row| row.first()).and_then(|first| pieces.get(*first));
        let is_same = first.zip(pieces.get(place)).is_some_and(|(first, piece)| {
            first.turn == piece.turn && (first.base - piece.base).abs() < 0.3 * first.size.min(piece.size)
        });
        match rows.last_mut().filter(|_| is_same) {
            Some(row) => row.push(place),
            None => rows.push(vec![place]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| key(a).2.total_cmp(&key(b).2));
    }
    rows
}

/// The tables among the pieces, and which pieces stand in one.
fn tables(pieces: &[Piece]) -> (Vec<Vec<Vec<String>>>, Vec<bool>) {
    let mut used = vec![false; pieces.len()];
    let mut tables = Vec::new();
    let rows = rows(pieces);
    let mut waiting: &[Vec<usize>] = &rows;
    while let Some(first) = waiting.first() {
        let length = if first.len() < 2 { 1 } else { length(waiting, pieces) };
        let (group, rest) = waiting.split_at(length);
        waiting = rest;
        if let Some(table) = table(group, pieces) {
            for place in group.iter().flatten() {
                if let Some(used) = used.get_mut(*place) {
                    *used = true;
                }
            }
            tables.push(table);
        }
    }
    (tables, used)
}

/// How many rows from here on stand in the columns of the widest before them. A line of its own is the rest of a long cell, unless it
/// stands in the first column.
fn length<'p>(rows: &'p [Vec<usize>], pieces: &[Piece]) -> usize {
    let mut widest: &[usize] = rows.first().map_or(&[], Vec::as_slice);
    let follows = |(above, below): &(&'p Vec<usize>, &'p Vec<usize>)| {
        let is_shared = |place: &&usize| widest.iter().any(|other| is_under(pieces.get(*other), pieces.get(**place)));
        let shared = below.iter().filter(is_shared).count();
        let near = above.first().and_then(|a| pieces.get(*a)).zip(below.first().and_then(|b| pieces.get(*b)));
        let lines = near.map_or(f32::MAX, |(a, b)| (a.base - b.base).abs() / a.size.max(b.size));
        let is_same_turn = near.is_some_and(|(a, b)| a.turn == b.turn);
        let in_first = is_under(widest.first().and_then(|a| pieces.get(*a)), below.first().and_then(|b| pieces.get(*b)));
        let is_rest = below.len() == 1 && shared == 1 && !in_first && lines < 2.5;
        let is_row = below.len() >= 2 && shared >= 2 && shared * 3 >= below.len() * 2 && lines < 5.0;
        if is_row && below.len() > widest.len() {
            widest = below.as_slice();
        }
        below.len().max(above.len()) <= COLUMNS && is_same_turn && (is_row || is_rest)
    };
    1 + rows.iter().zip(rows.iter().skip(1)).take_while(follows).count()
}

/// Whether two pieces share a column: they overlap, or begin at one place.
fn is_under(a: Option<&Piece>, b: Option<&Piece>) -> bool {
    a.zip(b).is_some_and(|(a, b)| (a.from < b.to && b.from < a.to) || (a.from - b.from).abs() < 0.5 * a.size)
}

/// A group of rows as a table, if it is one.
fn table(group: &[Vec<usize>], pieces: &[Piece]) -> Option<Vec<Vec<String>>> {
    let widest = group.iter().max_by_key(|row| row.len())?;
    let columns: Vec<&Piece> = widest.iter().filter_map(|place| pieces.get(*place)).collect();
    let cells: Vec<&Piece> = group.iter().flatten().filter_map(|place| pieces.get(*place)).collect();
    let average = cells.iter().map(|cell| cell.text.len()).sum::<usize>() / cells.len().max(1);
    let rows = group.iter().filter(|row| row.len() >= 2).count();
    let is_table = rows >= 3 && columns.len() >= 2 && (columns.len() >= 3 || average <= SHORT);
    let is_short = rows == 2 && columns.len() >= 3;
    (is_table || is_short).then(|| group.iter().map(|row| cells_of(row, &columns, pieces)).collect())
}

fn cells_of(row: &[usize], columns: &[&Piece], pieces: &[Piece]) -> Vec<String> {
    let mut cells = vec![String::new(); columns.len()];
    for piece in row.iter().filter_map(|place| pieces.get(*place)) {
        let overlap =
            |column: &Piece| (column.to.min(piece.to) - column.from.max(piece.from)).max(-(column.from - piece.from).abs());
        let best = (0..columns.len()).max_by(|a, b| overlap(columns[*a]).total_cmp(&overlap(columns[*b])));
        if let Some(cell) = best.and_then(|best| cells.get_mut(best)) {
            if !cell.is_empty() {
                cell.push(' ');
            }
            cell.push_str(piece.text.trim());
        }
    }
    cells
}
