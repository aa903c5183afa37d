//! PowerPoint presentations before 2007 (MS-PPT).
//!
//! In: the stream `PowerPoint Document`. Out: the text of each slide, its notes, comments, footers and hidden slides in their spots, tables as
//! rows, embedded documents nested. Records are a tree, walked here in the order of the stream with the open containers on a pile: each
//! octet is met once. Slides of earlier versions that are still in the file are read like the others.

mod grid;

use std::collections::{HashMap, HashSet};

use flate2::read::ZlibDecoder;

use super::super::Draft;
use super::super::octets::{in_page, some_of, u16_at, u32_at, utf16};
use super::compound::{Compound, ROOT};
use super::{broken, objects, protect};
use crate::base::limits;
use crate::extract::contents::{Spot, Trait, Unread};
use grid::Grid;

/// Containers in each other that are told apart; PowerPoint makes some twenty.
const DEPTH: usize = 256;
/// `headerToken` of an enciphered presentation (section 2.3.2).
const ENCIPHERED: u32 = 0xF3D1_C4DF;

// Section 2.13.24.
const SLIDE: u16 = 0x03EE;
const NOTES: u16 = 0x03F0;
const MASTER: u16 = 0x03F8;
const HANDOUT: u16 = 0x0FC9;
const TEXTS: u16 = 0x0FF0;
const FOOTERS: u16 = 0x0FD9;
const COMMENT: u16 = 0x2EE0;
const LINK: u16 = 0x0FD7;
const GROUP: u16 = 0xF003;
const SHAPE: u16 = 0xF004;

pub(super) fn read(file: &Compound, stream: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let user = file.stream_of(ROOT, "Current User").unwrap_or_default();
    let is_enciphered = u32_at(&user, 12) == Some(ENCIPHERED) || file.find(ROOT, "EncryptedSummary").is_some();
    let hidden = Hidden::read(stream);
    if is_enciphered || hidden.has_session {
        return Err(protect(draft));
    }
    let mut walk = Walk { hidden, open: Vec::new(), slide: None, asides: Vec::new(), grid: Grid::default(), written: 0 };
    if records(stream).next().is_none() {
        return Err(broken("no records"));
    }
    for record in records(stream) {
        walk.meet(&record, draft)?;
    }
    walk.close(usize::MAX, draft)?;
    if walk.written > limits::EXTRACTED_TEXT_OCTETS {
        Err(Unread::Bound("more text than is looked at".to_owned()))
    } else {
        Ok(())
    }
}

/// One record (section 2.3.1): containers say so by their version.
struct Record<'a> {
    at: usize,
    end: usize,
    id: u16,
    instance: u16,
    is_container: bool,
    data: &'a [u8],
}

/// All records in the order of the stream, those in containers too.
fn records(stream: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut next: usize = 0;
    std::iter::from_fn(move || {
        let at = next;
        let head = u16_at(stream, at)?;
        let (id, size) = (u16_at(stream, at + 2)?, u32_at(stream, at + 4)? as usize);
        let is_container = head & 0xF == 0xF;
        let end = (at + 8).saturating_add(size).min(stream.len());
        next = if is_container { at + 8 } else { end.max(at + 8) };
        Some(Record { at, end, id, instance: head >> 4, is_container, data: some_of(stream, at + 8, size) })
    })
}

/// What a first look over the stream says: which slides are hidden, and where each persistent object lies.
#[derive(Default)]
struct Hidden {
    places: HashSet<usize>,
    persists: HashMap<u32, usize>,
    has_session: bool,
}

impl Hidden {
    fn read(stream: &[u8]) -> Self {
        let mut this = Self::default();
        let mut slide = 0;
        for record in records(stream) {
            match record.id {
                SLIDE => slide = record.at,
                // SlideShowSlideInfoAtom (section 2.6.6): fHidden.
                0x03F9 if record.data.get(10).is_some_and(|flags| flags & 4 != 0) => {
                    this.places.insert(slide);
                }
                0x1772 => this.persist(record.data),
                0x2F14 => this.has_session = true, // CryptSession10Container
                _ => {}
            }
        }
        this
    }

    /// Section 2.3.5: runs of numbers with the place of each.
    fn persist(&mut self, data: &[u8]) {
        let mut at = 0;
        while let Some(run) = u32_at(data, at) {
            let (first, count) = (run & 0x000F_FFFF, run >> 20);
            for number in 0..count {
                let Some(place) = u32_at(data, at + 4 + 4 * number as usize) else { return };
                self.persists.insert(first + number, place as usize);
            }
            at += 4 + 4 * count as usize;
        }
    }

    fn has(&self, persist: u32) -> bool {
        self.persists.get(&persist).is_some_and(|place| self.places.contains(place))
    }
}

struct Walk {
    hidden: Hidden,
    /// Open containers: kind and end.
    open: Vec<Open>,
    /// Whether the slide whose outline is being read is hidden.
    slide: Option<bool>,
    /// What the page says, by spot.
    asides: Vec<(Spot, String)>,
    grid: Grid,
    written: usize,
}

