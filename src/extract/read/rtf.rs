//! Rich Text Format (RTF 1.9.1), as word processors write it and as those write it who want to hide something in it.
//!
//! In: bytes. Out: the text with its tables; headers, notes, comments, text boxes, properties, hidden and deleted text each in its spot;
//! objects decoded and nested; HTML that Outlook wrapped in RTF (MS-OXRTFEX) unwrapped and nested. Groups lie on a pile of at most
//! [`GROUPS`]; deeper ones share the settings of the deepest. What comes after the end is read as hidden. Nothing of it can be wrong: every
//! octet is text, a group or a word, and is met once.

mod words;

use super::Draft;
use super::flow::{Flow, reaches_out};
use super::octets::encoding;
use super::ole::objects;
use crate::extract::contents::{Spot, Trait, Unread};
use words::{Dest, Token, Tokens, charset_page, destination, symbol};

/// Groups in groups that have settings of their own; Word gives up far before.
const GROUPS: usize = 10_000;
/// Fonts whose code page is remembered.
const FONTS: usize = 10_000;

pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let mut reader = Reader::new();
    let mut tokens = Tokens::new(bytes);
    while let Some(token) = tokens.next() {
        reader.meet(token, &mut tokens, draft)?;
    }
    reader.flush();
    reader.finish(draft)
}

/// Settings of a group; a group inherits those around it.
#[derive(Clone, Copy)]
struct Group {
    dest: Dest,
    /// The code page of the font.
    page: u32,
    /// How many characters stand for one `\u` in old readers.
    fallback: usize,
    is_hidden: bool,
    is_deleted: bool,
    in_table: bool,
    /// Text that is there for RTF readers only (MS-OXRTFEX section 2.1.3.2 `\htmlrtf`).
    is_rtf_only: bool,
    /// Where its own capture begins.
    start: Option<usize>,
}

struct Reader {
    groups: Vec<Group>,
    deeper: usize,
    now: Group,
    /// Octets of text not decoded yet.
    pending: Vec<u8>,
    high: Option<u16>,
    /// Characters still to be passed over after a `\u`.
    skip: usize,
    is_ignorable: bool,
    is_over: bool,
    ansi_page: u32,
    fonts: std::collections::HashMap<i32, u32>,
    font: i32,
    flows: [(Spot, Flow); 5],
    captured: String,
    object: Vec<u8>,
    nibble: Option<u8>,
    /// The name of the property that comes.
    name: String,
    html: Option<String>,
}

impl Reader {
    fn new() -> Self {
        let now = Group {
            dest: Dest::Body,
            page: 1252,
            fallback: 1,
            is_hidden: false,
            is_deleted: false,
            in_table: false,
            is_rtf_only: false,
            start: None,
        };
        let flows = [Spot::Body, Spot::Margin, Spot::Note, Spot::Comment, Spot::TextBox].map(|spot| (spot, Flow::default()));
        Self {
            groups: Vec::new(),
            deeper: 0,
            now,
            pending: Vec::new(),
            high: None,
            skip: 0,
            is_ignorable: false,
            is_over: false,
            ansi_page: 1252,
            fonts: std::collections::HashMap::new(),
            font: 0,
            flows,
            captured: String::new(),
            object: Vec::new(),
            nibble: None,
            name: String::new(),
            html: None,
        }
    }

    fn meet(&mut self, token: Token, tokens: &mut Tokens, draft: &mut Draft) -> Result<(), Unread> {
        match token {
            Token::Open => self.open(),
            Token::Close => self.close(draft)?,
            Token::Text(octet) => self.octet(octet),
            Token::Hex(octet) if self.now.dest == Dest::Object => self.object.push(octet),
            Token::Hex(octet) => self.octet(octet),
            Token::Symbol(b'*') => self.is_ignorable = true,
            Token::Symbol(letter) => {
                self.flush();
                self.control(symbol(letter));
            }
            Token::Word(b"bin", size) => {
                let data = tokens.skip(size.and_then(|size| usize::try_from(size).ok()).unwrap_or_default());
                if self.now.dest == Dest::Object {
                    self.object.extend_from_slice(data);
                }
            }
            Token::Word(word, value) => self.word(word, value, draft),
        }
        Ok(())
    }

    fn open(&mut self) {
        self.flush();
        self.skip = 0;
        self.is_ignorable = false;
        if self.groups.len() < GROUPS {
            self.groups.push(self.now)
        } else {
            self.deeper += 1
        }
        self.now.start = None;
    }

