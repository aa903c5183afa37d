//! Everything that some program has taken for the end of a mail (SEC Consult 2023, CVE-2023-51764 and its kin), whole and cut over two
//! packets at every octet: there is one mail, or a refusal and the end of the session, and never a second sender.

use std::time::Duration;

use crate::front::{Client, Stage};

const HEAD: &[u8] = b"Subject: first\r\n\r\nbody";
const SMUGGLED: &[u8] =
    b"MAIL FROM:<head@school.example>\r\nRCPT TO:<victim@elsewhere.example>\r\nDATA\r\nSubject: second\r\n\r\nforged\r\n.\r\n";

/// The end of data, and whether the session goes on after it (no bare CR or LF is in it).
const ENDS: [(&[u8], bool); 16] = [
    (b"\n.\n", false),
    (b"\n.\r\n", false),
    (b"\r\n.\n", false),
    (b"\r.\r", false),
    (b"\r.\r\n", false),
    (b"\r.\n", false),
    (b"\n.\r", false),
    (b"\r\n.\r", false),
    (b"\r\n\0.\r\n", true),
    (b"\r\n.\0\r\n", true),
    (b"\r\n.\r\r\n", false),
    (b"\r\r\n.\r\r\n", false),
    (b"\r\n. \r\n", true),
    (b"\x85.\x85", true),
    ("\u{2028}.\u{2028}".as_bytes(), true),
    (b"\r\n..\r\n", true),
];

async fn to_data(client: &mut Client) {
    for (command, code) in [
        ("", "220"),
        ("EHLO client.example\r\n", "250"),
        ("MAIL FROM:<staff@school.example>\r\n", "250"),
        ("RCPT TO:<b@elsewhere.example>\r\n", "250"),
        ("DATA\r\n", "354"),
    ] {
        client.send(command.as_bytes()).await;
        assert!(client.reply().await.starts_with(code), "{command}");
    }
}

/// Sends a mail that tries to end with `end`, cut in two, and says how it was answered.
async fn attempt(stage: &Stage, end: &[u8], cut: usize) -> String {
    let mut client = stage.connect().await;
    to_data(&mut client).await;
    let text = [HEAD, end, SMUGGLED].concat();
    let (first, second) = text.split_at(cut);
    client.send(first).await;
    tokio::time::sleep(Duration::from_millis(2)).await; // lets the first half be read on its own
    client.send(second).await;
    client.send(b"QUIT\r\n").await;
    client.rest().await
}

async fn no_second_mail(end: &[u8], goes_on: bool) {
    let shown = end.escape_ascii().to_string();
    let stage = Stage::new("relay trusted");
    for cut in HEAD.len()..=HEAD.len() + end.len() + 2 {
        let answer = attempt(&stage, end, cut).await;
        let expected = match (goes_on, end.contains(&0)) {
            (false, _) => "554 5.6.0 line",
            (true, true) => "554 5.6.0 line",
            (true, false) => "250 2.0.0",
        };
        assert!(answer.starts_with(expected), "{shown} cut at {cut}: {answer}");
        assert_eq!(answer.contains("221 "), goes_on, "{shown} cut at {cut}: {answer}");
        assert_eq!(answer.lines().count(), if goes_on { 2 } else { 1 }, "{shown} cut at {cut}: {answer}");
    }
    for mail in stage.admitted() {
        assert_eq!(mail.envelope.reverse_path.to_string(), "staff@school.example", "{shown}");
        assert!(mail.raw.ends_with(b"forged\r\n"), "{shown}: the smuggled mail is text of the first");
    }
}

#[tokio::test]
async fn no_end_of_data_but_the_true_one_is_taken() {
    let attempts: Vec<_> = ENDS.into_iter().map(|(end, goes_on)| tokio::spawn(no_second_mail(end, goes_on))).collect();
    for attempt in attempts {
        attempt.await.unwrap();
    }
}

/// A command line holds no way to end it but CRLF, wherever it is cut.
#[tokio::test]
async fn no_command_hides_behind_another() {
    let stage = Stage::new("relay trusted");
    for end in ["\n", "\r", "\r\r\n", "\n\r"] {
        for cut in 0..8 {
            let mut client = stage.connect().await;
            assert!(client.reply().await.starts_with("220"));
            let text = format!("NOOP{end}RSET\r\nQUIT\r\n");
            client.send(&text.as_bytes()[..cut]).await;
            tokio::time::sleep(Duration::from_millis(2)).await;
            client.send(&text.as_bytes()[cut..]).await;
            let answer = client.rest().await;
            assert!(answer.starts_with("521 5.5.2") && answer.lines().count() == 1, "{end:?} cut at {cut}: {answer}");
        }
    }
}
