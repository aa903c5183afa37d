//! Pages of HTML, and SVG, as files.
//!
//! In: a file. Out: the text that a browser shows, what it hides, tables, what stands in attributes and scripts, files in `data:` addresses,
//! and whether the page acts. The text is read by [`page`], as that of a mail's body is; a second pass over the tokens finds the rest. A
//! table stands in the text too: whether it is data or layout cannot be told. Can fail: a bound.

use std::convert::Infallible;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::{Draft, plain};
use crate::extract::contents::{Spot, Trait, Unread};
use crate::extract::{charset, page};
use crate::message;

/// Tables in tables that are told apart.
const DEPTH: usize = 32;
/// Octets of scripts that are kept: what they carry is data, but rarely text.
const SCRIPT: usize = 512 << 10;
/// Files in addresses that are taken out.
const FILES: usize = 200;

/// Reads a page or a drawing.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let text = page_text(bytes);
    if draft.file.kind == crate::extract::Kind::Svg {
        let look = look(&text);
        plain::xml(bytes, draft)?;
        return look.write(draft);
    }
    page_of(&text, draft)
}

/// The encoding is what a mark, or one of the first tags, says (HTML standard, section 13.2.3.2).
fn page_text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    if charset::encoding(bytes).is_some() {
        return charset::text(bytes);
    }
    let head = String::from_utf8_lossy(bytes.get(..1024).unwrap_or(bytes)).to_ascii_lowercase();
    let label = head.split("charset=").nth(1).map(|rest| rest.trim_start_matches(['"', '\'', ' ']));
    let label = label.and_then(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next());
    message::text_in(label.filter(|label| !label.starts_with("utf-16") && std::str::from_utf8(bytes).is_err()), bytes)
}

/// Reads a page that is text already.
pub(super) fn page_of(text: &str, draft: &mut Draft) -> Result<(), Unread> {
    let body = page::read(text);
    draft.text(Spot::Body, body.own)?;
    draft.text(Spot::Body, body.quoted)?;
    draft.text(Spot::Hidden, body.whole.unwrap_or_default())?;
    look(text).write(draft)
}

/// The shown text alone.
pub(super) fn shown(text: &str) -> String {
    let body = page::read(text);
    body.own + &body.quoted
}

/// What acts in a page that is part of something else.
pub(super) fn mark(text: &str, draft: &mut Draft) {
    for what in look(text).traits {
        draft.mark(what);
    }
}

fn look(text: &str) -> Look {
    let mut look = Look::default();
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| look.read(event));
    emitter.naively_switch_states(true);
    let Ok(()) = Tokenizer::new_with_emitter(text, emitter).finish();
    while let Some(table) = look.open.pop() {
        look.keep(table);
    }
    look
}

#[derive(Default)]
struct Look {
    tag: String,
    attribute: String,
    attributes: Vec<(String, String)>,
    /// The element whose text is kept apart: a script or the title.
    inside: Option<&'static str>,
    script: String,
    title: String,
    comments: String,
    traits: Vec<Trait>,
    /// Tables that are open.
    open: Vec<Table>,
    tables: Vec<Vec<Vec<String>>>,
    /// Label, text and place of what stands in attributes.
    said: Vec<(Spot, String, String)>,
    files: Vec<(String, Vec<u8>)>,
}

#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    in_cell: bool,
}

