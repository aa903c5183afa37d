//! Mails that nobody wrote: words by Zipf's law, sizes as in a school's mailboxes, one in ten with an attachment.
//!
//! Everything comes from one seed, so that two runs and all peers see the same mails. Half of the mails have their text twice, plain and HTML, as most
//! clients send it. Attachments are pictures that no packing makes smaller (half of them), Word letters with a picture (four in ten) and lists as
//! CSV; letters and lists are opened and indexed. Three in ten are one of a hundred files that go to many.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// Words that there are.
const VOCABULARY: usize = 50_000;
/// Days over which the mails are spread.
pub const DAYS: i64 = 180;

/// A mail and what the envelope needs.
pub struct Mail {
    pub from: String,
    pub to: String,
    /// Milliseconds after the first.
    pub after_ms: i64,
    pub raw: Vec<u8>,
}

/// Makes mails.
pub struct Mails {
    random: Random,
    /// Sums of the words' shares.
    shares: Vec<f64>,
    words: Vec<String>,
    count: usize,
    made: usize,
}

/// xorshift64*: small, even enough, the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// From 0 to below 1.
    pub fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.share() * end as f64) as usize
    }

    /// Log-normal around a median.
    fn size(&mut self, median: f64, spread: f64) -> usize {
        let (a, b) = (self.share().max(1e-12), self.share());
        let normal = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
        (median * (spread * normal).exp()) as usize
    }
}

impl Mails {
    pub fn new(count: usize) -> Self {
        let mut random = Random::new(20_261_126);
        let words = (0..VOCABULARY).map(|rank| word(rank, &mut random)).collect();
        let mut sum = 0.0;
        let shares = (1..=VOCABULARY).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Self { shares: shares.collect(), random, words, count, made: 0 }
    }

    /// A word by its rank: 0 is the most frequent.
    pub fn word(&self, rank: usize) -> &str {
        &self.words[rank]
    }

    /// An address of the school's staff.
    pub fn staff(number: usize) -> String {
        format!("staff{number:03}@oakfield.example.sch.uk")
    }

    fn any_word(&mut self) -> usize {
        let at = self.random.share() * self.shares[VOCABULARY - 1];
        self.shares.partition_point(|sum| *sum < at).min(VOCABULARY - 1)
    }

    fn text(&mut self, octets: usize) -> String {
        let mut text = String::with_capacity(octets + 80);
        let mut line = 0;
        while text.len() < octets {
            let rank = self.any_word();
            text.push_str(&self.words[rank]);
            line += self.words[rank].len() + 1;
            let ends = line > 68;
            text.push_str(if ends { "\r\n" } else { " " });
            line = if ends { 0 } else { line };
        }
        text
    }

    /// Name, type and bytes. What goes to many is the same file each time.
    fn attachment(&mut self) -> (String, &'static str, Vec<u8>) {
        let shared = self.random.below(10) < 3;
        let number = if shared { self.random.below(100) } else { 1000 + self.made };
        let ours = std::mem::replace(&mut self.random, Random::new(number as u64 * 7919 + 13));
        let octets = self.random.size(60_000.0, 1.0).clamp(4_000, 2_000_000);
        let file = match number % 10 {
            0..5 => (format!("photo{number}.jpg"), "image/jpeg", self.photo(octets)),
            5..9 => (format!("letter{number}.docx"), DOCX, self.letter(octets)),
            _ => (format!("list{number}.csv"), "text/csv", self.list(octets / 4)),
        };
        self.random = ours;
        file
    }

