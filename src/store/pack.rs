//! What a frame's plain text is: a mail's record with its shared parts cut out, or one shared part; packed by zstd (RFC 8878).
//!
//! ```text
//! record = length(4) header(JSON) length(4) copies(JSON) length(4) cuts(JSON) the mail without what was cut out
//! part   = the bytes that were cut out; or, of base64 (see `wrap`), what it holds, length of a line(2) line ends(1)
//! ```
//!
//! A shared part is known by a keyed hash of its bytes, so that a copy of the database does not tell which known files a school has.
//! In: a [`Mail`] to be kept, or the frames read. Out: plain texts to be sealed, or a [`Record`]. What can fail: bytes that are not
//! what was written, although they opened; they would be a mistake of ours.

use std::cell::RefCell;
use std::io;
use std::ops::Range;
use std::thread::LocalKey;

use bytes::Bytes;
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};
use zstd::bulk::{Compressor, Decompressor};

use super::error::StoreError;
use super::record::{KeptCopy, Mail, Record, RecordHeader};
use super::seal::{Magic, SealingKey};
use super::wrap::{self, Wrap};
use crate::base::hash::{hex, unhex};

/// A record as earlier versions wrote it: header and mail, neither packed nor cut.
const PLAIN: Magic = *b"SGr1";
/// A record.
pub(super) const RECORD: Magic = *b"SGr2";
/// A shared part as it stands in the mail.
const PART: Magic = *b"SGp1";
/// A shared part without its base64.
const BARE_PART: Magic = *b"SGp2";

/// The quickest level that still packs letters, not only repetitions.
const LEVEL: i32 = 1;
/// What a plain text may grow to. Only our own frames are unpacked; this keeps a damaged length from asking for all memory.
const LARGEST: u64 = 2 << 30;

/// The name of a shared part within its partition.
pub(super) type PartName = [u8; 32];

/// Where something was cut out of a mail, and what.
#[derive(Serialize, Deserialize)]
struct Cut {
    /// Offset in the whole mail.
    at: usize,
    length: usize,
    part: String,
}

/// A record unpacked, as long as its shared parts are not back in place.
pub(super) struct Skeleton {
    /// As [`Packed::leaf`], over what was read; nothing for records of earlier versions.
    pub(super) leaf: Option<[u8; 32]>,
    header: RecordHeader,
    copies: Vec<KeptCopy>,
    cuts: Vec<Cut>,
    rest: Bytes,
}

/// A mail made ready to be sealed.
pub(super) struct Packed {
    pub plain: Vec<u8>,
    /// SHA-256 over the header, which holds the mail's own, and the copies.
    pub leaf: [u8; 32],
}

/// The shared parts of a mail with their names.
pub(super) fn parts(key: &SealingKey, mail: &Mail) -> Result<Vec<(PartName, Range<usize>)>, StoreError> {
    if mail.shared.is_empty() {
        return Ok(Vec::new());
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, &*key.derive(b"names of parts")?);
    let named = |range: &Range<usize>| {
        let tag = hmac::sign(&key, mail.raw.get(range.clone())?);
        Some((tag.as_ref().try_into().ok()?, range.clone()))
    };
    Ok(mail.shared.iter().filter_map(named).collect())
}

/// The plain text of a shared part, and what it is.
pub(super) fn part(bytes: &[u8]) -> Result<(Magic, Vec<u8>), StoreError> {
    let Some((Wrap { line, ends }, mut bare)) = wrap::unwrap(bytes) else { return Ok((PART, pack(bytes)?)) };
    bare.extend(line.to_le_bytes().into_iter().chain([ends]));
    Ok((BARE_PART, pack(&bare)?))
}

/// The plain text of a record, with these parts cut out.
pub(super) fn record(mail: &Mail, parts: &[(PartName, Range<usize>)]) -> Result<Packed, StoreError> {
    let (header, copies) = (serde_json::to_vec(&mail.header)?, serde_json::to_vec(&mail.copies)?);
    let cut = |(name, range): &(PartName, Range<usize>)| Cut { at: range.start, length: range.len(), part: hex(name) };
    let cuts = serde_json::to_vec(&parts.iter().map(cut).collect::<Vec<_>>())?;

    let mut plain = Vec::with_capacity(header.len() + copies.len() + cuts.len() + mail.raw.len() + 12);
    for text in [&header, &copies, &cuts] {
        let length = u32::try_from(text.len()).map_err(|_| malformed("a header is too large"))?;
        plain.extend_from_slice(&length.to_le_bytes());
        plain.extend_from_slice(text);
    }
    let mut done = 0;
    for (_, range) in parts {
        plain.extend_from_slice(mail.raw.get(done..range.start).ok_or_else(|| malformed("shared parts overlap"))?);
        done = range.end;
    }
    plain.extend_from_slice(mail.raw.get(done..).ok_or_else(|| malformed("a shared part lies beyond the end"))?);
    Ok(Packed { plain: pack(&plain)?, leaf: leaf(&header, &copies) })
}

fn leaf(header: &[u8], copies: &[u8]) -> [u8; 32] {
    let mut sum = digest::Context::new(&digest::SHA256);
    for text in [header, copies] {
        sum.update(&(text.len() as u64).to_be_bytes());
        sum.update(text);
    }
    let mut leaf = [0; 32];
    leaf.copy_from_slice(sum.finish().as_ref());
    leaf
}

