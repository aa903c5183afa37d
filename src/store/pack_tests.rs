use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::base::{Address, Envelope, Ref, ReversePath};
use crate::message::{Edit, Edits};
use crate::store::Keeping;

fn key() -> SealingKey {
    SealingKey::new(&Zeroizing::new([7; 32]))
}

fn mail(raw: &[u8], shared: Vec<Range<usize>>) -> Mail {
    let received_at = "2026-11-23T08:00:00Z".parse().unwrap();
    let envelope = Envelope::new(ReversePath::Null, Vec::new());
    let reference = Ref::new(received_at, [0, 0, 1]);
    let header =
        RecordHeader { reference, received_at, envelope, origin: None, issued: None, provenance: None, sha256: "00".into() };
    let edits = Edits::from_iter([Edit { range: 0..0, with: b"Received: x\r\n".to_vec(), what: "Received added".into() }]);
    let copies = vec![KeptCopy { number: 1, recipients: vec![Address::parse("a@example.com").unwrap()], edits }];
    Mail { keep: Keeping::for_ever("ordinary"), header, copies, raw: Bytes::copy_from_slice(raw), shared }
}

fn there_and_back(mail: &Mail) -> Record {
    let parts = parts(&key(), mail).unwrap();
    let packed = record(mail, &parts).unwrap();
    let skeleton = read(RECORD, Bytes::from(packed.plain)).unwrap();
    assert_eq!(skeleton.lacks().unwrap(), parts.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let kept = parts.iter().map(|(_, range)| part(&mail.raw[range.clone()]).unwrap());
    let given: Vec<Bytes> = kept.map(|(magic, plain)| read_part(magic, &plain.into()).unwrap()).collect();
    skeleton.complete(&given).unwrap()
}

proptest! {
    #[test]
    fn a_mail_comes_back_with_its_shared_parts_wherever_they_lie(
        raw in proptest::collection::vec(any::<u8>(), 0..300),
        mut at in proptest::collection::vec(0_usize..300, 0..8),
    ) {
        at.sort_unstable();
        let shared = at.chunks_exact(2).map(|pair| pair[0].min(raw.len())..pair[1].min(raw.len())).collect();
        let mail = mail(&raw, shared);
        let back = there_and_back(&mail);
        prop_assert_eq!((back.header, back.copies, back.raw), (mail.header, mail.copies, mail.raw));
    }

    #[test]
    fn junk_never_reads_as_a_record_and_never_panics(junk in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read(PLAIN, Bytes::from(junk.clone())).is_err());
        prop_assert!(read(RECORD, Bytes::from(junk.clone())).is_err());
        let packed = pack(&junk).unwrap();
        prop_assert!(read(RECORD, Bytes::from(packed)).is_err());
        for magic in [PART, BARE_PART] {
            prop_assert!(read_part(magic, &Bytes::from(junk.clone())).is_err());
        }
    }
}

#[test]
fn an_attachment_in_base64_is_kept_bare_and_one_of_an_earlier_version_is_read() {
    let file: Vec<u8> = (0..40_000_u32).flat_map(|i| (i / 7).wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let text = wrap::wrap(&file, Wrap { line: 76, ends: 0 });
    let (magic, plain) = part(&text).unwrap();
    assert_eq!(magic, BARE_PART);
    let before = pack(&text).unwrap();
    assert!(plain.len() < before.len() * 3 / 4, "{} of {}", plain.len(), before.len());
    assert_eq!(read_part(magic, &plain.into()).unwrap(), text);
    assert_eq!(read_part(PART, &before.into()).unwrap(), text);
    assert_eq!(part(b"Dear parents").unwrap().0, PART);
}

#[test]
fn a_record_of_an_earlier_version_reads_as_one_without_copies() {
    let mail = mail(b"Subject: x\r\n\r\nold\r\n", Vec::new());
    let header = serde_json::to_vec(&mail.header).unwrap();
    let plain = [&u32::try_from(header.len()).unwrap().to_le_bytes()[..], &header, &mail.raw].concat();
    let record = read(PLAIN, Bytes::from(plain)).unwrap().complete(&[]).unwrap();
    assert_eq!((record.header, record.copies.len(), record.raw), (mail.header, 0, mail.raw));
}

#[test]
fn the_leaf_changes_with_the_header_and_with_the_copies() {
    let one = mail(b"x", Vec::new());
    let mut other = one.clone();
    other.header.sha256 = "01".into();
    let mut third = one.clone();
    third.copies.clear();
    let leaf = |mail: &Mail| record(mail, &[]).unwrap().leaf;
    assert_eq!(leaf(&one), leaf(&one.clone()));
    assert!(leaf(&one) != leaf(&other) && leaf(&one) != leaf(&third) && leaf(&other) != leaf(&third));
}

#[test]
fn the_same_part_has_another_name_under_another_key() {
    let mail = mail(b"the same bytes", std::iter::once(0..14).collect());
    let other = SealingKey::new(&Zeroizing::new([8; 32]));
    assert_ne!(parts(&key(), &mail).unwrap(), parts(&other, &mail).unwrap());
}
