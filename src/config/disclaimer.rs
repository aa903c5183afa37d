//! `[disclaimer.NAME]`: the school's confidentiality notice.

use std::collections::BTreeMap;

use super::mistake::{Mistake, nearest};
use super::model::{Disclaimer, IfImpossible, NoticePlace};
use super::reader::{Reader, Table, Value, named};
use crate::base::limits;

pub(super) const DISCLAIMER: &[&str] = &["text", "text_file", "html", "html_file", "place", "once_per_thread", "if_impossible"];
const PLACEHOLDERS: [&str; 3] = ["sender.name", "sender.address", "school.name"];

/// Reads every `[disclaimer.NAME]`.
pub(super) fn read<'t>(r: &mut Reader<'t>, root: &Table<'t>) -> BTreeMap<String, Disclaimer> {
    let mut all = BTreeMap::new();
    for (name, section) in named(r, root.get("disclaimer")) {
        let title = format!("[disclaimer.{name}]");
        let Some(table) = r.open(&section, &title, DISCLAIMER, &[]) else { continue };
        all.extend(one(r, &table, &name).map(|disclaimer| (name, disclaimer)));
    }
    all
}

fn one<'t>(r: &mut Reader<'t>, table: &Table<'t>, name: &str) -> Option<Disclaimer> {
    const PLACES: [(&str, NoticePlace); 2] = [("end", NoticePlace::End), ("above-quote", NoticePlace::AboveQuote)];
    const WAYS: [(&str, IfImpossible); 4] = [
        ("send-without", IfImpossible::SendWithout),
        ("wrap", IfImpossible::Wrap),
        ("hold", IfImpossible::Hold),
        ("reject", IfImpossible::Reject),
    ];
    let text = form(r, table, "text", "text_file");
    if table.get("text").is_none() && table.get("text_file").is_none() {
        r.lacking(&table.span, format!("{} has no text", table.title)).help("write text = \"…\" or text_file = \"notice.txt\"");
    }
    let html = form(r, table, "html", "html_file");
    let place = table.get("place").map_or(Some(NoticePlace::End), |v| r.word(&v, &PLACES));
    let once_per_thread = table.get("once_per_thread").map_or(Some(false), |v| r.flag(&v));
    let if_impossible = table.get("if_impossible").map_or(Some(IfImpossible::SendWithout), |v| r.word(&v, &WAYS));
    let text = text?;
    Some(Disclaimer {
        name: name.to_owned(),
        html: html.unwrap_or_else(|| html_of(&text)),
        text,
        place: place?,
        once_per_thread: once_per_thread?,
        if_impossible: if_impossible?,
    })
}

/// A form of the notice, written here or in a file.
fn form<'t>(r: &mut Reader<'t>, table: &Table<'t>, here: &'static str, file: &'static str) -> Option<String> {
    if table.get(here).is_some() && table.get(file).is_some() {
        r.wrong(&table.key_span(file), format!("both `{here}` and `{file}` are given")).help("keep one of the two");
    }
    if let Some(v) = table.get(here) {
        let text = r.text(&v).map(|text| tidy(&text))?;
        let wrong = unknown_placeholders(&text);
        for (_, word) in &wrong {
            placeholder_help(r.wrong(&v.span, no_such(word)), word);
        }
        return not_empty(r, &v, text).filter(|_| wrong.is_empty());
    }
    let v = table.get(file)?;
    let (path, text) = r.contents(&v, limits::NOTICE_OCTETS)?;
    let wrong = unknown_placeholders(&text);
    for (at, word) in &wrong {
        let mut mistake = Mistake::within(&path.display().to_string(), &text, *at..at + word.len() + 2, no_such(word));
        placeholder_help(&mut mistake, word);
        r.found.mistakes.push(mistake);
    }
    let text = tidy(&text);
    not_empty(r, &v, text).filter(|_| wrong.is_empty())
}

fn no_such(word: &str) -> String {
    format!("there is no placeholder {{{word}}}")
}

fn placeholder_help(mistake: &mut Mistake, word: &str) {
    let suggestion = nearest(word, PLACEHOLDERS).map(|word| format!("{{{word}}}"));
    mistake.suggest(suggestion).help("there are {sender.name}, {sender.address} and {school.name}");
}

fn not_empty(r: &mut Reader<'_>, value: &Value<'_>, text: String) -> Option<String> {
    if text.trim().is_empty() {
        r.wrong(&value.span, "this notice is empty").help("write what recipients shall read");
        return None;
    }
    Some(text)
}

/// Lines parted by `\n`, without empty lines at the end.
fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim_end().to_owned()
}

/// Words in braces that look like placeholders (`{sender.nmae}`, not CSS such as `{color: red}`) and are none, with their places.
fn unknown_placeholders(text: &str) -> Vec<(usize, String)> {
    let starts = text.match_indices('{');
    let word = |(at, _): (usize, &str)| {
        let inner = text[at + 1..].split_once('}')?.0;
        let one_word = !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphabetic() || c == '.' || c == '_');
        let meant = one_word && (inner.contains('.') || nearest(inner, PLACEHOLDERS).is_some());
        (meant && !PLACEHOLDERS.contains(&inner)).then(|| (at, inner.to_owned()))
    };
    starts.filter_map(word).collect()
}

/// The HTML form of a text: its paragraphs, with line ends kept.
fn html_of(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let paragraphs = escaped.split("\n\n").map(|p| format!("<p>{}</p>", p.trim_matches('\n').replace('\n', "<br>\n")));
    paragraphs.collect::<Vec<_>>().join("\n")
}
