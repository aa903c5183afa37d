//! Postal addresses: a number, a street, and what follows it.
//!
//! In: the text of a reading. Out: ranges. The words are the ends of British street names (Royal Mail's Postcode Address File has some forty
//! usual ones). A house's name without a number is not found; the postcode beside it is.

use std::ops::Range;

use regex::Regex;

pub(super) fn compile() -> Option<Regex> {
    Regex::new(
        r"(?:(?:Flat|Apartment|Apt|Unit|Room) \d{1,4}[A-Za-z]?,? )?(?-u:\b)\d{1,4}[A-Za-z]?,? (?:[A-Z][A-Za-z'\-]+\.? |St\.? ){1,4}?(?:Street|Road|Avenue|Lane|Close|Drive|Crescent|Terrace|Court|Place|Square|Gardens?|Grove|Way|Hill|Rise|Walk|Mews|Row|Parade|Green|View|Park|Vale|Gate|Croft|Fold|Meadows?|Rd|St|Ave|Ln|Cl|Dr|Cres|Kingsway|Highway|Broadway|Wharf|Quay|Yard|Bank|Side|Field|Fields|Mount|Heights|Chase|Dene|Drove|Path|Common|End)(?-u:\b)(?:, ?[A-Z][A-Za-z'\-]+(?: [A-Z][A-Za-z'\-]+){0,2}){0,3}",
    )
    .ok()
}

pub(super) fn find(pattern: &Regex, text: &str) -> Vec<Range<usize>> {
    pattern.find_iter(text).map(|hit| hit.range()).collect()
}
