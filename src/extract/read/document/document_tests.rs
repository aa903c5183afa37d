use std::path::{Path, PathBuf};

use super::trial::{fixture, has_row, kind_of, lines, read, read_fixture, says};
use crate::extract::contents::{Content, File, Protection, Spot, Unread};
use crate::extract::kind::Kind;

/// Of each document, where which words stand.
const EXPECTED: [(&str, &[(Spot, &str)]); 11] = [
    ("writer.odt", &TEXT),
    ("hand.fodt", &TEXT),
    (
        "writer.docx",
        &[
            (Spot::Body, "The heron waits by the quiet water"),
            (Spot::Margin, "heron in the header"),
            (Spot::Margin, "heron in the footer"),
            (Spot::Comment, "heron in a comment"),
            (Spot::Note, "heron in a footnote"),
            (Spot::TextBox, "heron in a text box"),
            (Spot::Deleted, "heron in deleted words"),
            (Spot::Hidden, "heron in hidden words"),
            (Spot::Hidden, "https://heron.example.com/link"),
            (Spot::Property, "heron in the title"),
            (Spot::Property, "heron in a custom property"),
        ],
    ),
    (
        "python-docx.docx",
        &[
            (Spot::Body, "The heron waits by the quiet water"),
            (Spot::Margin, "heron in the header"),
            (Spot::Comment, "heron in a comment"),
            (Spot::Hidden, "heron in hidden words"),
            (Spot::Property, "heron in the title"),
        ],
    ),
    ("openpyxl.xlsx", &SHEET),
    ("calc.xlsx", &SHEET),
    ("calc.ods", &SHEET),
    (
        "xlsxwriter.xlsx",
        &[
            (Spot::Body, "The heron waits by the quiet water"),
            (Spot::Body, "heron in rich words"),
            (Spot::Margin, "heron in the header"),
            (Spot::Comment, "heron in a comment"),
            (Spot::TextBox, "heron in a text box"),
            (Spot::TextBox, "heron in a chart title"),
            (Spot::Note, "heron in a tip"),
            (Spot::Property, "heron in the remarks"),
            (Spot::Property, "heron in a custom property"),
        ],
    ),
    ("python-pptx.pptx", &SLIDES),
    ("impress.pptx", &SLIDES),
    ("impress.odp", &SLIDES),
];

const TEXT: [(Spot, &str); 13] = [
    (Spot::Body, "The heron waits by the quiet water"),
    (Spot::Margin, "heron in the header"),
    (Spot::Margin, "heron in the footer"),
    (Spot::Comment, "heron in a comment"),
    (Spot::Note, "heron in a footnote"),
    (Spot::TextBox, "heron in a text box"),
    (Spot::Deleted, "heron in deleted words"),
    (Spot::Hidden, "heron in hidden words"),
    (Spot::Hidden, "heron in a hidden section"),
    (Spot::Hidden, "https://heron.example.com/link"),
    (Spot::Property, "heron in the title"),
    (Spot::Property, "heron in the keywords"),
    (Spot::Property, "heron in a custom property"),
];

const SHEET: [(Spot, &str); 10] = [
    (Spot::Body, "The heron waits by the quiet water"),
    (Spot::Margin, "heron in the header"),
    (Spot::Margin, "heron in the footer"),
    (Spot::Comment, "heron in a comment"),
    (Spot::Hidden, "heron in a hidden row"),
    (Spot::Hidden, "heron in a hidden column"),
    (Spot::Hidden, "heron in a hidden sheet"),
    (Spot::Hidden, "heron in a very hidden sheet"),
    (Spot::Hidden, "heron in a list"),
    (Spot::Property, "heron in the title"),
];

const SLIDES: [(Spot, &str); 6] = [
    (Spot::Body, "The heron waits by the quiet water"),
    (Spot::Body, "heron in a text box"),
    (Spot::Body, "heron on the last slide"),
    (Spot::Hidden, "heron on a hidden slide"),
    (Spot::Note, "heron in the notes"),
    (Spot::Property, "heron in the title"),
];

#[test]
fn every_place_of_a_document_is_read_as_that_place() {
    for (name, places) in EXPECTED {
        let files = read_fixture(name);
        for (spot, words) in places {
            assert!(says(&files, *spot, words), "{name}: {spot:?} {words}\n{}", lines(&files));
        }
        assert!(has_row(&files, &["Name", "UPN", "Date of birth"]), "{name}\n{}", lines(&files));
        assert!(has_row(&files, &["Wren Tarn", "L810995815931", "14/02/2015"]), "{name}\n{}", lines(&files));
        assert_eq!((&files[0].unread, files[0].protection), (&None, Protection::Open), "{name}");
    }
}

