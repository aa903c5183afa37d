//! Passwords that are told by telephone: made afresh, and how they are said.
//!
//! Sixteen signs in four groups, of 24 that neither look nor sound like each other too much: no vowels, so that no word comes
//! about by chance; none of the pairs `0 o`, `1 l`, `5 s`, `2 z`, `u v` twice. 24^16 is 73 bits, which matters: the zip format
//! hashes a password a thousand times only. The hyphens belong to it.

use super::{Why, columns};
use crate::base::Secret;

/// The signs.
const SIGNS: &[u8; 24] = b"bcdfghjkmnpqrtvwx2346789";
const GROUPS: usize = 4;
const GROUP: usize = 4;
/// Octets of a password that somebody gives; shorter ones are guessed.
pub const SHORTEST: usize = 12;

/// A new password.
///
/// # Errors
/// The system gives no random numbers.
pub fn make() -> Result<Secret, Why> {
    let mut signs = Vec::with_capacity(GROUPS * GROUP);
    while signs.len() < GROUPS * GROUP {
        // A byte beyond the last full round of the signs would favour the first of them.
        let round = u8::MAX - u8::MAX % SIGNS.len() as u8;
        let drawn = columns::random::<32>()?;
        signs.extend(drawn.iter().filter(|byte| **byte < round).map(|byte| SIGNS[usize::from(*byte) % SIGNS.len()]));
    }
    signs.truncate(GROUPS * GROUP);
    Ok(Secret::new(signs.chunks(GROUP).collect::<Vec<_>>().join(&b'-')))
}

/// How a password that [`make`] made is said: each sign by its name in the spelling alphabet, a line for each group.
#[must_use]
pub fn spoken(password: &Secret) -> String {
    let groups = password.reveal().split(|sign| *sign == b'-');
    let lines: Vec<_> = groups.map(|group| group.iter().map(|sign| name(*sign)).collect::<Vec<_>>().join(" ")).collect();
    lines.join(", hyphen,\n")
}

/// The ICAO spelling alphabet, as far as [`SIGNS`] go.
fn name(sign: u8) -> &'static str {
    match sign {
        b'b' => "bravo",
        b'c' => "charlie",
        b'd' => "delta",
        b'f' => "foxtrot",
        b'g' => "golf",
        b'h' => "hotel",
        b'j' => "juliett",
        b'k' => "kilo",
        b'm' => "mike",
        b'n' => "november",
        b'p' => "papa",
        b'q' => "quebec",
        b'r' => "romeo",
        b't' => "tango",
        b'v' => "victor",
        b'w' => "whiskey",
        b'x' => "x-ray",
        b'2' => "two",
        b'3' => "three",
        b'4' => "four",
        b'6' => "six",
        b'7' => "seven",
        b'8' => "eight",
        b'9' => "nine",
        _ => "?",
    }
}

/// Whether a password that somebody gave will do. It must be printable ASCII, which every archive program types the same.
///
/// # Errors
/// It is too short, or holds other signs.
pub(super) fn judge(password: &Secret) -> Result<&str, Why> {
    let text = password.reveal_str().filter(|text| text.bytes().all(|b| (b' '..=b'~').contains(&b)));
    text.filter(|text| text.len() >= SHORTEST).ok_or(Why::Password)
}

#[cfg(test)]
#[path = "password_tests.rs"]
mod tests;
