//! Numbers as people write them.

/// A number with its fifteen digits (those that spreadsheets keep) and without exponent.
pub(in crate::extract::read) fn plain(number: f64) -> String {
    if !number.is_finite() {
        return number.to_string();
    }
    let rounded = format!("{number:.14e}").parse::<f64>().unwrap_or(number);
    if rounded.abs() >= 1e-9 || rounded == 0.0 { rounded.to_string() } else { format!("{rounded:e}") }
}