#[test]
fn what_is_hidden_is_not_said_to_be_shown() {
    for (name, places) in EXPECTED {
        let files = read_fixture(name);
        for (_, words) in places.iter().filter(|(spot, _)| !matches!(spot, Spot::Body)) {
            assert!(!says(&files, Spot::Body, words), "{name}: {words}\n{}", lines(&files));
        }
    }
}

#[test]
fn numbers_stand_as_people_read_them() {
    for name in ["openpyxl.xlsx", "calc.xlsx", "calc.ods"] {
        let files = read_fixture(name);
        assert!(has_row(&files, &["9434765919", "094 347 6591"]), "{name}\n{}", lines(&files));
        assert!(has_row(&files, &["TRUE", "0.3", "14/02/2015 09:30"]), "{name}\n{}", lines(&files));
    }
}

#[test]
fn slides_stand_in_their_order() {
    for name in ["python-pptx.pptx", "impress.pptx", "impress.odp"] {
        let text = lines(&read_fixture(name));
        assert!(text.find("heron waits").unwrap() < text.find("heron on the last slide").unwrap(), "{name}");
    }
}

/// Folders of real files beside the project; empty where they are absent.
fn corpus() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["../shared", "../../shared"].map(|shared| here.join(shared).join("corpora/attachments"));
    let Some(folder) = folders.into_iter().find(|folder| folder.is_dir()) else {
        println!("skipped: ../shared/corpora/attachments is not here");
        return Vec::new();
    };
    ["zip2", "python-docx", "msoffcrypto"]
        .iter()
        .flat_map(|name| crate::message::corpus_tests::files(&folder.join(name)))
        .collect()
}

fn our_kinds(name: &str) -> bool {
    !matches!(kind_of(name), Kind::Unknown | Kind::Text)
}

#[test]
fn files_of_others_are_read() {
    let mut documents = 0;
    for path in corpus() {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let files = read(&name, &bytes);
        assert!(!files.is_empty());
        if kind_of(&name) == Kind::Docx && bytes.starts_with(b"PK") {
            assert_eq!(files[0].unread, None, "{name}");
            documents += 1;
        }
    }
    assert!(documents == 0 || documents > 40, "{documents}");
}

fn text_octets(files: &[File]) -> usize {
    let of = |content: &Content| match content {
        Content::Text(text) => text.len(),
        Content::Table(rows) => rows.iter().flatten().map(|cell| cell.len() + 1).sum(),
    };
    files.iter().flat_map(|file| &file.blocks).map(|block| of(&block.content)).sum()
}

/// Bytes that are changed in many ways: nothing panics, and no more comes out than may.
#[test]
fn damaged_files_are_read_within_the_bounds() {
    let names = std::fs::read_dir(fixture("")).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut state = 0x5eed_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    for name in names.filter(|name| our_kinds(name)) {
        let whole = std::fs::read(fixture(&name)).unwrap();
        for round in 0..60 {
            let mut bytes = whole.clone();
            match round % 3 {
                0 => bytes.truncate(next(whole.len())),
                1 => (0..=next(8)).for_each(|_| bytes[next(whole.len())] = u8::try_from(next(256)).unwrap()),
                _ => {
                    let (from, to) = (next(whole.len()), next(whole.len()));
                    bytes.splice(
                        from.min(to)..from.min(to) + next(64).min(whole.len() - from.min(to)),
                        whole[to..].iter().take(next(64)).copied(),
                    );
                }
            }
            let files = read(&name, &bytes);
            assert!(text_octets(&files) <= crate::base::limits::EXTRACTED_TEXT_OCTETS, "{name} {round}");
            assert!(files.len() <= 2 * crate::base::limits::FILES_IN_ATTACHMENT, "{name} {round}");
        }
    }
}

#[test]
fn a_document_that_breaks_off_says_what_it_said_until_then() {
    let bytes = std::fs::read(fixture("writer.docx")).unwrap();
    let files = read("writer.docx", &bytes[..bytes.len() - 300]);
    assert!(matches!(files[0].unread, Some(Unread::Broken(_))));
    assert!(says(&files, Spot::Body, "The heron waits by the quiet water"), "{}", lines(&files));
}
