use super::text;

#[test]
fn each_way_to_write_a_text_file_is_read() {
    let said = "Zoë, Łódź";
    let utf_16 = |to: fn(u16) -> [u8; 2]| said.encode_utf16().flat_map(to).collect::<Vec<u8>>();
    let utf_32: Vec<u8> = said.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
    for bytes in [
        said.as_bytes().to_vec(),
        marked(b"\xef\xbb\xbf", said.as_bytes()),
        marked(b"\xff\xfe", &utf_16(u16::to_le_bytes)),
        marked(b"\xfe\xff", &utf_16(u16::to_be_bytes)),
        marked(b"\0\0\xfe\xff", &utf_32),
    ] {
        assert_eq!(text(&bytes), said);
    }
    assert_eq!(text(b"Zo\xeb \x80 5"), "Zoë € 5");
}

#[test]
fn utf_16_without_a_mark_is_seen_by_its_zeros() {
    let said = "Name,Class\r\nAnn,7B\r\n";
    let little: Vec<u8> = said.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = said.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!((text(&little), text(&big)), (said.into(), said.into()));
    assert_eq!(text(b"ab\0\0"), "ab\0\0", "two zeros at the end are no UTF-16");
}
