use std::time::Duration;

use mail_send::SmtpClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Wire, cut_to};

/// A client whose other end is ours to play.
async fn pair() -> (SmtpClient<Wire>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (far, _) = listener.accept().await.unwrap();
    (SmtpClient { stream: Wire::plain(near), timeout: Duration::from_secs(5) }, far)
}

#[tokio::test]
async fn replies_that_come_together_are_read_apart() {
    let (mut client, mut far) = pair().await;
    far.write_all(b"250-one\r\n250 more\r\n550 two\r\n354\r\n").await.unwrap();
    let codes = [client.read().await.unwrap().code, client.read().await.unwrap().code, client.read().await.unwrap().code];
    assert_eq!(codes, [250, 550, 354]);
    assert_eq!(client.stream.last_reply(), b"354\r\n");
}

#[tokio::test]
async fn a_reply_cut_anywhere_is_put_together() {
    let (mut client, mut far) = pair().await;
    far.set_nodelay(true).unwrap();
    let feed = tokio::spawn(async move {
        for byte in b"250-a\r\n250 2.0.0 b\r\n" {
            far.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        far
    });
    assert_eq!(client.read().await.unwrap().code, 250);
    drop(feed.await.unwrap());
}

#[tokio::test]
async fn what_is_not_a_reply_is_an_error_and_no_panic() {
    for bytes in [
        &b"HTTP/1.1 400 Bad\r\n"[..],
        b"250-a\r\n550 b\r\n",
        b"999 x\r\n",
        b"25\r\n\r\n",
        b"250x\r\n",
        b"\r\n\r\n",
        b"\x16\x03\x01\x00\x00",
        b"250-a\r\n\r\n",
    ] {
        let (mut client, mut far) = pair().await;
        far.write_all(bytes).await.unwrap();
        let error = client.read().await.unwrap_err().to_string();
        assert!(error.contains("not an SMTP reply"), "{error}");
    }
}

#[tokio::test]
async fn a_reply_without_end_is_cut_off() {
    for chunk in [vec![b'x'; 1 << 16], b"250-xxxx\r\n".repeat(6554)] {
        let (mut client, mut far) = pair().await;
        let flood = tokio::spawn(async move {
            far.write_all(if chunk[0] == b'x' { b"250 " } else { b"" }).await.unwrap();
            let mut sent = 0usize;
            while sent < 1 << 30 && far.write_all(&chunk).await.is_ok() {
                sent += chunk.len();
            }
            sent
        });
        let error = tokio::time::timeout(Duration::from_secs(5), client.read()).await.unwrap().unwrap_err().to_string();
        assert!(error.contains("without end"), "{error}");
        drop(client);
        assert!(flood.await.unwrap() < 1 << 30, "it was read to its end");
    }
}

#[tokio::test]
async fn a_host_that_says_more_than_it_was_asked_is_not_spoken_to() {
    let (mut client, mut far) = pair().await;
    far.write_all(b"220 hello\r\n250 and this\r\n").await.unwrap();
    client.read().await.unwrap();
    let error = client.cmd("NOOP\r\n").await.unwrap_err().to_string();
    assert!(error.contains("more than it was asked"), "{error}");
}

#[tokio::test]
async fn what_is_written_between_two_flushes_goes_out_together() {
    let (mut client, mut far) = pair().await;
    client.stream.write_all(b"MAIL FROM:<>\r\n").await.unwrap();
    client.stream.write_all(b"DATA\r\n").await.unwrap();
    assert!(!client.stream.all_sent());
    client.stream.flush().await.unwrap();
    assert!(client.stream.all_sent());
    let mut got = [0u8; 64];
    let n = far.read(&mut got).await.unwrap();
    assert_eq!(&got[..n], b"MAIL FROM:<>\r\nDATA\r\n");
}

#[test]
fn a_long_reply_keeps_its_code_and_its_last_line() {
    let mut reply = b"550-long line of text\r\n".repeat(500);
    reply.extend_from_slice(b"550 the end\r\n");
    let cut = cut_to(&reply, 3500);
    assert!(cut.len() <= 3500 && cut.ends_with(b"550 the end\r\n"));
}