#[derive(Clone, Copy)]
struct Open {
    id: u16,
    instance: u16,
    at: usize,
    end: usize,
}

impl Walk {
    fn meet(&mut self, record: &Record, draft: &mut Draft) -> Result<(), Unread> {
        self.close(record.at, draft)?;
        if record.is_container {
            self.begin(record);
            return Ok(());
        }
        match record.id {
            0x0FA0 => self.text(&utf16(record.data)),
            // TextBytesAtom: the low octets of UTF-16, which is Latin 1; windows-1252 is what writers put there.
            0x0FA8 => self.text(&in_page(1252, record.data)),
            0x0FBA => self.string(record),
            // SlidePersistAtom: the outline of the next slide follows.
            0x03F3 => self.slide = u32_at(record.data, 0).map(|persist| self.hidden.has(persist)),
            0x1011 => self.object(record, draft)?,
            // VBAInfoAtom (section 2.4.11): fHasMacros.
            0x0400 if u32_at(record.data, 4).is_some_and(|has| has != 0) => draft.mark(Trait::Macro),
            0xF00F => self.grid.anchor(record.data),
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, record: &Record) {
        if self.open.len() >= DEPTH {
            return;
        }
        match record.id {
            GROUP => self.grid.begin(),
            SHAPE => self.grid.shape(),
            _ => {}
        }
        self.open.push(Open { id: record.id, instance: record.instance, at: record.at, end: record.end });
    }

    /// Closes the containers that end before a place; a page hands over what it says.
    fn close(&mut self, place: usize, draft: &mut Draft) -> Result<(), Unread> {
        while self.open.last().is_some_and(|open| open.end <= place || place == usize::MAX) {
            let Some(open) = self.open.pop() else { break };
            match open.id {
                GROUP => {
                    let spot = self.spot();
                    let (texts, table) = self.grid.end();
                    for text in texts {
                        self.say(spot, &text);
                    }
                    if let Some(rows) = table {
                        self.hand_over(draft)?;
                        draft.table(spot, None, rows)?;
                    }
                }
                SLIDE | NOTES | MASTER | HANDOUT | TEXTS | COMMENT | LINK | FOOTERS => self.hand_over(draft)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn hand_over(&mut self, draft: &mut Draft) -> Result<(), Unread> {
        for (spot, text) in std::mem::take(&mut self.asides) {
            draft.text(spot, text.trim_end())?;
        }
        Ok(())
    }

    /// Where the text stands by the containers around it.
    fn spot(&self) -> Spot {
        for open in self.open.iter().rev() {
            match open.id {
                COMMENT => return Spot::Comment,
                FOOTERS | MASTER | HANDOUT => return Spot::Margin,
                NOTES => return Spot::Note,
                SLIDE if self.hidden.places.contains(&open.at) => return Spot::Hidden,
                SLIDE => return Spot::Body,
                LINK => return Spot::Hidden,
                TEXTS if open.instance == 1 => return Spot::Margin,
                TEXTS if open.instance == 2 => return Spot::Note,
                TEXTS if self.slide == Some(true) => return Spot::Hidden,
                TEXTS => return Spot::Body,
                _ => {}
            }
        }
        Spot::Hidden
    }

    fn text(&mut self, text: &str) {
        // Vertical tabs are line breaks, carriage returns end paragraphs.
        let text = text.replace(['\r', '\u{B}'], "\n");
        self.written += text.len();
        if self.written > limits::EXTRACTED_TEXT_OCTETS {
            return;
        }
        if !self.grid.text(&text) {
            self.say(self.spot(), &text);
        }
    }

    fn say(&mut self, spot: Spot, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        match self.asides.iter_mut().find(|(at, _)| *at == spot) {
            Some((_, before)) => {
                before.push('\n');
                before.push_str(text);
            }
            None => self.asides.push((spot, text.to_owned())),
        }
    }

    /// A CString says something by where it stands: comments, footers, addresses of links. Names of fonts and programs say nothing.
    fn string(&mut self, record: &Record) {
        let is_said = self.open.iter().any(|open| matches!(open.id, COMMENT | FOOTERS | LINK));
        if is_said {
            self.text(&utf16(record.data));
        }
    }

    /// An embedded document or the VBA project (section 2.10.34 ExOleObjStg), packed where the instance is 1.
    fn object(&mut self, record: &Record, draft: &mut Draft) -> Result<(), Unread> {
        draft.spend_file()?;
        draft.mark(Trait::EmbeddedObject);
        if record.instance == 1 {
            let packed = record.data.get(4..).unwrap_or_default();
            let bytes = draft.unpack(ZlibDecoder::new(packed), packed.len() as u64)?;
            draft.nest("object", bytes);
            return Ok(());
        }
        objects::nest("object", record.data, draft)
    }
}
