//! Fonts, as far as they say which letters a string draws, and how wide (ISO 32000-1 sections 9.6 to 9.10).
//!
//! In: a font's dictionary. Out: for each code of a string its text and width. `ToUnicode` is believed first; then the encoding and its
//! differences. Codes of which nobody says what they are give U+FFFD. Each font is read once.

use std::collections::HashMap;
use std::rc::Rc;

use lopdf::{Dictionary, Document, Encoding, Object};

use super::stream;
use crate::extract::contents::Unread;
use crate::extract::read::Draft;

/// Width of a letter where nothing is said: half of its height, as most.
const WIDTH: f32 = 0.5;
/// Units of UTF-16 that one code can draw: ligatures and what is joined from parts.
const UNITS: usize = 64;
/// Widths of a composite font that are kept.
const WIDTHS: usize = 70_000;

/// Fonts that were read, by the address of their dictionary: one that is written inside a page's resources has no object of its own.
#[derive(Default)]
pub(super) struct Fonts {
    read: HashMap<usize, Rc<Font>>,
}

/// One font.
pub(super) struct Font {
    unicode: Option<Encoding<'static>>,
    simple: Vec<String>,
    is_composite: bool,
    /// A composite font whose codes are UTF-16 by its encoding's name.
    is_utf_16: bool,
    widths: HashMap<u32, f32>,
    width: f32,
}

/// What one code draws.
pub(super) struct Letter {
    pub text: String,
    /// In units of the font size.
    pub width: f32,
    /// A space that stands alone is stretched by word spacing.
    pub is_space: bool,
}

impl Fonts {
    pub(super) fn get(&mut self, document: &Document, object: &Object, draft: &mut Draft) -> Result<Rc<Font>, Unread> {
        let dictionary = document.dereference(object).ok().and_then(|(_, object)| object.as_dict().ok());
        let address = dictionary.map_or(0, |dictionary| std::ptr::from_ref(dictionary).addr());
        if let Some(font) = self.read.get(&address) {
            return Ok(Rc::clone(font));
        }
        draft.check_time()?;
        let font = Rc::new(Font::read(document, dictionary.unwrap_or(&Dictionary::new()), draft)?);
        self.read.insert(address, Rc::clone(&font));
        Ok(font)
    }
}

impl Font {
    fn read(document: &Document, font: &Dictionary, draft: &mut Draft) -> Result<Self, Unread> {
        let is_composite = font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Type0");
        let encoding = font.get_deref(b"Encoding", document).ok();
        let named = encoding.and_then(|encoding| encoding.as_name().ok()).unwrap_or_default();
        let is_utf_16 =
            is_composite && named.windows(4).any(|part| part == b"UCS2") || named.windows(5).any(|part| part == b"UTF16");
        let unicode = match font.get_deref(b"ToUnicode", document).and_then(Object::as_stream) {
            Ok(map) => to_unicode(stream::content(map, draft)?),
            Err(_) => None,
        };
        let simple = if is_composite { Vec::new() } else { simple(document, font, encoding) };
        let (widths, width) = if is_composite { composite_widths(document, font) } else { simple_widths(document, font) };
        Ok(Self { unicode, simple, is_composite, is_utf_16, widths, width })
    }

    /// The letters of a string.
    pub(super) fn letters(&self, string: &[u8]) -> Vec<Letter> {
        let step = if self.is_composite { 2 } else { 1 };
        string.chunks(step).map(|code| self.letter(code)).collect()
    }

    fn letter(&self, code: &[u8]) -> Letter {
        let number = code.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let width = self.widths.get(&number).copied().unwrap_or(self.width);
        let is_space = !self.is_composite && code == b" ";
        Letter { text: self.text(code, number), width, is_space }
    }

    fn text(&self, code: &[u8], number: u32) -> String {
        if let Some(Encoding::UnicodeMapEncoding(map)) = &self.unicode {
            let units = u8::try_from(code.len()).ok().and_then(|length| map.get(number, length));
            // A font of single octets may have a map of two, and the other way.
            let units = units.or_else(|| map.get(number, 2)).or_else(|| map.get(number, 1));
            if let Some(units) = units.filter(|units| units.iter().any(|unit| *unit != 0)) {
                return String::from_utf16_lossy(units.get(..UNITS).unwrap_or(&units));
            }
        }
        if self.is_utf_16 {
            return u16::try_from(number).map(|unit| String::from_utf16_lossy(&[unit])).unwrap_or_default();
        }
        let simple = usize::try_from(number).ok().and_then(|number| self.simple.get(number)).cloned();
        simple.unwrap_or_else(|| char::REPLACEMENT_CHARACTER.to_string())
    }
}

/// The map of codes. lopdf reads it for a font that has nothing else.
fn to_unicode(content: Vec<u8>) -> Option<Encoding<'static>> {
    let mut holder = Document::new();
    let map = holder.add_object(lopdf::Stream::new(Dictionary::new(), content));
    let font = Dictionary::from_iter([("Type", Object::from("Font")), ("ToUnicode", Object::Reference(map))]);
    match font.get_font_encoding(&holder) {
        Ok(Encoding::UnicodeMapEncoding(map)) => Some(Encoding::UnicodeMapEncoding(map)),
        _ => None,
    }
}

