//! A file is read as an attachment. Its last octet picks the ending of its name, so that any file is a seed as it is.
//!
//! `FUZZ_KIND=pdf` keeps to files that the sniffer calls so, and with that to one reader; `schoolgate extract` shows the words. A reader that
//! comes new is met without a change here. `FUZZ_NAME=file.csv` sets the name. Sums that a format keeps of itself (7z, tar) are made right after each mutation, for behind a
//! wrong one nothing is read.

#![no_main]

mod judge;

use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};
use schoolgate::extract::Kind;

/// One name for each kind.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let endings = Kind::words().filter_map(|word| Kind::of_word(word)?.endings().first());
    endings.map(|ending| format!("file.{ending}")).collect()
});

/// The name, where one is asked for.
static NAME: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("FUZZ_NAME").ok());

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(last) = data.last() else { return Corpus::Reject };
    let name = NAME.as_ref().unwrap_or(&NAMES[usize::from(*last) % NAMES.len()]);
    judge::judge(name, data.to_vec())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let size = fuzzer_mutate(data, size, max_size);
    // Wrong sums have to be met too.
    if seed % 8 > 0 {
        sum_7z(&mut data[..size]);
        sum_tar(&mut data[..size]);
    }
    size
});

/// The sums of the header at the end and of the one at the beginning.
fn sum_7z(data: &mut [u8]) {
    if data.len() < 32 || !data.starts_with(b"7z\xbc\xaf\x27\x1c") {
        return;
    }
    let number = |at: usize| usize::try_from(u64::from_le_bytes(data[at..at + 8].try_into().unwrap())).unwrap_or(usize::MAX);
    let (start, length) = (number(12).saturating_add(32), number(20));
    if let Some(header) = data.get(start..start.saturating_add(length)) {
        let sum = crc32(header);
        data[28..32].copy_from_slice(&sum.to_le_bytes());
    }
    let sum = crc32(&data[12..32]);
    data[8..12].copy_from_slice(&sum.to_le_bytes());
}

fn crc32(data: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !data.iter().fold(u32::MAX, |sum, octet| (0..8).fold(sum ^ u32::from(*octet), step))
}

/// The sum of each header.
fn sum_tar(data: &mut [u8]) {
    for header in data.chunks_exact_mut(512).filter(|block| &block[257..262] == b"ustar") {
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|octet| u32::from(*octet)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}
