//! National identity numbers of the countries that most families of English schools come from: Poland (PESEL), Romania (CNP), Ireland
//! (PPSN), Spain (DNI, NIE), Portugal (NIF), Lithuania (asmens kodas). Each by its law's check figure; a label is needed, since eleven or
//! thirteen figures are many things.

use super::super::kind::Kind;
use super::{Family, Worth, figures, labelled, weighted};

pub(super) const FAMILY: Family = Family {
    kind: Kind::EuNationalId,
    pattern: r"(?i-u)\b(?:\d{13}|\d{11}|\d{9}|\d{7,8}[ \-.]?[A-Z]{1,2}|[XYZ][ \-.]?\d{7}[ \-.]?[A-Z])\b",
    figures: 7,
    check,
    lengths: &[8, 9, 11, 13],
};

fn check(value: &str, _: &str) -> Option<Worth> {
    let passes = match (value.len(), figures(value)) {
        (11, Some(figures)) => pesel(&figures) || lithuanian(&figures),
        (13, Some(figures)) => romanian(&figures),
        (9, Some(figures)) => portuguese(&figures),
        _ => irish(value).unwrap_or(false) || spanish(value).unwrap_or(false),
    };
    if passes { labelled(2) } else { None }
}

/// The check figure stands last.
fn pesel(figures: &[u32]) -> bool {
    weighted(figures, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

fn lithuanian(figures: &[u32]) -> bool {
    let first = weighted(figures, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(figures, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
    let expected = if first < 10 { first } else { second % 10 };
    figures.get(10) == Some(&expected)
}

fn romanian(figures: &[u32]) -> bool {
    let rest = weighted(figures, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    figures.get(12) == Some(&if rest == 10 { 1 } else { rest })
}

fn portuguese(figures: &[u32]) -> bool {
    let rest = weighted(figures, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    figures.get(8) == Some(&if rest < 2 { 0 } else { 11 - rest })
}

fn irish(value: &str) -> Option<bool> {
    let figures = figures(value.get(..7)?)?;
    let letters = value.get(7..).filter(|letters| matches!(letters.len(), 1 | 2))?;
    let at = |c: char| u32::from(c).checked_sub(u32::from('@'));
    let second = letters.chars().nth(1).and_then(at).unwrap_or(0);
    let second = if second == 23 { 0 } else { second };
    let rest = (weighted(&figures, (2..=8).rev()) + 9 * second) % 23;
    let expected = "WABCDEFGHIJKLMNOPQRSTUV".chars().nth(rest as usize)?;
    Some(letters.starts_with(expected))
}

fn spanish(value: &str) -> Option<bool> {
    let body = value.get(..8).filter(|_| value.len() == 9)?;
    let number = match body.chars().next()? {
        'X' => format!("0{}", body.get(1..)?),
        'Y' => format!("1{}", body.get(1..)?),
        'Z' => format!("2{}", body.get(1..)?),
        _ => body.to_owned(),
    };
    let rest = number.parse::<usize>().ok()? % 23;
    let expected = "TRWAGMYFPDXBNJZSQVHLCKE".chars().nth(rest)?;
    Some(value.ends_with(expected))
}
