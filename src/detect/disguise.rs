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

/// Pieces of one run that are looked at together.
const RUN: usize = 34;

pub(super) struct Disguises {
    atom: Regex,
    between: Regex,
    code: Regex,
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
        let figure = r"zero|oh|nought|naught|nil|one|two|three|four|five|six|seven|eight|nine";
        Some(Self {
            atom: Regex::new(&format!(r"(?i-u)\b(?:(?:(?:double|triple)[ \-])?(?:{figure})|[a-z0-9])\b")).ok()?,
            between: Regex::new(
                r"(?i)^(?:[\s+&|~:;,>=()\[\]\-/.]|…|\b(?:and|then|plus|followed|by|with|the|first|second|1st|2nd|half|halves|part|bit|last|next|other|rest|remaining|ending|ends|starts|is|dash|dot|space|slash|four|five|six|three|two|figures?|digits?|characters?|letters?|numbers?|of|it|in|continues?|continued|after|that|comes?|goes?|join|joined|to|onto|gap|add)\b)+$",
            )
            .ok()?,
            code: Regex::new(r"(?i-u)\b[a-z0-9]*\d[a-z0-9]*\b").ok()?,
            turned: Regex::new(
                r"(?i-u)\b(?:[A-D][ \-./]{0,3}\d{2}[ \-./]{0,3}\d{2}[ \-./]{0,3}\d{2}[ \-./]{0,3}[A-Z]{2}|[0-9A-Z]\d{2}[ \-./]{0,3}\d{2}[ \-./]{0,3}\d{2}[ \-./]{0,3}\d{4}[ \-./]{0,3}\d{3}[ \-./]{0,2}[A-Z]|(?:\d{2} ?)?[A-Z]{2}[A-Z0-9][A-Z9][A-Z][ \-./]{0,2}\d{6}[ \-./]{0,2}[A-Z9]{4}[A-Z]|\d{10}|\d{4}[ \-./]{1,3}\d{3}[ \-./]{1,3}\d{3}|\d{5}[ \-./]{1,3}\d{5})\b",
            )
            .ok()?,
        })
    }

    pub(super) fn find(&self, text: &str, identifiers: &Identifiers) -> Vec<Candidate> {
        // An underscore is a letter to patterns and a gap to readers.
        let gapped = text.replace('_', " ");
        let mut found = self.spaced(&gapped, identifiers);
        found.extend(self.split(&gapped, identifiers));
        found.extend(self.turned(text, identifiers));
        found.extend(lettered(text, identifiers));
        found
    }

    /// Dates in runs of figures that were spaced out or spelled, or given in halves: eight figures.
    pub(super) fn eights(&self, text: &str) -> Vec<(Range<usize>, String)> {
        let gapped = text.replace('_', " ");
        let mut found = Vec::new();
        for run in self.runs(&gapped) {
            let digits: Vec<&Atom> = run.iter().filter(|atom| atom.value.bytes().all(|b| b.is_ascii_digit())).collect();
            let value: String = digits.iter().map(|atom| atom.value.as_str()).collect();
            if let (Some(first), Some(last)) = (digits.first(), digits.last())
                && matches!(value.len(), 6 | 8)
            {
                found.push((first.range.start..last.range.end, value));
            }
        }
        found.extend(self.halves(&gapped).filter(|(_, value)| value.len() == 8 && value.bytes().all(|b| b.is_ascii_digit())));
        found
    }

    /// Runs of six and more single letters, figures and spelled figures.
    fn runs(&self, text: &str) -> Vec<Vec<Atom>> {
        let mut runs: Vec<Vec<Atom>> = Vec::new();
        let mut run: Vec<Atom> = Vec::new();
        for hit in self.atom.find_iter(text) {
            let Some(atom) = atom(text, hit.range()) else { continue };
            let joins = run.last().is_some_and(|last| {
                let gap = text.get(last.range.end..atom.range.start).unwrap_or("?");
                gap.len() <= 5
                    && !gap.bytes().any(|b| b.is_ascii_alphanumeric() || b == b'\t')
                    && !gap.contains("\n\n")
                    && gap != "\n"
            });
            if !joins || run.len() >= RUN {
                runs.push(std::mem::take(&mut run));
            }
            run.push(atom);
        }
        runs.push(run);
        runs.retain(|run| {
            run.len() >= 6 && run.iter().filter(|atom| !atom.value.bytes().all(|b| b.is_ascii_alphabetic())).count() >= 6
        });
        runs
    }

    fn spaced(&self, text: &str, identifiers: &Identifiers) -> Vec<Candidate> {
        let mut found = Vec::new();
        for run in self.runs(text) {
            let whole: String = run.iter().map(|atom| atom.value.as_str()).collect();
            for start in 0..run.len() {
                for end in (start + 6..=run.len()).rev() {
                    let is_edge = start == 0 || end == run.len();
                    let Some(piece) = run.get(start..end).filter(|_| is_edge) else { continue };
                    let value: String = piece.iter().map(|atom| atom.value.as_str()).collect();
                    let (Some(first), Some(last)) = (piece.first(), piece.last()) else { continue };
                    found.extend(identifiers.check(&value, &(first.range.start..last.range.end)));
                }
            }
            if let (Some(first), Some(last), 8) = (run.first(), run.last(), whole.len())
                && whole.bytes().all(|b| b.is_ascii_digit())
            {
                let range = first.range.start..last.range.end;
                found.push(Candidate {
                    kind: Kind::BankAccount,
                    range,
                    value: whole.clone(),
                    weight: 0,
                    needs_label: true,
                    is_disguised: true,
                });
            }
            let digits = whole.bytes().all(|b| b.is_ascii_digit());
            let spelled = run.iter().any(|atom| atom.is_word);
            if let (Some(first), Some(last), 14, true) = (run.first(), run.last(), whole.len(), digits) {
                let range = first.range.start..last.range.end;
                let weight = 1 + i32::from(spelled);
                found.push(Candidate {
                    kind: Kind::BankAccount,
                    range,
                    value: whole,
                    weight,
                    needs_label: true,
                    is_disguised: true,
                });
            }
        }
        found
    }

    /// Two codes with nothing but joining words between, put together.
    fn halves<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (Range<usize>, String)> + 't {
        let codes: Vec<Range<usize>> = self.code.find_iter(text).map(|hit| hit.range()).collect();
        let pairs: Vec<(Range<usize>, Range<usize>)> =
            codes.iter().zip(codes.iter().skip(1)).map(|(a, b)| (a.clone(), b.clone())).collect();
        pairs.into_iter().filter_map(move |(a, b)| {
            let gap = text.get(a.end..b.start)?;
            let is_plain = gap.trim_matches([' ', '-', '.', '/']).is_empty() && gap.len() <= 3 && !gap.contains("..");
            let long = a.len() >= 2 && b.len() >= 3 && a.len() + b.len() <= 18;
            if gap.len() > 60 || is_plain || !long || gap.contains('\t') || !self.between.is_match(gap) {
                return None;
            }
            let value = compact(text.get(a.clone())?) + &compact(text.get(b.clone())?);
            Some((a.start..b.end, value))
        })
    }

    fn split(&self, text: &str, identifiers: &Identifiers) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (range, value) in self.halves(text) {
            found.extend(identifiers.check(&value, &range));
            if value.len() == 8 && value.bytes().all(|b| b.is_ascii_digit()) {
                found.push(Candidate { kind: Kind::BankAccount, range, value, weight: 0, needs_label: true, is_disguised: true });
            }
        }
        found
    }

    /// Codes turned round; only those whose form or check tells.
    fn turned(&self, text: &str, identifiers: &Identifiers) -> Vec<Candidate> {
        let mut found = Vec::new();
        for hit in self.turned.find_iter(text) {
            let mut value: String = compact(hit.as_str()).chars().rev().collect();
            // A driving licence is printed with its issue number behind it.
            value.truncate(if value.len() == 18 { 16 } else { value.len() });
            let mut turned = identifiers.check(&value, &hit.range());
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
        found
    }
}

