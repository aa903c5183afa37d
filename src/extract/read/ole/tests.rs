//! Compound files built here: messages, macros, embedded files, and trees that lead astray. Files of real programs: `old_tests`.

use std::io::{Cursor, Write};

use super::super::old_tests::{fixture, read_all, said};
use super::compound::{Compound, ROOT};
use crate::extract::contents::{Protection, Spot, Trait, Unread};

/// A compound file of streams by their paths.
fn compound(streams: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (path, bytes) in streams {
        if let Some((storage, _)) = path.rsplit_once('/') {
            file.create_storage_all(format!("/{storage}")).unwrap();
        }
        file.create_stream(format!("/{path}")).unwrap().write_all(bytes).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Properties of fixed length behind a header of so many octets.
fn fixed(header: usize, properties: &[(u32, u64)]) -> Vec<u8> {
    let mut out = vec![0; header];
    for (tag, value) in properties {
        out.extend([&tag.to_le_bytes()[..], &[6, 0, 0, 0], &value.to_le_bytes()].concat());
    }
    out
}

const PROPERTIES: &str = "__properties_version1.0";

/// A message with recipients, two attachments, and a message in it.
pub(in crate::extract::read) fn letter() -> Vec<u8> {
    let inside = "__attach_version1.0_#00000001/__substg1.0_3701000D";
    let rtf = compressed_rtf::compress_rtf("{\\rtf1\\ansi heron in RTF\\par}").unwrap();
    compound(&[
        (PROPERTIES, fixed(32, &[(0x0039_0040, 134_000_000_000_000_000), (0x3FFD_0003, 1250)])),
        ("__substg1.0_0037001F", wide("heron in the subject")),
        ("__substg1.0_0C1A001F", wide("Una Example")),
        ("__substg1.0_5D01001F", wide("una@example.sch.uk")),
        ("__substg1.0_0E04001F", wide("Rafi Lindqvist")),
        ("__substg1.0_1000001E", b"The heron waits by the quiet water, \xA3ukasz".to_vec()),
        ("__substg1.0_10130102", b"<p>heron in HTML</p>".to_vec()),
        ("__substg1.0_10090102", rtf),
        ("__substg1.0_8005001F", wide("heron in a named property")),
        (&format!("__recip_version1.0_#00000000/{PROPERTIES}"), fixed(8, &[(0x0C15_0003, 2)])),
        ("__recip_version1.0_#00000000/__substg1.0_3001001F", wide("Rafi Lindqvist")),
        ("__recip_version1.0_#00000000/__substg1.0_39FE001F", wide("rafi@example.com")),
        ("__attach_version1.0_#00000000/__substg1.0_3707001F", wide("Heron notes.rtf")),
        ("__attach_version1.0_#00000000/__substg1.0_37010102", b"{\\rtf1 heron in a file}".to_vec()),
        ("__attach_version1.0_#00000001/__substg1.0_3001001F", wide("heron in a message")),
        (&format!("{inside}/{PROPERTIES}"), fixed(24, &[(0x3FFD_0003, 1250)])),
        (&format!("{inside}/__substg1.0_1000001E"), b"L810995815931, \xA3ukasz".to_vec()),
        ("__attach_version1.0_#00000002/__substg1.0_3704001E", b"short.txt".to_vec()),
        ("__attach_version1.0_#00000002/__substg1.0_370D001F", wide("https://heron.example.com/share")),
    ])
}

#[test]
fn a_message_is_read_with_what_lies_in_it() {
    let files = read_all("letter.msg", letter());
    let first = &files[0];
    assert_eq!((first.unread.clone(), first.protection), (None, Protection::Open));
    assert_eq!(said(first, Spot::Body), "The heron waits by the quiet water, Łukasz");
    let properties = said(first, Spot::Property);
    let expected = [
        "heron in the subject",
        "Una Example",
        "una@example.sch.uk",
        "18/08/2025 14:13:20",
        "cc|Rafi Lindqvist|rafi@example.com",
        "heron in a named property",
        "https://heron.example.com/share",
    ];
    for part in expected {
        assert!(properties.contains(part), "{part} in {properties}");
    }
    let nested: Vec<_> = files[1..].iter().map(|file| (file.name(), said(file, Spot::Body))).collect();
    let expected = [
        ("body.html", "<p>heron in HTML</p>"),
        ("body.rtf", "heron in RTF"),
        ("Heron notes.rtf", "heron in a file"),
        ("heron in a message", "L810995815931, Łukasz"),
    ];
    assert_eq!(nested, expected.map(|(name, text)| (name, text.to_owned())));
}

#[test]
fn a_message_under_rights_management_is_protected() {
    let files = read_all(
        "letter.msg",
        compound(&[
            (PROPERTIES, fixed(32, &[])),
            ("__attach_version1.0_#00000000/__substg1.0_3707001F", wide("message.rpmsg")),
            ("__attach_version1.0_#00000000/__substg1.0_37010102", b"\x76\xe8\x04\x60\xc4\x11\xe3\x86".to_vec()),
        ]),
    );
    assert_eq!((files[0].protection, files[0].unread.clone()), (Protection::Protected, Some(Unread::Protected)));
    assert_eq!(files[1].name(), "message.rpmsg");
}

/// Packs as MS-OVBA demands, with literals only.
fn packed(text: &[u8]) -> Vec<u8> {
    let mut out = vec![1];
    for chunk in text.chunks(3000) {
        let tokens: Vec<u8> = chunk.chunks(8).flat_map(|literals| [&[0], literals].concat()).collect();
        let head = 0xB000 | u16::try_from(tokens.len() - 1).unwrap();
        out.extend(head.to_le_bytes());
        out.extend(tokens);
    }
    out
}

fn record(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &u32::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
}

/// A document of Word with a module, and a `Word.Picture` that is none.
pub(in crate::extract::read) fn with_macro() -> Vec<u8> {
    let version = [&9_u16.to_le_bytes()[..], &4_u32.to_le_bytes(), &[0; 6]].concat();
    let dir =
        [version, record(3, &1250_u16.to_le_bytes()), record(0x1A, b"Module1"), record(0x31, &5_u32.to_le_bytes())].concat();
    let module = [&b"CACHE"[..], &packed(b"Sub AutoOpen()\r\n' heron for \xA3ukasz\r\nEnd Sub\r\n")].concat();
    compound(&[("Macros/VBA/dir", packed(&dir)), ("Macros/VBA/Module1", module), ("Macros/PROJECT", Vec::new())])
}

#[test]
fn macros_are_told_and_shown() {
    let files = read_all("macro.doc", with_macro());
    assert!(files[0].traits.contains(&Trait::Macro));
    assert_eq!(said(&files[0], Spot::Hidden), "Sub AutoOpen()\r\n' heron for Łukasz\r\nEnd Sub\r\n");
    assert_eq!(files[0].blocks[0].label.as_deref(), Some("macro"));
    assert_eq!(files[0].unread, None);
}

#[test]
fn what_is_packed_with_copies_is_unpacked() {
    // MS-OVBA section 3.2.2, "normal compression".
    let packed = [
        0x01, 0x2F, 0xB0, 0x00, 0x23, 0x61, 0x61, 0x61, 0x62, 0x63, 0x64, 0x65, 0x82, 0x66, 0x00, 0x70, 0x61, 0x67, 0x68, 0x69,
        0x6A, 0x01, 0x38, 0x08, 0x61, 0x6B, 0x6C, 0x00, 0x30, 0x6D, 0x6E, 0x6F, 0x70, 0x06, 0x71, 0x02, 0x70, 0x04, 0x10, 0x72,
        0x73, 0x74, 0x75, 0x76, 0x10, 0x77, 0x78, 0x79, 0x7A, 0x00, 0x3C,
    ];
    let text = super::vba::unpack(&packed).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa");
}

#[test]
fn embedded_files_are_nested_by_their_names() {
    let inner = b"{\\rtf1 heron in a package}";
    let size = u32::try_from(inner.len()).unwrap().to_le_bytes();
    let native =
        [&[0, 0, 0, 0, 2, 0][..], b"note.rtf\0C:\\in\\note.rtf\0\0\0\x03\0\x0f\0\0\0C:\\in\\note.rtf\0", &size, inner].concat();
    let sheet = fixture("calc.xls");
    let workbook = Compound::open(&sheet).unwrap().stream_of(ROOT, "Workbook").unwrap();
    let files = read_all(
        "host.doc",
        compound(&[
            ("ObjectPool/_1/\u{1}Ole10Native", native),
            ("ObjectPool/_2/Workbook", workbook),
            ("ObjectPool/_3/Package", b"PK\x03\x04".to_vec()),
        ]),
    );
    assert!(files[0].traits.contains(&Trait::EmbeddedObject));
    let find = |name: &str| files.iter().find(|file| file.path == ["host.doc", name]).unwrap();
    assert_eq!(said(find("note.rtf"), Spot::Body), "heron in a package");
    assert!(said(find("_2"), Spot::Body).contains("L810995815931"));
    assert_eq!(find("object").size, 4);
}

#[test]
fn a_file_that_is_two_documents_is_read_as_both() {
    let stream = |name: &str, of: &str| Compound::open(&fixture(name)).unwrap().stream_of(ROOT, of).unwrap();
    let files = read_all(
        "both",
        compound(&[
            ("Workbook", stream("calc.xls", "Workbook")),
            ("PowerPoint Document", stream("impress.ppt", "PowerPoint Document")),
        ]),
    );
    let body = said(&files[0], Spot::Body);
    assert!(body.contains("Date of birth|Phone|NHS number"), "cells: {body}");
    assert!(body.contains("Date of birth\nTamsin Oakes"), "the table of a slide: {body}");
}

#[test]
fn streams_are_the_same_as_another_reader_finds() {
    for name in ["writer.doc", "calc.xls", "impress.ppt", "office-agile.docx"] {
        let bytes = fixture(name);
        let ours = Compound::open(&bytes).unwrap();
        let mut theirs = cfb::CompoundFile::open(Cursor::new(&bytes)).unwrap();
        let paths: Vec<_> = theirs.walk().filter(|entry| entry.is_stream()).map(|entry| entry.path().to_owned()).collect();
        assert_eq!(ours.all().filter(|(_, entry)| entry.is_stream).count(), paths.len(), "{name}");
        for path in paths {
            let mut at = ROOT;
            for part in path.iter().skip(1) {
                at = ours.find(at, part.to_str().unwrap()).unwrap();
            }
            let mut expected = Vec::new();
            std::io::Read::read_to_end(&mut theirs.open_stream(&path).unwrap(), &mut expected).unwrap();
            assert!(ours.stream(at) == expected, "{name} {path:?}");
        }
    }
}

#[test]
fn chains_in_a_circle_and_trees_that_bite_their_tail_end() {
    let whole = compound(&[("a", vec![b'x'; 9000]), ("b", vec![b'y'; 9000]), ("c/d", vec![b'z'; 10])]);
    let sector = 1 << u16::from_le_bytes(whole[30..32].try_into().unwrap());
    // The FAT is in a sector that the header names: all its entries point at one sector.
    let fat = sector * (1 + usize::try_from(u32::from_le_bytes(whole[76..80].try_into().unwrap())).unwrap());
    let mut circle = whole.clone();
    for entry in circle[fat..fat + sector].chunks_mut(4) {
        entry.copy_from_slice(&1_u32.to_le_bytes());
    }
    let file = Compound::open(&circle).unwrap();
    assert!(file.all().count() < 100);
    // Every entry of the directory points at the first and the second.
    let directory = sector * (1 + usize::try_from(u32::from_le_bytes(whole[48..52].try_into().unwrap())).unwrap());
    let mut tail = whole;
    for entry in tail[directory..directory + sector].chunks_mut(128) {
        entry[68..80].copy_from_slice(&[1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]);
    }
    let file = Compound::open(&tail).unwrap();
    assert_eq!(file.all().count(), 2);
}

#[test]
fn nothing_known_is_said() {
    let files = read_all("x.ole", compound(&[("Contents of another program", vec![1; 100])]));
    assert_eq!(files[0].unread, Some(Unread::Unknown));
    let files = read_all("x.ole", super::MAGIC.to_vec());
    assert!(matches!(files[0].unread, Some(Unread::Broken(_))));
}

/// One record of a presentation.
fn atom(head: u16, id: u16, data: &[u8]) -> Vec<u8> {
    [&head.to_le_bytes()[..], &id.to_le_bytes(), &u32::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
}

#[test]
fn comments_and_macros_of_slides_are_told() {
    let comment = atom(0xF, 0x2EE0, &[atom(0, 0x0FBA, &wide("Una")), atom(0x10, 0x0FBA, &wide("heron in a comment"))].concat());
    let slide = atom(0xF, 0x03EE, &[atom(0, 0x0FA8, b"heron on a slide"), comment].concat());
    let has_macros = |has: u8| atom(0xF, 0x03FF, &atom(2, 0x0400, &[0, 0, 0, 0, has, 0, 0, 0, 2, 0, 0, 0]));
    for (has, stream) in [(false, [has_macros(0), slide.clone()].concat()), (true, [slide, has_macros(1)].concat())] {
        let files = read_all("slides.ppt", compound(&[("PowerPoint Document", stream)]));
        assert_eq!(said(&files[0], Spot::Body), "heron on a slide");
        assert_eq!(said(&files[0], Spot::Comment), "Una\nheron in a comment");
        assert_eq!(files[0].traits.contains(&Trait::Macro), has);
    }
}

#[test]
fn documents_of_word_95_are_read_as_text_with_tables_by_their_marks() {
    let text = b"The heron waits\rName\x07UPN\x07\x07Tamsin\x07L810995815931\x07\x07Caf\xe9\r";
    let mut word = vec![0; 0x300];
    word[..4].copy_from_slice(&[0xDC, 0xA5, 0x65, 0]);
    word[0x18..0x1C].copy_from_slice(&0x300_u32.to_le_bytes());
    word[0x1C..0x20].copy_from_slice(&(0x300 + u32::try_from(text.len()).unwrap()).to_le_bytes());
    word.extend(text);
    let files = read_all("old.doc", compound(&[("WordDocument", word.clone())]));
    assert_eq!(said(&files[0], Spot::Body), "The heron waits\nName|UPN\nTamsin|L810995815931\nCafé");
    word[11] = 1;
    let files = read_all("old.doc", compound(&[("WordDocument", word)]));
    assert_eq!(files[0].protection, Protection::Protected);
}

/// One record of a workbook.
fn row(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &u16::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
}

#[test]
fn workbooks_of_excel_95_are_read_in_their_code_page() {
    let start = |kind: u8| row(0x0809, &[0, 5, kind, 0, 0, 0, 0, 0]);
    let label =
        |column: u8, text: &[u8]| row(0x0204, &[&[0, 0, column, 0, 0, 0, u8::try_from(text.len()).unwrap(), 0], text].concat());
    let page = row(0x0042, &1250_u16.to_le_bytes());
    let format = row(0x00E0, &[0, 0, 14, 0, 0, 0]);
    let first = [start(5), page, format].concat();
    let place = u32::try_from(first.len() + 15 + 4).unwrap().to_le_bytes();
    let bound = row(0x0085, &[&place[..], &[1, 0, 4], b"Away"].concat());
    let date = row(0x027E, &[0, 0, 1, 0, 0, 0, 2, 0x71, 2, 0]);
    let sheet = [start(0x10), label(0, b"\xA3ukasz"), date, row(0x000A, &[])].concat();
    let book = [first, bound, row(0x000A, &[]), sheet].concat();
    let files = read_all("old.xls", compound(&[("Book", book)]));
    assert_eq!(said(&files[0], Spot::Hidden), "Łukasz|06/07/2009");
    assert_eq!(files[0].blocks[0].label.as_deref(), Some("Away"));
}

#[test]
fn shared_strings_run_on_over_records_and_change_their_width() {
    let text = |flags: u8, octets: &[u8]| [&[3, 0, flags], octets].concat();
    let table = [&[2, 0, 0, 0, 2, 0, 0, 0][..], &text(0, b"abc"), &[6, 0, 0], b"her"].concat();
    let book = [
        row(0x0809, &[0, 6, 5, 0]),
        row(0x00FC, &table),
        row(0x003C, &[1, b'o', 0, b'n', 0, 0x41, 1]),
        row(0x00FD, &[0, 0, 0, 0, 0, 0, 1, 0, 0, 0]),
        row(0x000A, &[]),
    ];
    let files = read_all("cut.xls", compound(&[("Workbook", book.concat())]));
    assert_eq!(said(&files[0], Spot::Body), "heron\u{141}");
}
