//! What the bench reads: for each format one file that is large enough for its size to say something.
//!
//! Texts are written here. Packages (docx … odp) are the real ones of `fixtures/attachments` with the part that holds the text grown: its
//! own paragraphs, rows or shapes as the program wrote them, each with other words. What cannot be grown so (doc, xls, ppt, pdf, tnef, 7z) comes
//! as many copies of real files in one tar, and each copy costs what a small attachment costs, without the way to the box.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use bytes::Bytes;

pub struct Sample {
    pub format: &'static str,
    pub name: String,
    pub bytes: Bytes,
}

/// Octets of the texts, and of a package's part that is grown.
const LARGE: usize = 2 << 20;
/// Copies of a small file.
const COPIES: usize = 100;

/// All of them, in the order of the table.
pub fn all() -> Vec<Sample> {
    let mut all = texts();
    all.extend(packages());
    all.extend([
        copies("doc", &["writer.doc"]),
        copies("xls", &["calc.xls"]),
        copies("ppt", &["impress.ppt"]),
        copies("pdf", &["plain.pdf", "table.pdf", "unicode.pdf", "form.pdf", "objstm.pdf"]),
        sample("msg", letter_of_outlook()),
        sample("tnef", winmail()),
    ]);
    let entries: Vec<String> = (0..COPIES).map(|_| prose(LARGE / COPIES)).collect();
    all.extend([sample("zip", zipped(&entries)), sample("tar", tarred(&entries)), sample("gz", gzipped(&rows(LARGE)))]);
    all.push(copies("7z", &["plain.7z", "header.7z", "bzip2.7z"]));
    all
}

fn sample(format: &'static str, bytes: Vec<u8>) -> Sample {
    Sample { format, name: format!("sample.{format}"), bytes: Bytes::from(bytes) }
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/attachments").join(name)).unwrap()
}

/// Words that repeat as those of letters do, the same in each run.
struct Words(u64);

impl Words {
    const ALL: [&str; 32] = [
        "the",
        "coach",
        "leaves",
        "at",
        "quarter",
        "to",
        "nine",
        "please",
        "send",
        "a",
        "packed",
        "lunch",
        "pupils",
        "parents",
        "museum",
        "Friday",
        "form",
        "teacher",
        "reading",
        "attendance",
        "Amina",
        "Oluwaseun",
        "Siobhán",
        "report",
        "behaviour",
        "music",
        "lesson",
        "permission",
        "slip",
        "hall",
        "Müller",
        "school",
    ];

    fn number(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn next(&mut self) -> &'static str {
        Self::ALL[usize::try_from(self.number(32)).unwrap()]
    }

    fn sentence(&mut self) -> String {
        let length = 6 + self.number(12);
        (0..length).map(|_| self.next()).collect::<Vec<_>>().join(" ") + "."
    }
}

/// Repeats what a function writes until there is enough.
fn grown(size: usize, mut unit: impl FnMut(&mut Words, usize) -> String) -> String {
    let (mut words, mut text, mut at) = (Words(4), String::new(), 0);
    while text.len() < size {
        at += 1;
        text += &unit(&mut words, at);
    }
    text
}

/// Sentences in lines.
pub fn prose(size: usize) -> String {
    grown(size, |words, _| words.sentence() + "\r\n")
}

fn rows(size: usize) -> String {
    let row = |words: &mut Words, at: usize| {
        format!("P{at:05},{},{},{:02}/09/2012,7B,\"{}\"\r\n", words.next(), words.next(), words.number(28) + 1, words.sentence())
    };
    "UPN,Surname,Forename,Date of birth,Form,Note\r\n".to_owned() + &grown(size, row)
}