/// Whether a shared part has this name.
pub(super) fn is_named(key: &SealingKey, name: &PartName, bytes: &[u8]) -> Result<bool, StoreError> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &*key.derive(b"names of parts")?);
    Ok(hmac::verify(&key, bytes, name).is_ok())
}

/// Reads the plain text of a record.
pub(super) fn read(magic: Magic, plain: Bytes) -> Result<Skeleton, StoreError> {
    let read = if magic == PLAIN { read_old(plain) } else { unpack(&plain)?.and_then(|plain| read_new(&plain)) };
    read.filter(|_| magic == PLAIN || magic == RECORD).ok_or_else(|| malformed("a record"))
}

/// Reads the plain text of a shared part.
pub(super) fn read_part(magic: Magic, plain: &Bytes) -> Result<Bytes, StoreError> {
    let read = match (magic, unpack(plain)?) {
        (PART, unpacked) => unpacked,
        (BARE_PART, Some(bare)) => rewrap(&bare),
        _ => None,
    };
    read.ok_or_else(|| malformed("a shared part"))
}

fn rewrap(bare: &[u8]) -> Option<Bytes> {
    let (held, [low, high, ends]) = bare.split_last_chunk::<3>()?;
    let line = u16::from_le_bytes([*low, *high]);
    Some(Bytes::from(wrap::wrap(held, Wrap { line, ends: *ends })))
}

impl Skeleton {
    /// The names of the parts that it lacks, in the order of their places.
    pub(super) fn lacks(&self) -> Result<Vec<PartName>, StoreError> {
        self.cuts.iter().map(|cut| unhex(&cut.part).ok_or_else(|| malformed("the name of a shared part"))).collect()
    }

    /// Where they stand in the whole mail.
    pub(super) fn ranges(&self) -> Vec<Range<usize>> {
        self.cuts.iter().map(|cut| cut.at..cut.at.saturating_add(cut.length)).collect()
    }

    /// The record, with these parts put back.
    pub(super) fn complete(self, parts: &[Bytes]) -> Result<Record, StoreError> {
        let Self { header, copies, cuts, rest, .. } = self;
        if cuts.is_empty() {
            return Ok(Record { header, copies, raw: rest });
        }
        let mut raw = Vec::with_capacity(rest.len() + parts.iter().map(Bytes::len).sum::<usize>());
        let mut taken = 0;
        for (cut, part) in cuts.iter().zip(parts) {
            let before = cut.at.checked_sub(raw.len()).and_then(|more| rest.get(taken..taken + more));
            let before = before.filter(|_| part.len() == cut.length).ok_or_else(|| malformed("a shared part"))?;
            raw.extend_from_slice(before);
            raw.extend_from_slice(part);
            taken += before.len();
        }
        raw.extend_from_slice(rest.get(taken..).unwrap_or_default());
        if cuts.len() != parts.len() {
            return Err(malformed("a record lacks a shared part"));
        }
        Ok(Record { header, copies, raw: Bytes::from(raw) })
    }
}

fn read_old(plain: Bytes) -> Option<Skeleton> {
    let (header, end) = text(&plain, 0)?;
    let header = serde_json::from_slice(header).ok()?;
    Some(Skeleton { leaf: None, header, copies: Vec::new(), cuts: Vec::new(), rest: plain.slice(end..) })
}

fn read_new(plain: &Bytes) -> Option<Skeleton> {
    let (header, end) = text(plain, 0)?;
    let (copies, end) = text(plain, end)?;
    let (cuts, end) = text(plain, end)?;
    Some(Skeleton {
        leaf: Some(leaf(header, copies)),
        header: serde_json::from_slice(header).ok()?,
        copies: serde_json::from_slice(copies).ok()?,
        cuts: serde_json::from_slice(cuts).ok()?,
        rest: plain.slice(end..),
    })
}

/// The text at an offset, behind its length; and where it ends.
fn text(plain: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let length = u32::from_le_bytes(plain.get(at..at + 4)?.try_into().ok()?);
    let end = at.checked_add(4)?.checked_add(usize::try_from(length).ok()?)?;
    Some((plain.get(at + 4..end)?, end))
}

thread_local! {
    /// What zstd works in: to make it anew takes longer than to pack a short mail.
    static PACKING: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKING: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Works with what the thread has, or makes it.
fn reusing<W, T>(
    kept: &'static LocalKey<RefCell<Option<W>>>,
    make: impl FnOnce() -> io::Result<W>,
    work: impl FnOnce(&mut W) -> io::Result<T>,
) -> io::Result<T> {
    kept.with_borrow_mut(|kept| match kept {
        Some(ready) => work(ready),
        None => work(kept.insert(make()?)),
    })
}

fn pack(plain: &[u8]) -> Result<Vec<u8>, StoreError> {
    let packed = reusing(&PACKING, || Compressor::new(LEVEL), |compressor| compressor.compress(plain));
    packed.map_err(|error| malformed(&format!("packing: {error}")))
}

fn unpack(packed: &[u8]) -> Result<Option<Bytes>, StoreError> {
    let size = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten().filter(|size| *size <= LARGEST);
    let Some(size) = size.and_then(|size| usize::try_from(size).ok()) else { return Ok(None) };
    let plain = reusing(&UNPACKING, Decompressor::new, |decompressor| decompressor.decompress(packed, size));
    Ok(Some(Bytes::from(plain.map_err(|error| malformed(&format!("unpacking: {error}")))?)))
}

fn malformed(what: &str) -> StoreError {
    StoreError::Damaged(format!("{what} is not as it was written"))
}

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;