impl Look {
    fn read(&mut self, event: CallbackEvent<'_>) -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = String::from_utf8_lossy(name).into_owned();
                self.attributes.clear();
            }
            CallbackEvent::AttributeName { name } => {
                self.attribute = String::from_utf8_lossy(name).to_ascii_lowercase();
                self.attributes.push((self.attribute.clone(), String::new()));
            }
            CallbackEvent::AttributeValue { value } => {
                if let Some((_, held)) = self.attributes.last_mut() {
                    held.push_str(&String::from_utf8_lossy(value));
                }
            }
            CallbackEvent::CloseStartTag { self_closing } => self.start(self_closing),
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } => self.text(&String::from_utf8_lossy(value)),
            CallbackEvent::Comment { value } => {
                self.comments.push_str(&String::from_utf8_lossy(value));
                self.comments.push('\n');
            }
            _ => {}
        }
        None
    }

    fn start(&mut self, self_closing: bool) {
        let attributes = std::mem::take(&mut self.attributes);
        let tag = std::mem::take(&mut self.tag);
        self.judge(&tag, &attributes);
        self.take(&tag, &attributes);
        match tag.as_str() {
            "script" if !self_closing => self.inside = Some("script"),
            "title" if !self_closing => self.inside = Some("title"),
            "table" if self.open.len() < DEPTH => self.open.push(Table::default()),
            "tr" => self.with_table(|table| {
                table.rows.push(Vec::new());
                table.in_cell = false;
            }),
            "td" | "th" => self.with_table(|table| {
                if table.rows.is_empty() {
                    table.rows.push(Vec::new());
                }
                if let Some(row) = table.rows.last_mut() {
                    row.push(String::new());
                }
                table.in_cell = true;
            }),
            "br" | "p" | "div" | "li" => self.text(" "),
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            b"script" | b"title" => self.inside = None,
            b"td" | b"th" | b"tr" => self.with_table(|table| table.in_cell = false),
            b"table" => {
                if let Some(table) = self.open.pop() {
                    self.keep(table);
                }
            }
            _ => {}
        }
    }

    fn with_table(&mut self, change: impl FnOnce(&mut Table)) {
        if let Some(table) = self.open.last_mut() {
            change(table);
        }
    }

    fn text(&mut self, text: &str) {
        match self.inside {
            Some("script") => {
                let room = SCRIPT.saturating_sub(self.script.len());
                self.script.push_str(text.get(..text.floor_char_boundary(room.min(text.len()))).unwrap_or_default());
                if !text.trim().is_empty() {
                    self.traits.push(Trait::ActiveHtml);
                }
            }
            Some(_) => self.title.push_str(text),
            None => self.with_table(|table| {
                if let Some(cell) = table.rows.last_mut().and_then(|row| row.last_mut()).filter(|_| table.in_cell) {
                    cell.push_str(text);
                }
            }),
        }
    }

    /// Rows and columns, or it is a frame for something else.
    fn keep(&mut self, mut table: Table) {
        for cell in table.rows.iter_mut().flatten() {
            *cell = cell.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        let filled = |row: &&Vec<String>| row.iter().filter(|cell| !cell.is_empty()).count() >= 2;
        if table.rows.iter().filter(filled).count() >= 2 {
            self.tables.push(table.rows);
        }
    }

    /// Whether an element acts, or loads from elsewhere.
    fn judge(&mut self, tag: &str, attributes: &[(String, String)]) {
        let get = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim().to_ascii_lowercase());
        let has =
            |name: &str, begins: &[&str]| get(name).is_some_and(|value| begins.iter().any(|begin| value.starts_with(begin)));
        let addresses = ["href", "src", "action", "formaction", "data", "xlink:href", "srcdoc"];
        let is_script = |value: &str| squeezed(value).starts_with("javascript:") || squeezed(value).starts_with("vbscript:");
        let acts = attributes.iter().any(|(key, value)| {
            (key.len() > 3 && key.starts_with("on")) || addresses.contains(&key.as_str()) && is_script(value)
        }) || matches!(tag, "object" | "embed" | "applet")
            || (tag == "script" && get("src").is_some())
            || get("srcdoc").is_some()
            || (tag == "meta"
                && has("http-equiv", &["refresh"])
                && get("content").is_some_and(|content| content.contains("url")))
            || (["form", "a", "iframe"].contains(&tag)
                && addresses.iter().any(|name| has(name, &["data:text/html", "data:application"])));
        let loads = ["img", "iframe", "script", "link", "object", "embed", "frame", "image", "use", "video", "audio", "source"]
            .contains(&tag)
            && addresses.iter().any(|name| has(name, &["http:", "https:", "//", "file:", "\\\\"]));
        self.traits.extend(acts.then_some(Trait::ActiveHtml));
        self.traits.extend(loads.then_some(Trait::RemoteContent));
    }

    /// What stands in attributes: fields of a form, words about the page, tips, files.
    fn take(&mut self, tag: &str, attributes: &[(String, String)]) {
        let get = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
        match tag {
            "input" | "button" | "option" => {
                let is_hidden = get("type").eq_ignore_ascii_case("hidden");
                self.said.push((if is_hidden { Spot::Hidden } else { Spot::FormField }, get("name"), get("value")));
            }
            "meta" if !get("name").is_empty() => self.said.push((Spot::Property, get("name"), get("content"))),
            _ => {}
        }
        let title = get("title");
        if !title.is_empty() {
            self.said.push((Spot::Hidden, "title".to_owned(), title));
        }
        for (_, value) in attributes {
            if let Some(file) = data_file(value).filter(|_| self.files.len() < FILES) {
                self.traits.push(Trait::EmbeddedObject);
                let download = get("download");
                let name = if download.is_empty() { file.0 } else { download };
                self.files.push((name, file.1));
            }
        }
    }

    fn write(mut self, draft: &mut Draft) -> Result<(), Unread> {
        self.traits.sort_unstable();
        self.traits.dedup();
        for what in self.traits {
            draft.mark(what);
        }
        draft.labelled(Spot::Property, "title", self.title)?;
        for table in self.tables {
            draft.table(Spot::Body, None, table)?;
        }
        for (spot, label, text) in self.said {
            draft.labelled(spot, &label, text)?;
        }
        draft.labelled(Spot::Hidden, "script", self.script)?;
        draft.labelled(Spot::Hidden, "comment", self.comments)?;
        for (name, bytes) in self.files {
            draft.spend_file()?;
            draft.nest(&name, bytes);
        }
        Ok(())
    }
}

/// What a browser sees of an address: without white space and controls.
fn squeezed(value: &str) -> String {
    value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(16).flat_map(char::to_lowercase).collect()
}

/// The file in a `data:` address (RFC 2397) in base64, but for pictures and fonts; named by its type.
pub(super) fn data_file(value: &str) -> Option<(String, Vec<u8>)> {
    let rest = value.trim_start();
    let rest = rest.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:")).and_then(|_| rest.get(5..))?;
    let (kind, data) = rest.split_once(',')?;
    let kind = kind.to_ascii_lowercase();
    let media = kind.strip_suffix(";base64")?.split(';').next().unwrap_or_default().to_owned();
    let is_picture = ["image/", "font/", "application/font", "application/x-font"].iter().any(|begin| media.starts_with(begin));
    let has_text = media == "image/svg+xml" || !is_picture;
    has_text.then(|| (format!("data ({media})"), message::from_base64(data.as_bytes())))
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
