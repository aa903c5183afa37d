//! Postal addresses: a number, a street, and what follows it.
//!
//! In: the text of a reading. Out: ranges. The words are the ends of British street names (Royal Mail's Postcode Address File has some forty
//! usual ones). A house's name without a number is not found; the postcode beside it is.

use std::ops::Range;

use regex::Regex;

pub(super) fn compile() -> Option<Regex> {
    let clear =
        "street|road|avenue|lane|close|drive|crescent|terrace|grove|gardens|rd|ave|cres|court|mews|kingsway|broadway|square";
    let other = "Place|Way|Hill|Rise|Walk|Row|Parade|Green|View|Park|Vale|Gate|Croft|Fold|Meadows?|St|Ln|Cl|Dr|Highway|Wharf|Quay|Yard|Bank|Side|Fields?|Mount|Heights|Chase|Dene|Drove|Path|Common|End";
    let town = r"(?:, ?[A-Z][A-Za-z'\-]+(?: [A-Z][A-Za-z'\-]+){0,2}){0,3}";
    let small_town = r"(?:,\s?[a-z'\-]+){0,2}";
    Regex::new(&format!(
        r"(?:(?:Flat|Apartment|Apt|Unit) \d{{1,4}}[A-Za-z]?,? )?(?-u:\b)\d{{1,4}}[A-Za-z]?,? (?:(?:(?:[A-Z][A-Za-z'\-]+\.? |St\.? ){{1,4}}?(?:(?i:{clear})|{other})|(?i:kingsway|broadway|high street|the [a-z]+))(?-u:\b){town}|(?:[a-z'\-]+ ){{1,2}}(?:{clear}|view|park|hill)(?-u:\b)(?:,\s?[a-z'\-]+){small_town})"
    ))
    .ok()
}

pub(super) fn find(pattern: &Regex, text: &str) -> Vec<Range<usize>> {
    pattern.find_iter(text).map(|hit| hit.range()).collect()
}
