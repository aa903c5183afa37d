//! RTF as Outlook packs it into messages (MS-OXRTFCP): an LZ77 with a dictionary of 4096 octets that begins filled.
//!
//! In: the property's bytes. Out: the RTF; nothing where the header is none of the two kinds. Lengths and checksums that do not fit are passed
//! over, since Outlook shows what there is. Bound: two octets unpack to seventeen at most, and they count against the budget.

use super::Draft;
use super::octets::u32_at;
use crate::extract::contents::Unread;

/// Section 2.1.2.1: what the dictionary holds before the first octet.
const FILLED: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const DICTIONARY: usize = 4096;
/// `LZFu` and `MELA` (section 2.1.3.1.1).
const PACKED: u32 = 0x7546_5A4C;
const PLAIN: u32 = 0x414C_454D;

/// The RTF of a property.
pub(super) fn unpack(bytes: &[u8], draft: &mut Draft) -> Result<Option<Vec<u8>>, Unread> {
    let Some(data) = bytes.get(16..) else { return Ok(None) };
    let rtf = match u32_at(bytes, 8) {
        Some(PACKED) => expand(data),
        Some(PLAIN) => data.to_vec(),
        _ => return Ok(None),
    };
    draft.unpack(rtf.as_slice(), bytes.len() as u64).map(Some)
}

/// Section 2.2.3.1: a flag octet, then eight literals or references.
fn expand(data: &[u8]) -> Vec<u8> {
    let mut dictionary = [0; DICTIONARY];
    dictionary[..FILLED.len()].copy_from_slice(FILLED);
    let mut write = FILLED.len();
    let mut out = Vec::with_capacity(data.len() * 2);
    let mut octets = data.iter().copied();
    'all: while let Some(flags) = octets.next() {
        for bit in 0..8 {
            if flags >> bit & 1 == 0 {
                let Some(octet) = octets.next() else { break 'all };
                keep(octet, &mut dictionary, &mut write, &mut out);
                continue;
            }
            let (Some(high), Some(low)) = (octets.next(), octets.next()) else { break 'all };
            let offset = usize::from(high) << 4 | usize::from(low >> 4);
            if offset == write {
                break 'all;
            }
            for step in 0..usize::from(low & 0xF) + 2 {
                let octet = dictionary[(offset + step) % DICTIONARY];
                keep(octet, &mut dictionary, &mut write, &mut out);
            }
        }
    }
    out
}

fn keep(octet: u8, dictionary: &mut [u8; DICTIONARY], write: &mut usize, out: &mut Vec<u8>) {
    out.push(octet);
    dictionary[*write] = octet;
    *write = (*write + 1) % DICTIONARY;
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn what_another_writer_packs_is_unpacked() {
        for rtf in
            ["{\\rtf1\\ansi The heron waits by the quiet water\\par}", "{\\rtf1 }", &"{\\rtf1 heron heron \\par}".repeat(900)]
        {
            let packed = compressed_rtf::compress_rtf(rtf).unwrap();
            assert_eq!(String::from_utf8_lossy(&expand(&packed[16..])).trim_end_matches('\0'), rtf);
        }
    }
}
