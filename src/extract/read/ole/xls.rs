//! Excel workbooks before 2007 (MS-XLS, BIFF8), and those of Excel 5 and 95 (BIFF5) as far as they are the same.
//!
//! In: the stream `Workbook` or `Book`. Out: each sheet's cells, headers, notes, text boxes and links; defined names; the mark of macros.
//! Records are walked in their order, then the sheets whose place that walk did not meet. Invariants: no more records are walked than
//! twice what the stream can hold, and text that cells share counts each time it is shown, against [`limits::EXTRACTED_TEXT_OCTETS`]. A
//! workbook without its first record is [`Unread::Broken`].

mod record;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::Draft;
use super::super::octets::{in_page, size_at, some_of, u16_at, u32_at, u64_at, utf16};
use super::formatting::{Shape, built_in, shape, show};
use super::sheet::Sheet;
use super::{broken, cipher, protect};
use crate::base::limits;
use crate::extract::contents::{Spot, Trait, Unread};
use record::{Record, Records, Text};

pub(super) fn read(stream: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let first = Records::new(stream, 0).next().filter(|record| is_start(record.id));
    let first = first.ok_or_else(|| broken("no workbook"))?;
    let is_old = u16_at(first.data, 0) != Some(0x0600);
    let password = Records::new(stream, 0).take_while(|record| record.id != END).find(|record| record.id == 0x002F);
    if let Some(password) = password {
        // The password by which Excel locks the structure of a workbook that anyone may open.
        let Some(open) = cipher::open_workbook(stream, password.data) else { return Err(protect(draft)) };
        return Book::new(is_old).read(&open, draft);
    }
    Book::new(is_old).read(stream, draft)
}

const END: u16 = 0x000A;

fn is_start(id: u16) -> bool {
    matches!(id, 0x0809 | 0x0409 | 0x0209 | 0x0009)
}

/// A sheet as the workbook announces it (section 2.4.28 BoundSheet8).
struct Bound {
    name: String,
    is_hidden: bool,
}

/// The workbook's own records, then its sheets.
struct Book {
    is_old: bool,
    page: u32,
    from_1904: bool,
    /// By their places.
    bounds: BTreeMap<usize, Bound>,
    strings: Vec<String>,
    codes: HashMap<u16, Shape>,
    /// The format of each XF.
    formats: Vec<u16>,
    sheet: Sheet,
    /// Sheets in sheets: a chart in a worksheet.
    depth: usize,
    /// A formula's cell whose text follows.
    waiting: Option<(u16, u16)>,
    /// Records that may still be walked over.
    steps: usize,
    room: usize,
    is_full: bool,
}

impl Book {
    fn new(is_old: bool) -> Self {
        Self {
            is_old,
            page: 1252,
            from_1904: false,
            bounds: BTreeMap::new(),
            strings: Vec::new(),
            codes: HashMap::new(),
            formats: Vec::new(),
            sheet: Sheet::default(),
            depth: 0,
            waiting: None,
            steps: 0,
            room: limits::EXTRACTED_TEXT_OCTETS,
            is_full: false,
        }
    }

    fn read(mut self, stream: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        let mut met = HashSet::new();
        // Sheets that overlap are walked some more; honest ones not even once again.
        self.steps = stream.len() / 2 + 1024;
        self.walk(Records::new(stream, 0), &mut met, true, draft)?;
        let announced: Vec<usize> = self.bounds.keys().copied().collect();
        for place in announced {
            let is_sheet = Records::new(stream, place).next().is_some_and(|record| is_start(record.id));
            if is_sheet && !met.contains(&place) {
                draft.spend_file()?;
                self.walk(Records::new(stream, place), &mut met, false, draft)?;
            }
        }
        if self.is_full { Err(Unread::Bound("more text than is looked at".to_owned())) } else { Ok(()) }
    }