fn atom(text: &str, range: Range<usize>) -> Option<Atom> {
    let written = text.get(range.clone())?.to_ascii_lowercase();
    if written.len() == 1 {
        return Some(Atom { range, value: written.to_ascii_uppercase(), is_word: false });
    }
    let (times, word) = match written.split_once([' ', '-']) {
        Some(("double", word)) => (2, word),
        Some(("triple", word)) => (3, word),
        _ => (1, written.as_str()),
    };
    let figure = match word {
        "zero" | "oh" | "nought" | "naught" | "nil" => "0",
        "one" => "1",
        "two" => "2",
        "three" => "3",
        "four" => "4",
        "five" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" => "9",
        _ => return None,
    };
    Some(Atom { range, value: figure.repeat(times), is_word: true })
}

/// Letters that stand for figures beside figures, read as figures; once wherever one stands beside a figure, once only between figures.
fn lettered(text: &str, identifiers: &Identifiers) -> Vec<Candidate> {
    let mut found = Vec::new();
    for needs_both in [false, true] {
        let Some(read) = figures_for_letters(text, needs_both) else { continue };
        for mut candidate in identifiers.find(&read) {
            let changed = text.get(candidate.range.clone()) != read.get(candidate.range.clone());
            if changed && !matches!(candidate.kind, Kind::Postcode | Kind::EmailAddress | Kind::IpAddress) {
                candidate.is_disguised = true;
                found.push(candidate);
            }
        }
    }
    found
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