/// What each of the 256 codes draws: the base encoding, and what differs from it.
fn simple(document: &Document, font: &Dictionary, encoding: Option<&Object>) -> Vec<String> {
    let dictionary = encoding.and_then(|encoding| encoding.as_dict().ok());
    let base = encoding.and_then(|encoding| encoding.as_name().ok());
    let base = base.or_else(|| dictionary.and_then(|dict| dict.get(b"BaseEncoding").ok()).and_then(|name| name.as_name().ok()));
    let known = [b"MacRomanEncoding".as_slice(), b"MacExpertEncoding", b"WinAnsiEncoding", b"StandardEncoding"];
    let base = base.filter(|base| known.contains(base)).unwrap_or(b"WinAnsiEncoding");
    let holder = Document::new();
    let model = Dictionary::from_iter([("Type", Object::from("Font")), ("Encoding", Object::Name(base.to_vec()))]);
    let table = model.get_font_encoding(&holder);
    let glyph = |code: u8| table.as_ref().ok().and_then(|table| table.bytes_to_string(&[code]).ok()).unwrap_or_default();
    let is_symbolic = is_symbolic(document, font);
    let unknown = || if is_symbolic { char::REPLACEMENT_CHARACTER.to_string() } else { String::new() };
    let mut letters: Vec<String> =
        (0..=255).map(|code| Some(glyph(code)).filter(|text| !text.is_empty()).unwrap_or_else(unknown)).collect();
    let differences =
        dictionary.and_then(|dict| dict.get_deref(b"Differences", document).ok()).and_then(|list| list.as_array().ok());
    let mut code = 0_usize;
    for item in differences.into_iter().flatten().take(1024) {
        match item {
            Object::Integer(number) => code = usize::try_from(*number).unwrap_or(256),
            Object::Name(name) => {
                if let Some(letter) = letters.get_mut(code) {
                    *letter = named(name);
                }
                code += 1;
            }
            _ => {}
        }
    }
    letters
}

/// A font with an encoding of its own inside (section 9.8.2), of which only the usual letters may be guessed.
fn is_symbolic(document: &Document, font: &Dictionary) -> bool {
    let descriptor = font.get_deref(b"FontDescriptor", document).and_then(Object::as_dict);
    descriptor.and_then(|dict| dict.get(b"Flags")).and_then(Object::as_i64).is_ok_and(|flags| flags & 4 != 0)
}

/// The letter of a glyph's name: of Adobe's list, or `uni0041`, `u1F600`.
fn named(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    let stem = text.split('.').next().unwrap_or_default();
    let hex =
        stem.strip_prefix("uni").and_then(|hex| hex.get(..4)).or_else(|| stem.strip_prefix('u').filter(|hex| hex.len() >= 4));
    if let Some(c) = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32) {
        return c.to_string();
    }
    let holder = Document::new();
    let differences = Object::Array(vec![Object::Integer(1), Object::Name(stem.as_bytes().to_vec())]);
    let encoding = Dictionary::from_iter([("Type", Object::from("Encoding")), ("Differences", differences)]);
    let font = Dictionary::from_iter([("Type", Object::from("Font")), ("Encoding", Object::Dictionary(encoding))]);
    let letter = font.get_font_encoding(&holder).ok().and_then(|encoding| encoding.bytes_to_string(&[1]).ok());
    letter.filter(|letter| !letter.is_empty()).unwrap_or_else(|| char::REPLACEMENT_CHARACTER.to_string())
}

fn simple_widths(document: &Document, font: &Dictionary) -> (HashMap<u32, f32>, f32) {
    let first = font.get_deref(b"FirstChar", document).and_then(Object::as_i64).unwrap_or(0);
    let list = font.get_deref(b"Widths", document).and_then(Object::as_array);
    let is_drawn = font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Type3");
    // A font drawn by procedures has units of its own; the first number of its matrix says how large.
    let matrix = font.get_deref(b"FontMatrix", document).and_then(Object::as_array).ok();
    let drawn = matrix.and_then(|matrix| matrix.first()).and_then(|scale| scale.as_float().ok());
    let scale = drawn.filter(|_| is_drawn).unwrap_or(0.001);
    let first = u32::try_from(first).unwrap_or(0);
    let widths = list.into_iter().flatten().take(256).zip(first..=u32::MAX);
    let widths = widths.filter_map(|(width, code)| Some((code, document.dereference(width).ok()?.1.as_float().ok()? * scale)));
    (widths.collect(), WIDTH)
}

/// `W` of the descendant: `first [w w w]` or `first last w` (section 9.7.4.3). Codes are taken for glyphs, as Identity-H has it.
fn composite_widths(document: &Document, font: &Dictionary) -> (HashMap<u32, f32>, f32) {
    let mut widths = HashMap::new();
    let descendants = font.get_deref(b"DescendantFonts", document).and_then(Object::as_array).ok();
    let inner = descendants.and_then(|list| list.first()).and_then(|first| document.dereference(first).ok());
    let Some(inner) = inner.and_then(|(_, inner)| inner.as_dict().ok()) else { return (widths, 1.0) };
    let width = inner.get_deref(b"DW", document).and_then(Object::as_float).unwrap_or(1000.0) / 1000.0;
    let Ok(list) = inner.get_deref(b"W", document).and_then(Object::as_array) else { return (widths, width) };
    let mut items = list.iter().filter_map(|item| document.dereference(item).ok().map(|(_, item)| item));
    let mut said = 0;
    while let (Some(first), Some(second)) = (items.next(), items.next()) {
        let Some(first) = first.as_i64().ok().and_then(|first| u32::try_from(first).ok()) else { break };
        if let Ok(each) = second.as_array() {
            let each = each.iter().filter_map(|width| width.as_float().ok());
            said += each.clone().count();
            widths.extend((first..=u32::MAX).zip(each.map(|width| width / 1000.0)));
        } else {
            let last = second.as_i64().ok().and_then(|last| u32::try_from(last).ok()).unwrap_or(first);
            let Some(same) = items.next().and_then(|width| width.as_float().ok()) else { break };
            let range = first..=last.min(0xffff);
            said += range.clone().count();
            widths.extend(range.map(|code| (code, same / 1000.0)));
        }
        if said > WIDTHS {
            break;
        }
    }
    (widths, width)
}