    /// Walks over sheets until one that was met before, or over one sheet.
    fn walk(&mut self, records: Records, met: &mut HashSet<usize>, to_the_end: bool, draft: &mut Draft) -> Result<(), Unread> {
        self.depth = 0;
        for record in records {
            let spent = self.steps.checked_sub(1).ok_or_else(|| Unread::Bound("sheets that overlap".to_owned()));
            self.steps = spent?;
            if is_start(record.id) {
                if !met.insert(record.at) && self.depth == 0 {
                    break;
                }
                self.begin(&record, draft);
            } else if record.id == END {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    std::mem::take(&mut self.sheet).finish(draft)?;
                    if !to_the_end {
                        break;
                    }
                }
            } else {
                self.take(&record, draft);
            }
        }
        std::mem::take(&mut self.sheet).finish(draft)
    }

    fn begin(&mut self, record: &Record, draft: &mut Draft) {
        self.depth += 1;
        // Section 2.4.21 BOF: 0x0006 a VB module, 0x0040 a macro sheet, both of Excel 4 and 5.
        if matches!(u16_at(record.data, 2), Some(0x0006 | 0x0040)) {
            draft.mark(Trait::Macro);
        }
        if self.depth == 1
            && let Some(bound) = self.bounds.get(&record.at)
        {
            (self.sheet.name, self.sheet.is_hidden) = (bound.name.clone(), bound.is_hidden);
        }
    }

    fn take(&mut self, record: &Record, draft: &mut Draft) {
        match record.id {
            0x0042 => self.page = u16_at(record.data, 0).map_or(1252, u32::from),
            0x0022 => self.from_1904 = u16_at(record.data, 0) == Some(1),
            0x0085 => self.bound(record.data, draft),
            0x00FC => self.shared_strings(record),
            0x041E => self.format(record.data),
            0x00E0 => self.formats.extend(u16_at(record.data, 2)),
            0x0018 => self.defined_name(record.data),
            0x01AE => link(record.data, draft),
            0x00D3 => draft.mark(Trait::Macro), // ObProj: there is a VBA project
            _ => self.take_of_sheet(record),
        }
    }

    fn take_of_sheet(&mut self, record: &Record) {
        match record.id {
            0x0208 if record.data.get(12).is_some_and(|flags| flags & 0x20 != 0) => {
                self.sheet.hide_row(u16_at(record.data, 0).unwrap_or_default());
            }
            0x007D if record.data.get(8).is_some_and(|flags| flags & 1 != 0) => {
                let column = |at| u16_at(record.data, at).unwrap_or_default();
                self.sheet.hide_columns(column(0), column(2));
            }
            0x0014 | 0x0015 => {
                let text = self.words(record, 0, !self.is_old);
                let text = plain_margin(&text);
                self.beside(Spot::Margin, text);
            }
            0x001C if self.is_old => {
                let text = in_page(self.page, some_of(record.data, 6, usize::MAX));
                self.beside(Spot::Comment, text);
            }
            0x01B6 => self.text_object(record),
            0x01B8 => self.beside(Spot::Hidden, address(record.data)),
            // Data validation shows messages; a chart's titles are SeriesText.
            0x100D => {
                let text = if self.is_old { String::new() } else { Text::new(record, 2).short() };
                self.beside(Spot::TextBox, text);
            }
            _ => self.cell(record),
        }
    }

    /// Text that is shown counts, however often.
    fn has_room(&mut self, text: &str) -> bool {
        let room = self.room.checked_sub(text.len() + 1);
        self.is_full |= room.is_none();
        self.room = room.unwrap_or_default();
        room.is_some()
    }

    fn beside(&mut self, spot: Spot, text: String) {
        if !text.trim().is_empty() && self.has_room(&text) {
            self.sheet.add(spot, text);
        }
    }

    fn bound(&mut self, data: &[u8], draft: &mut Draft) {
        let (Some(place), Some(state), Some(kind)) = (size_at(data, 0), data.get(4), data.get(5)) else { return };
        if matches!(kind, 1 | 6) {
            draft.mark(Trait::Macro);
        }
        let name = data.get(6..).unwrap_or_default();
        let name = if self.is_old {
            in_page(self.page, some_of(name, 1, name.first().copied().unwrap_or_default().into()))
        } else {
            Text::of(name).short()
        };
        self.bounds.insert(place, Bound { name, is_hidden: state & 3 != 0 });
    }

    /// The strings that cells share (section 2.4.265 SST).
    fn shared_strings(&mut self, record: &Record) {
        let count = size_at(record.data, 4).unwrap_or_default();
        let mut text = Text::new(record, 8);
        for _ in 0..count {
            let Some(string) = text.rich() else { break };
            self.strings.push(string);
        }
    }

    fn format(&mut self, data: &[u8]) {
        let Some(number) = u16_at(data, 0) else { return };
        let code = if self.is_old {
            in_page(self.page, some_of(data, 3, usize::MAX))
        } else {
            Text::of(some_of(data, 2, usize::MAX)).long()
        };
        self.codes.insert(number, shape(&code));
    }

    /// A name that means a text (section 2.4.150 Lbl): `ptgStr` in its formula.
    fn defined_name(&mut self, data: &[u8]) {
        let (Some(flags), Some(length)) = (u16_at(data, 0), data.get(3)) else { return };
        let octets = usize::from(*length) * if data.get(14).is_some_and(|wide| wide & 1 == 1) { 2 } else { 1 };
        if self.is_old || flags & 0x20 != 0 {
            return;
        }
        let formula = some_of(data, 15 + octets, usize::MAX);
        if let Some(text) = formula.strip_prefix(&[0x17]) {
            let text = Text::of(text).short();
            self.beside(Spot::Hidden, text);
        }
    }

    /// A text box, or the text of a note, in the records that continue it (section 2.4.329 TxO).
    fn text_object(&mut self, record: &Record) {
        let characters = u16_at(record.data, 10).map_or(0, usize::from);
        let text = Text::continued(record).characters(characters);
        // Notes are boxes too; which of them a box is stands in the OBJ record before (section 2.4.181, ft 0x19).
        let spot = if record.is_note { Spot::Comment } else { Spot::TextBox };
        self.beside(spot, text);
    }

    /// The text of a record of its own.
    fn words(&self, record: &Record, at: usize, is_wide: bool) -> String {
        if record.data.is_empty() {
            String::new()
        } else if is_wide {
            Text::new(record, at).long()
        } else {
            in_page(self.page, some_of(record.data, at + 1, usize::MAX))
        }
    }

    fn cell(&mut self, record: &Record) {
        let data = record.data;
        let (Some(row), Some(column)) = (u16_at(data, 0), u16_at(data, 2)) else { return };
        match record.id {
            0x00FD => {
                let string = size_at(data, 6).and_then(|number| self.strings.get(number)).cloned();
                self.put(row, column, string.unwrap_or_default());
            }
            0x0204 | 0x00D6 => {
                let text = if self.is_old {
                    in_page(self.page, some_of(data, 8, u16_at(data, 6).unwrap_or_default().into()))
                } else {
                    Text::new(record, 6).long()
                };
                self.put(row, column, text);
            }
            0x0203 => self.number(row, column, u16_at(data, 4), u64_at(data, 6).map(f64::from_bits)),
            0x027E => self.number(row, column, u16_at(data, 4), u32_at(data, 6).map(packed)),
            0x00BD => self.numbers(row, column, data),
            0x0006 | 0x0206 | 0x0406 => self.formula(row, column, data),
            0x0207 => {
                let Some((row, column)) = self.waiting.take() else { return };
                let text =
                    if self.is_old { in_page(self.page, some_of(data, 2, usize::MAX)) } else { Text::new(record, 0).long() };
                self.put(row, column, text);
            }
            0x0205 if data.get(7) == Some(&0) => {
                let is_true = data.get(6) == Some(&1);
                self.put(row, column, if is_true { "TRUE" } else { "FALSE" }.to_owned());
            }
            _ => {}
        }
    }

    fn put(&mut self, row: u16, column: u16, text: String) {
        if self.has_room(&text) {
            self.sheet.put(row, column, text);
        }
    }

    fn number(&mut self, row: u16, column: u16, format: Option<u16>, number: Option<f64>) {
        let (Some(format), Some(number)) = (format, number) else { return };
        let format = self.formats.get(usize::from(format)).copied().unwrap_or_default();
        let by_number = built_in(format);
        let shape = self.codes.get(&format).unwrap_or(&by_number);
        let text = show(number, shape, self.from_1904);
        self.put(row, column, text);
    }

    /// Several numbers of one row (section 2.4.175 MulRk).
    fn numbers(&mut self, row: u16, first: u16, data: &[u8]) {
        let (pairs, _) = some_of(data, 4, data.len().saturating_sub(6)).as_chunks::<6>();
        for (column, pair) in (first..).zip(pairs) {
            self.number(row, column, u16_at(pair, 0), u32_at(pair, 2).map(packed));
        }
    }

    /// What a formula came to (section 2.5.133 FormulaValue); its text stands in the next record.
    fn formula(&mut self, row: u16, column: u16, data: &[u8]) {
        self.waiting = None;
        match (u16_at(data, 12), data.get(6), data.get(8)) {
            (Some(0xFFFF), Some(0), _) => self.waiting = Some((row, column)),
            (Some(0xFFFF), Some(1), Some(is)) => self.put(row, column, if *is == 1 { "TRUE" } else { "FALSE" }.to_owned()),
            (Some(0xFFFF), ..) => {}
            _ => self.number(row, column, u16_at(data, 4), u64_at(data, 6).map(f64::from_bits)),
        }
    }
}

