use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;

const MAGIC: &Magic = b"SGt0";

fn key() -> SealingKey {
    SealingKey::new(&Zeroizing::new([7; 32]))
}

fn opens(frame: Vec<u8>) -> bool {
    open(&key(), "1", frame).is_ok()
}

#[test]
fn bytes_of_any_size_around_the_chunks_come_back() {
    for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5] {
        let plain: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        let frame = seal(&key(), *MAGIC, "1", &plain).unwrap();
        assert_eq!(open(&key(), "1", frame).unwrap(), (*MAGIC, Bytes::from(plain)));
    }
}

#[test]
fn any_flipped_bit_is_noticed() {
    let frame = seal(&key(), *MAGIC, "1", b"a small mail").unwrap();
    for at in 0..frame.len() {
        for bit in 0..8 {
            let mut changed = frame.clone();
            changed[at] ^= 1 << bit;
            assert!(!opens(changed), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn a_record_cut_short_is_noticed_even_at_a_chunk_and_with_its_length_mended() {
    let frame = seal(&key(), *MAGIC, "1", &vec![1; 3 * CHUNK]).unwrap();
    for cut in [0, 1, HEAD, HEAD + CHUNK + TAG, HEAD + 2 * (CHUNK + TAG), frame.len() - 1] {
        let mut short = frame[..cut].to_vec();
        assert!(!opens(short.clone()), "cut at {cut}");
        if cut >= 12 {
            short[4..12].copy_from_slice(&(cut as u64).to_le_bytes());
            assert!(!opens(short), "cut at {cut}, length mended");
        }
    }
}

#[test]
fn chunks_cannot_change_places_and_records_cannot_change_names() {
    let frame = seal(&key(), *MAGIC, "1", &vec![1; 3 * CHUNK]).unwrap();
    let mut moved = frame.clone();
    let (first, second) = moved[HEAD..].split_at_mut(CHUNK + TAG);
    first.swap_with_slice(&mut second[..CHUNK + TAG]);
    assert!(!opens(moved));
    assert!(open(&key(), "2", frame.clone()).is_err());
    assert!(open(&SealingKey::new(&Zeroizing::new([8; 32])), "1", frame).is_err());
}

#[test]
fn the_same_mail_never_looks_the_same() {
    assert_ne!(seal(&key(), *MAGIC, "1", b"x").unwrap(), seal(&key(), *MAGIC, "1", b"x").unwrap());
}

proptest! {
    #[test]
    fn junk_never_opens_and_never_panics(junk in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(!opens(junk.clone()));
        let mut framed = [&MAGIC[..], &((junk.len() + 12) as u64).to_le_bytes(), &junk].concat();
        prop_assert!(!opens(framed.clone()));
        framed.truncate(20);
        prop_assert!(!opens(framed));
    }
}
