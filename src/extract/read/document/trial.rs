//! For tests: reads a file as what its name says, and all that lies in it, without asking what it looks like.

use std::path::{Path, PathBuf};

use super::super::{Budget, Draft, Inside, by_kind, closed};
use crate::extract::contents::{Content, File, Spot};
use crate::extract::kind::Kind;

/// The kind that a name's ending promises.
pub(in crate::extract::read) fn kind_of(name: &str) -> Kind {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    Kind::with_ending(&ending).next().unwrap_or(Kind::Unknown)
}

/// Reads a file, and what lies in it to any depth.
pub(in crate::extract::read) fn read(name: &str, bytes: &[u8]) -> Vec<File> {
    let mut budget = Budget::default();
    let mut pile = vec![(vec![name.to_owned()], 0, Inside::Bytes(bytes.to_vec()))];
    let mut files = Vec::new();
    while let Some((path, depth, found)) = pile.pop() {
        let name = path.last().cloned().unwrap_or_default();
        let bytes = match found {
            Inside::Bytes(bytes) => bytes,
            Inside::Closed { size, why } => {
                files.push(closed(path, &name, size, why));
                continue;
            }
        };
        let file = File::new(path, kind_of(&name), bytes.len() as u64);
        let mut draft = Draft { file, depth, budget: &mut budget, nested: Vec::new() };
        let read = draft.spend_file().and_then(|()| by_kind(draft.file.kind, &bytes, &mut draft));
        draft.file.unread = draft.file.unread.or(read.err());
        files.push(draft.file);
        pile.extend(draft.nested.into_iter().rev().map(|nested| (nested.path, nested.depth, nested.found)));
    }
    files
}

/// A fixture's path.
pub(in crate::extract::read) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/attachments").join(name)
}

/// Reads a fixture.
pub(in crate::extract::read) fn read_fixture(name: &str) -> Vec<File> {
    read(name, &std::fs::read(fixture(name)).unwrap())
}

/// All text of a file as `spot: words` and rows as `spot[label]: a | b`, in order.
pub(in crate::extract::read) fn lines(files: &[File]) -> String {
    let mut all = String::new();
    for block in files.iter().flat_map(|file| &file.blocks) {
        let label = block.label.as_ref().map(|label| format!("[{label}]")).unwrap_or_default();
        let rows = match &block.content {
            Content::Text(text) => text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
            Content::Table(rows) => rows.iter().map(|row| format!("| {}", row.join(" | "))).collect::<Vec<_>>(),
        };
        rows.iter().for_each(|row| all.push_str(&format!("{:?}{label}: {row}\n", block.spot)));
    }
    all
}

/// Whether words stand at a spot.
pub(in crate::extract::read) fn says(files: &[File], spot: Spot, words: &str) -> bool {
    let found = |text: &str| text.contains(words);
    files.iter().flat_map(|file| &file.blocks).filter(|block| block.spot == spot).any(|block| match &block.content {
        Content::Text(text) => found(text),
        Content::Table(rows) => rows.iter().flatten().any(|cell| found(cell)),
    })
}

/// Whether a row stands somewhere, with these cells beside each other.
pub(in crate::extract::read) fn has_row(files: &[File], cells: &[&str]) -> bool {
    files.iter().flat_map(|file| &file.blocks).any(|block| match &block.content {
        Content::Table(rows) => rows.iter().any(|row| row.windows(cells.len()).any(|window| window == cells)),
        Content::Text(_) => false,
    })
}
