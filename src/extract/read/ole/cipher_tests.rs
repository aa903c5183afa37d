//! Ciphers of workbooks against values that others computed.

use super::{Rc4, open_with};

#[test]
fn rc4_gives_the_octets_of_rfc_6229() {
    // Section 2, key 0x0102030405.
    let mut octets = [0; 16];
    Rc4::new(&[1, 2, 3, 4, 5]).apply(&mut octets);
    assert_eq!(octets, [0xb2, 0x39, 0x63, 0x05, 0xf0, 0x3d, 0xc0, 0x27, 0xcc, 0xc3, 0x52, 0x4a, 0x0a, 0x11, 0x18, 0xa8]);
}
/// The first records of a workbook that Excel for Mac saved under `123456789012345`, with XOR: BOF, FILEPASS, and who wrote it.
const UNDER_XOR: [&str; 4] = [
    "0908100000060500ec15cd07c1c00000060300002f00060000006582b19ee1000200b004c10002002a58e20000005c00",
    "7000895b28f3043160b444b5e7d52c75e6940637845e833382172e5c2f5f2c982e5c2f5f2c5e2d592a5d2e5c2f5f2c98",
    "2e5c2f5f2c5e2d592a5d2e5c2f5f2c982e5c2f5f2c5e2d592a5d2e5c2f5f2c982e5c2f5f2c5e2d592a5d2e5c2f5f2c98",
    "2e5c2f5f2c5e2d592a5d2e5c2f5f2c982e5c",
];

#[test]
fn xor_is_undone_with_the_right_password_only() {
    let hex = UNDER_XOR.concat();
    let octets = hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
    let stream: Vec<u8> = octets.collect();
    let clear = open_with("123456789012345", &stream, &stream[24..30]).unwrap();
    assert!(String::from_utf8_lossy(&clear).contains("Microsoft Office User   "));
    assert_eq!(open_with("VelvetSweatshop", &stream, &stream[24..30]), None);
}
