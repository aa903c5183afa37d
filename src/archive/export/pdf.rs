//! A mail as a page to read and print: what its header says, its text, its attachments by name, with the mail's SHA-256 and page numbers on each page.
//!
//! Text stands in the fonts that every reader of PDF has (ISO 32000-1 section 9.6.2.2), in their Western letters; what those lack is a `?`, and the
//! last line counts them: the mail itself, which lies beside the page, has them all. Nothing in the text can become a command: it is
//! written as hexadecimal strings. Nothing can fail.

use lopdf::content::{Content, Operation};
use lopdf::{Document, Object, ObjectId, StringFormat, dictionary};

use super::{About, Print};
use crate::store::RecordHeader;

/// A4, in points.
const PAGE: (f32, f32) = (595.0, 842.0);
const MARGIN: f32 = 57.0;
const SIZE: f32 = 9.0;
const LEADING: f32 = 12.0;
/// Characters of a line: Courier is 0.6 of its size wide.
const COLUMNS: usize = 89;
const LINES: usize = 58;
/// Lines of text at most; the mail itself is complete.
const MOST_LINES: usize = 20_000;

/// One line of the page.
struct Line {
    bold: bool,
    text: Vec<u8>,
}

/// The page of a mail.
pub(super) fn write(header: &RecordHeader, sha256: &str, print: &Print, about: &About) -> Vec<u8> {
    let lines = lines(header, sha256, print, about);
    let pages: Vec<&[Line]> = lines.chunks(LINES).collect();
    let mut pdf = Document::with_version("1.5");
    let tree = pdf.new_object_id();
    let fonts = fonts(&mut pdf);
    let count = pages.len();
    let kids: Vec<Object> = pages
        .iter()
        .enumerate()
        .map(|(at, page)| {
            let foot = format!("{}   SHA-256 {sha256}   {} of {count}", header.reference, at + 1);
            one_page(&mut pdf, tree, fonts, page, &foot).into()
        })
        .collect();
    let length = i64::try_from(count).unwrap_or(i64::MAX);
    let media = vec![0.into(), 0.into(), PAGE.0.into(), PAGE.1.into()];
    let all = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => length, "MediaBox" => media };
    pdf.objects.insert(tree, Object::Dictionary(all));
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", catalog);
    pdf.compress();
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = pdf.save_to(&mut bytes);
    bytes
}

/// Courier and its bold face, both in Western letters.
fn fonts(pdf: &mut Document) -> ObjectId {
    let face = |name: &str| {
        dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => name, "Encoding" => "WinAnsiEncoding" }
    };
    let (plain, bold) = (pdf.add_object(face("Courier")), pdf.add_object(face("Courier-Bold")));
    pdf.add_object(dictionary! { "Font" => dictionary! { "F" => plain, "B" => bold } })
}