    fn close(&mut self, draft: &mut Draft) -> Result<(), Unread> {
        self.flush();
        self.skip = 0;
        self.is_ignorable = false;
        if self.deeper > 0 {
            self.deeper -= 1;
            return Ok(());
        }
        if let Some(start) = self.now.start {
            let said = self.captured.split_off(start.min(self.captured.len()));
            self.end_capture(self.now.dest, said, draft)?;
        }
        let dest = self.now.dest;
        match self.groups.pop() {
            Some(outer) => self.now = outer,
            None => self.is_over = true,
        }
        self.is_over |= self.groups.is_empty();
        // One header, note or comment ends before the next.
        if dest != self.now.dest && dest.is_shown() {
            self.flow(dest).paragraph(false);
        }
        Ok(())
    }

    /// One octet of text, as it stands or as `\'hh`.
    fn octet(&mut self, octet: u8) {
        self.is_ignorable = false;
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.now.dest == Dest::Object {
            self.hex(octet);
        } else if self.now.dest != Dest::Skip {
            self.pending.push(octet);
        }
    }

    fn hex(&mut self, octet: u8) {
        let Some(digit) = char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok()) else { return };
        match self.nibble.take() {
            Some(high) => self.object.push(high << 4 | digit),
            None => self.nibble = Some(digit),
        }
    }

    /// Decodes the octets that came together.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let octets = std::mem::take(&mut self.pending);
        if octets.is_ascii() {
            self.say(std::str::from_utf8(&octets).unwrap_or_default());
        } else {
            let (text, _) = encoding(self.now.page).decode_without_bom_handling(&octets);
            self.say(&text);
        }
    }

    fn say(&mut self, text: &str) {
        let group = self.now;
        match group.dest {
            Dest::Skip | Dest::Object | Dest::Fonts | Dest::Frame => {}
            dest if dest.is_captured() => self.captured.push_str(text),
            _ if self.is_over => self.flow(Dest::Body).aside(Spot::Hidden, text),
            Dest::Body if self.html.is_some() => {
                if let Some(html) = self.html.as_mut().filter(|_| !group.is_rtf_only) {
                    html.push_str(text);
                }
            }
            dest if group.is_deleted => self.flow(dest).aside(Spot::Deleted, text),
            dest if group.is_hidden => self.flow(dest).aside(Spot::Hidden, text),
            dest => self.flow(dest).push_str(text),
        }
    }

    fn flow(&mut self, dest: Dest) -> &mut Flow {
        let at = match dest {
            Dest::Margin => 1,
            Dest::Note => 2,
            Dest::Comment => 3,
            Dest::TextBox => 4,
            _ => 0,
        };
        &mut self.flows[at].1
    }

    /// A character that a control word stands for.
    fn control(&mut self, character: Option<char>) {
        let Some(character) = character else { return };
        if self.skip > 0 {
            self.skip -= 1;
        } else if character == '\n' && !self.now.dest.is_captured() && self.html.is_none() && self.now.dest.is_shown() {
            let in_table = self.now.in_table;
            self.flow(self.now.dest).paragraph(in_table);
        } else {
            self.say(character.encode_utf8(&mut [0; 4]));
        }
    }

    fn word(&mut self, word: &[u8], value: Option<i32>, draft: &mut Draft) {
        self.flush();
        let is_ignorable = std::mem::take(&mut self.is_ignorable);
        if let Some(character) = words::character(word) {
            return self.control(Some(character));
        }
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        match destination(word) {
            Some(dest) => self.begin(dest, word),
            None if is_ignorable => self.now.dest = Dest::Skip,
            None => self.setting(word, value, draft),
        }
    }

    fn begin(&mut self, dest: Dest, word: &[u8]) {
        if self.now.dest == Dest::Skip {
            return;
        }
        self.now.dest = dest;
        (self.now.is_hidden, self.now.is_deleted) = (false, false);
        if dest.is_captured() {
            self.now.start = Some(self.captured.len());
        }
        match dest {
            Dest::Object => (self.object, self.nibble, self.now.start) = (Vec::new(), None, Some(self.captured.len())),
            Dest::Property if word != b"staticval" => self.name = String::from_utf8_lossy(word).into_owned(),
            _ => {}
        }
    }

    fn setting(&mut self, word: &[u8], value: Option<i32>, draft: &mut Draft) {
        let is_on = value != Some(0);
        match word {
            b"u" => self.unicode(value.unwrap_or_default()),
            b"uc" => self.now.fallback = usize::try_from(value.unwrap_or(1)).unwrap_or_default(),
            b"v" => self.now.is_hidden = is_on,
            b"deleted" => self.now.is_deleted = is_on,
            b"plain" => (self.now.is_hidden, self.now.is_deleted, self.now.page) = (false, false, self.ansi_page),
            b"pard" => self.now.in_table = false,
            b"intbl" => self.now.in_table = true,
            b"cell" if self.now.dest.is_shown() => self.flow(self.now.dest).cell(),
            b"row" if self.now.dest.is_shown() => self.flow(self.now.dest).row(),
            b"ansicpg" => self.code_page(value),
            b"mac" => self.code_page(Some(10000)),
            b"f" | b"af" => self.font(value.unwrap_or_default()),
            b"fcharset" | b"cpg" if self.now.dest == Dest::Fonts => self.font_page(word, value.unwrap_or_default()),
            b"htmlrtf" => self.now.is_rtf_only = is_on,
            b"fromhtml" => self.html = Some(String::new()),
            b"object" => draft.mark(Trait::EmbeddedObject),
            // An object that is fetched or started when the document is opened.
            b"objupdate" | b"objautlink" => draft.mark(Trait::RemoteContent),
            _ => {}
        }
    }

    fn code_page(&mut self, value: Option<i32>) {
        self.ansi_page = value.and_then(|page| u32::try_from(page).ok()).unwrap_or(1252);
        self.now.page = self.ansi_page;
    }

    fn font(&mut self, number: i32) {
        self.font = number;
        if self.now.dest != Dest::Fonts {
            self.now.page = self.fonts.get(&number).copied().unwrap_or(self.ansi_page);
        }
    }

    fn font_page(&mut self, word: &[u8], value: i32) {
        let page = if word == b"cpg" { u32::try_from(value).ok() } else { charset_page(value) };
        if self.fonts.len() < FONTS {
            self.fonts.insert(self.font, page.unwrap_or(self.ansi_page));
        }
    }

    /// `\uN` is one unit of UTF-16, written as a signed number.
    fn unicode(&mut self, value: i32) {
        let unit = (value & 0xFFFF) as u16;
        self.skip = self.now.fallback;
        let units: Vec<u16> = self.high.take().into_iter().chain([unit]).collect();
        if (0xD800..0xDC00).contains(&unit) && units.len() == 1 {
            self.high = Some(unit);
        } else {
            self.say(&String::from_utf16_lossy(&units));
        }
    }

    fn end_capture(&mut self, dest: Dest, said: String, draft: &mut Draft) -> Result<(), Unread> {
        let outer = self.groups.last().map_or(Dest::Body, |group| group.dest);
        match dest {
            Dest::Object => {
                let object = std::mem::take(&mut self.object);
                draft.spend_file()?;
                objects::embedded(&object, draft)?;
            }
            Dest::Instruction => {
                if reaches_out(&said) {
                    draft.mark(Trait::RemoteContent);
                }
                if !said.trim_start().starts_with("PAGE") {
                    self.flow(outer).aside(Spot::Hidden, said.trim());
                    self.flow(outer).aside(Spot::Hidden, "\n");
                }
            }
            Dest::Template if said.contains("://") || said.starts_with(r"\\") => {
                draft.mark(Trait::RemoteContent);
                draft.labelled(Spot::Property, "template", said)?;
            }
            Dest::Property => draft.labelled(Spot::Property, &self.name, said.trim())?,
            Dest::PropertyName => said.trim().clone_into(&mut self.name),
            Dest::Form => draft.text(Spot::FormField, said)?,
            Dest::ShapeName => said.trim().clone_into(&mut self.name),
            Dest::ShapeValue if words::is_shape_text(&self.name) => draft.text(Spot::TextBox, said)?,
            Dest::Html => {
                if let Some(html) = &mut self.html {
                    html.push_str(&said);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self, draft: &mut Draft) -> Result<(), Unread> {
        // A file that is cut off, or that never closes its object.
        if !self.object.is_empty() {
            draft.spend_file()?;
            objects::embedded(&std::mem::take(&mut self.object), draft)?;
        }
        if let Some(html) = self.html.take().filter(|html| !html.trim().is_empty()) {
            draft.nest("body.html", format!("\u{FEFF}{html}").into_bytes());
        }
        let left = std::mem::take(&mut self.captured);
        draft.text(Spot::Hidden, left)?;
        for (spot, flow) in &mut self.flows {
            flow.finish(*spot, draft)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "rtf_tests.rs"]
mod tests;
