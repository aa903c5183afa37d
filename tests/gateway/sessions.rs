//! What dialogs cannot say: cost, many clients at once, clients that go away, certificates that change.

use std::sync::Arc;
use std::time::{Duration, Instant};

use schoolgate::base::{BodyKind, ListenerKind, Notify, Ret};

use crate::front::Stage;

/// A pipelined group is answered in one piece, and a thousand of them in one stream do not fill our memory.
#[tokio::test]
async fn pipelined_commands_are_answered_in_order() {
    let stage = Stage::new("relay trusted recipients=200000");
    let mut client = stage.connect().await;
    assert!(client.reply().await.starts_with("220"));
    client.send(b"EHLO client.example\r\n").await;
    assert!(client.reply().await.starts_with("250"));
    client.send(b"MAIL FROM:<a@school.example>\r\n").await;
    assert!(client.reply().await.starts_with("250"));
    let group: String = (0..20_000).map(|n| format!("RCPT TO:<user{n}@elsewhere.example>\r\n")).collect();
    let begun = Instant::now();
    let (mut reader, mut writer) = client.split();
    let sending = tokio::spawn(async move { writer.send(group.as_bytes()).await });
    for n in 0..20_000 {
        assert!(reader.line().await.starts_with("250 2.1.5"), "recipient {n}");
    }
    sending.await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

/// A client that never reads is left after the time for a reply, however much it says.
#[tokio::test]
async fn a_client_that_never_reads_is_left() {
    let stage = Stage::new("relay trusted reply=300 recipients=2000000");
    let mut client = stage.connect().await;
    assert!(client.reply().await.starts_with("220"));
    let (_reader, mut writer) = client.split();
    writer.send(b"EHLO client.example\r\nMAIL FROM:<a@school.example>\r\n").await;
    let talking = tokio::spawn(async move {
        for n in 0..2000 {
            let group: String = (0..500).map(|m| format!("RCPT TO:<u{n}.{m}@elsewhere.example>\r\n")).collect();
            writer.send(group.as_bytes()).await;
        }
    });
    stage.expect_event("Disconnected & took too long").await.unwrap();
    talking.abort();
}

/// A client that goes away within a mail leaves nothing behind.
#[tokio::test]
async fn a_mail_that_breaks_off_is_not_admitted() {
    for end in ["DATA\r\n", "BDAT 100 LAST\r\nhalf of it", "BDAT 4\r\nhalf"] {
        let stage = Stage::new("relay trusted");
        let mut client = stage.connect().await;
        assert!(client.reply().await.starts_with("220"));
        client.send(b"EHLO client.example\r\n").await;
        client.send(b"MAIL FROM:<a@school.example>\r\nRCPT TO:<b@elsewhere.example>\r\n").await;
        client.send(end.as_bytes()).await;
        client.close().await;
        stage.expect_event("Disconnected & closed the connection").await.unwrap();
        stage.expect_no_mail().unwrap();
    }
}

/// TLS that is closed within a chunk, with an octet in the clear after it (THREATS 2).
#[tokio::test]
async fn tls_closed_within_a_chunk_ends_the_session() {
    let stage = Stage::new("submissions tls");
    let mut client = stage.connect().await.tls().await.unwrap();
    assert!(client.reply().await.starts_with("220"));
    client.send(b"EHLO client.example\r\nAUTH PLAIN AGhlYWRAc2Nob29sLmV4YW1wbGUAc2VjcmV0\r\n").await;
    client.send(b"MAIL FROM:<head@school.example>\r\nRCPT TO:<b@elsewhere.example>\r\nBDAT 9 LAST\r\nhalf").await;
    client.close().await;
    stage.expect_event("Disconnected & closed the connection").await.unwrap();
    stage.expect_no_mail().unwrap();
}

/// Many sessions at once, each with mails of its own size; every mail is the one that was sent.
#[tokio::test]
async fn sessions_do_not_mix() {
    let stage = Arc::new(Stage::new("relay trusted message_size=3000000"));
    let sessions: Vec<_> = (0..20)
        .map(|n| {
            let stage = Arc::clone(&stage);
            tokio::spawn(async move {
                let mut client = stage.connect().await;
                assert!(client.reply().await.starts_with("220"));
                client.send(b"EHLO client.example\r\n").await;
                let body = format!("from {n:02}\r\n").repeat(1 << (n / 2 + 4));
                let mail = format!("MAIL FROM:<s{n:02}@school.example> SIZE={}\r\nRCPT TO:<b@elsewhere.example>\r\n", body.len());
                assert!(client.reply().await.starts_with("250"));
                for _ in 0..5 {
                    client.send(format!("{mail}DATA\r\n").as_bytes()).await;
                    for code in ["250", "250", "354"] {
                        assert!(client.reply().await.starts_with(code));
                    }
                    client.send(format!("{body}.\r\n").as_bytes()).await;
                    assert!(client.reply().await.starts_with("250 2.0.0 accepted"));
                }
            })
        })
        .collect();
    for session in sessions {
        session.await.unwrap();
    }
    let admitted = stage.admitted();
    assert_eq!(admitted.len(), 100);
    for mail in admitted {
        let sender = mail.envelope.reverse_path.to_string();
        let n: u32 = sender[1..3].parse().unwrap();
        assert_eq!(mail.raw, format!("from {n:02}\r\n").repeat(1 << (n / 2 + 4)));
    }
}

/// Stopping waits for mails under way, but not for ever.
#[tokio::test]
async fn stopping_has_an_end() {
    let stage = Stage::new("relay trusted stop=300");
    let mut client = stage.connect().await;
    assert!(client.reply().await.starts_with("220"));
    client.send(b"EHLO client.example\r\nMAIL FROM:<a@school.example>\r\n").await;
    for _ in 0..2 {
        client.reply().await;
    }
    stage.stop.cancel();
    assert_eq!(client.rest().await, "");
}

/// All that the client said and all that is known of it goes with the mail, read and decoded.
#[tokio::test]
async fn the_submission_says_what_was_said() {
    let stage = Stage::new("submissions tls");
    let mut client = stage.connect().await.tls().await.unwrap();
    assert!(client.reply().await.starts_with("220"));
    for (command, code) in [
        ("EHLO pc(7)", "250"),
        ("AUTH PLAIN AGhlYWRAc2Nob29sLmV4YW1wbGUAc2VjcmV0", "235"),
        ("MAIL FROM:<head@school.example> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb", "250"),
        ("RCPT TO:<b@elsewhere.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+40y.example", "250"),
        ("RCPT TO:<c@elsewhere.example> NOTIFY=NEVER", "250"),
        ("DATA", "354"),
        (".", "250 2.0.0 accepted"),
    ] {
        client.send(format!("{command}\r\n").as_bytes()).await;
        assert!(client.reply().await.starts_with(code), "{command}");
    }
    let mail = stage.admitted().remove(0);
    let (envelope, origin) = (mail.envelope, mail.origin);
    assert_eq!((envelope.body, envelope.smtputf8, envelope.ret), (BodyKind::EightBit, true, Some(Ret::Headers)));
    assert_eq!(envelope.envid.as_deref(), Some("a+b"));
    assert_eq!(envelope.recipients[0].notify, Some(Notify { success: true, failure: false, delay: true }));
    assert_eq!(envelope.recipients[0].orcpt.as_deref(), Some("rfc822;x@y.example"));
    assert_eq!(envelope.recipients[1].notify, Some(Notify { success: false, failure: false, delay: false }));
    assert_eq!((origin.helo.as_str(), origin.esmtp, origin.listener), ("pc?7?", true, ListenerKind::Submissions));
    assert_eq!(origin.account.unwrap().to_string(), "head@school.example");
    assert_eq!(origin.tls.unwrap().version, "TLSv1.3");
    assert!(origin.client.ip().is_loopback());
}

/// A reload counts for sessions that begin after it; those under way end as they began.
#[tokio::test]
async fn a_reload_is_for_new_sessions() {
    let stage = Stage::new("relay trusted");
    let mut before = stage.connect().await;
    assert!(before.reply().await.starts_with("220"));
    stage.reload("relay");
    let mut after = stage.connect().await;
    assert!(after.reply().await.starts_with("220"));
    for (client, answer) in [(&mut before, "250 2.1.5"), (&mut after, "550 5.7.1")] {
        client.send(b"EHLO client.example\r\nMAIL FROM:<a@school.example>\r\nRCPT TO:<b@elsewhere.example>\r\n").await;
        assert!(client.reply().await.starts_with("250") && client.reply().await.starts_with("250"));
        assert!(client.reply().await.starts_with(answer));
    }
}
