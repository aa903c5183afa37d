//! Header values as text: folding and encoded words undone (RFC 5322 section 2.2.3, RFC 2047).
//!
//! In: a value as it stands. Out: text, always. Lenient as clients are: an encoded word counts also inside other words, without
//! white space around it, with spaces inside, and of any length; words of one charset that follow each other are joined before
//! their bytes are read, since many cut characters in two. CR, LF, NUL and tabs become spaces, encoded ones too: no value ever begins a new line.
//! Linear in the value: a word that does not end is not looked for again.

use memchr::memmem;

use super::{charset, transfer};

/// The text of a value.
pub(super) fn decode(value: &[u8]) -> String {
    without_controls(decode_words(&unfolded(value)))
}

/// A value on one line, without white space around it.
pub(super) fn unfolded(value: &[u8]) -> Vec<u8> {
    let line: Vec<u8> = value.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    line.trim_ascii().to_vec()
}

/// How many bytes the encoded word takes that begins here.
pub(super) fn length(text: &[u8]) -> Option<usize> {
    word(text).map(|word| text.len() - word.rest.len())
}

/// CR, LF, NUL and tabs as spaces.
pub(super) fn without_controls(text: String) -> String {
    const CONTROLS: [char; 4] = ['\r', '\n', '\0', '\t'];
    if text.contains(CONTROLS) { text.replace(CONTROLS, " ") } else { text }
}

/// An encoded word, `=?charset?encoding?text?=`.
struct Word<'m> {
    charset: &'m [u8],
    is_base64: bool,
    text: &'m [u8],
    /// What follows it.
    rest: &'m [u8],
}

/// Words of one charset that follow each other.
#[derive(Default)]
struct Run {
    charset: String,
    bytes: Vec<u8>,
}

fn decode_words(line: &[u8]) -> String {
    let mut out = String::with_capacity(line.len());
    let mut run = Run::default();
    let mut rest = line;
    // Between two words white space goes (RFC 2047 section 6.2); other text ends the run.
    let mut between = 0;
    while let Some(at) = memmem::find(&rest[between..], b"=?").map(|n| between + n) {
        let Some(word) = word(&rest[at..]) else {
            between = at + 2;
            continue;
        };
        let before = &rest[..at];
        if run.charset.is_empty() || !before.trim_ascii().is_empty() {
            run.flush(&mut out);
            out.push_str(&charset::decode(None, before));
        }
        run.add(&word, &mut out);
        rest = word.rest;
        between = 0;
    }
    run.flush(&mut out);
    out.push_str(&charset::decode(None, rest));
    out
}

impl Run {
    fn add(&mut self, word: &Word<'_>, out: &mut String) {
        let charset = String::from_utf8_lossy(word.charset).to_ascii_lowercase();
        if self.charset != charset || !charset::joins(&charset) {
            self.flush(out);
        }
        self.charset = charset;
        self.bytes.extend_from_slice(&word.decoded());
    }

    fn flush(&mut self, out: &mut String) {
        out.push_str(&charset::decode(Some(&self.charset), &self.bytes));
        self.charset.clear();
        self.bytes.clear();
    }
}

impl Word<'_> {
    fn decoded(&self) -> Vec<u8> {
        if self.is_base64 { transfer::base64(self.text) } else { transfer::quoted_printable_word(self.text) }
    }
}

/// The encoded word that begins here, with the language of RFC 2231 section 5 let go.
fn word(text: &[u8]) -> Option<Word<'_>> {
    let text = text.strip_prefix(b"=?")?;
    let (charset, text) = until_question(text)?;
    let (encoding, text) = until_question(text)?;
    let charset = charset.split(|b| *b == b'*').next().filter(|c| !c.is_empty())?;
    let is_base64 = match encoding {
        b"b" | b"B" => true,
        b"q" | b"Q" => false,
        _ => return None,
    };
    let end = word_end(text)?;
    Some(Word { charset, is_base64, text: &text[..end], rest: &text[end + 2..] })
}

/// A short word of visible characters, and what follows the question mark after it.
fn until_question(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().take(64).position(|b| *b == b'?' || !b.is_ascii_graphic())?;
    (text[end] == b'?').then(|| (&text[..end], &text[end + 1..]))
}

/// Where `?=` ends the text of a word; nothing where another word begins before it.
fn word_end(text: &[u8]) -> Option<usize> {
    for at in memchr::memchr_iter(b'?', text) {
        if text.get(at + 1) == Some(&b'=') {
            return Some(at);
        }
        if at > 0 && text[at - 1] == b'=' {
            return None;
        }
    }
    None
}

#[cfg(test)]
#[path = "word_tests.rs"]
mod tests;
