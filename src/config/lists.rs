//! `[list.NAME]`: people, domains and words that rules name as `@NAME`.

use super::mistake::Mistake;
use super::model::{List, RollFile};
use super::reader::{Reader, Table, Value, named};
use crate::base::{Address, Domain, limits};

pub(super) const LIST: &[&str] = &["addresses", "domains", "words", "file", "words_file", "csv", "columns"];

/// Keys of `columns`; `detect::roll::COLUMNS` says what each is.
const COLUMNS: &[&str] = &["upn", "uln", "nhs_number", "email", "mobile", "surname", "forename", "date_of_birth", "postcode"];

/// Wrong lines of one file that are named; a file of another kind would fill the screen.
const NAMED: usize = 10;

/// Reads every `[list.NAME]` into the reader, so that rules can look names up.
pub(super) fn read<'t>(r: &mut Reader<'t>, root: &Table<'t>) {
    for (name, section) in named(r, root.get("list")) {
        let title = format!("[list.{name}]");
        let Some(table) = r.open(&section, &title, LIST, &[]) else { continue };
        let list = one(r, &table);
        r.lists.insert(name, list);
    }
}

fn one<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> List {
    let mut list = List::default();
    if let Some(v) = table.get("addresses") {
        list.addresses = r.each(&v, Reader::address);
    }
    if let Some(v) = table.get("domains") {
        list.domains = r.each(&v, Reader::domain);
    }
    if let Some(v) = table.get("words") {
        list.words = r.each(&v, Reader::line_of_text);
    }
    if let Some(v) = table.get("file") {
        from_file(r, &v, &mut list);
    }
    if let Some(v) = table.get("words_file") {
        words_from_file(r, &v, &mut list);
    }
    list.roll = roll(r, table);
    if !["addresses", "domains", "words", "file", "words_file", "csv"].into_iter().any(|key| table.get(key).is_some()) {
        r.warn(&table.span, format!("{} is empty, so nothing is ever on it", table.title));
    }
    list
}

/// `csv` and `columns`, which belong together; the file must have the columns. What stands in it is read where it is used.
fn roll<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<RollFile> {
    let (csv, columns) = match (table.get("csv"), table.get("columns")) {
        (None, None) => return None,
        (Some(csv), Some(columns)) => (csv, columns),
        (Some(_), None) => {
            r.lacking(&table.span, "`csv` needs `columns`")
                .help("columns = { upn = \"UPN\", surname = \"Surname\", forename = \"Forename\" }");
            return None;
        }
        (None, Some(columns)) => {
            r.wrong(&columns.span, "`columns` needs `csv`, the file that has them");
            return None;
        }
    };
    let named = r.open(&columns, "columns", COLUMNS, &[])?;
    let mut pairs = Vec::new();
    for key in COLUMNS {
        if let Some(value) = named.get(key) {
            pairs.push(((*key).to_owned(), r.line_of_text(&value)?, value.span.clone()));
        }
    }
    if pairs.is_empty() {
        r.wrong(&columns.span, "`columns` names no column").help(format!("it knows {}", COLUMNS.join(", ")));
    }
    let (path, text) = r.contents(&csv, limits::ROLL_OCTETS)?;
    let header = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let cells: Vec<&str> = header.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"')).collect();
    for (_, name, span) in &pairs {
        if !cells.iter().any(|cell| cell.eq_ignore_ascii_case(name)) {
            r.wrong(span, format!("`{}` has no column \"{name}\"", path.display()))
                .help(format!("its first line names {}", cells.join(", ")));
        }
    }
    Some(RollFile { csv: path, columns: pairs.into_iter().map(|(key, name, _)| (key, name)).collect() })
}

/// One address or domain a line; what follows a comma or semicolon (further columns) is not read, nor are lines with a `#`.
fn from_file<'t>(r: &mut Reader<'t>, value: &Value<'t>, list: &mut List) {
    let Some((path, text)) = r.contents(value, limits::LIST_FILE_OCTETS) else { return };
    let file = path.display().to_string();
    let (mut at, mut wrong) = (0, 0);
    for line in text.split_inclusive('\n') {
        let entry = line.split([',', ';']).next().unwrap_or_default().trim().trim_matches('"');
        if !entry.is_empty() && !entry.starts_with('#') && !add(entry, list) {
            let message = format!("\"{entry}\" is not a mail address or a domain");
            let mut mistake = Mistake::within(&file, &text, at..at + entry.len(), message);
            wrong += 1;
            mistake.help("write one address or domain a line; a # before a line leaves it out");
            r.found.mistakes.push(mistake);
        }
        if wrong == NAMED {
            return;
        }
        at += line.len();
    }
}

/// One word or phrase a line; lines with a `#` are not read, nor are those without a letter or figure.
fn words_from_file<'t>(r: &mut Reader<'t>, value: &Value<'t>, list: &mut List) {
    let Some((_, text)) = r.contents(value, limits::LIST_FILE_OCTETS) else { return };
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#') && line.contains(char::is_alphanumeric));
    list.words.extend(lines.map(str::to_owned));
}

fn add(entry: &str, list: &mut List) -> bool {
    if entry.contains('@') {
        return Address::parse(entry).map(|address| list.addresses.push(address)).is_ok();
    }
    entry.contains('.') && Domain::parse(entry).map(|domain| list.domains.push(domain)).is_ok()
}
