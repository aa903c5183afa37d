//! The tokens of an HTML text with their places, from html5gum's tokenizer, without copying what nobody looks at.
//!
//! The tokenizer follows the HTML standard (section 13.2.5); which elements hold raw text is told to it here, scripting being off
//! as in every mail client. In: text. Out: calls to a [`Scan`].

use std::convert::Infallible;
use std::ops::Range;

use html5gum::{Emitter, Error, State, Tokenizer};

use super::scan::Scan;

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag<'t> {
    pub name: &'t [u8],
    pub attributes: &'t Attributes,
    pub range: Range<usize>,
    pub self_closing: bool,
}

/// The attributes of a tag, entities in their values resolved.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    bytes: Vec<u8>,
    /// Where each name begins, its value begins, and the value ends.
    marks: Vec<[usize; 3]>,
}

impl Attributes {
    /// The value of an attribute; of several of one name the first, as the standard says.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let of = |[start, value, end]: &[usize; 3]| Some((self.bytes.get(*start..*value)?, self.bytes.get(*value..*end)?));
        self.marks.iter().filter_map(of).find(|(n, _)| *n == name.as_bytes()).map(|(_, value)| value)
    }

    /// The value of an attribute as text, in lower case, without white space.
    pub fn squeezed(&self, name: &str) -> Option<String> {
        let value = String::from_utf8_lossy(self.get(name)?);
        Some(value.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect())
    }

    /// Whether an attribute holds a word.
    pub fn has_word(&self, name: &str, word: &str) -> bool {
        self.get(name).is_some_and(|value| value.split(u8::is_ascii_whitespace).any(|w| w == word.as_bytes()))
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.marks.clear();
    }

    fn begin(&mut self) {
        let at = self.bytes.len();
        self.marks.push([at; 3]);
    }

    fn push_name(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if let Some(mark) = self.marks.last_mut() {
            (mark[1], mark[2]) = (self.bytes.len(), self.bytes.len());
        }
    }

    fn push_value(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if let Some(mark) = self.marks.last_mut() {
            mark[2] = self.bytes.len();
        }
    }
}

/// Hands the tokens of a text to a scan.
pub(super) fn read(text: &str, scan: &mut Scan) {
    let Ok(()) = Tokenizer::new_with_emitter(text, Tap::new(scan)).finish();
}

/// What the tokenizer calls.
struct Tap<'s> {
    scan: &'s mut Scan,
    /// Bytes read.
    position: usize,
    /// Where the newest `<` stands.
    opened: usize,
    is_end: bool,
    self_closing: bool,
    name: Vec<u8>,
    attributes: Attributes,
    last_start: Vec<u8>,
}

impl<'s> Tap<'s> {
    fn new(scan: &'s mut Scan) -> Self {
        Self {
            scan,
            position: 0,
            opened: 0,
            is_end: false,
            self_closing: false,
            name: Vec::new(),
            attributes: Attributes::default(),
            last_start: Vec::new(),
        }
    }

    fn begin_tag(&mut self, is_end: bool) {
        self.is_end = is_end;
        self.self_closing = false;
        self.name.clear();
        self.attributes.clear();
    }
}

/// How the tokenizer goes on after a start tag (HTML standard, section 13.2.6.4: what the tree construction would tell it).
fn state_after(name: &[u8]) -> Option<State> {
    match name {
        b"textarea" | b"title" => Some(State::RcData),
        b"plaintext" => Some(State::PlainText),
        b"script" => Some(State::ScriptData),
        b"style" | b"iframe" | b"xmp" | b"noembed" | b"noframes" => Some(State::RawText),
        _ => None,
    }
}

impl Emitter for Tap<'_> {
    type Token = Infallible;

    fn move_position(&mut self, offset: isize) {
        self.position = self.position.saturating_add_signed(offset);
    }

    fn set_last_start_tag(&mut self, name: Option<&[u8]>) {
        self.last_start.clear();
        self.last_start.extend_from_slice(name.unwrap_or_default());
    }

    fn emit_error(&mut self, error: Error) {
        use Error::{EofBeforeTagName, EofInCdata, EofInComment, EofInDoctype, EofInTag};
        if matches!(error, EofBeforeTagName | EofInTag | EofInComment | EofInDoctype | EofInCdata) {
            self.scan.cut_off(self.opened);
        }
    }

    fn emit_string(&mut self, text: &[u8]) {
        self.scan.text(text);
    }

    fn init_start_tag(&mut self) {
        self.begin_tag(false);
    }

    fn init_end_tag(&mut self) {
        self.begin_tag(true);
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let range = self.opened..self.position;
        self.last_start.clear();
        if self.is_end {
            self.scan.end_tag(&self.name, range);
            return None;
        }
        self.last_start.extend_from_slice(&self.name);
        let tag = Tag { name: &self.name, attributes: &self.attributes, range, self_closing: self.self_closing };
        self.scan.start_tag(&tag);
        let state = state_after(&self.name);
        if state.is_some() {
            self.scan.begin_raw(self.opened);
        }
        state
    }

    fn emit_current_comment(&mut self) {
        self.scan.comment(self.opened..self.position);
    }

    fn set_self_closing(&mut self) {
        self.self_closing = true;
    }

    fn push_tag_name(&mut self, bytes: &[u8]) {
        self.name.extend_from_slice(bytes);
    }

    fn init_attribute(&mut self) {
        self.attributes.begin();
    }

    fn push_attribute_name(&mut self, bytes: &[u8]) {
        self.attributes.push_name(bytes);
    }

    fn push_attribute_value(&mut self, bytes: &[u8]) {
        self.attributes.push_value(bytes);
    }

    fn start_open_tag(&mut self) {
        self.opened = self.position.saturating_sub(1);
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end && !self.last_start.is_empty() && self.last_start == self.name
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.scan.in_foreign()
    }

    fn should_emit_errors(&mut self) -> bool {
        true
    }

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn emit_eof(&mut self) {}
    fn init_comment(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn emit_current_doctype(&mut self) {}
    fn set_force_quirks(&mut self) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn init_doctype(&mut self) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
}
