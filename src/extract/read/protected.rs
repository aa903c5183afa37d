//! Signed and encrypted containers: CMS (RFC 5652), OpenPGP (RFC 9580), rights management.
//!
//! In: a file. Out: for what is only signed or packed, the content as a file in it; what is encrypted is [`Unread::Protected`]. Keys and
//! signatures without content say nothing. No signature is checked. Nothing recurses; every length is held against the file.

use super::Draft;
use crate::extract::charset;
use crate::extract::contents::{Protection, Spot, Unread};
use crate::message;

/// Packets and elements that are looked at.
const STEPS: usize = 1000;
/// Packets in packets that are opened.
const LAYERS: usize = 4;

/// Nothing of it opens without a key.
pub(super) fn closed(draft: &mut Draft) -> Result<(), Unread> {
    draft.file.protection = Protection::Protected;
    Err(Unread::Protected)
}

/// CMS: signed and compressed content is taken out; enveloped content cannot be.
pub(super) fn pkcs7(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let broken = || Unread::Broken("not the structure of CMS".to_owned());
    let binary = if bytes.starts_with(b"-----") { armoured(&String::from_utf8_lossy(bytes)) } else { bytes.to_vec() };
    let outer = element(&binary).ok_or_else(broken)?;
    let kind = element(outer.content).ok_or_else(broken)?;
    // 1.2.840.113549.1.7.x, and 1.2.840.113549.1.9.16.1.x.
    match kind.content {
        [.., 1, 7, 1] => content(kind.rest).map(|bytes| draft.nest("content", bytes)).ok_or_else(broken),
        [.., 1, 7, 2] => {
            if let Some(bytes) = signed(kind.rest, 2) {
                draft.nest("signed content", bytes);
            }
            Ok(())
        }
        [.., 1, 7, 3 | 4 | 6] | [.., 16, 1, 23] => closed(draft),
        [.., 16, 1, 9] => {
            let packed = signed(kind.rest, 2).ok_or_else(broken)?;
            let plain = draft.unpack(flate2::read::ZlibDecoder::new(packed.as_slice()), packed.len() as u64)?;
            draft.nest("content", plain);
            Ok(())
        }
        _ => Err(Unread::Opaque),
    }
}

/// The content of SignedData or CompressedData: behind so many elements stands its kind and then itself; nothing where it is elsewhere.
fn signed(explicit: &[u8], before: usize) -> Option<Vec<u8>> {
    let mut rest = element(element(explicit)?.content)?.content;
    for _ in 0..before {
        rest = element(rest)?.rest;
    }
    let kind = element(element(rest)?.content)?;
    content(kind.rest)
}

/// An explicit octet string, whole or in pieces.
fn content(explicit: &[u8]) -> Option<Vec<u8>> {
    let octets = element(element(explicit)?.content)?;
    if octets.tag & 0x20 == 0 {
        return Some(octets.content.to_vec());
    }
    let (mut whole, mut rest) = (Vec::new(), octets.content);
    while let Some(piece) = element(rest).filter(|piece| piece.tag == 4) {
        whole.extend_from_slice(piece.content);
        rest = piece.rest;
    }
    Some(whole)
}

/// One element of BER (X.690 section 8.1).
struct Element<'e> {
    tag: u8,
    content: &'e [u8],
    rest: &'e [u8],
}

/// Tag, octets of the head, and length; nothing for the length where an end mark closes it.
fn head(bytes: &[u8]) -> Option<(u8, usize, Option<usize>)> {
    let (&tag, &first) = bytes.first().zip(bytes.get(1))?;
    match first {
        0x80 => Some((tag, 2, None)),
        0..0x80 => Some((tag, 2, Some(usize::from(first)))),
        _ => {
            let count = usize::from(first & 0x7f);
            let digits = bytes.get(2..2 + count).filter(|_| count <= 4)?;
            Some((tag, 2 + count, Some(digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)))))
        }
    }
}

fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let (tag, begin, length) = head(bytes)?;
    if let Some(length) = length {
        // What is cut off is given as far as it goes.
        let end = begin.checked_add(length)?.min(bytes.len());
        return Some(Element { tag, content: bytes.get(begin..end)?, rest: bytes.get(end..)? });
    }
    let (mut at, mut depth) = (begin, 1_usize);
    while depth > 0 {
        let Some((tag, skip, length)) = bytes.get(at..).and_then(head) else { break };
        match length {
            Some(0) if tag == 0 => depth -= 1,
            Some(length) => at = at.checked_add(length)?,
            None => depth += 1,
        }
        at += skip;
    }
    let end = at.min(bytes.len());
    Some(Element { tag, content: bytes.get(begin..end.saturating_sub(2).max(begin))?, rest: bytes.get(end..)? })
}

