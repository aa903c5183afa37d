//! HTML of strangers, written anew from its tokens: only elements and attributes that are named here.
//!
//! In: the text of a text/html part. Out: HTML for the inside of a div. None of the elements written changes how a reader splits
//! text into tags (no script, style, textarea, svg …), and all text is escaped; so whatever the text meant to its own reader, ours
//! sees the named elements and text, and nothing else. Where an element is unknown its text stays; what scripts and styles say is
//! gone. One pass, no recursion; elements deeper than [`DEPTH`] are left out, their text stays.

use std::convert::Infallible;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::pictures::Pictures;
use super::{escape, style};

/// Elements open at a time.
const DEPTH: usize = 256;

/// Elements that are written, and closed where the mail forgets to.
const PAIRED: [&str; 45] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "big",
    "blockquote",
    "caption",
    "center",
    "cite",
    "code",
    "del",
    "dfn",
    "div",
    "dl",
    "em",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "i",
    "ins",
    "kbd",
    "ol",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "u",
    "ul",
];
/// Elements that are written, and that a reader closes by itself (HTML standard, section 13.1.2.4), or that hold nothing.
const UNPAIRED: [&str; 15] =
    ["br", "col", "colgroup", "dd", "dt", "figcaption", "hr", "li", "p", "tbody", "td", "tfoot", "th", "thead", "tr"];
/// Elements that go with all that is in them.
const SILENT: [&str; 7] = ["iframe", "noembed", "noframes", "script", "style", "template", "title"];
/// Attributes that are kept wherever they stand; none of them names anything to fetch.
const ATTRIBUTES: [&str; 20] = [
    "align",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "color",
    "colspan",
    "dir",
    "face",
    "height",
    "lang",
    "nowrap",
    "rowspan",
    "scope",
    "size",
    "span",
    "start",
    "title",
    "valign",
    "width",
];

/// Adds a text's HTML.
pub(super) fn write(out: &mut String, html: &str, pictures: &mut Pictures<'_>) {
    let mut page = Page { out, pictures, open: Vec::new(), silent: None, tag: Tag::default() };
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| page.read(event));
    emitter.naively_switch_states(true);
    let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    page.finish();
}

struct Page<'p, 'm> {
    out: &'p mut String,
    pictures: &'p mut Pictures<'m>,
    /// Paired elements that are open.
    open: Vec<&'static str>,
    /// The silent element that is being passed over, and how often it was opened.
    silent: Option<(&'static str, usize)>,
    tag: Tag,
}

/// The start tag that is being read.
#[derive(Default)]
struct Tag {
    name: String,
    attribute: String,
    /// What is kept of its attributes, ready to be written.
    kept: String,
    style: String,
    src: Option<String>,
    alt: Option<String>,
}

impl Tag {
    fn read_value(&mut self, value: &str) {
        match (self.name.as_str(), self.attribute.as_str()) {
            (_, "style") => self.style.push_str(&style::kept(value)),
            ("body", "bgcolor") => self.style.push_str(&style::kept(&format!("background-color:{value}"))),
            ("body", "text") => self.style.push_str(&style::kept(&format!("color:{value}"))),
            ("img", "src") => self.src = self.src.take().or_else(|| Some(value.to_owned())),
            ("img", "alt") => self.alt = self.alt.take().or_else(|| Some(value.to_owned())),
            ("a", "href") => {
                if let Some(address) = link(value) {
                    self.keep("href", &address);
                }
            }
            (_, name) => {
                if let Some(name) = ATTRIBUTES.iter().find(|known| **known == name) {
                    self.keep(name, value);
                }
            }
        }
    }

    /// Keeps an attribute; of one that stands twice a reader takes the first.
    fn keep(&mut self, name: &str, value: &str) {
        self.kept.push(' ');
        self.kept.push_str(name);
        self.kept.push_str("=\"");
        escape(&mut self.kept, value);
        self.kept.push('"');
    }
}

impl Page<'_, '_> {
    fn read(&mut self, event: CallbackEvent<'_>) -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag { name } => self.tag = Tag { name: text(name), ..Tag::default() },
            CallbackEvent::AttributeName { name } => self.tag.attribute = text(name),
            CallbackEvent::AttributeValue { value } => self.tag.read_value(&text(value)),
            CallbackEvent::CloseStartTag { .. } => self.start(),
            CallbackEvent::EndTag { name } => self.end(&text(name)),
            CallbackEvent::String { value } if self.silent.is_none() => escape(self.out, &text(value)),
            _ => {}
        }
        None
    }

    fn start(&mut self) {
        let tag = std::mem::take(&mut self.tag);
        if let Some((name, times)) = &mut self.silent {
            *times += usize::from(*name == tag.name);
            return;
        }
        if let Some(name) = known(&SILENT, &tag.name) {
            self.silent = Some((name, 1));
        } else if tag.name == "img" {
            self.picture(&tag);
        } else if let Some(name) = known(&UNPAIRED, &tag.name) {
            self.tag(name, &tag);
        } else if let Some(name) = known(&PAIRED, if tag.name == "body" { "div" } else { &tag.name })
            && self.open.len() < DEPTH
        {
            self.tag(name, &tag);
            self.open.push(name);
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((silent, times)) = &mut self.silent {
            *times -= usize::from(*silent == name);
            self.silent = self.silent.filter(|(_, times)| *times > 0);
        } else if let Some(at) = self.open.iter().rposition(|open| *open == name) {
            self.open.remove(at);
            self.close(name);
        } else if known(&UNPAIRED, name).is_some() && name != "br" {
            self.close(name);
        }
    }

    fn finish(&mut self) {
        while let Some(name) = self.open.pop() {
            self.close(name);
        }
    }

    fn tag(&mut self, name: &str, tag: &Tag) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push_str(&tag.kept);
        if !tag.style.is_empty() {
            self.out.push_str(" style=\"");
            escape(self.out, &tag.style);
            self.out.push('"');
        }
        if name == "a" {
            // The page it leads to learns nothing of this one, and has no hold on it.
            self.out.push_str(" rel=\"noopener noreferrer nofollow\" target=\"_blank\"");
        }
        self.out.push('>');
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// A picture of the mail's own; of one that is elsewhere or none, its words.
    fn picture(&mut self, tag: &Tag) {
        let alt = tag.alt.as_deref().unwrap_or_default();
        match tag.src.as_deref().and_then(|src| self.pictures.address(src)) {
            Some(address) => {
                self.out.push_str("<img src=\"");
                self.out.push_str(&address);
                self.out.push_str("\" alt=\"");
                escape(self.out, alt);
                self.out.push('"');
                self.out.push_str(&tag.kept);
                self.out.push('>');
            }
            None if alt.trim().is_empty() => {}
            None => {
                self.out.push('[');
                escape(self.out, alt);
                self.out.push(']');
            }
        }
    }
}

/// The address of a link that leads to the web, to a mail or to a telephone; a browser drops control signs and spaces around it,
/// so they are dropped before its scheme is read.
fn link(href: &str) -> Option<String> {
    let address: String = href.trim().chars().filter(|c| !c.is_control()).collect();
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase())?;
    ["http", "https", "mailto", "tel"].contains(&scheme.as_str()).then_some(address)
}

fn known(names: &[&'static str], name: &str) -> Option<&'static str> {
    names.iter().copied().find(|known| *known == name)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
