//! The notice in text/html: where it may stand, and its markup.
//!
//! What goes in begins with `<` and ends with `>`, so that no run of the original's text is touched; line ends stand where they
//! cannot be seen. All that is still open at the end is closed first, so that the notice is seen.

mod outline;
mod scan;
mod tokens;

use std::ops::Range;

use crate::base::limits::WRITTEN_LINE_OCTETS;

use super::presence::Folded;
use super::{Spot, View};

/// A style sheet of the mail must not hide the notice; below a floating block it stands by itself.
const STYLE: &str = "clear:both;display:block!important;visibility:visible!important;opacity:1!important";

/// What one pass over a text finds: its view, and the charset that it says for itself with the place of the tag.
pub(super) type Found = (View, Option<(String, Range<usize>)>);

/// Finds the sender's own words, what they quote, and the places for a notice.
pub(super) fn view(text: &str) -> Result<Found, String> {
    let mut scan = scan::Scan::default();
    tokens::read(text, &mut scan);
    scan.finish(text)
}

/// The words that a piece of HTML shows.
pub(super) fn folded(html: &str) -> Folded {
    view(html).map(|(view, _)| view.own).unwrap_or_default()
}

/// The markup that goes in at a place. `grow` asks for that many more octets.
pub(super) fn compose(text: &str, spot: &Spot, notice: &str, grow: usize) -> String {
    let mark = spot.outside.map(|quotes| format!(" {}=\"{quotes}\"", scan::MARK)).unwrap_or_default();
    let gap = " ".repeat(grow);
    let notice = with_line_ends(notice.trim_matches(['\r', '\n']));
    let line = text[..spot.at].rfind('\n').map_or(spot.at, |at| spot.at - at - 1);
    // Where the line is full already, a line end is the lesser harm.
    let room = if line + 80 > WRITTEN_LINE_OCTETS { "\r\n" } else { "" };
    format!("{room}{}<div\r\n style=\"{STYLE}\"{mark}{gap}>\r\n{notice}\r\n</div>\r\n", spot.closing)
}

/// The notice's HTML with lines within the limit: broken at spaces outside tags, else by a comment that shows nothing. Line ends
/// are CRLF.
fn with_line_ends(html: &str) -> String {
    let lines: Vec<String> = html.split('\n').map(|line| within_limit(line.trim_end_matches('\r'))).collect();
    lines.join("\r\n")
}

fn within_limit(line: &str) -> String {
    // References of up to eight octets may come for each character that is not ASCII.
    let width = |c: char| if c.is_ascii() { 1 } else { 10 };
    if line.chars().map(width).sum::<usize>() < WRITTEN_LINE_OCTETS {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len() + 64);
    let (mut column, mut in_tag) = (0, false);
    for c in line.chars() {
        in_tag = if in_tag { c != '>' } else { c == '<' };
        if column > WRITTEN_LINE_OCTETS - 98 && c == '<' || column > WRITTEN_LINE_OCTETS - 198 && c == ' ' && !in_tag {
            out.push_str(if c == ' ' { "\r\n" } else { "<!--\r\n-->" });
            column = 3;
            if c == ' ' {
                continue;
            }
        }
        out.push(c);
        column += width(c);
        if column > WRITTEN_LINE_OCTETS - 98 && !in_tag && c != '&' && !in_reference(&out) {
            out.push_str("<!--\r\n-->");
            column = 3;
        }
    }
    out
}

/// Whether a text ends within a character reference.
fn in_reference(text: &str) -> bool {
    let end = &text.as_bytes()[text.len().saturating_sub(32)..];
    end.iter().rposition(|&b| b == b'&').is_some_and(|at| !end[at..].contains(&b';'))
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
