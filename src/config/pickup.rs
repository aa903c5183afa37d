//! `[pickup]`: the pages where people outside open secure messages, and how they look.

use std::net::SocketAddr;

use bytes::Bytes;

use super::console::public_url;
use super::listen::used_once;
use super::model::{Keep, Logo, Pickup};
use super::reader::{Reader, Table, Value, plain};
use crate::base::limits;

pub(super) const PICKUP: &[&str] = &["address", "public_url", "keep", "colour", "logo", "notice_file", "help_file"];

const LINKS: (&str, &str) = (
    "write \"https://\" and the name under which people outside reach it, such as \"https://secure.oakfield.example\"",
    "confidential messages are read there",
);

/// Reads `[pickup]`.
pub(super) fn pickup<'t>(r: &mut Reader<'t>, root: &Table<'t>, ports: &mut Vec<(SocketAddr, usize)>) -> Option<Pickup> {
    let section = root.get("pickup")?;
    let table = r.open(&section, "[pickup]", PICKUP, &[])?;
    let at = r.need(&table, "address", "\"127.0.0.1:8026\"");
    let address = at.as_ref().and_then(|v| r.socket(v));
    if let (Some(address), Some(at)) = (address, &at) {
        used_once(r, address, &at.span, ports);
        if !address.ip().is_loopback() {
            r.warn(&at.span, "the pickup pages speak plain HTTP, and confidential messages pass over the network here")
                .help("use 127.0.0.1 with the TLS of a web server in front of it, or keep other machines away by a firewall");
        }
    }
    let public_url = r.need(&table, "public_url", "\"https://secure.oakfield.example\"").and_then(|v| public_url(r, &v, LINKS));
    let keep = table.get("keep").map_or_else(|| Some(Keep(jiff::Span::new().days(30))), |v| r.keep(&v));
    let colour = table.get("colour").map(|v| colour(r, &v));
    let logo = table.get("logo").map(|v| logo(r, &v));
    let notice = table.get("notice_file").map(|v| notice(r, &v));
    let help = table.get("help_file").map(|v| r.contents(&v, limits::NOTICE_OCTETS).map(|(_, text)| text));
    Some(Pickup {
        address: address?,
        public_url: public_url?,
        keep: keep?,
        colour: sound(colour)?,
        logo: sound(logo)?,
        notice: sound(notice)?,
        help: sound(help)?,
    })
}

/// What may be left out, but not be wrong.
fn sound<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        Some(None) => None,
        other => Some(other.flatten()),
    }
}

fn colour<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<[u8; 3]> {
    let text = r.text(value)?;
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let Some(number) = number else {
        r.wrong(&value.span, format!("`{}` must be a colour, not \"{text}\"", value.key))
            .help("write # and six hexadecimal digits, such as \"#1c5b4c\"");
        return None;
    };
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

/// A picture that holds no script: by its first bytes, whatever its name says.
fn logo<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Logo> {
    let path = r.path(value)?;
    let shown = path.display().to_string();
    let read = std::fs::metadata(&path).and_then(|facts| match facts.len() {
        0..=limits::LOGO_OCTETS => std::fs::read(&path),
        _ => Err(std::io::Error::other(format!("it is larger than {} KB", limits::LOGO_OCTETS >> 10))),
    });
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) => {
            r.wrong(&value.span, format!("`{shown}` cannot be read: {}", plain(&error)));
            return None;
        }
    };
    let Some(media) = media(&bytes) else {
        r.wrong(&value.span, format!("`{shown}` is not a picture that the pages can show")).help("give a PNG, JPEG, GIF or WebP");
        return None;
    };
    if !r.sources.contains(&path) {
        r.sources.push(path);
    }
    Some(Logo { media, bytes: Bytes::from(bytes) })
}

fn media(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Without the link a notice is of no use to anybody.
fn notice<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<String> {
    let (path, text) = r.contents(value, limits::NOTICE_OCTETS)?;
    if text.matches("{link}").count() != 1 {
        r.wrong(&value.span, format!("`{}` must hold {{link}} once", path.display()))
            .help("it may also hold {sender.name}, {sender.address}, {school.name}, {until}, {help} and {not_me}");
        return None;
    }
    Some(text)
}

#[cfg(test)]
#[path = "pickup_tests.rs"]
mod tests;
