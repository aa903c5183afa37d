//! What one pass over an HTML text finds out: the sender's visible words and the quoted ones, where the body ends as a parser
//! sees it, where the quoted reply begins, and what the text says of its own charset.
//!
//! What follows `</body>` still belongs to the body (HTML standard, section 13.2.6.4.19), so the end is the last `</body>` with
//! nothing but comments, white space and `</html>` after it; else the end of the text; and where a comment, a tag or a raw-text
//! element never ends, the place before it.

use std::ops::Range;

use super::super::presence::Folded;
use super::super::{Spot, View};
use super::Found;
use super::outline::{Outline, Role};
use super::tokens::Tag;
use crate::message::quote;

/// Octets of one block of text that are looked at as a possible attribution.
const ATTRIBUTION: usize = 400;

/// The attribute that marks a notice below open quotes, with their number: known again as this mail's own, since once it is
/// quoted in turn there is one quote more.
pub(super) const MARK: &str = "data-notice";

/// The state of the pass.
#[derive(Debug, Default)]
pub(super) struct Scan {
    own: Folded,
    quoted: Folded,
    outline: Outline,
    /// The `</body>` or `</html>` after which nothing has come yet.
    tail: Option<usize>,
    /// A raw-text element that has not ended.
    raw: Option<usize>,
    /// Where a comment or tag begins that never ends.
    cut: Option<usize>,
    /// The newest comment; what the standard calls a bogus one may lack its end without a word from the tokenizer.
    comment: Range<usize>,
    block: Block,
    /// Where a header block would begin, if one is to follow.
    before_header: Option<usize>,
    quote: Option<Spot>,
    goes_on: bool,
    open_quotes: usize,
    frameset: bool,
    pub meta: Option<(String, Range<usize>)>,
}

/// The newest block of text outside quotes, to tell an attribution above a quote.
#[derive(Debug, Default)]
struct Block {
    at: usize,
    depth: usize,
    text: String,
}

impl Scan {
    pub fn start_tag(&mut self, tag: &Tag) {
        self.tail = None;
        match tag.name {
            b"meta" => self.read_meta(tag),
            b"frameset" => self.frameset = true,
            b"div" | b"p" | b"hr" | b"blockquote" | b"table" => self.begin_block(tag),
            _ => {}
        }
        let role = self.role(tag);
        if role.quote && !self.outline.is_quoted() {
            let at = self.attribution().unwrap_or(tag.range.start);
            self.begin_quote(at);
        }
        if !(tag.self_closing && matches!(tag.name, b"path" | b"rect" | b"g" | b"circle" | b"use")) {
            self.outline.begin(tag.name, tag.range.start, role);
        }
    }

    pub fn end_tag(&mut self, name: &[u8], range: Range<usize>) {
        self.raw = None;
        match name {
            b"body" | b"html" => {
                self.tail.get_or_insert(range.start);
            }
            _ => {
                self.tail = None;
                self.outline.end(name);
            }
        }
    }

    pub fn begin_raw(&mut self, at: usize) {
        self.raw = Some(at);
    }

    pub fn in_foreign(&self) -> bool {
        self.outline.in_foreign()
    }

    pub fn comment(&mut self, range: Range<usize>) {
        self.comment = range;
    }

    pub fn cut_off(&mut self, at: usize) {
        self.cut.get_or_insert(at);
    }

    pub fn text(&mut self, bytes: &[u8]) {
        if self.raw.is_some() || bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        self.tail = None;
        if self.outline.is_hidden() {
            return;
        }
        let blank = is_blank(bytes);
        if !blank && !self.outline.is_quoted() {
            self.read_block(bytes);
        }
        let open = self.open_quotes > 0 && !self.outline.in_notice();
        if self.outline.is_quoted() || open {
            self.quoted.push_bytes(bytes);
        } else {
            let aside = blank || self.outline.in_notice() || self.outline.in_signature();
            self.goes_on |= !aside && self.quote.is_some();
            self.own.push_bytes(bytes);
        }
    }

    /// The places found, after the last token.
    pub fn finish(mut self, html: &str) -> Result<Found, String> {
        if self.frameset && self.own.is_empty() {
            return Err("its HTML is a set of frames".to_owned());
        }
        let endless = self.comment.end == html.len() && !html.ends_with('>') && !self.comment.is_empty();
        let cut = self.cut.into_iter().chain(self.raw).chain(endless.then_some(self.comment.start)).min();
        let at = self.tail.or(cut).unwrap_or(html.len());
        let outside = (self.open_quotes > 0).then_some(self.open_quotes);
        let closing = self.outline.closing(html);
        if !closing.is_ascii() || self.outline.hides_for_good() {
            return Err("its HTML hides what comes at its end".to_owned());
        }
        let end = Spot { at, closing, outside };
        let above = self.quote.take().filter(|_| !self.goes_on);
        Ok((View { own: self.own, quoted: self.quoted, end, above, open_quotes: self.open_quotes }, self.meta))
    }

