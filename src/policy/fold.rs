//! Text as a reader sees it, so that a word cannot be hidden from a rule and seen by people.
//!
//! In: decoded text of a subject, a body or a name, or a word out of the configuration. Out: [`Folded`], in which words stand in lower case
//! between single spaces. What shows nothing is gone (zero-width characters, soft hyphens, bidi controls, combining marks);
//! full-width letters, ligatures and mathematical alphabets are plain letters (NFKD, UAX 15); look-alikes of other scripts
//! are told apart by nobody (`confusables.rs`). Whole words only: a word inside a longer one is not found, and what stands in
//! a web address is no word. Linear in the length of the text; nothing can fail.

use std::borrow::Cow;
use std::sync::OnceLock;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

use super::confusables::looks_like;

/// A text made ready for the search for words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folded {
    /// Words in lower case, a space before and after each.
    plain: String,
    /// The same with look-alikes read as Latin letters; nothing where that changes nothing.
    seen: Option<String>,
}

/// A word of the configuration, or several in a row.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// As the configuration has it.
    pub(super) written: String,
    pub(super) folded: Folded,
    /// Its letters one by one, `C O N F I D E N T I A L`; nothing where it has too few for that to be a word.
    spaced: Option<Folded>,
}

/// Letters from which on a word is also seen when they are spaced out.
const SPACED_OUT: usize = 4;

impl Word {
    pub(super) fn new(written: &str) -> Self {
        let folded = Folded::new(written);
        let apart = |text: &str| {
            let letters: Vec<String> = text.chars().filter(|c| *c != ' ').map(String::from).collect();
            (letters.len() >= SPACED_OUT).then(|| format!(" {} ", letters.join(" ")))
        };
        let spaced = apart(&folded.plain).map(|plain| Folded { plain, seen: folded.seen.as_deref().and_then(apart) });
        Self { written: written.to_owned(), folded, spaced }
    }
}

impl Folded {
    /// Folds a text. What is ASCII, nearly all of most mails, takes the short way. Each character is folded by itself: what NFKD would
    /// put in another order are marks, which go.
    pub(super) fn new(text: &str) -> Self {
        let mut folding = Folding { plain: String::with_capacity(text.len() + 2), seen: None };
        folding.plain.push(' ');
        let mut rest = text;
        while !rest.is_empty() {
            let ascii = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
            let (run, other) = rest.split_at(ascii);
            folding.ascii(run);
            let end = other.bytes().position(|byte| byte.is_ascii()).unwrap_or(other.len());
            let (run, after) = other.split_at(end);
            if !run.is_empty() {
                folding.other(run);
            }
            rest = after;
        }
        folding.finish()
    }

    /// What the search for many words goes through: the words, and the same with look-alikes as Latin letters.
    pub(super) fn forms(&self) -> (&str, Option<&str>) {
        (&self.plain, self.seen.as_deref())
    }

    /// Whether the word stands in this text as a whole word, spaced out or not.
    pub(super) fn has(&self, word: &Word) -> bool {
        self.holds(&word.folded) || word.spaced.as_ref().is_some_and(|spaced| self.holds(spaced))
    }

    fn holds(&self, word: &Self) -> bool {
        if word.is_empty() {
            return false;
        }
        if self.plain.contains(&word.plain) {
            return true;
        }
        let disguised = self.seen.is_some() || word.seen.is_some();
        disguised && self.seen.as_ref().unwrap_or(&self.plain).contains(word.seen.as_ref().unwrap_or(&word.plain))
    }

    /// Whether no word is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.plain.trim().is_empty()
    }
}

/// Every way in which a subject may be read: as it is, with line ends and tabs inside it gone (some readers drop them), and with
/// what a right-to-left override turns round turned back.
pub(super) fn readings(subject: &str) -> Vec<Folded> {
    let subject = without_web_addresses(subject);
    let mut all = vec![Folded::new(&subject)];
    if subject.contains(['\r', '\n', '\t']) {
        all.push(Folded::new(&subject.replace(['\r', '\n', '\t'], "")));
    }
    if subject.contains(OVERRIDE) {
        all.push(Folded::new(&as_overridden(&subject)));
    }
    all
}

/// U+202E: what follows is shown from right to left, whatever it is (UAX 9).
const OVERRIDE: char = '\u{202e}';
/// U+202C: the end of an override.
const POP: char = '\u{202c}';

/// The text in the order in which it is shown, for overrides that are not nested.
fn as_overridden(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (i, piece) in text.split(OVERRIDE).enumerate() {
        let (turned, rest) = if i == 0 { ("", piece) } else { piece.split_once(POP).unwrap_or((piece, "")) };
        shown.extend(turned.chars().rev());
        shown.push_str(rest);
    }
    shown
}

/// A body or a name in every way it may be read; its lines part words, so only overrides make a second reading.
pub(super) fn body_readings(text: &str) -> Vec<Folded> {
    let text = without_web_addresses(text);
    let mut all = vec![Folded::new(&text)];
    if text.contains(OVERRIDE) {
        all.push(Folded::new(&as_overridden(&text)));
    }
    all
}

