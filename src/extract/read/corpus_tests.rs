//! Real and damaged files through every reader: nothing panics, and each file has an answer.

use std::path::{Path, PathBuf};

use crate::extract::contents::{Content, File, Spot};
use crate::message::corpus_tests::{corpus, files};

/// Times that each file is damaged; few, for the tests are not optimised. The fuzz targets do the rest.
const WOUNDED: usize = 60;

/// The folder of real attachments beside the project; says so and gives nothing where it is absent.
pub(crate) fn attachments() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = ["../shared", "../../shared"].iter().map(|shared| here.join(shared).join("corpora/attachments"));
    let found = folders.find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: ../shared/corpora/attachments is not here");
    }
    found
}

/// What a file of ours was made for is read by every test here.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/attachments").join(name)).unwrap()
}

/// Reads a file under a name.
pub(crate) fn opened(name: &str, bytes: &[u8]) -> Vec<File> {
    super::read(name, bytes.to_vec())
}

/// All text of a file at some places, each piece behind its label, rows with bars.
pub(crate) fn said(file: &File, spot: Spot) -> String {
    let blocks = file.blocks.iter().filter(|block| block.spot == spot);
    let pieces = blocks.map(|block| {
        let label = block.label.as_ref().map(|label| format!("{label}= ")).unwrap_or_default();
        match &block.content {
            Content::Text(text) => format!("{label}{}", text.trim()),
            Content::Table(rows) => label + &rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join("/"),
        }
    });
    pieces.collect::<Vec<_>>().join("\n")
}

#[test]
fn real_files_all_have_an_answer() {
    let folders = [attachments(), corpus()];
    for file in folders.into_iter().flatten().flat_map(|folder| files(&folder)) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        println!("{}", file.display());
        let found = super::read(&name, std::fs::read(&file).unwrap());
        assert!(!found.is_empty() && found.iter().all(|file| !file.path.is_empty()));
    }
}

/// Damaged files are read as far as they go: the same wounds each time, so that what fails can be looked at again.
#[test]
fn damaged_files_have_an_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/attachments");
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut chance = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 16).unwrap() % below.max(1)
    };
    for file in files(&folder) {
        let whole = std::fs::read(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        // The key of AES-256 is made to be slow.
        let rounds = if name.contains("aes-256") { 3 } else { WOUNDED };
        for round in 0..rounds {
            let mut bytes = whole.clone();
            for _ in 0..=chance(4) {
                let at = chance(bytes.len());
                match chance(4) {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at.min(bytes.len()), chance(256) as u8),
                    2 => drop(bytes.splice(at..(at + chance(40)).min(bytes.len()), std::iter::empty())),
                    _ => bytes.get_mut(at).map_or((), |byte| *byte ^= 1 << chance(8)),
                }
            }
            println!("{name} {round}");
            assert!(!super::read(&name, bytes).is_empty());
        }
    }
}
