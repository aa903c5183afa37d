//! Where the sender signs: their own name, telephone and address there are no leak, and their title is no safeguarding matter.
//!
//! In: the text of a reading. Out: ranges. A signature begins at a closing ("Kind regards", "Many thanks") on a line of its own, and ends
//! at a quote, at a long sentence, or after as many lines as a signature has. Signatures without a closing are known by a job title or the
//! school's name over a line that begins with "Tel". RFC 3676 section 4.3's "-- " is one too.

use std::ops::Range;

/// Lines that a signature has at most, blank ones not counted.
const LINES: usize = 14;

const CLOSINGS: &[&str] = &[
    "kind regards",
    "regards",
    "many thanks",
    "thanks",
    "thank you",
    "best wishes",
    "best regards",
    "warm regards",
    "kindest regards",
    "yours sincerely",
    "yours faithfully",
    "yours truly",
    "sincerely",
    "cheers",
    "all the best",
    "best",
    "with best wishes",
    "with kind regards",
    "with thanks",
    "thanks again",
    "many thanks and kind regards",
    "thanks in advance",
    "kr",
    "rgds",
    "ta",
    "yours",
    "warmest regards",
    "take care",
    "speak soon",
    "thanks and best wishes",
    "with regards",
    "respectfully",
    "thanks so much",
    "thank you so much",
    "--",
    "sent from my iphone",
    "sent from my ipad",
    "sent from outlook for ios",
    "sent from my phone",
    "have a good weekend",
    "have a lovely weekend",
];

/// The signatures in a text.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim();
        if let Some((start, lines)) = open {
            let is_over = lines >= LINES || ends(body);
            if is_over {
                found.push(start..at);
                open = None;
            } else {
                open = Some((start, lines + usize::from(!body.is_empty())));
            }
        }
        if open.is_none() && is_closing(body) {
            open = Some((at, 0));
        }
        at += line.len();
    }
    found.extend(open.map(|(start, _)| start..text.len()));
    found
}

/// Whether a line is a closing and nothing else.
fn is_closing(line: &str) -> bool {
    if line.len() > 40 || line.is_empty() {
        return false;
    }
    let bare = line.trim_end_matches([',', '.', '!', ' ', '-', 'x', 'X']).to_lowercase();
    CLOSINGS.contains(&bare.as_str()) || line.starts_with("-- ") || line == "--"
}

/// Whether a line cannot be of a signature: a header block, a divider, a label with a value, a table row.
fn ends(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let is_quote = line.starts_with("From:") || line.starts_with("____") || line.starts_with("-----") || line.ends_with("wrote:");
    let is_postscript = ["ps ", "ps:", "p.s.", "ps.", "pps"].iter().any(|mark| lower.starts_with(mark));
    is_quote || is_postscript || line.contains('\t')
}
