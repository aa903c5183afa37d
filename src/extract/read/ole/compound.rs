//! The compound file (MS-CFB): storages and streams in one file, as a small FAT disk. Here it is read loosely, as Office reads it: chains
//! that break off give what they have, and a directory tree that leads nowhere is replaced by the plain list.
//!
//! In: bytes. Out: a tree of entries and the bytes of each stream. Invariants: chains are followed no further than the stream is long
//! and the file has sectors, so a circle ends; entries are met once each; and all streams together may be read a few times over
//! ([`ROOM`]) but not more, however many share the same sectors. A file without header or directory is [`Unread::Broken`].

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{Cursor, Write};

use super::super::octets::{some_of, u16_at, u32_at, u64_at, utf16};
use crate::extract::contents::Unread;

/// MS-CFB section 2.2.
pub(in crate::extract) const MAGIC: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// The root is the first entry.
pub(super) const ROOT: usize = 0;
/// How many times the file's size may be read out of its streams: honest readers read a stream once or twice.
const ROOM: u64 = 8;
/// Entries of a storage that is copied; a message with a thousand recipients has some ten thousand.
const COPIED: usize = 20_000;
/// Octets of the path of a storage that is copied; deeper ones are made to be deep.
const PATH: usize = 1024;
/// Numbers of sectors from here on are marks (section 2.1).
const LAST_SECTOR: u32 = 0xFFFF_FFFA;

/// A compound file that was opened.
pub(in crate::extract::read) struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    fat: Vec<u32>,
    mini_sector: usize,
    mini_fat: Vec<u32>,
    mini: Vec<u8>,
    /// Streams shorter than this lie in the mini stream.
    cutoff: u64,
    entries: Vec<Entry>,
    index: HashMap<(usize, String), usize>,
    room: Cell<u64>,
}

/// A storage or a stream.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) is_stream: bool,
    pub(super) size: u64,
    pub(super) children: Vec<usize>,
    pub(super) parent: Option<usize>,
    start: u32,
    left: u32,
    right: u32,
    child: u32,
}

impl<'a> Compound<'a> {
    /// Opens a file by its header, FAT and directory (sections 2.2, 2.3, 2.6).
    pub(in crate::extract::read) fn open(bytes: &'a [u8]) -> Result<Self, Unread> {
        if !bytes.starts_with(&MAGIC) || bytes.len() < 512 {
            return Err(broken("no compound file"));
        }
        let sector = if u16_at(bytes, 30) == Some(12) { 4096 } else { 512 };
        let mini_sector = 1 << u16_at(bytes, 32).filter(|shift| (4..=9).contains(shift)).unwrap_or(6);
        let cutoff = u64::from(u32_at(bytes, 56).filter(|cutoff| *cutoff > 0).unwrap_or(4096));
        let room = Cell::new(ROOM * bytes.len() as u64);
        let (fat, mini_fat, mini, entries) = Default::default();
        let index = HashMap::new();
        let mut this = Self { bytes, sector, fat, mini_sector, mini_fat, mini, cutoff, entries, index, room };
        this.fat = this.read_fat();
        let directory = this.whole_chain(u32_at(bytes, 48).unwrap_or(LAST_SECTOR));
        this.entries = directory.chunks_exact(128).map(entry).collect();
        if this.entries.is_empty() {
            return Err(broken("a compound file without a directory"));
        }
        let mini_fat = this.whole_chain(u32_at(bytes, 60).unwrap_or(LAST_SECTOR));
        this.mini_fat = numbers(&mini_fat);
        this.mini = this.entries.first().map(|root| this.big_stream(root)).unwrap_or_default();
        this.join();
        Ok(this)
    }

    fn sectors(&self) -> usize {
        self.bytes.len() / self.sector
    }

