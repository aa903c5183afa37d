//! Sort code and account number: six figures and eight (Pay.UK). A finding is the account number; the sort code is part of its value.
//!
//! Validation tables are reissued by Pay.UK every few weeks and are not shipped, so the pair's form is the evidence: a sort code with
//! dashes next to eight figures is little else; one with spaces or none needs a word of paying. An account number without a sort code is
//! any eight figures, whatever it is called (electricity meters have "accounts" too).

use std::ops::Range;

use regex::Regex;

use super::super::kind::Kind;
use super::super::zone::Zone;
use super::{Candidate, compact, is_filler};

/// Octets between a sort code and its account number: a label and some punctuation, or the next line of a form.
const REACH: usize = 90;

pub(super) struct Bank {
    sort: Regex,
    account: Regex,
}

impl Bank {
    pub(super) fn compile() -> Option<Self> {
        let sort =
            Regex::new(r"(?-u:\b)\d{2}(?:[ ]?[\-./–][ ]?\d{2}[ ]?[\-./–][ ]?\d{2}|[ ]\d{2}[ ]\d{2}|\d{4})(?-u:\b)").ok()?;
        let account = Regex::new(r"(?-u:\b)(?:\d{8}|\d{4}[ \-]\d{4}|\d{2} \d{2} \d{2} \d{2})(?-u:\b)").ok()?;
        Some(Self { sort, account })
    }

    pub(super) fn find(&self, text: &str, zones: &[Zone]) -> Vec<Candidate> {
        let all = |pattern: &Regex, figures: usize| -> Vec<Range<usize>> {
            let zones = zones.iter().filter(|zone| zone.figures >= figures);
            let pieces = zones.filter_map(|zone| Some((zone.range.start, text.get(zone.range.clone())?)));
            pieces
                .flat_map(|(start, piece)| pattern.find_iter(piece).map(move |hit| start + hit.start()..start + hit.end()))
                .collect()
        };
        let accounts = all(&self.account, 8);
        if accounts.is_empty() {
            return Vec::new();
        }
        let sorts: Vec<(Range<usize>, bool)> = all(&self.sort, 6)
            .into_iter()
            .filter(|sort| sort.len() > 6 || is_called_sort_code(text, sort.start) || is_before_account(text, sort.end))
            .map(|sort| (sort.clone(), text.get(sort).is_some_and(|sort| sort.contains(['-', '.', '/']))))
            .collect();
        let mut found = Vec::new();
        let mut from = 0;
        for account in accounts {
            while sorts.get(from).is_some_and(|(sort, _)| sort.end + REACH < account.start) {
                from += 1;
            }
            let near = sorts.iter().skip(from).take_while(|(sort, _)| sort.start <= account.end + REACH);
            let pair = near.filter(|(sort, _)| sort.end <= account.start || sort.start >= account.end).min_by_key(|(sort, _)| {
                let after = sort.start >= account.end;
                let gap = if after { sort.start - account.end } else { account.start - sort.end };
                (gap + usize::from(after) * 20, after)
            });
            let value = compact(text.get(account.clone()).unwrap_or_default());
            if is_filler(&value) || is_piece(text, &account) && pair.is_none_or(|(sort, _)| sort.end + 1 != account.start) {
                continue;
            }
            found.push(weighed(text, account, value, pair));
        }
        found
    }
}

fn weighed(text: &str, account: Range<usize>, value: String, pair: Option<&(Range<usize>, bool)>) -> Candidate {
    let mut weight = 0;
    let mut whole = value;
    if let Some((sort, has_dashes)) = pair {
        let between = if sort.end <= account.start { sort.end..account.start } else { account.end..sort.start };
        let gap = text.get(between).unwrap_or_default();
        let is_adjacent = gap.len() <= 6 && !gap.contains(|c: char| c.is_alphanumeric());
        // Two, two and two figures and then eight: nothing else is written so.
        let is_parted = *has_dashes || is_adjacent && sort.len() == 8;
        weight = 1 + i32::from(is_parted) + i32::from(is_adjacent);
        whole = compact(text.get(sort.clone()).unwrap_or_default()) + &whole;
    }
    // Without a sort code a label lifts it to low at most: see `evidence`.
    Candidate { kind: Kind::BankAccount, range: account, value: whole, weight, needs_label: weight < 3, is_disguised: false }
}

/// Six figures in a row are a sort code only where they are called so.
fn is_called_sort_code(text: &str, at: usize) -> bool {
    let before = text.get(text.floor_char_boundary(at.saturating_sub(24))..at).unwrap_or_default().to_ascii_lowercase();
    before.contains("sort") || before.contains("s/c") || before.ends_with('\t')
}

/// … or where eight more follow at once.
fn is_before_account(text: &str, end: usize) -> bool {
    let after = text.get(end..).unwrap_or_default().trim_start_matches([' ', '/', ',', '\t', '|', ';']);
    let figures = after.bytes().take_while(u8::is_ascii_digit).count();
    figures == 8 && after.len() < text.len() - end
}

/// Whether it is a piece of a longer number, such as a telephone's.
fn is_piece(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).unwrap_or_default().as_bytes();
    let after = text.get(range.end..).unwrap_or_default().as_bytes();
    let is_digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
    let led = matches!(before.last(), Some(b' ' | b'-')) && is_digit(before.len().checked_sub(2).and_then(|at| before.get(at)));
    let followed = matches!(after.first(), Some(b' ' | b'-')) && is_digit(after.get(1));
    led || followed || matches!(before.last(), Some(b'+'))
}
