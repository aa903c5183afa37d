//! One file, packed: gzip (RFC 1952) and bzip2. xz and Zstandard are known and not opened.
//!
//! In: the bytes of a file and its kind. Out: one nested file, under the name that the packing keeps, or the outer name without its ending.
//! Several members one after the other are one file, as programs unpack them. What was unpacked before a damage counts.

use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use super::zip::Lenient;
use super::{Draft, Kind, Unread};

/// Octets of a name that is kept in the header.
const NAME_OCTETS: usize = 1024;

/// Reads a packed file.
pub(super) fn read(kind: Kind, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    match kind {
        Kind::Gzip => {
            let name = kept_name(bytes).unwrap_or_else(|| inner_name(draft.file.name()));
            lay(&name, MultiGzDecoder::new(bytes), bytes.len(), draft)
        }
        Kind::Bzip2 => lay(&inner_name(draft.file.name()), bzip2::bufread::MultiBzDecoder::new(bytes), bytes.len(), draft),
        _ => Err(Unread::Opaque),
    }
}

fn lay(name: &str, stream: impl Read, packed: usize, draft: &mut Draft) -> Result<(), Unread> {
    let mut whole = Lenient::new(stream);
    let bytes = draft.unpack(&mut whole, packed as u64)?;
    let is_empty = bytes.is_empty();
    if !(whole.failed && is_empty) {
        draft.nest(name, bytes);
    }
    if whole.failed { Err(Unread::Broken("its packing is damaged".to_owned())) } else { Ok(()) }
}

/// The name in a gzip header (RFC 1952 section 2.3), which is in Latin-1.
fn kept_name(bytes: &[u8]) -> Option<String> {
    let flags = *bytes.get(3)?;
    if flags & 8 == 0 {
        return None;
    }
    let extra = if flags & 4 == 0 { 0 } else { 2 + usize::from(*bytes.get(10)?) + (usize::from(*bytes.get(11)?) << 8) };
    let field = bytes.get(10 + extra..)?;
    let end = field.iter().take(NAME_OCTETS).position(|octet| *octet == 0).filter(|end| *end > 0)?;
    let name = field.get(..end)?;
    Some(std::str::from_utf8(name).map_or_else(|_| name.iter().copied().map(char::from).collect(), str::to_owned))
}

/// `list.csv.gz` holds `list.csv`, `marks.tgz` holds `marks.tar`.
fn inner_name(outer: &str) -> String {
    let Some((stem, ending)) = outer.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else {
        return format!("{outer} (unpacked)");
    };
    match ending.to_ascii_lowercase().as_str() {
        "tgz" | "tbz" | "tbz2" | "txz" => format!("{stem}.tar"),
        "svgz" => format!("{stem}.svg"),
        "emz" => format!("{stem}.emf"),
        "wmz" => format!("{stem}.wmf"),
        "gz" | "bz2" | "xz" | "lzma" | "z" => stem.to_owned(),
        _ => format!("{outer} (unpacked)"),
    }
}

#[cfg(test)]
#[path = "packed_tests.rs"]
mod tests;
