use bytes::Bytes;

use super::super::Message;

/// Writes `mixed(plain, html)` as a mail: each word is a kind of part.
fn mail(shape: &str) -> Message {
    let mut text = String::new();
    let mut open: Vec<usize> = Vec::new();
    let mut count = 0;
    let mut rest = shape;
    while let Some(end) = rest.find([',', '(', ')']) {
        let (word, after) = rest.split_at(end);
        let word = word.trim();
        if !word.is_empty() {
            if let Some(outer) = open.last() {
                text.push_str(&format!("\r\n--b{outer}\r\n"));
            }
            text.push_str(&header(word, count));
        }
        match &after[..1] {
            "(" if word != "message" => open.push(count),
            "(" => open.push(usize::MAX),
            ")" => {
                if let Some(inner) = open.pop().filter(|inner| *inner != usize::MAX) {
                    text.push_str(&format!("\r\n--b{inner}--\r\n"));
                }
            }
            _ => {}
        }
        count += 1;
        rest = &after[1..];
    }
    if !rest.is_empty() {
        text.push_str(&header(rest, count));
    }
    Message::parse(Bytes::from(text))
}

fn header(word: &str, count: usize) -> String {
    let media = match word {
        "plain" => "text/plain".to_owned(),
        "html" => "text/html".to_owned(),
        "file" => "text/plain\r\nContent-Disposition: attachment; filename=x.txt".to_owned(),
        "named" => "text/plain; name=x.txt".to_owned(),
        "calendar" => "text/calendar".to_owned(),
        "image" => "image/png".to_owned(),
        "message" => "message/rfc822".to_owned(),
        multipart => format!("multipart/{multipart}; boundary=b{count}"),
    };
    format!("Content-Type: {media}\r\n\r\n{}", if media.contains("multipart") || media.contains("rfc822") { "" } else { "text" })
}

#[test]
fn bodies_are_what_a_client_shows() {
    let shapes: &[(&str, &[&str])] = &[
        ("plain", &["1"]),
        ("html", &["1"]),
        ("named", &["1"]),
        ("file", &[]),
        ("image", &[]),
        ("alternative(plain,html)", &["1", "2"]),
        ("alternative(plain,html,calendar)", &["1", "2"]),
        ("mixed(plain,file)", &["1"]),
        ("mixed(plain,named)", &["1"]),
        ("mixed(image,plain)", &["2"]),
        ("mixed(plain,image,plain)", &["1", "3"]),
        ("mixed(alternative(plain,related(html,image)),file)", &["1.1", "1.2.1"]),
        ("related(alternative(plain,html),image)", &["1.1", "1.2"]),
        ("related(html,html)", &["1"]),
        ("mixed(plain,message(plain))", &["1"]),
        ("mixed(plain,signed(plain,image))", &["1"]),
        ("signed(plain,image)", &[]),
        ("encrypted(image,image)", &[]),
        ("report(plain,image)", &[]),
        ("digest(plain)", &[]),
        ("unheard-of(plain,html)", &["1", "2"]),
        ("message(plain)", &[]),
    ];
    for (shape, expected) in shapes {
        let message = mail(shape);
        let numbers: Vec<_> = message.bodies().iter().map(|part| part.number.as_str()).collect();
        assert_eq!(numbers, *expected, "{shape}");
    }
}

#[test]
fn the_start_of_a_related_is_its_body() {
    let message = Message::parse(Bytes::from(
        "Content-Type: multipart/related; boundary=b; start=\"<x>\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n1\r\n\
         --b\r\nContent-Type: text/html\r\nContent-ID: <x>\r\n\r\n2\r\n--b--\r\n",
    ));
    let numbers: Vec<_> = message.bodies().iter().map(|part| part.number.as_str()).collect();
    assert_eq!(numbers, ["2"]);
}
