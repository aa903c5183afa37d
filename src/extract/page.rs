//! A text/html body as a reader sees it: text without tags, blocks parted, what is hidden left out, what is quoted apart.
//!
//! Tokens come from html5gum (HTML standard, section 13.2.5). Elements are followed loosely: an end tag ends the newest element
//! of its name, a block's end also what was left open in it. Where that is wrong a word is called quoted that is not, or the
//! other way; none is lost, for hidden text is kept in the second reading.

use std::convert::Infallible;
use std::ops::Range;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::Body;
use crate::message::quote;

/// Elements that are followed; deeper ones count as what holds them.
const DEPTH: usize = 128;
/// Octets of a block's text that are looked at as an attribution.
const ATTRIBUTION: usize = 400;

/// Takes a body apart.
pub(super) fn read(html: &str) -> Body {
    let mut page = Page { own: String::with_capacity(html.len() / 2), ..Page::default() };
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| page.read(event));
    emitter.naively_switch_states(true);
    let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    Body { own: page.own, quoted: page.quoted, whole: page.whole }
}

/// Where in a page earlier mails are quoted, in octets of it, in order.
pub(super) fn quotes(html: &str) -> Vec<Range<usize>> {
    let (mut page, mut quotes, mut begun) = (Page::default(), Vec::new(), None);
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, span: Span<usize>| {
        page.read(event);
        match (page.quotes > 0 || page.is_open, begun) {
            (true, None) => begun = Some(span.start),
            (false, Some(start)) => {
                quotes.push(start..span.end);
                begun = None;
            }
            _ => {}
        }
        None
    });
    emitter.naively_switch_states(true);
    let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    quotes.extend(begun.map(|start| start..html.len()));
    quotes
}

#[derive(Default)]
struct Page {
    own: String,
    quoted: String,
    /// All own text, from the first hidden piece on.
    whole: Option<String>,
    open: Vec<Open>,
    hidden: usize,
    quotes: usize,
    /// An open quote has begun: all that follows is quoted.
    is_open: bool,
    /// A rule or border above which a header block may stand has just been met.
    may_open: bool,
    /// Where the newest block of own text begins.
    block: usize,
    tag: Tag,
}

/// An element that is open.
struct Open {
    name: Vec<u8>,
    hides: bool,
    quotes: bool,
}

/// The start tag that is being read.
#[derive(Default)]
struct Tag {
    name: Vec<u8>,
    attribute: Vec<u8>,
    hides: bool,
    quotes: bool,
    opens: bool,
    may_open: bool,
    /// A text that is shown though it is an attribute's: what stands in place of a picture.
    alt: Option<String>,
}

impl Tag {
    fn read_value(&mut self, value: &[u8]) {
        let has = |class: &str| value.split(u8::is_ascii_whitespace).any(|word| word == class.as_bytes());
        match (self.attribute.as_slice(), self.name.as_slice()) {
            (b"style", _) => {
                let style = squeezed(value);
                self.hides |= hides(&style);
                self.may_open |= style.contains("border-top:solid");
            }
            (b"type", b"blockquote") => self.quotes |= value.eq_ignore_ascii_case(b"cite"),
            (b"class", b"blockquote" | b"div") => {
                let marks = ["gmail_quote", "gmail_quote_container", "moz-cite-prefix", "yahoo_quoted", "protonmail_quote"];
                self.quotes |= marks.into_iter().any(has);
            }
            (b"id", b"div") => {
                self.quotes |= value == b"mail-editor-reference-message-container";
                self.opens |= value.ends_with(b"divRplyFwdMsg");
                self.may_open |= value == b"appendonsend";
            }
            (b"alt", b"img") => self.alt = Some(String::from_utf8_lossy(value).into_owned()),
            _ => {}
        }
    }
}