    /// Nothing packs it smaller.
    fn photo(&mut self, octets: usize) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0];
        bytes.extend((0..octets / 8).flat_map(|_| self.random.bits().to_le_bytes()));
        bytes
    }

    /// A page or two of text, and the school's crest as a picture: most of its octets.
    fn letter(&mut self, octets: usize) -> Vec<u8> {
        let length = self.random.size(4_000.0, 0.7).clamp(400, 40_000);
        let paragraphs =
            self.text(length).lines().map(|line| format!("<w:p><w:r><w:t>{line}</w:t></w:r></w:p>")).collect::<String>();
        let text = format!(
            "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{paragraphs}\
             </w:body></w:document>"
        );
        let types = "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default \
                     Extension=\"png\" ContentType=\"image/png\"/><Override PartName=\"/word/document.xml\" \
                     ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
        let crest = self.photo(octets.saturating_sub(length / 3));
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in
            [("[Content_Types].xml", types.as_bytes()), ("word/document.xml", text.as_bytes()), ("word/media/crest.png", &crest)]
        {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// Rows of two words and a small figure.
    fn list(&mut self, octets: usize) -> Vec<u8> {
        let mut text = String::with_capacity(octets + 80);
        while text.len() < octets {
            let (a, b, figure) = (self.any_word(), self.any_word(), self.random.below(200));
            let _ = write!(text, "{},{},{figure}\r\n", self.words[a], self.words[b]);
        }
        text.into_bytes()
    }
}

impl Iterator for Mails {
    type Item = Mail;

    fn next(&mut self) -> Option<Mail> {
        if self.made == self.count {
            return None;
        }
        let number = self.made;
        self.made += 1;
        let from = Self::staff(self.random.below(120));
        let to = format!("parent{}@example.com", self.random.below(3000));
        let span = DAYS * 86_400_000;
        let after_ms = (span as f64 * number as f64 / self.count as f64) as i64;
        let ranks = [(); 4].map(|()| self.any_word());
        let subject = ranks.map(|rank| self.words[rank].as_str()).join(" ");
        let octets = self.random.size(1_500.0, 0.9).clamp(60, 60_000);
        let text = self.text(octets);
        let mut raw = format!(
            "Received: from client{number}.example.sch.uk ([192.0.2.7]) by mail.oakfield.example.sch.uk with ESMTPSA id {number:08x}\r\nFrom: Staff \
             <{from}>\r\nTo: Parent <{to}>\r\nSubject: {}\r\nDate: Mon, 1 Jun 2026 08:00:00 +0000\r\nMessage-ID: \
             <{number}.{:016x}@oakfield.example.sch.uk>\r\nMIME-Version: 1.0\r\nX-Mailer: Example Mail 16.0\r\n",
            subject,
            self.random.bits()
        );
        self.body(&mut raw, &text);
        Some(Mail { from, to, after_ms, raw: raw.into_bytes() })
    }
}

impl Mails {
    fn body(&mut self, raw: &mut String, text: &str) {
        let html = self.random.below(2) == 0;
        let attached = self.random.below(10) == 0;
        if attached {
            raw.push_str("Content-Type: multipart/mixed; boundary=\"=_mixed\"\r\n\r\n--=_mixed\r\n");
        }
        if html {
            let marked: String = text.lines().map(|line| format!("<p class=3D\"MsoNormal\">{line}<o:p></o:p></p>\r\n")).collect();
            let _ = write!(
                raw,
                "Content-Type: multipart/alternative; boundary=\"=_both\"\r\n\r\n--=_both\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--=_both\r\n\
                 Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html><body>\r\n{marked}</body></html>\r\n--=_both--\r\n"
            );
        } else {
            let _ = write!(raw, "Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n");
        }
        if attached {
            let (name, kind, bytes) = self.attachment();
            let _ = write!(
                raw,
                "--=_mixed\r\nContent-Type: {kind}; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            );
            for line in BASE64_STANDARD.encode(bytes).as_bytes().chunks(76) {
                raw.push_str(std::str::from_utf8(line).unwrap_or_default());
                raw.push_str("\r\n");
            }
            raw.push_str("--=_mixed--\r\n");
        }
    }
}

/// A word of syllables, no two alike; frequent ones are short, as in languages.
fn word(rank: usize, random: &mut Random) -> String {
    const HEADS: [&str; 16] = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "sh"];
    const TAILS: [&str; 8] = ["a", "e", "i", "o", "u", "en", "ar", "ol"];
    let mut text = String::new();
    let mut left = rank + 1;
    while left > 0 {
        text.push_str(HEADS[left % 16]);
        text.push_str(TAILS[(left / 16) % 8]);
        left /= 128;
    }
    if rank > 2000 && random.below(2) == 0 {
        text.push_str("ing");
    }
    text
}
