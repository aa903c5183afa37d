//! Text files, lists, JSON and XML.
//!
//! In: a file. Out: its text, or rows where it has any. Text is decoded as [`charset`] guesses. A list (RFC 4180, with the separators that
//! programs use) is a table, quotes undone. Of XML and JSON the words stay with their names: `<UPN>L1</UPN>` reads "UPN: L1", and things of
//! one name that repeat are the rows of a table. Nothing is expanded, nothing recurses. Can fail: a bound; damage, after which the rest is
//! given as it stands.

use std::borrow::Cow;
use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use super::Draft;
use crate::extract::contents::{Spot, Unread};
use crate::extract::{charset, uuencode};
use crate::message;

/// Columns of a table that is made of things with names.
const COLUMNS: usize = 64;
/// Cells of one table.
const CELLS: usize = 2 << 20;
/// Elements in elements that keep their names; deeper text belongs to the last of them.
const DEPTH: usize = 256;

/// A text, and the files that stand in it in letters.
pub(super) fn text(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    for block in uuencode::blocks(bytes) {
        draft.spend_file()?;
        draft.nest(&block.name, block.bytes);
    }
    draft.text(Spot::Body, charset::text(bytes))
}

/// A list with separators.
pub(super) fn list(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let text = charset::text(bytes);
    let (separator, text) = separator(&text);
    let rows = match rows(text, separator, true)? {
        (rows, true) => rows,
        // A quote that does not end swallows the rest: then quotes are letters.
        (_, false) => rows(text, separator, false)?.0,
    };
    draft.table(Spot::Body, None, rows)
}

/// What parts the columns: as Excel's first line says (`sep=;`), else what parts most lines into one number of columns.
fn separator(text: &str) -> (char, &str) {
    let text = text.trim_start_matches('\u{feff}');
    if let Some(said) = text.strip_prefix("sep=")
        && let Some(mark) = said.chars().next().filter(|mark| !mark.is_control() || *mark == '\t')
    {
        return (mark, said.get(mark.len_utf8()..).unwrap_or_default());
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(30).collect();
    let agreement = |mark: char| {
        let counts: Vec<usize> = lines.iter().map(|line| line.matches(mark).count()).filter(|count| *count > 0).collect();
        let usual = counts.iter().max_by_key(|count| counts.iter().filter(|other| other == count).count()).copied().unwrap_or(0);
        (counts.iter().filter(|count| **count == usual).count(), usual)
    };
    let best = ['|', ',', ';', '\t'].into_iter().max_by_key(|mark| agreement(*mark)).unwrap_or(',');
    (best, text)
}

/// The rows, and whether all quotes end.
fn rows(text: &str, separator: char, with_quotes: bool) -> Result<(Vec<Vec<String>>, bool), Unread> {
    let (mut rows, mut row, mut cell, mut cells) = (Vec::new(), Vec::new(), String::new(), 0);
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if with_quotes && cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            c if c == separator && !quoted => {
                row.push(std::mem::take(&mut cell));
                cells += 1;
            }
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' | '\r' if !quoted => {
                row.push(std::mem::take(&mut cell));
                cells += 1;
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
        if cells > CELLS {
            return Err(Unread::Bound("more cells than are read".to_owned()));
        }
    }
    row.push(cell);
    rows.push(row);
    Ok((rows, !quoted))
}

/// JSON: a list of things with names is a table; else each value stands behind its name.
pub(super) fn json(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let text = charset::text(bytes);
    let Ok(value) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
        return draft.text(Spot::Body, text);
    };
    let mut records = Records::default();
    let mut waiting = vec![("", &value)];
    while let Some((name, value)) = waiting.pop() {
        match value {
            Value::Array(items) => waiting.extend(items.iter().rev().map(|item| (name, item))),
            Value::Object(map) => {
                let plain = map.iter().filter_map(|(key, value)| Some((key.clone(), scalar(value)?)));
                records.add(name, plain.collect())?;
                waiting.extend(
                    map.iter().rev().filter(|(_, value)| scalar(value).is_none()).map(|(key, value)| (key.as_str(), value)),
                );
            }
            value => records.add(name, vec![(name.to_owned(), scalar(value).unwrap_or_default())])?,
        }
    }
    records.write(draft)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