impl Page {
    fn read(&mut self, event: CallbackEvent<'_>) -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = Tag { name: name.to_vec(), hides: is_never_shown(name), ..Tag::default() };
            }
            CallbackEvent::AttributeName { name } => {
                name.clone_into(&mut self.tag.attribute);
                self.tag.hides |= name == b"hidden";
            }
            CallbackEvent::AttributeValue { value } => self.tag.read_value(value),
            CallbackEvent::CloseStartTag { self_closing } => self.start(self_closing),
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } => self.text(&String::from_utf8_lossy(value)),
            _ => {}
        }
        None
    }

    fn start(&mut self, self_closing: bool) {
        let tag = std::mem::take(&mut self.tag);
        self.is_open |= tag.opens;
        self.may_open |= tag.may_open || tag.name == b"hr";
        let parts = is_block(&tag.name);
        if parts {
            self.part();
        }
        if tag.quotes && self.quotes == 0 && !self.is_open {
            self.give_attribution();
        }
        if let Some(alt) = tag.alt.filter(|alt| !alt.is_empty()) {
            self.text(&format!(" {alt} "));
        }
        let in_svg = self_closing && !parts;
        if !is_void(&tag.name) && !in_svg && self.open.len() < DEPTH {
            self.hidden += usize::from(tag.hides);
            self.quotes += usize::from(tag.quotes);
            self.open.push(Open { name: tag.name, hides: tag.hides, quotes: tag.quotes });
        }
    }

    fn end(&mut self, name: &[u8]) {
        if is_block(name) {
            self.part();
        }
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else { return };
        let range = if is_block(name) { at..self.open.len() } else { at..at + 1 };
        for gone in self.open.drain(range) {
            self.hidden -= usize::from(gone.hides);
            self.quotes -= usize::from(gone.quotes);
        }
    }

    fn text(&mut self, text: &str) {
        if self.may_open && !text.trim().is_empty() {
            self.may_open = false;
            self.is_open |= quote::is_from(text);
        }
        if self.own.len() == self.block && quote::is_divider(text) {
            self.is_open = true;
        }
        if self.quotes > 0 || self.is_open {
            return self.quoted.push_str(text);
        }
        if self.hidden > 0 {
            return self.whole.get_or_insert_with(|| self.own.clone()).push_str(text);
        }
        self.own.push_str(text);
        if let Some(whole) = &mut self.whole {
            whole.push_str(text);
        }
    }

    /// A block begins or ends: words do not run on over it.
    fn part(&mut self) {
        for text in [Some(&mut self.own), Some(&mut self.quoted), self.whole.as_mut()].into_iter().flatten() {
            if !text.ends_with('\n') {
                text.push('\n');
            }
        }
        self.block = self.own.len();
    }

    /// The line above a quote that says whose it is belongs to the quote.
    fn give_attribution(&mut self) {
        let near = self.own.floor_char_boundary(self.own.len().saturating_sub(ATTRIBUTION));
        let tail = self.own[near..].trim_end();
        let Some(line) = tail.rfind('\n').map(|at| near + at + 1).or((near == 0).then_some(0)) else { return };
        if quote::is_attribution(&self.own[line..].replace(['\r', '\n'], " ")) {
            let attribution = self.own.split_off(line);
            self.quoted.push_str(&attribution);
            self.block = self.own.len();
        }
    }
}

fn squeezed(value: &[u8]) -> String {
    String::from_utf8_lossy(value).chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
}

/// Elements whose text no client shows.
fn is_never_shown(name: &[u8]) -> bool {
    matches!(name, b"script" | b"style" | b"template" | b"title" | b"datalist" | b"noembed" | b"noframes")
}

/// Whether a style, without white space, hides.
fn hides(style: &str) -> bool {
    let is_nothing = |property: &str| {
        let rest = style.find(property).and_then(|at| style.get(at + property.len()..));
        rest.is_some_and(|value| !value.starts_with(['.', '1', '2', '3', '4', '5', '6', '7', '8', '9']))
    };
    ["display:none", "visibility:hidden", "visibility:collapse", "mso-hide:all"].iter().any(|rule| style.contains(rule))
        || ["opacity:0", "font-size:0", "max-height:0"].iter().any(|rule| is_nothing(rule))
}

fn is_void(name: &[u8]) -> bool {
    matches!(
        name,
        b"area"
            | b"base"
            | b"br"
            | b"col"
            | b"embed"
            | b"hr"
            | b"img"
            | b"input"
            | b"link"
            | b"meta"
            | b"source"
            | b"track"
            | b"wbr"
    )
}

/// Whether text before and after a tag stands on lines, or in cells, of its own.
fn is_block(name: &[u8]) -> bool {
    matches!(
        name,
        b"address"
            | b"article"
            | b"aside"
            | b"blockquote"
            | b"body"
            | b"br"
            | b"caption"
            | b"center"
            | b"dd"
            | b"details"
            | b"div"
            | b"dl"
            | b"dt"
            | b"fieldset"
            | b"figcaption"
            | b"figure"
            | b"footer"
            | b"form"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"head"
            | b"header"
            | b"hr"
            | b"html"
            | b"legend"
            | b"li"
            | b"main"
            | b"nav"
            | b"ol"
            | b"option"
            | b"p"
            | b"pre"
            | b"section"
            | b"select"
            | b"summary"
            | b"table"
            | b"tbody"
            | b"td"
            | b"textarea"
            | b"tfoot"
            | b"th"
            | b"thead"
            | b"title"
            | b"tr"
            | b"ul"
    )
}
