//! Postal addresses: a number, a street, and what follows it.
//!
//! In: the text of a reading. Out: ranges. The words are the ends of British street names (Royal Mail's Postcode Address File has some forty
//! usual ones). A house's name without a number is not found; the postcode beside it is.

use std::ops::Range;

use regex::Regex;

use super::zone::Zone;

pub(super) fn compile() -> Option<Regex> {
    let clear =
        "street|road|avenue|lane|close|drive|crescent|terrace|grove|gardens|rd|ave|cres|court|mews|kingsway|broadway|square";
    let other = "Place|Way|Hill|Rise|Walk|Row|Parade|Green|View|Park|Vale|Gate|Croft|Fold|Meadows?|St|Ln|Cl|Dr|Highway|Wharf|Quay|Yard|Bank|Side|Fields?|Mount|Heights|Chase|Dene|Drove|Path|Common|End";
    let town = r"(?:, ?[A-Z][A-Za-z'\-]+(?: [A-Z][A-Za-z'\-]+){0,2}){0,3}";
    let small_town = r"(?:,\s?[a-z'\-]+){0,2}";
    Regex::new(&format!(
        r"^\d{{1,4}}[A-Za-z]?,? (?:(?:(?:[A-Z][A-Za-z'\-]+\.? |St\.? ){{1,4}}?(?:(?i:{clear})|{other})|(?i:kingsway|broadway|high street|the [a-z]+))(?-u:\b){town}|(?:[a-z'\-]+ ){{1,2}}(?:{clear}|view|park|hill)(?-u:\b)(?:,\s?[a-z'\-]+){small_town})"
    ))
    .ok()
}

/// The addresses of a text: tried at each number of one to four figures.
pub(super) fn find(pattern: &Regex, text: &str, zones: &[Zone]) -> Vec<Range<usize>> {
    const OCTETS: usize = 140;
    let bytes = text.as_bytes();
    let is_figure = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut found: Vec<Range<usize>> = Vec::new();
    for zone in zones {
        for at in zone.range.clone().filter(|at| is_figure(*at) && at.checked_sub(1).is_none_or(|before| !is_figure(before))) {
            let figures = (at..).take_while(|n| is_figure(*n)).take(5).count();
            let is_free = found.last().is_none_or(|last| last.end <= at);
            let piece = text.get(at..text.floor_char_boundary((at + OCTETS).min(text.len()))).filter(|_| figures <= 4 && is_free);
            found.extend(piece.and_then(|piece| pattern.find(piece)).map(|hit| at..at + hit.end()));
        }
    }
    found
}