fn texts() -> Vec<Sample> {
    let html = |words: &mut Words, _| format!("<p class=\"MsoNormal\">{} <b>{}</b>&nbsp;</p>\n", words.sentence(), words.next());
    let rtf = |words: &mut Words, _| {
        format!("\\pard\\plain \\s0\\fs24\\lang2057 {{\\b {}}} {}\\par\n", words.next(), ascii(&words.sentence()))
    };
    let event = |words: &mut Words, at| {
        format!(
            "BEGIN:VEVENT\r\nUID:{at}@example.com\r\nDTSTART:20261203T190000Z\r\nSUMMARY:{}\r\nDESCRIPTION:{}\r\nEND:VEVENT\r\n",
            words.next(),
            words.sentence()
        )
    };
    let card = |words: &mut Words, at| {
        format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{0} {1}\r\nN:{1};{0};;;\r\nEMAIL:{at}@example.com\r\nNOTE:{2}\r\nEND:VCARD\r\n",
            words.next(),
            words.next(),
            words.sentence()
        )
    };
    let head = "From: office@oakfield.example.sch.uk\r\nTo: parent@example.com\r\nSubject: Trip\r\nDate: Mon, 23 Nov 2026 08:30:00 +0000\r\n";
    vec![
        sample("txt", prose(LARGE).into_bytes()),
        sample("csv", rows(LARGE).into_bytes()),
        sample("html", format!("<html><head><meta charset=utf-8></head><body>{}</body></html>", grown(LARGE, html)).into_bytes()),
        sample("rtf", format!("{{\\rtf1\\ansi\\ansicpg1252 {}}}", grown(LARGE, rtf)).into_bytes()),
        sample("eml", format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{}", prose(LARGE)).into_bytes()),
        sample("ics", format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", grown(LARGE, event)).into_bytes()),
        sample("vcf", grown(LARGE, card).into_bytes()),
    ]
}

/// As RTF writes letters beyond ASCII.
fn ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{}?", u32::from(c)) }).collect()
}

fn packages() -> Vec<Sample> {
    let paragraph = |words: &mut Words, _| {
        let (bold, rest) = (words.next(), words.sentence());
        format!(
            "<w:p><w:pPr><w:pStyle w:val=\"Normal\"/><w:rPr><w:lang w:val=\"en-GB\"/></w:rPr></w:pPr><w:r><w:rPr><w:b/></w:rPr>\
             <w:t xml:space=\"preserve\">{bold} </w:t></w:r><w:r><w:rPr><w:lang w:val=\"en-GB\"/></w:rPr><w:t>{rest}</w:t></w:r></w:p>"
        )
    };
    let row = |words: &mut Words, at: usize| {
        let at = at + 7;
        format!(
            "<row r=\"{at}\" spans=\"1:4\"><c r=\"A{at}\" t=\"s\"><v>{}</v></c><c r=\"B{at}\" t=\"inlineStr\"><is><t>{}</t></is></c>\
             <c r=\"C{at}\" s=\"1\"><v>{}</v></c><c r=\"D{at}\"><v>{}</v></c></row>",
            words.number(9),
            words.sentence(),
            40_000 + words.number(3000),
            words.number(100),
        )
    };
    let shape = |words: &mut Words, at: usize| {
        format!(
            "<p:sp><p:nvSpPr><p:cNvPr id=\"{}\" name=\"TextBox\"/><p:cNvSpPr txBox=\"1\"/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>\
             <a:p><a:r><a:rPr lang=\"en-GB\" sz=\"1800\"/><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>",
            at + 100,
            words.sentence(),
        )
    };
    let text = |words: &mut Words, _| {
        format!(
            "<text:p text:style-name=\"Standard\"><text:span text:style-name=\"T1\">{}</text:span> {}</text:p>",
            words.next(),
            words.sentence()
        )
    };
    let line = |words: &mut Words, at: usize| {
        format!(
            "<table:table-row table:style-name=\"ro1\"><table:table-cell office:value-type=\"string\"><text:p>{}</text:p></table:table-cell>\
             <table:table-cell office:value-type=\"float\" office:value=\"{at}\"><text:p>{at}</text:p></table:table-cell></table:table-row>",
            words.sentence(),
        )
    };
    let page = |words: &mut Words, at| {
        format!(
            "<draw:page draw:name=\"{at}\"><draw:frame draw:layer=\"layout\"><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame></draw:page>",
            words.sentence()
        )
    };
    vec![
        package("docx", "writer.docx", "word/document.xml", "<w:body>", &grown(LARGE, paragraph)),
        package("xlsx", "xlsxwriter.xlsx", "xl/worksheets/sheet1.xml", "<v>9</v></c></row>", &grown(LARGE, row)),
        package("pptx", "impress.pptx", "ppt/slides/slide1.xml", "</p:grpSpPr>", &grown(LARGE, shape)),
        package("odt", "writer.odt", "content.xml", "</text:sequence-decls>", &grown(LARGE, text)),
        package("ods", "calc.ods", "content.xml", "</table:table-row>", &grown(LARGE, line)),
        package("odp", "impress.odp", "content.xml", "</draw:page>", &grown(LARGE, page)),
    ]
}

