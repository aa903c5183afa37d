use super::blocks;

#[test]
fn files_in_a_text_are_found_with_their_places() {
    let text = b"Hello,\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nbye\nbegin 0755 x y\n#0V%T\n`\nend\n";
    let found = blocks(text);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].name.as_str(), found[0].bytes.as_slice()), ("cat.txt", b"Cat".as_slice()));
    assert_eq!(&text[found[0].range.clone()], b"begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n");
    assert_eq!(found[1].name, "x y");
}

#[test]
fn lines_that_lost_their_spaces_and_blocks_without_an_end_are_read() {
    assert_eq!(
        blocks(b"begin 644 a\n#0V%T\nand then words that do not fit").first().map(|block| block.bytes.clone()),
        Some(b"Cat".to_vec())
    );
    assert_eq!(blocks(b"begin 644 a\n#    \n#\n`\nend")[0].bytes, [0; 6]);
}

#[test]
fn prose_is_no_file() {
    assert!(blocks(b"begin 644\nwe begin 644 a\nbegin 99 x\nbegin 644 a\nThis is a sentence of a mail.\n").is_empty());
}

#[test]
fn yenc_is_undone() {
    let moved: Vec<u8> = b"Cat\xd6".iter().map(|octet| octet.wrapping_add(42)).collect();
    // The last octet is moved to zero, which is escaped.
    let text = [b"=ybegin line=128 size=4 name=cat.bin\r\n".as_slice(), &moved[..3], b"=@\r\n=yend size=4\r\n"].concat();
    let found = blocks(&text);
    assert_eq!((found[0].name.as_str(), found[0].bytes.as_slice()), ("cat.bin", b"Cat\xd6".as_slice()));
}
