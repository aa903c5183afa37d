//! `[list.NAME]`: people, domains and words that rules name as `@NAME`.

use super::mistake::Mistake;
use super::model::List;
use super::reader::{Reader, Table, Value, named};
use crate::base::{Address, Domain, limits};

pub(super) const LIST: &[&str] = &["addresses", "domains", "words", "file", "words_file", "csv", "columns"];

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
    for key in ["csv", "columns"] {
        if table.get(key).is_some() {
            r.later(&table.key_span(key), &format!("`{key}` (exact match on the school's roll)"));
        }
    }
    if !["addresses", "domains", "words", "file", "words_file", "csv"].into_iter().any(|key| table.get(key).is_some()) {
        r.warn(&table.span, format!("{} is empty, so nothing is ever on it", table.title));
    }
    list
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
