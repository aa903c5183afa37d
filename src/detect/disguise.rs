//! Numbers that are written so that a program does not see them and a person still reads them.
//!
//! In: the text of a reading. Out: [`Candidate`]s that are marked as disguised. People who know that a gateway reads their mail space
//! figures out ("9 4 3 4…"), spell them ("nine, four, three"), put letters in their place ("4OOO"), turn them round, or give them in two
//! halves ("first half … then …"). Each is undone into the compact form, which the families check as they check any other. A disguised
//! number passes the same checks and needs the same labels; undoing gives many more chances to pass by accident, so the bound is short
//! runs, whole words and full lengths. Linear: a run is at most [`RUN`] pieces.

use std::ops::Range;

use regex::Regex;

use super::identifier::{Candidate, Identifiers, compact};
use super::kind::Kind;
use super::zone::Zone;

/// Pieces of one run that are looked at together.
const RUN: usize = 34;

pub(super) struct Disguises {
    turned: Regex,
}

/// A piece of a run: a figure, a letter, or a word for one.
#[derive(Clone, Debug)]
struct Atom {
    range: Range<usize>,
    value: String,
    is_word: bool,
}

impl Disguises {
    pub(super) fn compile() -> Option<Self> {
        Some(Self {
            turned: Regex::new(
                r"(?i-u)\b(?:[A-D][ \-./]{0,3}\d{2}[ \-./]{0,3}\d{2}[ \-./]{0,3}\d{2}[ \-./]{0,3}[A-Z]{2}|[0-9A-Z]\d{2}[ \-./]{0,3}\d{2}[ \-./]{0,3}\d{4}[ \-./]{0,3}\d{3}[ \-./]{0,2}[A-Z]|(?:\d{2} ?)?[A-Z]{2}[A-Z0-9][A-Z9][A-Z][ \-./]{0,2}\d{6}[ \-./]{0,2}[A-Z9]{4}[A-Z]|\d{10}|\d{4}[ \-./]{1,3}\d{3}[ \-./]{1,3}\d{3}|\d{5}[ \-./]{1,3}\d{5})\b",
            )
            .ok()?,
        })
    }

    pub(super) fn find(&self, text: &str, zones: &[Zone], pieces: &Pieces, identifiers: &Identifiers) -> Vec<Candidate> {
        let mut found = spaced(pieces, identifiers);
        found.extend(split(pieces, identifiers));
        for zone in zones.iter().filter(|zone| zone.figures >= 2) {
            self.turned(text, zone, identifiers, &mut found);
            lettered(text, zone, identifiers, &mut found);
        }
        found
    }

    /// Codes turned round; only those whose form or check tells.
    fn turned(&self, text: &str, zone: &Zone, identifiers: &Identifiers, found: &mut Vec<Candidate>) {
        for hit in self.turned.find_iter(text.get(zone.range.clone()).unwrap_or_default()) {
            let range = zone.range.start + hit.start()..zone.range.start + hit.end();
            let mut value: String = compact(hit.as_str()).chars().rev().collect();
            // A driving licence is printed with its issue number behind it.
            value.truncate(if value.len() == 18 { 16 } else { value.len() });
            let mut turned = identifiers.check(&value, &range);
            turned.retain(|c| {
                matches!(
                    c.kind,
                    Kind::Nino | Kind::Upn | Kind::DrivingLicence | Kind::NhsNumber | Kind::Uln | Kind::Utr | Kind::Iban
                )
            });
            for mut candidate in turned {
                candidate.weight -= 1;
                candidate.needs_label |= matches!(candidate.kind, Kind::NhsNumber | Kind::Uln | Kind::Utr);
                found.push(candidate);
            }
        }
    }
}

/// Pieces of numbers: runs of single figures, letters and words for figures; and codes in halves. Found in one pass over the text.
pub(super) struct Pieces {
    runs: Vec<Vec<Atom>>,
    halves: Vec<(Range<usize>, String)>,
}

