//! Streams, unpacked within the budget.
//!
//! In: a stream and its filters (ISO 32000-1 section 7.4). Out: its octets; as much as a damaged one gives. Flate is undone here under the
//! draft's bounds. The other filters are lopdf's, for inputs so short that they cannot grow out of hand.

use std::borrow::Cow;
use std::io::Read;

use lopdf::Stream;
use memchr::memmem;

use crate::extract::contents::Unread;
use crate::extract::read::Draft;

/// Octets of a stream in a filter that grows less than Flate, and is undone as a whole.
const WHOLE: usize = 1 << 20;
/// Filters on one stream; more is no document.
const FILTERS: usize = 6;

/// A reader that calls damage the end.
struct Lenient<R>(R);

impl<R: Read> Read for Lenient<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        Ok(self.0.read(into).unwrap_or(0))
    }
}

/// What a stream holds.
pub(super) fn content(stream: &Stream, draft: &mut Draft) -> Result<Vec<u8>, Unread> {
    let filters = stream.filters().unwrap_or_default();
    if filters.len() > FILTERS {
        return Err(Unread::Bound("more filters on a stream than are undone".to_owned()));
    }
    let has_predictor = stream.dict.get(b"DecodeParms").is_ok();
    let mut content = Cow::Borrowed(stream.content.as_slice());
    for filter in filters {
        content = Cow::Owned(match filter {
            b"FlateDecode" | b"Fl" => inflated(&content, stream.content.len(), draft)?,
            b"ASCIIHexDecode" | b"AHx" => unhexed(&content),
            b"RunLengthDecode" | b"RL" => unrun(&content),
            b"LZWDecode" | b"LZW" | b"ASCII85Decode" | b"A85" if content.len() <= WHOLE => {
                undone(filter, &content, stream, draft)?
            }
            b"Crypt" => content.into_owned(),
            _ => return Err(Unread::Broken("a filter of text that is not known".to_owned())),
        });
    }
    let content = content.into_owned();
    Ok(if has_predictor { without_predictor(stream, content) } else { content })
}

/// `stored` is how much it takes in the file, under all its filters.
fn inflated(packed: &[u8], stored: usize, draft: &mut Draft) -> Result<Vec<u8>, Unread> {
    draft.unpack(Lenient(flate2::read::ZlibDecoder::new(packed)), stored as u64)
}

fn undone(filter: &[u8], content: &[u8], stream: &Stream, draft: &mut Draft) -> Result<Vec<u8>, Unread> {
    let mut single = Stream::new(lopdf::Dictionary::new(), content.to_vec());
    let name = if filter.starts_with(b"L") { "LZWDecode" } else { "ASCII85Decode" };
    single.dict.set("Filter", name);
    if let Ok(parameters) = stream.dict.get(b"DecodeParms") {
        single.dict.set("DecodeParms", parameters.clone());
    }
    let plain = single.decompressed_content().unwrap_or_default();
    draft.unpack(plain.as_slice(), content.len() as u64)
}

