//! A message as Outlook saves it (MS-OXMSG).
//!
//! In: the tree of a compound file: a stream for each property, a storage for each recipient and attachment. Out: who wrote to whom, when and
//! of what; the body in each form that it has; attachments nested under their names, messages in it as messages of their own. What is
//! missing is missing; only a message under rights management is not read, and says so.

use super::super::Draft;
use super::super::octets::{file_time, in_page, some_of, u16_at, u32_at, u64_at, utf16};
use super::super::rtf_compressed;
use super::compound::{Compound, Entry, ROOT};
use super::{broken, objects, protect};
use crate::extract::contents::{Protection, Spot, Trait, Unread};

/// Recipients that are read.
const RECIPIENTS: usize = 10_000;

/// Text properties of a message (MS-OXPROPS), those whose text somebody reads.
const SAID: [(u16, &str); 6] =
    [(0x0037, "subject"), (0x0C1A, "from"), (0x0E04, "to"), (0x0E03, "cc"), (0x0E02, "bcc"), (0x007D, "header")];
/// Addresses of the sender: what is written there as SMTP, and as whatever it is.
const SENDER: [u16; 3] = [0x5D01, 0x5D02, 0x0C1F];
/// Times: sent, received.
const TIMES: [(u16, &str); 2] = [(0x0039, "sent"), (0x0E06, "received")];

pub(super) fn read(file: &Compound, draft: &mut Draft) -> Result<(), Unread> {
    let message = Part::of(file, ROOT, 32);
    for (property, name) in SAID {
        draft.labelled(Spot::Property, name, message.text(property).unwrap_or_default())?;
    }
    for address in SENDER.iter().filter_map(|property| message.text(*property)).filter(|address| address.contains('@')) {
        draft.labelled(Spot::Property, "from", address)?;
    }
    for (property, name) in TIMES {
        draft.labelled(Spot::Property, name, message.time(property).unwrap_or_default())?;
    }
    recipients(file, draft)?;
    body(&message, draft)?;
    others(&message, draft)?;
    attachments(file, draft)
}

/// The body: plain (MS-OXCMSG section 2.2.1.56.1), HTML, RTF. Programs show the one they like, so each is read.
fn body(message: &Part, draft: &mut Draft) -> Result<(), Unread> {
    draft.text(Spot::Body, message.text(0x1000).unwrap_or_default())?;
    if let Some(html) = message.bytes(0x1013) {
        draft.nest("body.html", html);
    } else if let Some(html) = message.text(0x1013) {
        // With a byte order mark, whatever the HTML says of its encoding.
        draft.nest("body.html", format!("\u{FEFF}{html}").into_bytes());
    }
    if let Some(packed) = message.bytes(0x1009).filter(|packed| !packed.is_empty()) {
        match rtf_compressed::unpack(&packed, draft)? {
            Some(rtf) => draft.nest("body.rtf", rtf),
            None => draft.nest_closed("body.rtf", packed.len() as u64, broken("compressed RTF")),
        }
    }
    Ok(())
}

/// Text under other names: of contacts, appointments, notes, and of whatever a program or a form of the school added.
fn others(message: &Part, draft: &mut Draft) -> Result<(), Unread> {
    for (property, text) in message.other_texts() {
        let is_known =
            SAID.iter().any(|(known, _)| *known == property) || SENDER.contains(&property) || matches!(property, 0x1000 | 0x1013);
        // Named properties, and those of contacts (MS-OXPROPS section 2: 0x3A00 to 0x3AFF).
        let is_said = property >= 0x8000 || (0x3A00..0x3B00).contains(&property);
        if is_said && !is_known {
            draft.text(Spot::Property, text)?;
        }
    }
    Ok(())
}

fn recipients(file: &Compound, draft: &mut Draft) -> Result<(), Unread> {
    let mut rows = Vec::new();
    for at in storages(file, "__RECIP_VERSION1.0_").take(RECIPIENTS) {
        let recipient = Part::of(file, at, 8);
        let address = recipient.text(0x39FE).or_else(|| recipient.text(0x3003));
        let kind = match recipient.number(0x0C15).map(|kind| kind & 0xF) {
            Some(2) => "cc",
            Some(3) => "bcc",
            _ => "to",
        };
        rows.push(vec![kind.to_owned(), recipient.text(0x3001).unwrap_or_default(), address.unwrap_or_default()]);
    }
    draft.table(Spot::Property, Some("recipients".to_owned()), rows)
}

fn storages(file: &Compound, prefix: &'static str) -> impl Iterator<Item = usize> {
    let is_one = move |entry: &Entry| !entry.is_stream && entry.name.to_uppercase().starts_with(prefix);
    file.children(ROOT).filter(move |(_, entry)| is_one(entry)).map(|(at, _)| at)
}

