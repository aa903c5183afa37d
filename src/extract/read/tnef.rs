//! `winmail.dat`: what Outlook and Exchange wrap a message in for others of their kind (MS-OXTNEF).
//!
//! In: a stream of attributes. Out: the subject, the body in each form that it has, attachments nested under their names, a message in it as a
//! `winmail.dat` of its own. Checksums are not asked: Outlook shows files with wrong ones too. An attribute that says it is longer than the
//! file gives what is there, and the file is called broken.

use std::mem::take;

use super::Draft;
use super::octets::{file_time, in_page, size_at, some_of, u16_at, u32_at, u64_at, until_zero, utf16};
use super::ole::objects;
use super::rtf_compressed;
use crate::extract::contents::{Spot, Trait, Unread};

/// The first four octets (section 2.1.3.1).
pub(super) const MAGIC: [u8; 4] = [0x78, 0x9F, 0x3E, 0x22];
/// Properties of one attribute, and values of one property, that are read.
const PROPERTIES: usize = 65_536;

pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let mut letter = Letter { page: 1252, ..Letter::default() };
    let mut at: usize = 6;
    while let (Some(level), Some(id), Some(size)) = (bytes.get(at), u32_at(bytes, at + 1), size_at(bytes, at + 5)) {
        let data = some_of(bytes, at + 9, size);
        if *level == 2 {
            letter.of_attachment(id, data, draft)?
        } else {
            letter.of_message(id, data, draft)?
        }
        if data.len() < size {
            letter.end_attachment(draft)?;
            return Err(Unread::Broken("an attribute is cut off".to_owned()));
        }
        // Level, id and length before, a checksum behind (section 2.1.3.2).
        at = at.saturating_add(11).saturating_add(size);
    }
    letter.end_attachment(draft)
}

/// What was met until now.
#[derive(Default)]
struct Letter {
    page: u32,
    attachment: Option<Attachment>,
}

#[derive(Default)]
struct Attachment {
    title: String,
    /// The name in the properties, which is not cut to eight letters.
    long: String,
    data: Vec<u8>,
    /// From the properties, where the attribute has none.
    object: Vec<u8>,
}

impl Letter {
    /// Attributes of the message (section 2.1.3.3).
    fn of_message(&mut self, id: u32, data: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        match id {
            0x0006_9007 => self.page = u32_at(data, 0).unwrap_or(1252),
            0x0001_8004 => draft.labelled(Spot::Property, "subject", self.words(data))?,
            // attFrom (section 2.1.3.3.4): lengths, then a name and an address.
            0x0000_8000 => draft.labelled(Spot::Property, "from", self.address(data))?,
            0x0002_800C => draft.text(Spot::Body, self.words(data))?,
            0x0006_9003 => {
                for property in properties(data, self.page) {
                    said(property, draft)?;
                }
            }
            0x0006_9004 => self.recipients(data, draft)?,
            _ => {}
        }
        Ok(())
    }

