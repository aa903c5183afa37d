//! What every target that reads files asks: is it of the kind that is wanted, and does the answer keep within its bounds?

use std::sync::LazyLock;

use libfuzzer_sys::Corpus;
use schoolgate::base::limits;
use schoolgate::extract::contents::Content;
use schoolgate::extract::{File, Kind, read, sniff};

/// The one kind that is wanted: `FUZZ_KIND=pdf`.
static WANTED: LazyLock<Option<Kind>> = LazyLock::new(|| {
    let word = std::env::var("FUZZ_KIND").ok()?;
    Some(Kind::of_word(&word).unwrap_or_else(|| panic!("there is no kind {word}")))
});

/// Reads a file and judges the answer.
pub fn judge(name: &str, bytes: Vec<u8>) -> Corpus {
    if WANTED.is_some_and(|kind| sniff::kind(&bytes, name) != kind) {
        return Corpus::Reject;
    }
    let size = bytes.len() as u64;
    let files = read::read(name, bytes);
    assert_eq!((files[0].name(), files[0].size), (name, size));
    assert!(files.iter().all(|file| file.path.len() <= limits::FILE_DEPTH + 2));
    assert!(files.iter().map(octets).sum::<usize>() <= limits::EXTRACTED_TEXT_OCTETS);
    Corpus::Keep
}

fn octets(file: &File) -> usize {
    let blocks = file.blocks.iter().map(|block| match &block.content {
        Content::Text(text) => text.len(),
        Content::Table(rows) => rows.iter().flatten().map(String::len).sum(),
    });
    blocks.sum()
}