/// XML.
pub(super) fn xml(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let text = xml_text(bytes);
    let mut walk = Walk::default();
    let end = walk.read(&text)?;
    walk.records.write(draft)?;
    draft.text(Spot::Hidden, walk.comments)?;
    if end < text.len() {
        draft.text(Spot::Body, text.get(end..).unwrap_or_default())?;
        return Err(Unread::Broken("not well-formed XML; the rest is given as it stands".to_owned()));
    }
    Ok(())
}

/// The words of a small piece of XML, each behind its name, on lines.
pub(super) fn xml_lines(text: &str) -> String {
    let mut walk = Walk::default();
    let read = walk.read(text);
    let rest = read.ok().and_then(|end| text.get(end..)).unwrap_or_default().to_owned();
    walk.records.lines() + &rest
}

/// The encoding is what the first line says, unless the bytes show another (XML 1.0 appendix F).
fn xml_text(bytes: &[u8]) -> Cow<'_, str> {
    if charset::encoding(bytes).is_some() {
        return charset::text(bytes);
    }
    let head = String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes)).into_owned();
    let declaration = head.trim_start().strip_prefix("<?xml").and_then(|head| head.split("?>").next()).unwrap_or_default();
    let label =
        declaration.split("encoding=").nth(1).and_then(|rest| rest.get(1..)).and_then(|rest| rest.split(['"', '\'']).next());
    message::text_in(label.filter(|label| !label.to_ascii_lowercase().starts_with("utf-16")), bytes)
}

/// An element that is open.
#[derive(Default)]
struct Open {
    name: String,
    fields: Vec<(String, String)>,
    text: String,
    /// It has words of its own beside elements: a sentence, not a record.
    is_mixed: bool,
}

#[derive(Default)]
struct Walk {
    open: Vec<Open>,
    /// Elements open beyond the bound.
    deeper: usize,
    records: Records,
    comments: String,
}

impl Walk {
    /// Reads as far as it is well-formed, and says how far that is.
    fn read(&mut self, text: &str) -> Result<usize, Unread> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        let end = loop {
            let before = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
            match reader.read_event() {
                Ok(Event::Eof) => break text.len(),
                Ok(Event::Start(start)) => self.start(&start),
                Ok(Event::Empty(start)) => {
                    self.start(&start);
                    self.end()?;
                }
                Ok(Event::End(_)) => self.end()?,
                Ok(Event::Text(words)) => self.words(&words),
                Ok(Event::CData(words)) => self.words(&words),
                Ok(Event::GeneralRef(name)) => self.words(&referred(&name)),
                Ok(Event::Comment(words)) => {
                    self.comments.push_str(&words);
                    self.comments.push('\n');
                }
                Ok(_) => {}
                Err(_) => break before,
            }
        };
        while !self.open.is_empty() {
            self.end()?;
        }
        Ok(end)
    }

    fn start(&mut self, start: &BytesStart) {
        if self.open.len() == DEPTH {
            self.deeper += 1;
            return;
        }
        let name = start.local_name().as_ref().to_owned();
        let mut fields = Vec::new();
        for attribute in start.attributes().with_checks(false).flatten() {
            if attribute.key.as_ref().starts_with("xmlns") {
                continue;
            }
            let key = attribute.key.local_name().as_ref().to_owned();
            fields.push((key, unescaped(&attribute.value)));
        }
        self.open.push(Open { name, fields, ..Open::default() });
    }

    fn words(&mut self, words: &str) {
        let Some(open) = self.open.last_mut() else { return };
        if !open.is_mixed && !words.trim().is_empty() && !open.fields.is_empty() && open.text.trim().is_empty() {
            open.is_mixed = true;
        }
        open.text.push_str(words);
    }

    fn end(&mut self) -> Result<(), Unread> {
        if self.deeper > 0 {
            self.deeper -= 1;
            return Ok(());
        }
        let Some(done) = self.open.pop() else { return Ok(()) };
        let text = done.text.trim();
        let Some(outer) = self.open.last_mut() else {
            let own = (!text.is_empty()).then(|| (done.name.clone(), text.to_owned()));
            return self.records.add(&done.name, done.fields.into_iter().chain(own).collect());
        };
        if !outer.text.trim().is_empty() {
            // Inside a sentence: its words go on.
            outer.text.push_str(&done.text);
            outer.fields.extend(done.fields);
        } else if done.fields.is_empty() {
            if !text.is_empty() {
                outer.fields.push((done.name, text.to_owned()));
            }
        } else {
            let own = (!text.is_empty()).then(|| (done.name.clone(), text.to_owned()));
            self.records.add(&done.name, own.into_iter().chain(done.fields).collect())?;
        }
        Ok(())
    }
}