impl Pieces {
    pub(super) fn of(text: &str) -> Self {
        let (mut runs, mut run, mut codes) = (Vec::new(), Vec::<Atom>::new(), Vec::new());
        for token in tokens(text) {
            let written = text.get(token.clone()).unwrap_or_default();
            let is_letters = written.len() <= 2 && written.bytes().all(|b| b.is_ascii_uppercase());
            if is_letters || written.bytes().any(|b| b.is_ascii_digit()) {
                codes.push(token.clone());
            }
            let Some(value) = figure(written) else { continue };
            let joins = run.last().is_some_and(|last| is_joined(text, last.range.end..token.start)) && run.len() < RUN;
            if !joins {
                runs.push(std::mem::take(&mut run));
            }
            let times = repeated(text, token.start);
            let is_word = written.len() > 1;
            run.push(Atom { range: token, value: value.to_ascii_uppercase().repeat(if is_word { times } else { 1 }), is_word });
        }
        runs.push(run);
        runs.retain(|run| run.iter().filter(|atom| !atom.value.bytes().all(|b| b.is_ascii_alphabetic())).count() >= 6);
        Self { runs, halves: halves(text, &codes) }
    }

    /// Six or eight figures in runs and halves: what may be a date.
    pub(super) fn eights(&self) -> Vec<(Range<usize>, String)> {
        let mut found = Vec::new();
        for run in &self.runs {
            let digits: Vec<&Atom> = run.iter().filter(|atom| atom.value.bytes().all(|b| b.is_ascii_digit())).collect();
            let value: String = digits.iter().map(|atom| atom.value.as_str()).collect();
            if let (Some(first), Some(last), 6 | 8) = (digits.first(), digits.last(), value.len()) {
                found.push((first.range.start..last.range.end, value));
            }
        }
        let eight = |value: &str| value.len() == 8 && value.bytes().all(|b| b.is_ascii_digit());
        found.extend(self.halves.iter().filter(|(_, value)| eight(value)).cloned());
        found
    }
}

/// Words of letters and figures; an underscore is a gap, as it is to readers.
fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80;
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes.get(at..)?.iter().position(is_word)?;
        let length = bytes.get(start..)?.iter().position(|b| !is_word(b)).unwrap_or(bytes.len() - start);
        at = start + length;
        Some(start..at)
    })
}

/// What a word stands for: itself if it is one character, or a figure.
fn figure(word: &str) -> Option<&str> {
    const FIGURES: [(&str, &str); 14] = [
        ("zero", "0"),
        ("oh", "0"),
        ("nought", "0"),
        ("naught", "0"),
        ("nil", "0"),
        ("one", "1"),
        ("two", "2"),
        ("three", "3"),
        ("four", "4"),
        ("five", "5"),
        ("six", "6"),
        ("seven", "7"),
        ("eight", "8"),
        ("nine", "9"),
    ];
    match word.len() {
        1 => Some(word),
        2..=6 => FIGURES.iter().find(|(known, _)| word.eq_ignore_ascii_case(known)).map(|(_, figure)| *figure),
        _ => None,
    }
}

/// "Double four": how many times the word before a figure says.
fn repeated(text: &str, at: usize) -> usize {
    let before = text.get(text.floor_char_boundary(at.saturating_sub(8))..at).unwrap_or_default().trim_end_matches([' ', '-']);
    let ends = |word: &str| {
        before.len() >= word.len() && before.get(before.len() - word.len()..).is_some_and(|end| end.eq_ignore_ascii_case(word))
    };
    match (ends("double"), ends("triple")) {
        (true, _) => 2,
        (_, true) => 3,
        _ => 1,
    }
}