fn attachments(file: &Compound, draft: &mut Draft) -> Result<(), Unread> {
    for at in storages(file, "__ATTACH_VERSION1.0_") {
        draft.spend_file()?;
        let attachment = Part::of(file, at, 8);
        let name =
            [0x3707, 0x3704, 0x3001].into_iter().find_map(|property| attachment.text(property).filter(|name| !name.is_empty()));
        let mime = attachment.text(0x370E).unwrap_or_default().to_ascii_lowercase();
        // MS-OXORMMS section 2.1: the message itself lies enciphered in this attachment.
        if name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("message.rpmsg"))
            || mime == "application/x-microsoft-rpmsg-message"
        {
            protect(draft);
        }
        attachment.nest(name, draft)?;
    }
    // A message under S/MIME is not said to be protected here: its one attachment is the whole of it, and tells whether it is enciphered or
    // only signed (MS-OXOSMIME section 2.1).
    if draft.file.protection == Protection::Protected { Err(Unread::Protected) } else { Ok(()) }
}

/// A message, recipient or attachment: properties of variable length in streams of their own, the others in one (sections 2.3 and 2.4).
struct Part<'a> {
    file: &'a Compound<'a>,
    at: usize,
    fixed: Vec<u8>,
    page: u32,
}

impl<'a> Part<'a> {
    /// `header`: octets before the properties of fixed length (section 2.4.1).
    fn of(file: &'a Compound<'a>, at: usize, header: usize) -> Self {
        let fixed = file.stream_of(at, "__properties_version1.0").unwrap_or_default();
        let fixed = fixed.get(header..).unwrap_or_default().to_vec();
        let mut part = Self { file, at, fixed, page: 1252 };
        // PidTagMessageCodepage, or that of the internet form.
        part.page = part.number(0x3FFD).or_else(|| part.number(0x3FDE)).unwrap_or(1252);
        part
    }

    fn stream(&self, property: u16, kind: u16) -> Option<Vec<u8>> {
        self.file.stream_of(self.at, &format!("__substg1.0_{property:04X}{kind:04X}"))
    }

    fn text(&self, property: u16) -> Option<String> {
        let wide = self.stream(property, 0x001F).map(|bytes| utf16(&bytes));
        let text = wide.or_else(|| self.stream(property, 0x001E).map(|bytes| in_page(self.page, &bytes)))?;
        Some(text.trim_end_matches('\0').to_owned())
    }

    fn bytes(&self, property: u16) -> Option<Vec<u8>> {
        self.stream(property, 0x0102)
    }

    /// An entry of fixed length: kind, property, flags, eight octets (section 2.4.2).
    fn entry(&self, property: u16) -> Option<&[u8]> {
        let (entries, _) = self.fixed.as_chunks::<16>();
        entries.iter().find(|entry| u16_at(*entry, 2) == Some(property)).and_then(|entry| entry.get(8..))
    }

    fn number(&self, property: u16) -> Option<u32> {
        u32_at(self.entry(property)?, 0)
    }

    fn time(&self, property: u16) -> Option<String> {
        u64_at(self.entry(property)?, 0).and_then(file_time)
    }

    fn other_texts(&self) -> impl Iterator<Item = (u16, String)> {
        self.file.children(self.at).filter_map(|(_, entry)| {
            let tag = entry.name.strip_prefix("__substg1.0_").filter(|_| entry.is_stream)?;
            let property = u16::from_str_radix(tag.get(..4)?, 16).ok()?;
            matches!(tag.get(4..), Some("001F" | "001E")).then(|| self.text(property).map(|text| (property, text)))?
        })
    }

    /// Lays an attachment on the pile: its bytes, or the storage that it is.
    fn nest(&self, name: Option<String>, draft: &mut Draft) -> Result<(), Unread> {
        if let Some(bytes) = self.bytes(0x3701) {
            return objects::nest(name.as_deref().unwrap_or("attachment"), &bytes, draft);
        }
        let Some(storage) = self.file.find(self.at, "__substg1.0_3701000D") else {
            // By reference: a link to a file in a cloud or on a share (MS-OXCMSG section 2.2.2.9).
            let place = self.text(0x370D).or_else(|| self.text(0x3708)).unwrap_or_default();
            return draft.labelled(Spot::Property, "linked file", place);
        };
        // Afmethod 5 is a message, 6 an OLE object.
        let is_message = self.file.find(storage, "__properties_version1.0").is_some();
        if !is_message {
            draft.mark(Trait::EmbeddedObject);
        }
        let alone =
            self.file.storage_alone(
                storage,
                |name, bytes| if name == "__properties_version1.0" { with_long_header(bytes) } else { bytes },
            );
        let name = name.unwrap_or_else(|| if is_message { "message.msg" } else { "object" }.to_owned());
        match alone {
            Some(bytes) => objects::nest(&name, &bytes, draft),
            None => {
                draft.nest_closed(&name, 0, broken("an embedded message"));
                Ok(())
            }
        }
    }
}

/// A message in a message has a shorter header before its properties: 24 octets instead of 32 (section 2.4.1.2).
fn with_long_header(bytes: Vec<u8>) -> Vec<u8> {
    let head = some_of(&bytes, 0, 24);
    [head, &[0; 8], bytes.get(24..).unwrap_or_default()].concat()
}
