//! Files of old Office, Outlook, RTF and TNEF that real programs wrote: what each must say, and that none of them, however broken, harms.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Budget, Draft, Inside, Nested, ole, rtf, tnef};
use crate::extract::contents::{Content, File, Protection, Spot, Trait, Unread};
use crate::extract::kind::Kind;

/// Reads a file and what lies in it, with the kind told by the first bytes alone.
pub(super) fn read_all(name: &str, bytes: Vec<u8>) -> Vec<File> {
    let mut budget = Budget::default();
    let mut files = Vec::new();
    let mut pile = vec![Nested { path: vec![name.to_owned()], depth: 0, found: Inside::Bytes(bytes) }];
    while let Some(next) = pile.pop() {
        let Inside::Bytes(bytes) = next.found else {
            files.push(File::new(next.path, Kind::Unknown, 0));
            continue;
        };
        let file = File::new(next.path, Kind::Ole, bytes.len() as u64);
        let mut draft = Draft { file, depth: next.depth, budget: &mut budget, nested: Vec::new() };
        let read = if bytes.starts_with(&ole::MAGIC) {
            ole::read(&bytes, &mut draft)
        } else if bytes.starts_with(b"{\\rt") {
            rtf::read(&bytes, &mut draft)
        } else if bytes.starts_with(&tnef::MAGIC) {
            tnef::read(&bytes, &mut draft)
        } else {
            // Read by others: shown here as it is.
            draft.text(Spot::Body, String::from_utf8_lossy(&bytes).into_owned()).and(Err(Unread::Unknown))
        };
        draft.file.unread = read.err();
        let (file, nested) = (draft.file, draft.nested);
        files.push(file);
        pile.extend(nested.into_iter().rev());
    }
    files
}

/// All text of a spot, tables with a bar between cells.
pub(super) fn said(file: &File, spot: Spot) -> String {
    let blocks = file.blocks.iter().filter(|block| block.spot == spot);
    let text = blocks.map(|block| match &block.content {
        Content::Text(text) => text.clone(),
        Content::Table(rows) => rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join("\n"),
    });
    text.collect::<Vec<_>>().join("\n")
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/attachments")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name)).unwrap()
}
#[test]
fn show_them() {
    for path in std::env::var("SHOW").unwrap().split(',') {
        let bytes = std::fs::read(path).unwrap();
        for file in read_all(path, bytes) {
            println!("== {:?} {} {:?} {:?} {:?}", file.path, file.size, file.traits, file.protection, file.unread);
            for block in file.blocks {
                println!("  {:?} {:?} {:?}", block.spot, block.label, block.content);
            }
        }
    }
}