/// Whether two atoms belong together, by what is between them.
fn is_joined(text: &str, gap: Range<usize>) -> bool {
    let Some(gap) = text.get(gap) else { return false };
    let word = gap.trim_matches(|c: char| !c.is_ascii_alphabetic());
    let is_plain = gap.len() <= 5 && !gap.bytes().any(|b| b.is_ascii_alphanumeric());
    let is_doubled = gap.len() <= 12 && (word.eq_ignore_ascii_case("double") || word.eq_ignore_ascii_case("triple"));
    (is_plain || is_doubled) && !gap.contains('\t') && !gap.contains("\n\n") && gap != "\n"
}

/// Two to five codes with nothing but marks and joining words between, put together; marks alone make no halves.
fn halves(text: &str, codes: &[Range<usize>]) -> Vec<(Range<usize>, String)> {
    const CODES: usize = 5;
    let mut found = Vec::new();
    let gaps: Vec<Gap> = codes.windows(2).map(|pair| Gap::of(text, pair)).collect();
    for (start, first) in codes.iter().enumerate() {
        let mut value = compact(text.get(first.clone()).unwrap_or_default());
        let mut is_told = false;
        let following = codes.get(start + 1..).unwrap_or_default().iter();
        for (code, gap) in following.zip(gaps.get(start..).unwrap_or_default()).take(CODES - 1) {
            if *gap == Gap::Open || value.len() > 16 {
                break;
            }
            is_told |= *gap == Gap::Told;
            value.push_str(&compact(text.get(code.clone()).unwrap_or_default()));
            if is_told && value.len() >= 6 {
                found.push((first.start..code.end, value.clone()));
            }
        }
    }
    found
}

/// What is between two codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    /// A space or a mark: they are written so.
    Plain,
    /// Words or signs that say they belong together.
    Told,
    /// Something else.
    Open,
}

impl Gap {
    fn of(text: &str, pair: &[Range<usize>]) -> Self {
        let (Some(a), Some(b)) = (pair.first(), pair.last()) else { return Self::Open };
        match text.get(a.end..b.start) {
            Some(gap) if gap.len() > 60 || gap.contains(['\t', '|']) => Self::Open,
            Some(gap) if gap.len() <= 3 && gap.trim_matches([' ', '-', '.', '/', '\n']).is_empty() && !gap.contains("..") => {
                Self::Plain
            }
            Some(gap) if joins(gap) => Self::Told,
            _ => Self::Open,
        }
    }
}

/// Whether a gap says that what follows belongs to what went before, and nothing else.
fn joins(gap: &str) -> bool {
    const WORDS: &str = "above add after all and as below bit bits break breaks by carries carry character characters come comes \
        continued continues dash digit digits dot ending ends figure figures first five followed four gap go goes half \
        halves here in is it join joined last letter letters line nd new next no number numbers of on one onto other \
        part parts plus put remaining rest second six slash so space spaces st starts that the then three to together \
        two whole with without";
    let words = gap.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let marks = gap.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "+&|~:;,>=()[]-/._\u{2026}\"'".contains(c));
    marks && words.into_iter().all(|word| WORDS.split(' ').any(|known| word.eq_ignore_ascii_case(known)))
}

/// Runs put together: whole, or from one of their ends, since the words around may look like atoms.
fn spaced(pieces: &Pieces, identifiers: &Identifiers) -> Vec<Candidate> {
    let mut found = Vec::new();
    for run in &pieces.runs {
        for start in 0..run.len() {
            for end in (start + 6..=run.len()).rev() {
                let is_edge = start == 0 || end == run.len();
                let Some(piece) = run.get(start..end).filter(|_| is_edge) else { continue };
                let value: String = piece.iter().map(|atom| atom.value.as_str()).collect();
                let (Some(first), Some(last)) = (piece.first(), piece.last()) else { continue };
                found.extend(identifiers.check(&value, &(first.range.start..last.range.end)));
            }
        }
        found.extend(account(run));
    }
    found
}

