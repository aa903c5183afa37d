//! Files of old Office, Outlook, RTF and TNEF that real programs wrote: what each must say, and that none of them, however broken, harms.

use std::path::Path;

use super::{Budget, Draft, Inside, Nested, ole, rtf, tnef};
use crate::extract::contents::{Content, File, Protection, Spot, Unread};
use crate::extract::kind::Kind;

/// Reads a file and what lies in it, with the kind told by the first bytes alone.
pub(super) fn read_all(name: &str, bytes: Vec<u8>) -> Vec<File> {
    let mut budget = Budget::default();
    let mut files = Vec::new();
    let mut pile = vec![Nested { path: vec![name.to_owned()], depth: 0, found: Inside::Bytes(bytes) }];
    while let Some(next) = pile.pop() {
        let Inside::Bytes(bytes) = next.found else {
            files.push(File::new(next.path, Kind::Unknown, 0));
            continue;
        };
        let file = File::new(next.path, Kind::Ole, bytes.len() as u64);
        let mut draft = Draft { file, depth: next.depth, budget: &mut budget, nested: Vec::new() };
        let read = if bytes.starts_with(&ole::MAGIC) {
            ole::read(&bytes, &mut draft)
        } else if bytes.starts_with(b"{\\rt") {
            rtf::read(&bytes, &mut draft)
        } else if bytes.starts_with(&tnef::MAGIC) {
            tnef::read(&bytes, &mut draft)
        } else {
            // Read by others: shown here as it is.
            draft.text(Spot::Body, String::from_utf8_lossy(&bytes).into_owned()).and(Err(Unread::Unknown))
        };
        draft.file.unread = read.err();
        let (file, nested) = (draft.file, draft.nested);
        files.push(file);
        pile.extend(nested.into_iter().rev());
    }
    files
}

/// All text of a spot, tables with a bar between cells.
pub(super) fn said(file: &File, spot: Spot) -> String {
    let blocks = file.blocks.iter().filter(|block| block.spot == spot);
    let text = blocks.map(|block| match &block.content {
        Content::Text(text) => text.clone(),
        Content::Table(rows) => rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join("\n"),
    });
    text.collect::<Vec<_>>().join("\n")
}

pub(super) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/attachments").join(name)).unwrap()
}

/// What a file must say, spot by spot. In a hidden spot other things may stand too.
const EXPECTED: [(&str, &[(Spot, &str)]); 5] = [
    ("writer.doc", TEXT),
    ("writer.rtf", TEXT),
    ("calc.xls", CELLS),
    ("calc-known-password.xls", CELLS),
    (
        "impress.ppt",
        &[
            (Spot::Body, "The heron waits by the quiet water\nZoë Łukasz"),
            (Spot::Body, "Name|UPN|Date of birth\nTamsin Oakes|L810995815931|04/03/2014"),
            (Spot::Margin, "The heron in the footer"),
            (Spot::Note, "The heron in the notes"),
            (Spot::Hidden, "heron in a hidden slide"),
            (Spot::Property, "heron in the title"),
        ],
    ),
];

const TEXT: &[(Spot, &str)] = &[
    (Spot::Body, "The heron waits by the quiet water. Café, naïve, Zoë – “quoted” Łukasz.\nAfter the comment, and  too."),
    (
        Spot::Body,
        "Name|UPN|Date of birth\nTamsin Oakes|L810995815931|04/03/2014\nRafi Lindqvist\n(Year 7)||17/11/2013\nBelow the table a link",
    ),
    (Spot::Margin, "The heron in the header"),
    (Spot::Margin, "The heron in the footer"),
    (Spot::Note, "The heron in a footnote"),
    (Spot::Note, "The heron in an endnote"),
    (Spot::Comment, "The heron in a comment"),
    (Spot::TextBox, "The heron in a text box"),
    (Spot::Deleted, "heron in a deletion"),
    (Spot::Hidden, "heron in hidden text"),
    (Spot::Hidden, "https://heron.example.com/link"),
    (Spot::Property, "heron in the title"),
    (Spot::Property, "heron in the keywords"),
    (Spot::Property, "heron in a property"),
];

