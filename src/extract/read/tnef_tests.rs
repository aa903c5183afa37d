//! `winmail.dat`, built here by the specification's own layout.

use super::super::old_tests::{read_all, said};
use crate::extract::contents::{Spot, Unread};

/// An attribute: level, id, length, data, checksum.
fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
    let sum = data.iter().fold(0_u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
    let size = u32::try_from(data.len()).unwrap();
    [&[level][..], &id.to_le_bytes(), &size.to_le_bytes(), data, &sum.to_le_bytes()].concat()
}

fn variable(kind: u16, id: u16, data: &[u8]) -> Vec<u8> {
    let mut out = [kind.to_le_bytes(), id.to_le_bytes()].concat();
    if id >= 0x8000 {
        out.extend([&[7; 16][..], &1_u32.to_le_bytes(), &10_u32.to_le_bytes(), b"H\0o\0u\0s\0e\0\0\0"].concat());
    }
    out.extend(1_u32.to_le_bytes());
    out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    out.extend(data);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

fn list(properties: &[Vec<u8>]) -> Vec<u8> {
    [&u32::try_from(properties.len()).unwrap().to_le_bytes()[..], &properties.concat()].concat()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn stream(attributes: &[Vec<u8>]) -> Vec<u8> {
    [&super::MAGIC[..], &[1, 0], &attributes.concat()].concat()
}

/// A message with its body in three forms, a file, and a message in it.
pub(in crate::extract::read) fn letter() -> Vec<u8> {
    let rtf = compressed_rtf::compress_rtf("{\\rtf1\\ansi heron in RTF\\par}").unwrap();
    let inner = stream(&[attribute(1, 0x0001_8004, b"heron in a message\0"), attribute(1, 0x0002_800C, b"L810995815931\0")]);
    let properties = list(&[
        variable(0x1F, 0x0E04, &wide("parent@example.com\0")),
        [&0x40_u16.to_le_bytes()[..], &0x39_u16.to_le_bytes(), &134_000_000_000_000_000_u64.to_le_bytes()].concat(),
        variable(0x1F, 0x8001, &wide("heron in a named property\0")),
        variable(0x102, 0x1013, b"<p>heron in HTML</p>"),
        variable(0x102, 0x1009, &rtf),
    ]);
    let recipient = list(&[variable(0x1E, 0x3001, b"Rafi Lindqvist\0"), variable(0x1E, 0x3003, b"rafi@example.com\0")]);
    stream(&[
        attribute(1, 0x0006_9007, &1250_u32.to_le_bytes()),
        attribute(1, 0x0001_8004, b"heron in the subject\0"),
        attribute(1, 0x0002_800C, b"The heron waits by the quiet water, \xA3ukasz\0"),
        attribute(1, 0x0006_9004, &[&1_u32.to_le_bytes()[..], &recipient].concat()),
        attribute(1, 0x0006_9003, &properties),
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(2, 0x0001_8010, b"HERONN~1.RTF\0"),
        attribute(2, 0x0006_800F, b"{\\rtf1 heron in a file}"),
        attribute(2, 0x0006_9005, &list(&[variable(0x1F, 0x3707, &wide("Heron notes.rtf\0"))])),
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(
            2,
            0x0006_9005,
            &list(&[variable(0x1F, 0x3001, &wide("A message\0")), variable(0x0D, 0x3701, &[&[9; 16][..], &inner].concat())]),
        ),
    ])
}

#[test]
fn a_message_is_read_with_what_lies_in_it() {
    let files = read_all("winmail.dat", letter());
    let first = &files[0];
    assert_eq!(said(first, Spot::Body), "The heron waits by the quiet water, \u{141}ukasz");
    let properties: Vec<_> = first.blocks.iter().filter(|block| block.spot == Spot::Property).collect();
    let labels: Vec<_> = properties.iter().filter_map(|block| block.label.as_deref()).collect();
    assert_eq!(labels, ["subject", "recipients", "to", "sent"]);
    let all = said(first, Spot::Property);
    for part in [
        "heron in the subject",
        "Rafi Lindqvist|rafi@example.com",
        "parent@example.com",
        "18/08/2025 14:13:20",
        "heron in a named property",
    ] {
        assert!(all.contains(part), "{part} in {all}");
    }
    let expected = [
        ("body.html", "<p>heron in HTML</p>"),
        ("body.rtf", "heron in RTF"),
        ("Heron notes.rtf", "heron in a file"),
        ("A message", "L810995815931"),
    ];
    let nested: Vec<_> = files[1..].iter().map(|file| (file.name(), said(file, Spot::Body))).collect();
    assert_eq!(nested, expected.map(|(name, text)| (name, text.to_owned())));
    assert_eq!(first.unread, None);
}

#[test]
fn one_that_is_cut_off_says_so_and_gives_what_it_has() {
    let whole = stream(&[attribute(1, 0x0002_800C, b"The heron waits\0")]);
    let files = read_all("winmail.dat", whole[..whole.len() - 8].to_vec());
    assert_eq!(said(&files[0], Spot::Body), "The heron ");
    assert!(matches!(files[0].unread, Some(Unread::Broken(_))));
}