/// Eight figures of an account, or fourteen with the sort code.
fn account(run: &[Atom]) -> Option<Candidate> {
    let value: String = run.iter().map(|atom| atom.value.as_str()).collect();
    let is_spelled = run.iter().any(|atom| atom.is_word);
    let weight = match value.len() {
        8 => 0,
        14 => 1 + i32::from(is_spelled),
        _ => return None,
    };
    let range = run.first()?.range.start..run.last()?.range.end;
    let is_figures = value.bytes().all(|b| b.is_ascii_digit());
    is_figures.then_some(Candidate { kind: Kind::BankAccount, range, value, weight, needs_label: true, is_disguised: true })
}

fn split(pieces: &Pieces, identifiers: &Identifiers) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (range, value) in &pieces.halves {
        found.extend(identifiers.check(value, range));
        if value.len() == 8 && value.bytes().all(|b| b.is_ascii_digit()) {
            let (range, value) = (range.clone(), value.clone());
            found.push(Candidate { kind: Kind::BankAccount, range, value, weight: 0, needs_label: true, is_disguised: true });
        }
    }
    found
}

/// Letters that stand for figures beside figures, read as figures; once wherever one stands beside a figure, once only between figures.
fn lettered(text: &str, zone: &Zone, identifiers: &Identifiers, found: &mut Vec<Candidate>) {
    let piece = text.get(zone.range.clone()).unwrap_or_default();
    for needs_both in [false, true] {
        let Some(read) = figures_for_letters(piece, needs_both) else { continue };
        let mut candidates = Vec::new();
        let figures = read.bytes().filter(u8::is_ascii_digit).count();
        let whole = Zone { range: 0..read.len(), figures };
        identifiers.find_in(&read, &whole, &mut candidates);
        candidates.extend(identifiers.accounts(&read, &whole));
        for mut candidate in candidates {
            let is_changed = piece.get(candidate.range.clone()) != read.get(candidate.range.clone());
            if is_changed && !matches!(candidate.kind, Kind::Postcode | Kind::IpAddress) {
                candidate.is_disguised = true;
                candidate.range = candidate.range.start + zone.range.start..candidate.range.end + zone.range.start;
                found.push(candidate);
            }
        }
    }
}

fn figures_for_letters(text: &str, needs_both: bool) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let stand_in = |b: u8| match b {
        b'O' | b'o' => Some(b'0'),
        b'l' | b'I' | b'|' => Some(b'1'),
        b'S' => Some(b'5'),
        b'B' => Some(b'8'),
        b'Z' => Some(b'2'),
        _ => None,
    };
    let is_part = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_digit());
    let beside = |bytes: &[u8], at: usize, step: isize| {
        let near = bytes.get(at.wrapping_add_signed(step));
        match near {
            Some(b' ' | b'-') => bytes.get(at.wrapping_add_signed(2 * step)).copied(),
            other => other.copied(),
        }
    };
    let mut changed = false;
    // Forwards, then backwards: "OOO9" is reached from its end.
    let order = (0..bytes.len()).chain((0..bytes.len()).rev());
    for at in order {
        let Some(figure) = bytes.get(at).copied().and_then(stand_in) else { continue };
        let (before, after) = (beside(&bytes, at, -1), beside(&bytes, at, 1));
        let both = is_part(before.as_ref()) && (is_part(after.as_ref()) || after.is_some_and(|b| stand_in(b).is_some()));
        let any = is_part(before.as_ref()) || is_part(after.as_ref());
        let touches = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphabetic() && stand_in(*b).is_none());
        let in_word = touches(at.checked_sub(1).and_then(|i| bytes.get(i))) && touches(bytes.get(at + 1));
        let is_sure = matches!(figure, b'0' | b'1') || both;
        if !in_word
            && is_sure
            && (both || any && !needs_both)
            && let Some(byte) = bytes.get_mut(at)
        {
            *byte = figure;
            changed = true;
        }
    }
    if changed { String::from_utf8(bytes).ok() } else { None }
}
