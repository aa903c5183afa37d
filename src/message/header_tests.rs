use super::{Header, read, repeated};

fn header(text: &str) -> Header {
    read(text.as_bytes(), 0, |_| false, 100)
}

fn fields(text: &str) -> Vec<(String, String)> {
    header(text).fields.into_iter().map(|f| (f.name, text[f.value].to_owned())).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn fields_are_places() {
    let text = "Subject: a\r\n b\r\nTo:x\r\n\r\nbody";
    let header = header(text);
    assert_eq!(&text[header.fields[0].whole.clone()], "Subject: a\r\n b\r\n");
    assert_eq!(&text[header.fields[0].value.clone()], " a\r\n b");
    assert_eq!(&text[header.fields[1].value.clone()], "x");
    assert_eq!(&text[header.end..], "\r\nbody");
    assert_eq!(&text[header.body..], "body");
    assert!(!header.not_a_field && !header.no_separator);
}

#[test]
fn white_space_before_the_colon_is_read() {
    assert_eq!(fields("Subject : a\r\nFrom\t: b\r\n\r\n"), pairs(&[("subject", " a"), ("from", " b")]));
}

#[test]
fn bare_line_feeds_end_lines_too() {
    assert_eq!(fields("A: 1\nB: 2\n\nC: 3\n"), pairs(&[("a", " 1"), ("b", " 2")]));
    assert_eq!(header("A: 1\r\r\n\r\r\nB: 2").fields.len(), 1);
}

#[test]
fn an_empty_first_line_is_an_empty_header() {
    let header = header("\r\nSubject: x\r\n\r\n");
    assert!(header.fields.is_empty());
    assert_eq!((header.end, header.body), (0, 2));
}

#[test]
fn a_header_may_end_with_the_mail() {
    let header = header("Subject: x\r\nTo: y");
    assert_eq!((header.fields.len(), header.end, header.body), (2, 17, 17));
    assert!(!header.no_separator);
}

#[test]
fn without_an_empty_line_the_body_begins_at_the_first_line_that_is_no_field() {
    let text = "Subject: x\r\nDear parents,\r\n\r\nhello\r\n";
    let header = header(text);
    assert!(header.no_separator);
    assert_eq!(&text[header.body..], "Dear parents,\r\n\r\nhello\r\n");
}

#[test]
fn one_stray_line_among_fields_hides_none_of_them() {
    let text = "From: a\r\nstray line\r\n of two\r\nSubject: confidential\r\n\r\nbody";
    assert_eq!(fields(text), pairs(&[("from", " a"), ("subject", " confidential")]));
    assert!(header(text).not_a_field);
    assert!(!header(text).no_separator);
}

#[test]
fn the_first_line_of_an_mbox_is_left_out() {
    assert_eq!(fields("From someone Mon Nov 23\r\nTo: x\r\n\r\n"), pairs(&[("to", " x")]));
    assert!(header("From someone Mon Nov 23\r\nTo: x\r\n\r\n").not_a_field);
}

#[test]
fn a_line_of_white_space_goes_on_with_the_field_and_is_told() {
    let text = "A: 1\r\n \t\r\nB: 2\r\n\r\n";
    assert_eq!(fields(text), pairs(&[("a", " 1\r\n \t"), ("b", " 2")]));
    assert!(header(text).not_a_field);
}

#[test]
fn a_folded_first_line_belongs_to_nothing() {
    let text = " lost\r\nA: 1\r\n\r\n";
    assert_eq!(fields(text), pairs(&[("a", " 1")]));
    assert!(header(text).not_a_field);
}

#[test]
fn what_is_no_name_is_no_field() {
    for line in ["Dear all: hello", ": x", "Grüße: x", "no colon"] {
        assert!(
            header(&format!("{line}\r\nbody\r\n")).no_separator || header(&format!("{line}\r\nbody\r\n")).fields.is_empty(),
            "{line}"
        );
    }
    assert_eq!(header(&format!("{}: x\r\n\r\n", "n".repeat(2000))).fields.len(), 0);
}

#[test]
fn a_boundary_ends_the_header_even_if_it_looks_like_a_field() {
    let text = "A: 1\r\n--b:c\r\n";
    let header = read(text.as_bytes(), 0, |at| text[at..].starts_with("--b:c"), 100);
    assert_eq!((header.fields.len(), header.end, header.body), (1, 6, 6));
    assert!(header.no_separator);
}

#[test]
fn no_more_fields_than_there_is_room() {
    let text = format!("{}\r\nbody", "A: 1\r\n b\r\n".repeat(20));
    let header = read(text.as_bytes(), 0, |_| false, 7);
    assert_eq!((header.fields.len(), header.too_many), (7, true));
    assert_eq!(&text[header.body..], "body");
    assert!(!header.not_a_field);
}

#[test]
fn what_may_stand_once_and_stands_twice_is_named_once() {
    let header = header("From: a\r\nSUBJECT: 1\r\nSubject : 2\r\nsubject: 3\r\nReceived: x\r\nReceived: y\r\nFrom: b\r\n\r\n");
    assert_eq!(repeated(&header.fields), ["from", "subject"]);
}