    /// The sector of a number; the header takes the place of the first.
    fn sector_at(&self, number: u32) -> &'a [u8] {
        some_of(self.bytes, (number as usize).saturating_add(1).saturating_mul(self.sector), self.sector)
    }

    /// The FAT, by the list of its sectors in the header and in the DIFAT chain (section 2.5).
    fn read_fat(&self) -> Vec<u32> {
        let most = self.sectors() + self.sector;
        let mut fat = Vec::new();
        let mut list = numbers(some_of(self.bytes, 76, 109 * 4));
        let mut next = u32_at(self.bytes, 68).unwrap_or(LAST_SECTOR);
        for _ in 0..=self.sectors() {
            for number in list.iter().filter(|number| **number < LAST_SECTOR) {
                if fat.len() > most {
                    return fat;
                }
                fat.extend(numbers(self.sector_at(*number)));
            }
            if next >= LAST_SECTOR {
                break;
            }
            list = numbers(self.sector_at(next));
            next = list.pop().unwrap_or(LAST_SECTOR);
        }
        fat
    }

    fn whole_chain(&self, start: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in chain(&self.fat, start, self.sectors()) {
            bytes.extend_from_slice(self.sector_at(number));
        }
        bytes
    }

    fn big_stream(&self, entry: &Entry) -> Vec<u8> {
        let size = usize::try_from(entry.size).unwrap_or(usize::MAX).min(self.bytes.len());
        let mut bytes = Vec::with_capacity(size);
        for number in chain(&self.fat, entry.start, size.div_ceil(self.sector)) {
            bytes.extend_from_slice(self.sector_at(number));
        }
        bytes.truncate(size);
        bytes
    }

    fn small_stream(&self, entry: &Entry) -> Vec<u8> {
        let size = usize::try_from(entry.size).unwrap_or(usize::MAX).min(self.mini.len());
        let mut bytes = Vec::with_capacity(size);
        for number in chain(&self.mini_fat, entry.start, size.div_ceil(self.mini_sector)) {
            bytes.extend_from_slice(some_of(&self.mini, (number as usize).saturating_mul(self.mini_sector), self.mini_sector));
        }
        bytes.truncate(size);
        bytes
    }

    /// Gives each entry its parent: siblings hang together as a search tree (section 2.6.4), walked here with a pile.
    fn join(&mut self) {
        let mut met = vec![false; self.entries.len()];
        let mut order = Vec::new();
        let mut pile: Vec<(usize, usize)> = self.entries.first().map(|root| (root.child as usize, ROOT)).into_iter().collect();
        while let Some((at, parent)) = pile.pop() {
            let Some(entry) = self.entries.get(at).filter(|entry| at != ROOT && !entry.name.is_empty()) else { continue };
            if std::mem::replace(&mut met[at], true) {
                continue;
            }
            order.push((at, parent));
            pile.extend([(entry.right as usize, parent), (entry.left as usize, parent)]);
            if !entry.is_stream {
                pile.push((entry.child as usize, at));
            }
        }
        if order.is_empty() {
            order.extend((1..self.entries.len()).filter(|at| !self.entries[*at].name.is_empty()).map(|at| (at, ROOT)));
        }
        for (at, parent) in order {
            self.entries[at].parent = Some(parent);
            self.index.entry((parent, self.entries[at].name.to_uppercase())).or_insert(at);
            self.entries[parent].children.push(at);
        }
    }

    pub(super) fn entry(&self, at: usize) -> Option<&Entry> {
        self.entries.get(at)
    }

    /// What lies in a storage.
    pub(super) fn children(&self, at: usize) -> impl Iterator<Item = (usize, &Entry)> {
        let children = self.entry(at).map(|entry| entry.children.as_slice()).unwrap_or_default();
        children.iter().filter_map(|child| Some((*child, self.entry(*child)?)))
    }

    /// Every entry that hangs in the tree.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries.iter().enumerate().filter(|(_, entry)| entry.parent.is_some())
    }

    /// An entry of a storage by its name, whatever its case.
    pub(super) fn find(&self, parent: usize, name: &str) -> Option<usize> {
        self.index.get(&(parent, name.to_uppercase())).copied()
    }

    /// The bytes of a stream of a storage; of a broken one, those that can be had.
    pub(super) fn stream_of(&self, parent: usize, name: &str) -> Option<Vec<u8>> {
        let at = self.find(parent, name)?;
        self.entry(at).filter(|entry| entry.is_stream).map(|_| self.stream(at))
    }

    /// The bytes of a stream.
    pub(super) fn stream(&self, at: usize) -> Vec<u8> {
        let Some(entry) = self.entry(at) else { return Vec::new() };
        let Some(room) = self.room.get().checked_sub(entry.size.min(self.bytes.len() as u64)) else {
            self.room.set(0);
            return Vec::new();
        };
        self.room.set(room);
        if entry.size < self.cutoff { self.small_stream(entry) } else { self.big_stream(entry) }
    }

    /// Fails where streams overlap so much that they were not all read.
    pub(super) fn had_room(&self) -> Result<(), Unread> {
        if self.room.get() > 0 { Ok(()) } else { Err(Unread::Bound("streams that share their bytes".to_owned())) }
    }

    /// A storage as a compound file of its own. `change` may alter streams that lie in it directly.
    pub(super) fn storage_alone(&self, at: usize, change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Option<Vec<u8>> {
        let mut out = cfb::CompoundFile::create(Cursor::new(Vec::new())).ok()?;
        let mut pile = vec![(at, String::from("/"))];
        let mut left = COPIED;
        while let Some((storage, path)) = pile.pop() {
            for (child, entry) in self.children(storage) {
                left = usize::checked_sub(left, 1)?;
                let path = format!("{path}{}", entry.name.replace(['/', '\\', ':', '!'], "_"));
                if entry.is_stream {
                    let bytes = self.stream(child);
                    let bytes = if storage == at { change(&entry.name, bytes) } else { bytes };
                    let Ok(mut stream) = out.create_new_stream(&path) else { continue };
                    stream.write_all(&bytes).ok()?;
                } else if out.create_storage(&path).is_ok() {
                    pile.extend((path.len() < PATH).then_some((child, path + "/")));
                }
            }
        }
        out.flush().ok()?;
        Some(out.into_inner().into_inner())
    }
}

/// The sectors of a chain, at most so many.
fn chain(fat: &[u32], start: u32, most: usize) -> impl Iterator<Item = u32> {
    std::iter::successors(Some(start), |number| fat.get(*number as usize).copied())
        .take_while(|number| *number < LAST_SECTOR)
        .take(most)
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number)).collect()
}

/// An entry of the directory (section 2.6.1).
fn entry(bytes: &[u8]) -> Entry {
    let octets = u16_at(bytes, 64).map_or(0, |octets| usize::from(octets).clamp(2, 64) - 2);
    let kind = bytes.get(66).copied().unwrap_or_default();
    let name = if matches!(kind, 1 | 2 | 5) { utf16(some_of(bytes, 0, octets)) } else { String::new() };
    let number = |at| u32_at(bytes, at).unwrap_or(u32::MAX);
    Entry {
        name,
        is_stream: kind == 2,
        // Files of version 3 leave rubbish in the upper half (section 2.6.1).
        size: u64_at(bytes, 120).map_or(0, |size| if size > u64::from(u32::MAX) { size & 0xFFFF_FFFF } else { size }),
        children: Vec::new(),
        parent: None,
        start: number(116),
        left: number(68),
        right: number(72),
        child: number(76),
    }
}

fn broken(why: &str) -> Unread {
    Unread::Broken(why.to_owned())
}
