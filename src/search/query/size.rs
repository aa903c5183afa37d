//! Sizes in a query: `1MB`, `>500KB`, `1MB..5MB`.
//!
//! In: the value. Out: octets, both ends included. A KB is 1,024 octets, as in the configuration. What can fail: a [`Fault`].

use super::mistake::Fault;
use super::tree::Sizes;

const HELP: &str = "write a whole number with KB, MB or GB, such as larger:1MB, size:>500KB or size:1MB..5MB";

/// Octets of `5MB`, `5M` or `5242880`.
pub(super) fn octets(text: &str) -> Result<u64, Fault> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unfit = || Fault::new(format!("`{text}` is no size"), HELP);
    let number: u64 = number.parse().map_err(|_| unfit())?;
    let power = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        _ => return Err(unfit()),
    };
    number.checked_mul(1 << power).ok_or_else(unfit)
}

/// More than a size.
pub(super) fn above(text: &str) -> Result<Sizes, Fault> {
    let least = octets(text)?.checked_add(1).ok_or_else(|| Fault::new(format!("no mail is larger than `{text}`"), HELP))?;
    Ok(Sizes { least: Some(least), most: None })
}

/// Less than a size.
pub(super) fn below(text: &str) -> Result<Sizes, Fault> {
    let most = octets(text)?.checked_sub(1).ok_or_else(|| Fault::new("no mail is smaller than nothing", HELP))?;
    Ok(Sizes { least: None, most: Some(most) })
}

/// What stands behind `size:`.
pub(super) fn range(text: &str) -> Result<Sizes, Fault> {
    if let Some((least, most)) = text.split_once("..") {
        let end = |text: &str| (!text.is_empty()).then(|| octets(text)).transpose();
        let sizes = Sizes { least: end(least)?, most: end(most)? };
        return match (sizes.least, sizes.most) {
            (None, None) => Err(Fault::new("`..` needs a size on one side at least", HELP)),
            (Some(least), Some(most)) if least > most => Err(Fault::new("the range ends before it begins", HELP)),
            _ => Ok(sizes),
        };
    }
    match text {
        _ if text.starts_with(">=") => Ok(Sizes { least: Some(octets(text[2..].trim())?), most: None }),
        _ if text.starts_with("<=") => Ok(Sizes { least: None, most: Some(octets(text[2..].trim())?) }),
        _ if text.starts_with('>') => above(text[1..].trim()),
        _ if text.starts_with('<') => below(text[1..].trim()),
        _ => {
            octets(text)?;
            Err(Fault::new(
                "`size:` does not say whether larger or smaller is meant",
                format!("write size:>{text} or size:<{text}"),
            ))
        }
    }
}