fn one_page(pdf: &mut Document, tree: ObjectId, fonts: ObjectId, lines: &[Line], foot: &str) -> ObjectId {
    let mut does = vec![Operation::new("BT", Vec::new())];
    let mut at = PAGE.1 - MARGIN;
    for line in lines {
        show(&mut does, line.bold, at, &line.text);
        at -= LEADING;
    }
    show(&mut does, false, MARGIN / 2.0, &encoded(foot).0);
    does.push(Operation::new("ET", Vec::new()));
    let content = Content { operations: does }.encode().unwrap_or_default(); // our own operations always encode
    let content = pdf.add_object(lopdf::Stream::new(dictionary! {}, content));
    pdf.add_object(dictionary! { "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => fonts })
}

fn show(does: &mut Vec<Operation>, bold: bool, at: f32, text: &[u8]) {
    let font = if bold { "B" } else { "F" };
    does.push(Operation::new("Tf", vec![font.into(), SIZE.into()]));
    let place = vec![1.into(), 0.into(), 0.into(), 1.into(), MARGIN.into(), at.into()];
    does.push(Operation::new("Tm", place));
    does.push(Operation::new("Tj", vec![Object::String(text.to_vec(), StringFormat::Hexadecimal)]));
}

fn lines(header: &RecordHeader, sha256: &str, print: &Print, about: &About) -> Vec<Line> {
    let mut page = Writing::default();
    page.line(true, &print.subject);
    page.line(false, "");
    let recipients: Vec<String> = header.envelope.recipients.iter().map(|to| to.address.to_string()).collect();
    let (from, to) = (header.envelope.reverse_path.to_string(), recipients.join(", "));
    let received = header.received_at.to_string();
    let leave = about.case.map_or_else(|| "without a case".to_owned(), |case| format!("case {case}"));
    let taken = format!("{} by {}, {leave}", about.made_at, about.by);
    for (name, value) in [
        ("From", print.from.as_str()),
        ("To", &print.to),
        ("Cc", &print.cc),
        ("Date", &print.date),
        ("Envelope from", &from),
        ("Envelope to", &to),
        ("Received", &received),
        ("Reference", header.reference.as_str()),
        ("SHA-256", sha256),
        ("Taken out", &taken),
    ] {
        if !value.is_empty() {
            page.field(name, value);
        }
    }
    for file in &print.attachments {
        page.field("Attachment", file);
    }
    page.line(false, "");
    print.text.lines().for_each(|line| page.line(false, line));
    page.finish()
}

/// Lines as they are wrapped, and how many characters could not be shown.
#[derive(Default)]
struct Writing {
    lines: Vec<Line>,
    lost: usize,
    cut: bool,
}

impl Writing {
    fn field(&mut self, name: &str, value: &str) {
        self.line(false, &format!("{name:<14} {value}"));
    }

    fn line(&mut self, bold: bool, text: &str) {
        let tidy: String = text.replace('\t', "    ").chars().filter(|letter| !letter.is_control()).collect();
        for piece in wrapped(&tidy) {
            if self.lines.len() >= MOST_LINES {
                self.cut = true;
                return;
            }
            let (text, lost) = encoded(&piece);
            self.lost += lost;
            self.lines.push(Line { bold, text });
        }
    }

    fn finish(mut self) -> Vec<Line> {
        let mut notes = Vec::new();
        if self.cut {
            notes.push("[the text is longer than this print: the mail itself is complete]".to_owned());
        }
        if self.lost > 0 {
            notes.push(format!("[{} characters cannot be shown in this print: the mail itself has them]", self.lost));
        }
        let note = |text: &String| Line { bold: true, text: encoded(text).0 };
        self.lines.extend(notes.iter().map(note));
        self.lines
    }
}

/// A line in pieces that fit, broken at blanks where there are any.
fn wrapped(text: &str) -> Vec<String> {
    let (mut pieces, mut piece, mut length) = (Vec::new(), String::new(), 0);
    for word in text.split_inclusive(' ') {
        let letters: Vec<char> = word.chars().collect();
        if length > 0 && length + letters.len() > COLUMNS {
            pieces.push(std::mem::take(&mut piece));
            length = 0;
        }
        for letter in letters {
            if length == COLUMNS {
                pieces.push(std::mem::take(&mut piece));
                length = 0;
            }
            piece.push(letter);
            length += 1;
        }
    }
    pieces.push(piece);
    pieces
}

/// Western letters (windows-1252), and how many there was none for.
fn encoded(text: &str) -> (Vec<u8>, usize) {
    let mut lost = 0;
    let bytes = text.chars().map(|letter| {
        let mut buffer = [0; 4];
        let (bytes, _, failed) = encoding_rs::WINDOWS_1252.encode(letter.encode_utf8(&mut buffer));
        match bytes.first() {
            Some(byte) if !failed => *byte,
            _ => {
                lost += 1;
                b'?'
            }
        }
    });
    let bytes = bytes.collect();
    (bytes, lost)
}
