use super::{COLUMNS, Secret, SecretLetter, filled, wrapped};
use crate::base::{ReversePath, Timestamp};
use crate::policy::sample;

#[test]
fn lines_fit_and_keep_their_indent() {
    let long = "word ".repeat(60) + "\n\n    https://secure.example/" + &"a".repeat(90) + "\nend";
    let text = wrapped(&long);
    assert!(text.ends_with("end\r\n") && text.contains("\r\n\r\n    https://"), "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= COLUMNS || line.contains("https://")), "{text}");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
}

#[test]
fn values_are_not_looked_at_again() {
    let fill = [("{a}", "{b}".to_owned()), ("{b}", "x".to_owned())];
    assert_eq!(filled("{a} {b} {c} {", &fill), "{b} x {c} {");
}

#[test]
fn the_archive_has_a_mark_where_the_copy_has_the_secret() {
    for words in ["plain", "ζωή ".repeat(40).as_str()] {
        let letter = SecretLetter {
            to: sample::address("b@x.test"),
            kind: "pickup-code",
            reverse_path: ReversePath::Null,
            reply_to: Some(sample::address("a@school.test")),
            subject: "Hello\r\nBcc: x@y.test".to_owned(),
            text: format!("{words}\n    {}\nand {}", Secret::mark(0), Secret::mark(1)),
            secrets: vec![Secret::new("first-secret".to_owned()), Secret::new("second-secret".to_owned())],
        };
        let post = letter.post(&sample::config(vec![]), None, Timestamp::UNIX_EPOCH).unwrap();
        let archived = String::from_utf8(post.raw.to_vec()).unwrap();
        assert!(!archived.contains("first-secret") && archived.contains("[secret-1-of-this-letter]"), "{archived}");
        assert!(!archived.contains("\r\nBcc:"), "{archived}");
        let sent = String::from_utf8(post.copies[0].edits.apply(&post.raw)).unwrap();
        assert!(sent.contains("\r\n    first-secret\r\nand second-secret\r\n") && !sent.contains("[secret"), "{sent}");
        assert!(!sent.replace("\r\n", "").contains(['\r', '\n']), "{sent}");
    }
}