/// The text with web addresses left out: a word in one is not said by the writer.
fn without_web_addresses(text: &str) -> Cow<'_, str> {
    let ends = |c: char| c.is_whitespace() || "<>\"'(){}[]|,;".contains(c);
    let mut kept: Option<String> = None;
    let (mut done, mut from) = (0, 0);
    while let Some((at, is_scheme)) = next_address(text, from) {
        from = at + 3;
        let before = &text[done..at];
        let start = match before.char_indices().next_back() {
            _ if is_scheme => before.char_indices().rev().find(|(_, c)| ends(*c)).map_or(done, |(i, c)| done + i + c.len_utf8()),
            Some((_, c)) if !ends(c) => continue, // `www.` within a run is no address
            _ => at,
        };
        let end = text[at..].find(ends).map_or(text.len(), |space| at + space);
        let kept = kept.get_or_insert_with(|| String::with_capacity(text.len()));
        kept.push_str(&text[done..start]);
        kept.push(' ');
        (done, from) = (end, end);
    }
    match kept {
        None => Cow::Borrowed(text),
        Some(kept) => Cow::Owned(kept + &text[done..]),
    }
}

/// Where the next `://` or `www.` stands, and whether it is the former.
fn next_address(text: &str, from: usize) -> Option<(usize, bool)> {
    let rest = &text.as_bytes()[from..];
    let mut scan = memchr::memchr2_iter(b':', b'.', rest);
    scan.find_map(|at| match rest[at] {
        b':' => rest[at..].starts_with(b"://").then_some((from + at, true)),
        _ => rest[..at].ends_with(b"www").then(|| (from + at - 3, false)),
    })
}

/// A text being folded: words in lower case with a space before and after each; what is neither letter nor figure parts them.
struct Folding {
    plain: String,
    /// From the first difference on.
    seen: Option<String>,
}

impl Folding {
    fn ascii(&mut self, run: &str) {
        let shown = run.bytes().map(|byte| ASCII[usize::from(byte & 0x7f)]).filter(|&byte| byte != 0);
        for text in [Some(&mut self.plain), self.seen.as_mut()].into_iter().flatten() {
            let mut after_space = text.ends_with(' ');
            for byte in shown.clone() {
                if byte != b' ' || !after_space {
                    text.push(char::from(byte));
                }
                after_space = byte == b' ';
            }
        }
    }

    fn other(&mut self, run: &str) {
        let folds = folds();
        for c in run.chars() {
            match folds.get(c as usize).copied().unwrap_or(Fold::SEVERAL) {
                Fold::SKIP => {}
                Fold::SEVERAL => each(c).into_iter().for_each(|fold| self.take(fold)),
                fold => self.take(fold),
            }
        }
    }

    fn take(&mut self, Fold { plain, seen }: Fold) {
        if plain != seen && self.seen.is_none() {
            self.seen = Some(self.plain.clone());
        }
        push(&mut self.plain, plain);
        if let Some(text) = &mut self.seen {
            push(text, seen);
        }
    }

    fn finish(mut self) -> Folded {
        push(&mut self.plain, ' ');
        if let Some(seen) = &mut self.seen {
            push(seen, ' ');
        }
        Folded { plain: self.plain, seen: self.seen }
    }
}

/// Writes a letter, or a space where none stands yet.
fn push(text: &mut String, c: char) {
    if c != ' ' || !text.ends_with(' ') {
        text.push(c);
    }
}

/// What a character is folded to, as it is and as it is seen; a space for what is neither letter nor figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fold {
    plain: char,
    seen: char,
}

impl Fold {
    /// Shows nothing.
    const SKIP: Self = Self { plain: '\0', seen: '\0' };
    /// Becomes several characters, or stands beyond the table.
    const SEVERAL: Self = Self { plain: '\0', seen: ' ' };
}

/// The folds of the basic plane, worked out once: looking each character up in five tables of Unicode takes ten times as long.
fn folds() -> &'static [Fold] {
    static FOLDS: OnceLock<Box<[Fold]>> = OnceLock::new();
    FOLDS.get_or_init(|| {
        let one = |c: char| match each(c).as_slice() {
            [] => Fold::SKIP,
            [fold] => *fold,
            _ => Fold::SEVERAL,
        };
        (0..=0xffff).map(|n| char::from_u32(n).map_or(Fold::SKIP, one)).collect()
    })
}

/// What a character is folded to: decomposed (NFKD), without marks and what shows nothing, in lower case.
fn each(c: char) -> Vec<Fold> {
    let letter = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let whole = DecomposingNormalizerBorrowed::new_nfkd();
    let whole = whole.normalize(c.encode_utf8(&mut [0; 4])).into_owned();
    let shown = whole.chars().filter(|&c| !is_unseen(c));
    shown.map(|c| Fold { plain: letter(lower(c)), seen: letter(looks_like(lower(looks_like(c)))) }).collect()
}

/// What each ASCII character is folded to: itself in lower case, a space, or 0 for what shows nothing.
const ASCII: [u8; 128] = {
    let mut table = [b' '; 128];
    let mut at = 0;
    while at < 128 {
        let byte = at as u8;
        if byte.is_ascii_alphanumeric() {
            table[at] = byte.to_ascii_lowercase();
        } else if byte.is_ascii_control() && !byte.is_ascii_whitespace() {
            table[at] = 0;
        }
        at += 1;
    }
    table
};

/// Lower case, where that is one character; the few others have been decomposed before.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Whether a character shows nothing of its own: marks, format and control characters, fillers.
fn is_unseen(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control() && !c.is_ascii_whitespace();
    }
    let fillers = matches!(c, '\u{115f}' | '\u{1160}' | '\u{2065}' | '\u{3164}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}');
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    fillers
        || matches!(
            category,
            GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark | GeneralCategory::Format | GeneralCategory::Control
        )
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
