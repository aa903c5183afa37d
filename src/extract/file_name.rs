//! What the name of a file says, to programs and to people.
//!
//! In: a name as a mail or an archive gives it. Out: its ending, whether it misleads, and the name as it may be shown. Windows decides by
//! what stands behind the last dot, and drops dots and spaces at the end; a person sees what the screen has room for, in the order in
//! which it is drawn. Where the two differ, the name misleads.

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

use super::kind::Kind;

/// Characters of an ending: the longest that means something has fifteen.
const ENDING: usize = 20;
/// Characters of a name that are shown; its end is what counts, so the middle is left out.
const SHOWN: usize = 160;
/// Spaces in a row that people write by mistake.
const SPACES: usize = 4;

/// What Windows takes for the ending: behind the last dot of the last part of the path, in lower case; spaces, dots and characters without
/// a shape at the end do not count.
#[must_use]
pub fn ending(name: &str) -> Option<String> {
    let (_, ending) = base(name).rsplit_once('.')?;
    let ending: String = ending.chars().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase).collect();
    let ending = ending.trim().to_owned();
    (!ending.is_empty() && ending.chars().count() <= ENDING).then_some(ending)
}

/// Whether a person would take it for something else than the program does that opens it.
#[must_use]
pub fn misleads(name: &str) -> bool {
    let ending = ending(name).unwrap_or_default();
    name.chars().any(turns)
        || has_two_endings(name, &ending)
        || is_pushed_away(name)
        || (runs(&ending) && base(name).len() < last_part(name).len())
        || has_false_dot(name)
        || hides_in_ending(name)
}

/// The name on one line, with what cannot be seen shown as `<U+202E>`; the middle of a long one left out.
#[must_use]
pub fn shown(name: &str) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut spaces = 0;
    for c in name.chars().chain(['\0']) {
        if is_space(c) {
            spaces += 1;
            continue;
        }
        match std::mem::take(&mut spaces) {
            0 => {}
            few @ 1..=SPACES => pieces.extend(std::iter::repeat_n(" ".to_owned(), few)),
            many => pieces.push(format!("<{many} spaces>")),
        }
        pieces.push(if is_unseen(c) { format!("<U+{:04X}>", u32::from(c)) } else { c.to_string() });
    }
    pieces.pop(); // the end mark
    if pieces.len() > SHOWN {
        pieces.splice(SHOWN / 2..pieces.len() - SHOWN / 2, ["…".to_owned()]);
    }
    pieces.concat()
}

/// The last part of a path, without the dots, spaces and shapeless characters at its end.
fn base(name: &str) -> &str {
    last_part(name).trim_end_matches(|c: char| c == '.' || is_space(c) || is_invisible(c))
}

fn last_part(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// Controls of direction (Unicode annex 9): what follows is drawn in another order. The plain marks LRM and RLM stand in honest names.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Has no shape, and takes no room. What joins the parts of an emoji or of a script's letters is among them.
fn is_invisible(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) || turns(c)
}

fn is_unseen(c: char) -> bool {
    c.is_control() || is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}')
}

/// White space that is not a line end, and what looks like it.
fn is_space(c: char) -> bool {
    (c.is_whitespace() && !c.is_control() && !is_unseen(c)) || matches!(c, '\u{2800}' | '\u{3164}')
}

fn runs(ending: &str) -> bool {
    ending != "com" && Kind::with_ending(ending).any(Kind::runs)
}

/// `invoice.pdf.exe`: what runs, or opens in a browser, behind the ending of a document or a picture.
fn has_two_endings(name: &str, last: &str) -> bool {
    let is_active = runs(last) || ["html", "htm", "svg", "com"].contains(&last);
    let before = base(name).rsplit_once('.').and_then(|(front, _)| ending(front));
    is_active && before.is_some_and(|before| promises(&before))
}

/// Whether people take an ending for that of a harmless file.
fn promises(ending: &str) -> bool {
    let is_document =
        |kind: Kind| !kind.runs() && !matches!(kind, Kind::Ole | Kind::Html | Kind::Gzip | Kind::Tar | Kind::Xz | Kind::Bzip2);
    Kind::with_ending(ending).any(is_document) && !Kind::with_ending(ending).any(Kind::runs)
}

/// A run of spaces before an ending: on the screen the name ends before them.
fn is_pushed_away(name: &str) -> bool {
    let Some((front, _)) = base(name).rsplit_once('.') else { return false };
    let mut run = 0;
    front.chars().any(|c| {
        run = if is_space(c) { run + 1 } else { 0 };
        run > SPACES
    })
}

/// A character that looks like a dot before what looks like an ending: `report․pdf.exe`, `photo．jpg`.
fn has_false_dot(name: &str) -> bool {
    let dots = ['\u{2024}', '\u{fe52}', '\u{ff0e}', '\u{ff61}', '\u{a60e}', '\u{0701}', '\u{0702}', '\u{a4f8}', '\u{10a50}'];
    let mut parts = last_part(name).split(dots);
    parts.next();
    parts.any(|part| {
        let word: String = part.chars().take_while(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect();
        Kind::with_ending(&word).next().is_some()
    })
}

/// Characters without a shape inside or behind the ending.
fn hides_in_ending(name: &str) -> bool {
    let Some((_, ending)) = last_part(name).rsplit_once('.') else { return false };
    ending.chars().any(is_invisible) && Kind::with_ending(&self::ending(name).unwrap_or_default()).next().is_some()
}

#[cfg(test)]
#[path = "file_name_tests.rs"]
mod tests;