/// OpenPGP, armoured or binary.
pub(super) fn pgp(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    if bytes.first().is_some_and(|first| first & 0x80 != 0) && charset::encoding(bytes).is_none() {
        return packets(bytes.to_vec(), draft);
    }
    let text = charset::text(bytes);
    let (before, block) = text.split_at(text.find("-----BEGIN PGP ").unwrap_or(text.len()));
    draft.text(Spot::Body, before)?;
    let title = block.lines().next().unwrap_or_default();
    if title.contains("SIGNED MESSAGE") {
        return draft.text(Spot::Body, clear_signed(block));
    }
    if title.contains("PGP MESSAGE") { packets(armoured(block), draft) } else { Ok(()) }
}

/// The text of a clear-signed message (RFC 9580 section 7), and what follows it.
fn clear_signed(block: &str) -> String {
    let (text, signature) = block.split_at(block.find("-----BEGIN PGP SIGNATURE").unwrap_or(block.len()));
    let after = signature.split_once("-----END PGP SIGNATURE-----").map_or("", |(_, after)| after);
    let lines = text.lines().skip(1).skip_while(|line| !line.trim().is_empty());
    let lines = lines.map(|line| line.strip_prefix("- ").unwrap_or(line));
    lines.chain(after.lines()).fold(String::new(), |text, line| text + line + "\n")
}

/// What stands between the head of an armoured block and its end.
fn armoured(block: &str) -> Vec<u8> {
    let body = block.lines().skip(1).take_while(|line| !line.starts_with("-----"));
    // Fields stand before an empty line, the checksum behind an equals sign.
    let is_data = |line: &&str| !line.contains(": ") && !line.starts_with('=');
    message::from_base64(body.filter(is_data).collect::<String>().as_bytes())
}

/// Follows packets until content is found, or a key is needed.
fn packets(bytes: Vec<u8>, draft: &mut Draft) -> Result<(), Unread> {
    let mut layer = bytes;
    for _ in 0..LAYERS {
        let Some(packed) = follow(&layer, draft)? else { return Ok(()) };
        let length = packed.len() as u64;
        let data = packed.get(1..).unwrap_or_default();
        layer = match packed.first() {
            Some(0) => data.to_vec(),
            Some(1) => draft.unpack(flate2::read::DeflateDecoder::new(data), length)?,
            Some(2) => draft.unpack(flate2::read::ZlibDecoder::new(data), length)?,
            Some(3) => draft.unpack(bzip2::read::BzDecoder::new(data), length)?,
            _ => return Err(Unread::Opaque),
        };
    }
    Err(Unread::Bound("packets lie too deep in each other".to_owned()))
}

/// Goes through the packets of one layer; gives back what is packed in the next.
fn follow(mut rest: &[u8], draft: &mut Draft) -> Result<Option<Vec<u8>>, Unread> {
    for _ in 0..STEPS {
        let Some((tag, body, after)) = packet(rest) else { break };
        match tag {
            1 | 3 | 9 | 18 | 20 => return closed(draft).map(|()| None),
            8 => return Ok(Some(body)),
            11 => {
                let length = body.get(1).map_or(0, |length| usize::from(*length));
                let name = body.get(2..2 + length).map(|name| String::from_utf8_lossy(name).into_owned());
                let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "signed content".to_owned());
                draft.nest(&name, body.get(2 + length + 4..).unwrap_or_default().to_vec());
                return Ok(None);
            }
            _ => rest = after,
        }
    }
    Ok(None)
}

/// One packet (RFC 9580 section 4.2), its pieces joined.
fn packet(bytes: &[u8]) -> Option<(u8, Vec<u8>, &[u8])> {
    let (&first, mut rest) = bytes.split_first().filter(|(first, _)| **first & 0x80 != 0)?;
    if first & 0x40 == 0 {
        let octets = [1, 2, 4, 0][usize::from(first & 3)];
        let length = rest.get(..octets)?.iter().fold(0_usize, |length, octet| length << 8 | usize::from(*octet));
        let body = rest.get(octets..)?;
        let length = if octets == 0 { body.len() } else { length.min(body.len()) };
        return Some((first >> 2 & 0x0f, body.get(..length)?.to_vec(), body.get(length..)?));
    }
    let mut body = Vec::new();
    loop {
        let (&one, after) = rest.split_first()?;
        let (length, skip, goes_on) = match one {
            0..=191 => (usize::from(one), 0, false),
            192..=223 => (((usize::from(one) - 192) << 8) + usize::from(*after.first()?) + 192, 1, false),
            224..=254 => (1_usize << (one & 0x1f), 0, true),
            255 => (after.get(..4)?.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), 4, false),
        };
        let after = after.get(skip..)?;
        let length = length.min(after.len());
        body.extend_from_slice(after.get(..length)?);
        rest = after.get(length..)?;
        if !goes_on || rest.is_empty() {
            return Some((first & 0x3f, body, rest));
        }
    }
}

#[cfg(test)]
#[path = "protected_tests.rs"]
mod tests;