/// A package with something put into one of its parts after the first place where some words stand.
fn package(format: &'static str, file: &str, part: &str, after: &str, more: &str) -> Sample {
    let mut old = zip::ZipArchive::new(Cursor::new(fixture(file))).unwrap();
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..old.len() {
        let mut entry = old.by_index(at).unwrap();
        let (name, mut bytes) = (entry.name().unwrap().into_owned(), Vec::new());
        entry.read_to_end(&mut bytes).unwrap();
        if name == part {
            let text = String::from_utf8(bytes).unwrap();
            let cut = text.find(after).unwrap_or_else(|| panic!("{file} has no {after}")) + after.len();
            bytes = [&text[..cut], more, &text[cut..]].concat().into_bytes();
        }
        new.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        new.write_all(&bytes).unwrap();
    }
    sample(format, new.finish().unwrap().into_inner())
}

fn copies(format: &'static str, files: &[&str]) -> Sample {
    let mut archive = tar::Builder::new(Vec::new());
    for (at, file) in (0..COPIES).map(|at| (at, files[at % files.len()])) {
        append(&mut archive, &format!("{at}-{file}"), &fixture(file));
    }
    sample(format, archive.into_inner().unwrap())
}

fn append(archive: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, name, bytes).unwrap();
}

fn tarred(entries: &[String]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (at, entry) in entries.iter().enumerate() {
        append(&mut archive, &format!("{at}.txt"), entry.as_bytes());
    }
    archive.into_inner().unwrap()
}

fn zipped(entries: &[String]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (at, entry) in entries.iter().enumerate() {
        archive.start_file(format!("{at}.txt"), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(entry.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A message as Outlook saves it ([MS-OXMSG] section 2): its properties are streams of a compound file.
fn letter_of_outlook() -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let text = prose(LARGE / 4);
    let streams = [
        ("/__properties_version1.0", vec![0; 32]),
        ("/__substg1.0_0037001F", wide("Trip on Friday")),
        ("/__substg1.0_1000001F", wide(&text)),
        ("/__substg1.0_10130102", format!("<html><body><p>{}</p></body></html>", text.replace("\r\n", "</p><p>")).into_bytes()),
    ];
    for (name, bytes) in streams {
        file.create_stream(name).unwrap().write_all(&bytes).unwrap();
    }
    file.into_inner().into_inner()
}

/// `winmail.dat` with a text and a file ([MS-OXTNEF] section 2.1.3).
fn winmail() -> Vec<u8> {
    let attribute = |level: u8, id: u32, data: &[u8]| {
        let sum = data.iter().fold(0_u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
        [&[level][..], &id.to_le_bytes(), &u32::try_from(data.len()).unwrap().to_le_bytes(), data, &sum.to_le_bytes()].concat()
    };
    let text = prose(LARGE / 4);
    [
        &[0x78, 0x9F, 0x3E, 0x22, 1, 0][..],
        &attribute(1, 0x0006_9007, &65_001_u32.to_le_bytes()),
        &attribute(1, 0x0001_8004, b"Trip on Friday\0"),
        &attribute(1, 0x0002_800C, format!("{text}\0").as_bytes()),
        &attribute(2, 0x0006_9002, &[0; 14]),
        &attribute(2, 0x0001_8010, b"notes.txt\0"),
        &attribute(2, 0x0006_800F, text.as_bytes()),
    ]
    .concat()
}