    fn begin_block(&mut self, tag: &Tag) {
        if self.outline.is_quoted() || tag.name == b"blockquote" {
            return;
        }
        let opens_header = tag.name == b"hr"
            || tag.attributes.get("id").is_some_and(|id| id == b"appendonsend")
            || tag.attributes.squeezed("style").is_some_and(|style| style.contains("border-top:solid"));
        if opens_header && self.outline.takes_block() {
            self.before_header.get_or_insert(tag.range.start);
        }
        if tag.attributes.get("id").is_some_and(|id| id.ends_with(b"divRplyFwdMsg")) {
            let at = self.before_header.take().unwrap_or(tag.range.start);
            self.open_quote(at);
        }
        if tag.name != b"hr" {
            self.block = Block { at: tag.range.start, depth: self.outline.depth(), text: String::new() };
        }
    }

    /// Text outside quotes: it may open a quote by what it says.
    fn read_block(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        if let Some(at) = self.before_header.take()
            && quote::is_from(&text)
        {
            self.open_quote(at);
        } else if self.block.text.is_empty() && quote::is_divider(&text) {
            self.open_quote(self.block.at);
        }
        if self.block.text.len() < ATTRIBUTION {
            self.block.text.push_str(&text);
        }
    }

    /// Where the attribution above a quote begins, where all of the newest block is one.
    fn attribution(&self) -> Option<usize> {
        let near = self.block.depth == self.outline.depth() && quote::is_attribution(&self.block.text.replace(['\r', '\n'], " "));
        near.then_some(self.block.at)
    }

    fn open_quote(&mut self, at: usize) {
        self.begin_quote(at);
        self.open_quotes += 1;
    }

    fn begin_quote(&mut self, at: usize) {
        if self.quote.is_none() && self.outline.takes_block() {
            self.quote = Some(Spot { at, ..Spot::default() });
        }
    }

    fn role(&self, tag: &Tag) -> Role {
        let mark = tag.attributes.get(MARK).and_then(|value| std::str::from_utf8(value).ok());
        Role {
            hidden: conceals(tag),
            quote: is_quote(tag),
            signature: ["moz-signature", "gmail_signature"].iter().any(|word| tag.attributes.has_word("class", word)),
            notice: self.open_quotes > 0 && mark.and_then(|m| m.parse().ok()) == Some(self.open_quotes),
            ..Role::default()
        }
    }

    fn read_meta(&mut self, tag: &Tag) {
        let content = tag.attributes.get("http-equiv").filter(|name| name.eq_ignore_ascii_case(b"content-type"));
        let label = match (tag.attributes.squeezed("charset"), content) {
            (Some(label), _) => Some(label),
            (None, Some(_)) => tag.attributes.squeezed("content").and_then(|c| Some(c.split_once("charset=")?.1.to_owned())),
            _ => None,
        };
        if let (None, Some(label)) = (&self.meta, label) {
            self.meta = Some((label.trim_matches(['"', '\'', ';']).to_owned(), tag.range.clone()));
        }
    }
}

/// White space, as it is seen.
fn is_blank(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).chars().all(|c| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'))
}

/// Elements that clients put around what they quote.
fn is_quote(tag: &Tag) -> bool {
    let class = |word| tag.attributes.has_word("class", word);
    match tag.name {
        b"blockquote" => tag.attributes.get("type").is_some_and(|t| t.eq_ignore_ascii_case(b"cite")) || class("gmail_quote"),
        b"div" => {
            class("gmail_quote")
                || class("gmail_quote_container")
                || class("moz-cite-prefix")
                || class("yahoo_quoted")
                || class("protonmail_quote")
                || tag.attributes.get("id").is_some_and(|id| id == b"mail-editor-reference-message-container")
        }
        _ => false,
    }
}

/// Elements in which a client shows nothing, or not what stands there.
fn conceals(tag: &Tag) -> bool {
    match tag.name {
        b"template" | b"select" | b"datalist" | b"object" | b"video" | b"audio" | b"canvas" | b"svg" | b"math" => return true,
        b"details" | b"dialog" if tag.attributes.get("open").is_none() => return true,
        _ => {}
    }
    tag.attributes.get("hidden").is_some() || tag.attributes.squeezed("style").is_some_and(|style| hides(&style))
}

/// Whether a style, without white space, hides.
fn hides(style: &str) -> bool {
    let zero = |property: &str| {
        let rest = style.find(property).and_then(|at| style.get(at + property.len()..));
        rest.is_some_and(|value| !value.starts_with(['.', '1', '2', '3', '4', '5', '6', '7', '8', '9']))
    };
    ["display:none", "visibility:hidden", "visibility:collapse", "mso-hide:all"].iter().any(|rule| style.contains(rule))
        || ["opacity:0", "font-size:0", "max-height:0"].iter().any(|rule| zero(rule))
}
