//! Documents that are zip files: the fuzzer changes their parts, and the package is made anew around them each time. In a packed file it
//! would change little but sums and Huffman codes.
//!
//! An input is `name NUL content NUL name NUL content …`; a real document, as a seed, is taken apart before its first mutation. `FUZZ_KIND` as
//! with `files`; `FUZZ_PACKAGE=FILE` writes the package besides, to keep it as a fixture.

#![no_main]

mod judge;

use std::io::{Cursor, Read};

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|data: &[u8]| -> Corpus {
    let package = if data.starts_with(b"PK") { data.to_vec() } else { package(data) };
    if let Ok(file) = std::env::var("FUZZ_PACKAGE") {
        std::fs::write(file, &package).unwrap();
    }
    judge::judge("file.zip", package)
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, _seed: u32| {
    let parts = parts(&data[..size], max_size);
    if !parts.is_empty() {
        data[..parts.len()].copy_from_slice(&parts);
    }
    let size = if parts.is_empty() { size } else { parts.len() };
    fuzzer_mutate(data, size, max_size)
});

/// The parts of a real document that are text, the small ones first, as many as there is room for.
fn parts(data: &[u8], most: usize) -> Vec<u8> {
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(data)) else { return Vec::new() };
    let mut parts = Vec::new();
    for at in 0..archive.len() {
        let (Ok(mut entry), mut content) = (archive.by_index(at), Vec::new()) else { continue };
        let name = entry.name().as_bytes().to_vec();
        if entry.by_ref().take(most as u64).read_to_end(&mut content).is_ok() && !content.contains(&0) {
            parts.push([&name, &[0][..], &content, &[0]].concat());
        }
    }
    parts.sort_by_key(Vec::len);
    let mut room = most;
    parts.retain(|part| room.checked_sub(part.len()).inspect(|rest| room = *rest).is_some());
    parts.concat()
}

/// A zip of stored entries (APPNOTE 4.3). Nobody looks at the sums.
fn package(data: &[u8]) -> Vec<u8> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    let mut pieces = data.split(|octet| *octet == 0);
    while let (Some(name), Some(content)) = (pieces.next(), pieces.next()) {
        let name = &name[..name.len().min(1000)];
        let offset = out.len() as u32;
        let (packed, named) = ((content.len() as u32).to_le_bytes(), (name.len() as u16).to_le_bytes());
        let common = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &packed, &packed, &named, &[0, 0]].concat();
        out.extend([b"PK\x03\x04", &common[..], name, content].concat());
        directory.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 10], &offset.to_le_bytes(), name].concat());
        count = count.saturating_add(1);
    }
    let (count, length, start) = (count.to_le_bytes(), (directory.len() as u32).to_le_bytes(), (out.len() as u32).to_le_bytes());
    out.extend([&directory[..], b"PK\x05\x06\0\0\0\0", &count, &count, &length, &start, &[0, 0]].concat());
    out
}
