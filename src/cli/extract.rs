//! `schoolgate extract`: what the gateway reads out of files and mails, by the very readers of the live path, in the same box.
//!
//! In: files. Out: for each a tree of what lies in it, with what is to be said of it, and every piece of text with its place; or one JSON
//! document. What strangers wrote is shown with its control characters made visible, for a terminal obeys them. Exit code 1 where a
//! file cannot be opened; the others are shown all the same.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use clap::Args;
use serde::Serialize;

use super::{beside, explain, print};
use crate::base::limits;
use crate::boxed::{Options, Pool};
use crate::extract::File;
use crate::extract::contents::{Block, Content, Protection, Spot, Unread};

/// Characters of a cell that are shown where a table is aligned; more are cut.
const CELL: usize = 48;

#[derive(Debug, Args)]
pub struct Extract {
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// Files or mails; `-` reads standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// What was found in one of the files.
#[derive(Debug, Serialize)]
struct Reading {
    /// As the command line names it.
    file: String,
    found: Vec<File>,
}

impl Extract {
    pub fn run(self) -> ExitCode {
        let is_json = self.json;
        let (readings, refused) = match beside::runtime().and_then(|runtime| runtime.block_on(self.read())) {
            Ok(read) => read,
            Err(why) => return print::refusal(&why),
        };
        if is_json {
            print::json(&readings);
        } else {
            let shown: Vec<String> = readings.iter().map(shown).collect();
            print::bytes(shown.join("\n").as_bytes());
        }
        refused.iter().fold(ExitCode::SUCCESS, |_, why| print::refusal(why))
    }

    async fn read(self) -> Result<(Vec<Reading>, Vec<String>), String> {
        let pool = Pool::open(Options::default()).await.map_err(|trouble| trouble.to_string())?;
        let (mut readings, mut refused) = (Vec::new(), Vec::new());
        for file in self.files {
            match opened(&pool, &file).await {
                Ok(found) => readings.push(Reading { file: file.display().to_string(), found }),
                Err(why) => refused.push(why),
            }
        }
        pool.close().await;
        Ok((readings, refused))
    }
}

/// What is in a file, by the box; `-` is standard input.
pub(super) async fn opened(pool: &Pool, file: &Path) -> Result<Vec<File>, String> {
    let bytes = explain::read(file)?;
    let deadline = tokio::time::Instant::now() + limits::BOX_TIME * 2;
    pool.read(&name(file), Bytes::from(bytes), deadline).await.map_err(|trouble| trouble.to_string())
}

/// The name as a mail would give it.
fn name(file: &Path) -> String {
    file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The tree of files, then the pieces of each; named ones of one kind, such as properties, as one list.
fn shown(reading: &Reading) -> String {
    let mut text = tree(&reading.found);
    for file in &reading.found {
        for group in file.blocks.chunk_by(|one, next| one.spot == next.spot && is_entry(one) && is_entry(next)) {
            match group {
                [block] => text.push_str(&piece(file, block)),
                entries => text.push_str(&list(file, entries)),
            }
        }
    }
    text
}

/// A name and a line.
fn is_entry(block: &Block) -> bool {
    block.label.is_some() && matches!(&block.content, Content::Text(text) if !text.trim_end().contains('\n'))
}

fn tree(files: &[File]) -> String {
    let label = |file: &File| format!("{}{}", "  ".repeat(file.path.len().saturating_sub(1)), line(file.name()));
    let rows: Vec<Vec<String>> = files
        .iter()
        .map(|file| vec![label(file), file.kind.word().to_owned(), print::octets(file.size), remarks(file)])
        .collect();
    aligned(&rows, usize::MAX, "")
}

/// What is to be said of a file: its traits, its protection, why it was not read.
fn remarks(file: &File) -> String {
    let mut remarks: Vec<String> = file.traits.iter().map(word).collect();
    match file.protection {
        Protection::Open => (),
        Protection::Partly => remarks.push("partly protected".to_owned()),
        Protection::Protected => remarks.push("protected".to_owned()),
    }
    remarks.extend(file.unread.as_ref().map(why_not));
    remarks.join(", ")
}

/// A trait or a spot as rules and JSON call it.
fn word<T: Serialize>(what: &T) -> String {
    serde_json::to_value(what).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn why_not(unread: &Unread) -> String {
    match unread {
        Unread::Protected => "not read: it needs a password or a key".to_owned(),
        Unread::Broken(how) => format!("not read: it is damaged ({})", line(how)),
        Unread::Bound(which) => format!("not read to its end: {}", line(which)),
        Unread::Opaque => "not read: such files cannot be opened here".to_owned(),
        Unread::Unknown => "not read: nobody knows this format".to_owned(),
        Unread::NoText => "no text to read".to_owned(),
        Unread::TimedOut => "not read: it took too long".to_owned(),
        Unread::Died => "not read: the reader died of it".to_owned(),
    }
}

/// A piece of text under its place: `── lists.zip › 7B.xlsx · hidden · Pupils`.
fn piece(file: &File, block: &Block) -> String {
    let mut text = heading(file, block.spot);
    if let Some(label) = &block.label {
        let _ = write!(text, " · {}", line(label));
    }
    text.push('\n');
    match &block.content {
        Content::Text(content) => content.lines().for_each(|one| {
            let _ = writeln!(text, "{}", format!("   {}", visible(one)).trim_end());
        }),
        Content::Table(rows) => {
            let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| line(cell)).collect()).collect();
            text.push_str(&aligned(&rows, CELL, "   "));
        }
    }
    text
}

/// Entries under their common place.
fn list(file: &File, entries: &[Block]) -> String {
    let row = |block: &Block| match &block.content {
        Content::Text(text) => vec![line(block.label.as_deref().unwrap_or_default()), line(text)],
        Content::Table(_) => Vec::new(),
    };
    let rows: Vec<Vec<String>> = entries.iter().map(row).collect();
    let spot = entries.first().map_or(Spot::Body, |block| block.spot);
    format!("{}\n{}", heading(file, spot), aligned(&rows, usize::MAX, "   "))
}

fn heading(file: &File, spot: Spot) -> String {
    let path: Vec<String> = file.path.iter().map(|name| line(name)).collect();
    let spot = if spot == Spot::Body { String::new() } else { format!(" · {}", word(&spot)) };
    format!("\n── {}{spot}", path.join(" › "))
}

/// Rows with their columns below each other, each as wide as its widest cell, at most `widest` characters.
fn aligned(rows: &[Vec<String>], widest: usize, indent: &str) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count().min(widest));
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| print::pad(cell, *width)).collect();
        let _ = writeln!(text, "{indent}{}", cells.join("  ").trim_end());
    }
    text
}

/// Strangers' words in one line.
pub(super) fn line(text: &str) -> String {
    visible(&text.replace(['\n', '\r', '\t'], " "))
}

/// Strangers' words as they are, but that a terminal obeys none of them: control characters and those that turn the direction of
/// writing are shown as `<U+202E>`.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\t' => shown.push(letter),
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => named(&mut shown, letter),
            '\u{2028}' | '\u{2029}' => shown.push(' '),
            letter if letter.is_control() => named(&mut shown, letter),
            letter => shown.push(letter),
        }
    }
    shown
}

fn named(shown: &mut String, letter: char) {
    let _ = write!(shown, "<U+{:04X}>", u32::from(letter));
}

#[cfg(test)]
#[path = "extract_tests.rs"]
mod tests;