/// The character of a reference; entities of a document's own are not expanded.
fn referred(name: &str) -> String {
    match name {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        "nbsp" => "\u{a0}".to_owned(),
        _ => {
            let number = name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")).map(|hex| u32::from_str_radix(hex, 16));
            let number = number.or_else(|| name.strip_prefix('#').map(str::parse));
            number.and_then(Result::ok).and_then(char::from_u32).map(String::from).unwrap_or_default()
        }
    }
}

fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let near = rest.get(..rest.floor_char_boundary(12)).unwrap_or_default();
        if let Some(end) = near.find(';') {
            out.push_str(&referred(&rest[..end]));
            rest = &rest[end + 1..];
        } else {
            out.push('&');
        }
    }
    out + rest
}

/// Things with named values, gathered by what they are called.
#[derive(Default)]
struct Records {
    groups: Vec<Group>,
    places: HashMap<String, usize>,
    cells: usize,
}

struct Group {
    name: String,
    columns: Vec<String>,
    places: HashMap<String, usize>,
    rows: Vec<Vec<String>>,
}

impl Records {
    fn add(&mut self, name: &str, fields: Vec<(String, String)>) -> Result<(), Unread> {
        if fields.iter().all(|(_, value)| value.trim().is_empty()) {
            return Ok(());
        }
        let place = *self.places.entry(name.to_owned()).or_insert(self.groups.len());
        if place == self.groups.len() {
            self.groups.push(Group { name: name.to_owned(), columns: Vec::new(), places: HashMap::new(), rows: Vec::new() });
        }
        let Some(group) = self.groups.get_mut(place) else { return Ok(()) };
        let row = group.row(fields);
        self.cells += row.len();
        group.rows.push(row);
        if self.cells > CELLS { Err(Unread::Bound("more values than are read".to_owned())) } else { Ok(()) }
    }

    /// What repeats is a table; what does not is lines.
    fn write(self, draft: &mut Draft) -> Result<(), Unread> {
        for group in self.groups {
            if group.rows.len() == 1 {
                draft.text(Spot::Body, group.lines())?;
            } else {
                let rows = std::iter::once(group.columns).chain(group.rows).collect();
                draft.table(Spot::Body, Some(group.name).filter(|name| !name.is_empty()), rows)?;
            }
        }
        Ok(())
    }

    fn lines(&self) -> String {
        self.groups.iter().map(Group::lines).collect()
    }
}

impl Group {
    /// Values in their columns; a name that repeats in one thing adds to the value before.
    fn row(&mut self, fields: Vec<(String, String)>) -> Vec<String> {
        let mut row: Vec<String> = Vec::new();
        for (name, value) in fields {
            let next = self.columns.len();
            let known = self.places.get(&name).copied();
            let place = known.unwrap_or_else(|| if next < COLUMNS { self.place(name.clone()) } else { COLUMNS - 1 });
            if row.len() <= place {
                row.resize(place + 1, String::new());
            }
            let Some(cell) = row.get_mut(place) else { continue };
            if !cell.is_empty() {
                cell.push_str("; ");
            }
            if known.is_none() && next >= COLUMNS {
                cell.push_str(&name);
                cell.push_str(": ");
            }
            cell.push_str(&value);
        }
        row
    }

    fn place(&mut self, name: String) -> usize {
        self.columns.push(name.clone());
        self.places.insert(name, self.columns.len() - 1);
        self.columns.len() - 1
    }

    fn lines(&self) -> String {
        let mut lines = String::new();
        for row in &self.rows {
            for (name, value) in self.columns.iter().zip(row).filter(|(_, value)| !value.trim().is_empty()) {
                lines.push_str(&format!("{name}: {value}\n"));
            }
        }
        lines
    }
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;
