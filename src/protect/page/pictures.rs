//! The pictures of a mail, as `data:` addresses for its page.
//!
//! A picture is one by its first bytes, not by what the mail calls it, and none that can hold a script. The page shows each as
//! often as the mail does, until they have grown to twice the mail; then their words stand in for them.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::message::{Message, Part, PartId};

/// The pictures of one mail.
pub(super) struct Pictures<'m> {
    message: &'m Message,
    /// By `Content-ID`, without its brackets.
    named: HashMap<String, PartId>,
    /// Octets of pictures that the page may still take.
    room: usize,
}

impl<'m> Pictures<'m> {
    pub(super) fn of(message: &'m Message) -> Self {
        let ids =
            |part: &'m Part| part.fields.iter().filter(|field| field.name == "content-id").map(move |field| (part.id, field));
        let named = message.parts().iter().flat_map(ids).map(|(part, field)| {
            let id = message.value(field);
            (id.trim().trim_start_matches('<').trim_end_matches('>').to_owned(), part)
        });
        Self { message, named: named.collect(), room: 2 * message.raw().len() }
    }

    /// The `data:` address of what a picture's `src` means; nothing where it is elsewhere, unknown or no picture.
    pub(super) fn address(&mut self, src: &str) -> Option<String> {
        let bytes = match src.trim().split_once(':')? {
            (scheme, id) if scheme.eq_ignore_ascii_case("cid") => self.part(id)?,
            (scheme, data) if scheme.eq_ignore_ascii_case("data") => {
                let (about, encoded) = data.split_once(',')?;
                let is_base64 = about.to_ascii_lowercase().ends_with(";base64");
                let bare: String = encoded.split_ascii_whitespace().collect();
                BASE64_STANDARD.decode(bare).ok().filter(|_| is_base64)?
            }
            _ => return None,
        };
        let media = media(&bytes)?;
        self.room = self.room.checked_sub(bytes.len())?;
        Some(format!("data:{media};base64,{}", BASE64_STANDARD.encode(bytes)))
    }

    fn part(&self, id: &str) -> Option<Vec<u8>> {
        let known = self.named.get(id).or_else(|| self.named.get(&unescaped(id)))?;
        let part = self.message.parts().get(*known)?;
        (part.body.len() <= 2 * self.room).then(|| self.message.decoded(part).into_owned())
    }
}

/// A `cid:` with its percent signs undone (RFC 2392 section 2).
fn unescaped(id: &str) -> String {
    let mut bytes = Vec::with_capacity(id.len());
    let mut rest = id.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What picture it is, by its first bytes.
fn media(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [b'B', b'M', ..] => Some("image/bmp"),
        _ => None,
    }
}