/// Predictors of PNG (section 7.4.4.4) stand on tables, not on text; lopdf undoes them where only Flate was before.
fn without_predictor(stream: &Stream, content: Vec<u8>) -> Vec<u8> {
    let parameters = stream.dict.get(b"DecodeParms").and_then(lopdf::Object::as_dict);
    let get = |key: &[u8]| parameters.as_ref().ok().and_then(|dict| dict.get(key).ok()).and_then(|value| value.as_i64().ok());
    let number = |key: &[u8], otherwise: i64| usize::try_from(get(key).unwrap_or(otherwise)).unwrap_or(1).clamp(1, 1 << 20);
    let is_flate = stream.filters().is_ok_and(|filters| filters == [b"FlateDecode"]);
    if !is_flate || get(b"Predictor").unwrap_or(1) < 10 {
        return content;
    }
    let pixel = (number(b"Colors", 1) * number(b"BitsPerComponent", 8)).div_ceil(8);
    let row = (number(b"Colors", 1) * number(b"BitsPerComponent", 8) * number(b"Columns", 1)).div_ceil(8);
    let mut out: Vec<u8> = Vec::with_capacity(content.len());
    let mut above = vec![0; row];
    for line in content.chunks(row + 1) {
        let Some((&kind, line)) = line.split_first() else { break };
        let mut current = vec![0; row];
        for place in 0..line.len() {
            let at = |line: &[u8], back: usize| place.checked_sub(back).and_then(|at| line.get(at)).copied().unwrap_or(0);
            let (left, up, corner) = (at(&current, pixel), at(&above, 0), at(&above, pixel));
            let guess = match kind {
                1 => left,
                2 => up,
                3 => u16::midpoint(u16::from(left), u16::from(up)) as u8,
                4 => paeth(left, up, corner),
                _ => 0,
            };
            if let (Some(to), Some(byte)) = (current.get_mut(place), line.get(place)) {
                *to = byte.wrapping_add(guess);
            }
        }
        out.extend(current.iter().take(line.len()));
        above = current;
    }
    out
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let guess = a + b - c;
    let (to_a, to_b, to_c) = ((guess - a).abs(), (guess - b).abs(), (guess - c).abs());
    if to_a <= to_b && to_a <= to_c {
        left
    } else if to_b <= to_c {
        up
    } else {
        corner
    }
}

fn unhexed(text: &[u8]) -> Vec<u8> {
    let digits = text.iter().take_while(|byte| **byte != b'>').filter_map(|byte| char::from(*byte).to_digit(16));
    let digits: Vec<u8> = digits.filter_map(|digit| u8::try_from(digit).ok()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

/// Run lengths (section 7.4.5) grow by no more than sixty-four.
fn unrun(mut packed: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some((&length, rest)) = packed.split_first() {
        let length = usize::from(length);
        packed = match length {
            0..=127 => {
                let (plain, rest) = rest.split_at((length + 1).min(rest.len()));
                out.extend_from_slice(plain);
                rest
            }
            128 => break,
            _ => {
                let Some((byte, rest)) = rest.split_first() else { break };
                out.extend(std::iter::repeat_n(*byte, 257 - length));
                rest
            }
        };
    }
    out
}

/// Weighs the streams that lopdf unpacks by itself, those of objects and of their places, and gives the file back if they are no bomb.
pub(super) fn weighed<'f>(bytes: &'f [u8], draft: &mut Draft) -> Result<&'f [u8], Unread> {
    for mark in [b"/ObjStm".as_slice(), b"/XRef"] {
        // Each stream once, and each end looked for once, however many marks stand before it.
        let (mut weighed, mut end) = (0, 0);
        for found in memmem::find_iter(bytes, mark) {
            let Some(start) = begin(bytes, found).filter(|start| *start > weighed && *start <= bytes.len()) else { continue };
            weighed = start;
            draft.check_time()?;
            if end < start {
                end = memmem::find(&bytes[start..], b"endstream").map_or(bytes.len(), |at| start + at);
            }
            weigh(bytes.get(start..end).unwrap_or_default(), draft)?;
        }
    }
    Ok(bytes)
}

/// Unpacks a stream through all layers that look packed, and forgets it.
fn weigh(packed: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let mut layer = inflated(packed, packed.len(), draft)?;
    for _ in 0..FILTERS {
        if !layer.starts_with(b"\x78") {
            break;
        }
        layer = inflated(&layer, packed.len(), draft)?;
    }
    Ok(())
}

/// Where the stream begins whose dictionary holds this place.
fn begin(bytes: &[u8], place: usize) -> Option<usize> {
    let near = bytes.get(place..(place + 2048).min(bytes.len()))?;
    let start = place + memmem::find(near, b"stream")? + 6;
    match bytes.get(start..start + 2)? {
        [b'\r', b'\n'] => Some(start + 2),
        [b'\r' | b'\n', _] => Some(start + 1),
        _ => Some(start),
    }
}