    /// Attributes of attachments; each begins with its attAttachRenddata (section 2.1.3.3.15).
    fn of_attachment(&mut self, id: u32, data: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        if id == 0x0006_9002 {
            self.end_attachment(draft)?;
        }
        let title = if id == 0x0001_8010 { self.words(data) } else { String::new() };
        let page = self.page;
        let now = self.attachment.get_or_insert_default();
        match id {
            0x0001_8010 => now.title = title,
            0x0006_800F => now.data = draft.unpack(data, data.len() as u64)?,
            0x0006_9005 => {
                for property in properties(data, page) {
                    match (property.id, property.value) {
                        (0x3707, Value::Text(name)) => now.long = name,
                        (0x3001 | 0x3704, Value::Text(name)) if now.title.is_empty() => now.title = name,
                        (0x3701, Value::Bytes(bytes)) => now.object = draft.unpack(bytes, bytes.len() as u64)?,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end_attachment(&mut self, draft: &mut Draft) -> Result<(), Unread> {
        let Some(mut now) = self.attachment.take() else { return Ok(()) };
        draft.spend_file()?;
        let name = [take(&mut now.long), take(&mut now.title)].into_iter().find(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| "attachment".to_owned());
        // A message or an OLE object in the properties begins with the id of its interface (section 2.1.3.3.16).
        let inside = now.object.get(16..).filter(|inside| inside.starts_with(&MAGIC) || inside.starts_with(&super::ole::MAGIC));
        let has_object = !now.object.is_empty();
        match inside {
            Some(inside) => {
                if inside.starts_with(&super::ole::MAGIC) {
                    draft.mark(Trait::EmbeddedObject);
                }
                objects::nest(&name, inside, draft)?;
            }
            None if has_object && now.data.is_empty() => draft.nest(&name, now.object),
            None => {}
        }
        if !(now.data.is_empty() && has_object) {
            draft.nest(&name, now.data);
        }
        Ok(())
    }

    fn words(&self, data: &[u8]) -> String {
        in_page(self.page, until_zero(data))
    }

    fn address(&self, data: &[u8]) -> String {
        let (name, address) = (u16_at(data, 4).map_or(0, usize::from), u16_at(data, 6).map_or(0, usize::from));
        let words = [self.words(some_of(data, 8, name)), self.words(some_of(data, 8 + name, address))];
        words.join(" ")
    }

    /// attRecipTable (section 2.1.3.3.14): a list of lists of properties.
    fn recipients(&self, data: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        let mut reader = Reader { bytes: data, at: 4, page: self.page };
        let mut rows = Vec::new();
        for _ in 0..size_at(data, 0).unwrap_or_default().min(PROPERTIES) {
            let Some(row) = reader.list() else { break };
            let text =
                |id| row.iter().find(|property| property.id == id).map(|property| property.value.text()).unwrap_or_default();
            let address = Some(text(0x39FE)).filter(|address| !address.is_empty()).unwrap_or_else(|| text(0x3003));
            rows.push(vec![text(0x3001), address]);
        }
        draft.table(Spot::Property, Some("recipients".to_owned()), rows)
    }
}

/// One property of the message that somebody reads.
fn said(property: Property, draft: &mut Draft) -> Result<(), Unread> {
    let named = |name: &str, value: Value, draft: &mut Draft| draft.labelled(Spot::Property, name, value.text());
    match (property.id, property.value) {
        (0x0037, value) => named("subject", value, draft),
        (0x0C1A | 0x0C1F | 0x5D01, value) => named("from", value, draft),
        (0x0E04, value) => named("to", value, draft),
        (0x0E03, value) => named("cc", value, draft),
        (0x0E02, value) => named("bcc", value, draft),
        (0x0039, value) => named("sent", value, draft),
        (0x1000, value) => draft.text(Spot::Body, value.text()),
        (0x1013, Value::Bytes(html)) => objects::nest("body.html", html, draft),
        (0x1013, Value::Text(html)) => {
            draft.nest("body.html", format!("\u{FEFF}{html}").into_bytes());
            Ok(())
        }
        (0x1009, Value::Bytes(packed)) => {
            if let Some(rtf) = rtf_compressed::unpack(packed, draft)? {
                draft.nest("body.rtf", rtf);
            }
            Ok(())
        }
        // Properties of contacts, and those with names, that are text.
        (0x3A00..0x3B00 | 0x8000.., Value::Text(text)) => draft.text(Spot::Property, text),
        _ => Ok(()),
    }
}

struct Property<'a> {
    id: u16,
    value: Value<'a>,
}

enum Value<'a> {
    Text(String),
    Bytes(&'a [u8]),
    Time(u64),
    Other,
}

impl Value<'_> {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Time(ticks) => file_time(*ticks).unwrap_or_default(),
            Self::Bytes(_) | Self::Other => String::new(),
        }
    }
}

fn properties(data: &[u8], page: u32) -> Vec<Property<'_>> {
    Reader { bytes: data, at: 0, page }.list().unwrap_or_default()
}

/// Reads MsgPropertyList (section 2.1.3.4).
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    page: u32,
}

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<usize> {
        let number = size_at(self.bytes, self.at)?;
        self.at += 4;
        Some(number)
    }

    fn list(&mut self) -> Option<Vec<Property<'a>>> {
        let count = self.number()?.min(PROPERTIES);
        let mut all = Vec::new();
        for _ in 0..count {
            let Some(property) = self.property() else { break };
            all.push(property);
        }
        Some(all)
    }

    fn property(&mut self) -> Option<Property<'a>> {
        let (kind, id) = (u16_at(self.bytes, self.at)?, u16_at(self.bytes, self.at + 2)?);
        self.at += 4;
        if id >= 0x8000 {
            self.name()?;
        }
        let is_many = kind & 0x1000 != 0;
        let size = match kind & 0x0FFF {
            0x02 | 0x03 | 0x04 | 0x0A | 0x0B => Some(4),
            0x05 | 0x06 | 0x07 | 0x14 | 0x40 => Some(8),
            0x48 => Some(16),
            _ => None,
        };
        let count = if is_many || size.is_none() { self.number()?.min(PROPERTIES) } else { 1 };
        let mut value = Value::Other;
        for number in 0..count {
            let size = match size {
                Some(size) => size,
                None => self.number()?,
            };
            let data = some_of(self.bytes, self.at, size);
            self.at = self.at.saturating_add(size.next_multiple_of(4));
            let one = self.value(kind & 0x0FFF, data);
            value = match (value, one) {
                (Value::Text(before), Value::Text(one)) => Value::Text(before + "\n" + &one),
                (_, one) if number == 0 => one,
                (before, _) => before,
            };
        }
        Some(Property { id, value })
    }

    /// A named property says its set, and its number or its name (section 2.1.3.4.1).
    fn name(&mut self) -> Option<()> {
        self.at = self.at.saturating_add(16);
        let (kind, size) = (self.number()?, self.number()?);
        if kind == 1 {
            self.at = self.at.saturating_add(size.next_multiple_of(4));
        }
        Some(())
    }

    fn value(&self, kind: u16, data: &'a [u8]) -> Value<'a> {
        match kind {
            0x1E => Value::Text(in_page(self.page, until_zero(data))),
            0x1F => Value::Text(utf16(data).trim_end_matches('\0').to_owned()),
            0x40 => u64_at(data, 0).map_or(Value::Other, Value::Time),
            0x0D | 0x102 => Value::Bytes(data),
            _ => Value::Other,
        }
    }
}

#[cfg(test)]
#[path = "tnef_tests.rs"]
pub(super) mod tests;