/// A packed number (section 2.5.217 RkNumber): a bit for hundredths, a bit for whole numbers.
fn packed(number: u32) -> f64 {
    let value = if number & 2 == 0 { f64::from_bits(u64::from(number & !3) << 32) } else { f64::from(number.cast_signed() >> 2) };
    if number & 1 == 1 { value / 100.0 } else { value }
}

/// A link to another workbook or program (section 2.4.271 SupBook): DDE starts the program that it names.
fn link(data: &[u8], draft: &mut Draft) {
    let characters = u16_at(data, 2).unwrap_or_default();
    let is_own = matches!(characters, 0x0401 | 0x3A01);
    if !is_own && u16_at(data, 0) == Some(0) && Text::of(some_of(data, 2, usize::MAX)).long().contains('\u{3}') {
        draft.mark(Trait::RemoteContent);
    }
}

/// A header without its codes: `&L`, `&"Arial,Bold"`, `&12` (section 2.4.136).
fn plain_margin(coded: &str) -> String {
    let mut out = String::new();
    let mut characters = coded.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '&' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('&') => out.push('&'),
            Some('"') => drop(characters.by_ref().find(|end| *end == '"')),
            Some('L' | 'C' | 'R') if !out.is_empty() => out.push('\n'),
            Some('0'..='9') => while characters.next_if(char::is_ascii_digit).is_some() {},
            _ => {}
        }
    }
    out
}

/// The addresses of a link (MS-OSHARED section 2.3.7.1). Their lengths count octets here and characters there, so each run of UTF-16 in
/// letters of the West is taken.
fn address(data: &[u8]) -> String {
    let (mut at, mut texts) = (32, Vec::new());
    while at < data.len() {
        let rest = data.get(at..).unwrap_or_default();
        let (units, _) = rest.as_chunks::<2>();
        let count = units.iter().take_while(|unit| (0x20..0x250).contains(&u16::from_le_bytes(**unit))).count();
        if count >= 4 {
            texts.push(utf16(some_of(rest, 0, 2 * count)));
        }
        at += if count >= 4 { 2 * count } else { 1 };
    }
    texts.join("\n")
}
