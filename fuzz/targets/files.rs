//! A file is read as an attachment. Its last octet picks the ending of its name, so that any file is a seed as it is.
//!
//! `FUZZ_KIND=pdf` keeps to files that the sniffer calls so, and with that to one reader; `schoolgate extract` shows the words. A reader that
//! comes new is met without a change here.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use schoolgate::base::limits;
use schoolgate::extract::contents::Content;
use schoolgate::extract::{File, Kind, read, sniff};

/// The one kind that is wanted.
static WANTED: LazyLock<Option<Kind>> = LazyLock::new(|| {
    let word = std::env::var("FUZZ_KIND").ok()?;
    Some(Kind::of_word(&word).unwrap_or_else(|| panic!("there is no kind {word}")))
});

/// One name for each kind.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let endings = Kind::words().filter_map(|word| Kind::of_word(word)?.endings().first());
    endings.map(|ending| format!("file.{ending}")).collect()
});

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(last) = data.last() else { return Corpus::Reject };
    let name = &NAMES[usize::from(*last) % NAMES.len()];
    if WANTED.is_some_and(|kind| sniff::kind(data, name) != kind) {
        return Corpus::Reject;
    }
    let files = read::read(name, data.to_vec());
    assert_eq!((files[0].path.as_slice(), files[0].size), (&[name.clone()][..], data.len() as u64));
    assert!(files.iter().all(|file| file.path.len() <= limits::FILE_DEPTH + 2));
    assert!(files.iter().map(octets).sum::<usize>() <= limits::EXTRACTED_TEXT_OCTETS);
    Corpus::Keep
});

fn octets(file: &File) -> usize {
    let blocks = file.blocks.iter().map(|block| match &block.content {
        Content::Text(text) => text.len(),
        Content::Table(rows) => rows.iter().flatten().map(String::len).sum(),
    });
    blocks.sum()
}