const CELLS: &[(Spot, &str)] = &[
    (
        Spot::Body,
        "Name|UPN|Date of birth|Phone|NHS number|Said\n\
         Tamsin Oakes|L810995815931|04/03/2014|07700900123|9434765919|The heron waits by the quiet water\n\
         Zoë Łukasz||12.5",
    ),
    (Spot::Hidden, "\nheron in a hidden row||17/11/2013\n"),
    (Spot::Hidden, "heron in a hidden sheet"),
    (Spot::Hidden, "https://heron.example.com/link"),
    (Spot::Margin, "The heron in the header"),
    (Spot::Margin, "The heron in the footer"),
    (Spot::Comment, "The heron in a comment"),
    (Spot::TextBox, "The heron in a text box"),
    (Spot::Property, "heron in the title"),
];

#[test]
fn what_real_programs_wrote_is_read_where_it_stands() {
    for (name, expected) in EXPECTED {
        let files = read_all(name, fixture(name));
        let file = &files[0];
        for (spot, text) in expected {
            assert!(said(file, *spot).contains(text), "{name}: {text:?} in {spot:?}: {:#?}", file.blocks);
        }
        assert_eq!((file.protection, &file.unread, &file.traits.len()), (Protection::Open, &None, &0), "{name}");
    }
}

#[test]
fn sheets_are_called_by_their_names() {
    let files = read_all("calc.xls", fixture("calc.xls"));
    let tables = files[0].blocks.iter().filter(|block| matches!(block.content, Content::Table(_)));
    let names: Vec<_> = tables.map(|block| (block.spot, block.label.as_deref().unwrap())).collect();
    assert_eq!(names, [(Spot::Body, "Class 7B"), (Spot::Hidden, "Class 7B"), (Spot::Hidden, "Away")]);
}

#[test]
fn a_password_is_said() {
    for name in ["writer-password.doc", "calc-password.xls", "office-password.ppt", "office-agile.docx", "office-standard.docx"] {
        let files = read_all(name, fixture(name));
        assert_eq!(files[0].protection, Protection::Protected, "{name}");
        assert_eq!(files[0].unread, Some(Unread::Protected), "{name}");
        assert_eq!(said(&files[0], Spot::Body), "", "{name}");
    }
}

/// A small generator of numbers that is the same on every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// Octets turned over in the places where structure is as well as anywhere, or the end cut off.
fn broken(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if dice.below(8) == 0 {
        bytes.truncate(dice.below(bytes.len()));
    }
    for _ in 0..=dice.below(12) {
        let near = if dice.below(2) == 0 { 4096 } else { bytes.len() };
        let at = dice.below(bytes.len().min(near));
        if let Some(octet) = bytes.get_mut(at).filter(|_| at >= 8) {
            *octet = [0, 0xFF, 0x7F, octet.wrapping_add(1), u8::try_from(dice.below(256)).unwrap()][dice.below(5)];
        }
    }
    bytes
}

#[test]
fn broken_files_neither_panic_nor_overrun() {
    let mut dice = Dice(0x5EED_0004);
    let built =
        [("letter.msg", ole::tests::letter()), ("macro.doc", ole::tests::with_macro()), ("winmail.dat", tnef::tests::letter())];
    let real = ["writer.doc", "writer.rtf", "calc.xls", "calc-known-password.xls", "impress.ppt", "office-agile.docx"];
    let all = built.into_iter().chain(real.map(|name| (name, fixture(name))));
    for (name, whole) in all {
        for _ in 0..300 {
            let files = read_all(name, broken(&whole, &mut dice));
            let octets: usize =
                files.iter().flat_map(|file| &file.blocks).map(|block| format!("{:?}", block.content).len()).sum();
            assert!(octets < 16 << 20, "{name} says {octets} octets");
            assert!(files.len() < 1000, "{name} holds {} files", files.len());
        }
    }
}
