//! How commands speak: JSON documents, tables for people, and refusals.

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;

/// Prints one JSON document and a line end on standard output. A closed pipe (`| head`) is no mistake.
pub fn json<T: Serialize>(document: &T) {
    let mut out = std::io::stdout().lock();
    let _ = serde_json::to_writer_pretty(&mut out, document);
    let _ = out.write_all(b"\n");
}

/// Prints bytes as they are on standard output. A closed pipe is no mistake.
pub fn bytes(bytes: &[u8]) {
    let _ = std::io::stdout().lock().write_all(bytes);
}

/// Prints a line for people on standard output. A closed pipe is no mistake.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Says on standard error why a command did not do what was asked; the exit code is 1.
pub fn refusal(why: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "schoolgate: {why}");
    ExitCode::from(1)
}

/// Prints rows under their headings, columns as wide as their widest cell, at most `widest` characters each.
pub fn table(headings: &[&str], rows: &[Vec<String>], widest: usize) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0).min(widest)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let heading: Vec<String> = headings.iter().map(|h| (*h).to_owned()).collect();
    for row in std::iter::once(&heading).chain(rows) {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| pad(cell, width));
        line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// A cell as wide as its column; what is longer is cut.
pub fn pad(cell: &str, width: usize) -> String {
    let length = cell.chars().count();
    if length <= width {
        return format!("{cell}{}", " ".repeat(width - length));
    }
    let kept: String = cell.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Says something on standard error that does not stop the command.
pub fn warning(what: &str) {
    let _ = writeln!(std::io::stderr(), "schoolgate: warning: {what}");
}

/// A size for people, in the units of the configuration.
pub fn octets(octets: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for people: one digit after the point")]
    let number = octets as f64;
    match octets {
        0..1_000 => format!("{octets} B"),
        1_000..1_000_000 => format!("{:.1} KB", number / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", number / 1e6),
        _ => format!("{:.1} GB", number / 1e9),
    }
}
