//! A text/plain body: the sender's lines and the quoted ones.
//!
//! A *marked* quote has `>` before each line; an *open* one (Outlook) begins with a header block or a divider and has no end.
//! The attribution above a quote belongs to it.

use super::Body;
use crate::message::{Part, quote};

/// Takes a body apart.
pub(super) fn read(part: &Part, text: String) -> Body {
    let is = |name: &str, value: &str| part.content_type.parameter(name).is_some_and(|said| said.eq_ignore_ascii_case(value));
    let text = if is("format", "flowed") && is("delsp", "yes") { joined(&text) } else { text };
    let may_quote = text.starts_with('>') || text.contains("\n>") || text.contains(':') || text.contains('：');
    if may_quote { split(&text) } else { Body { own: text, ..Body::default() } }
}

/// RFC 3676 section 4.2: with DelSp the space at the end of a flowed line is not there, and a word may go on in the next line.
fn joined(text: &str) -> String {
    text.replace(" \r\n", "").replace(" \n", "")
}

fn split(text: &str) -> Body {
    let mut body = Body { own: String::with_capacity(text.len()), ..Body::default() };
    let (mut at, mut is_open) = (0, false);
    for line in text.split_inclusive('\n') {
        let begin = at;
        at += line.len();
        if line.starts_with('>') {
            body.quoted.push_str(line.trim_start_matches(['>', ' ']));
            continue;
        }
        is_open |= !is_open && opens(line, &text[at..]);
        if is_open {
            body.quoted.push_str(line);
        } else if let Some(from) = attribution(text, begin..at) {
            // Clients wrap it: what stands in the lines before belongs to it too.
            let over = (begin - from).min(body.own.len());
            let cut = body.own.floor_char_boundary(body.own.len() - over);
            body.quoted.push_str(&body.own.split_off(cut));
            body.quoted.push_str(line);
        } else {
            body.own.push_str(line);
        }
    }
    body
}

/// Whether a divider or a header block begins with this line.
fn opens(line: &str, below: &str) -> bool {
    (quote::is_divider(line) && quote::next_line(below, quote::is_from)) || quote::is_header_block(line, below)
}

/// Where the attribution that ends with this line begins, if a quote with marks follows.
fn attribution(text: &str, line: std::ops::Range<usize>) -> Option<usize> {
    if !text[line.clone()].trim_end().ends_with([':', '：']) {
        return None;
    }
    let is_marked = quote::next_line(&text[line.end..], |next| next.starts_with('>'));
    is_marked.then(|| quote::attribution(text, line, true)).flatten()
}
