//! The clients: sessions that each send one mail after the other and time the reply after the final dot.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub struct Load {
    pub port: u16,
    /// What follows DATA, to the final dot.
    pub mail: Arc<[u8]>,
    pub count: usize,
    pub sessions: usize,
}

pub struct Done {
    pub started: Instant,
    pub took: Duration,
    replies: Vec<Duration>,
}

impl Load {
    pub async fn run(self) -> Done {
        let left = Arc::new(AtomicUsize::new(self.count));
        let started = Instant::now();
        let sessions: Vec<_> =
            (0..self.sessions).map(|_| tokio::spawn(session(self.port, self.mail.clone(), left.clone()))).collect();
        let mut replies = Vec::with_capacity(self.count);
        for session in sessions {
            replies.extend(session.await.expect("a session ends"));
        }
        let took = started.elapsed();
        replies.sort_unstable();
        Done { started, took, replies }
    }
}

impl Done {
    pub fn percentile(&self, percent: usize) -> Duration {
        self.replies.get(self.replies.len() * percent / 100).copied().unwrap_or_default()
    }
}

/// Waits until something greets on a port.
pub async fn wait_for(port: u16) {
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing listens on port {port} after ten seconds");
}

async fn session(port: u16, mail: Arc<[u8]>, left: Arc<AtomicUsize>) -> Vec<Duration> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server takes a connection");
    stream.set_nodelay(true).expect("a socket option");
    let mut server = BufReader::new(stream);
    reply(&mut server, "220").await;
    say(&mut server, b"EHLO client.example\r\n").await;
    reply(&mut server, "250").await;
    let mut replies = Vec::new();
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
        say(&mut server, b"MAIL FROM:<office@oakfield.example.sch.uk>\r\nRCPT TO:<parent@example.com>\r\nDATA\r\n").await;
        for code in ["250", "250", "354"] {
            reply(&mut server, code).await;
        }
        say(&mut server, &mail).await;
        let sent = Instant::now();
        reply(&mut server, "250").await;
        replies.push(sent.elapsed());
    }
    say(&mut server, b"QUIT\r\n").await;
    replies
}

async fn say(server: &mut BufReader<TcpStream>, bytes: &[u8]) {
    server.get_mut().write_all(bytes).await.expect("the server reads");
}

async fn reply(server: &mut BufReader<TcpStream>, code: &str) {
    let mut line = String::new();
    loop {
        line.clear();
        server.read_line(&mut line).await.expect("the server answers");
        assert!(line.starts_with(code), "expected {code}, got {line:?}");
        if line.as_bytes().get(3) == Some(&b' ') {
            return;
        }
    }
}

/// A mail of one text of so many octets.
pub fn text(size: usize) -> Arc<[u8]> {
    let mut mail =
        b"From: School Office <office@oakfield.example.sch.uk>\r\nTo: parent@example.com\r\nSubject: Trip on Friday\r\n\
        Date: Mon, 23 Nov 2026 08:30:00 +0000\r\nMessage-ID: <bench@oakfield.example.sch.uk>\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\r\n"
            .to_vec();
    while mail.len() < size {
        mail.extend_from_slice(b"The coach leaves at a quarter to nine; please send a packed lunch.\r\n");
    }
    mail.extend_from_slice(b".\r\n");
    mail.into()
}

/// A mail with these files of `fixtures/attachments`.
pub fn attached(files: &[&str]) -> Arc<[u8]> {
    let mut mail = String::from(
        "From: School Office <office@oakfield.example.sch.uk>\r\nTo: parent@example.com\r\nSubject: Trip on Friday\r\n\
        Date: Mon, 23 Nov 2026 08:30:00 +0000\r\nMessage-ID: <bench@oakfield.example.sch.uk>\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=edge\r\n\r\n--edge\r\nContent-Type: text/plain\r\n\r\nThe forms.\r\n",
    );
    for name in files {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/attachments").join(name);
        let encoded = BASE64_STANDARD.encode(std::fs::read(path).expect("a fixture"));
        mail += &format!("--edge\r\nContent-Type: application/octet-stream; name=\"{name}\"\r\n");
        mail += "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n";
        for line in encoded.as_bytes().chunks(76) {
            mail += &String::from_utf8_lossy(line);
            mail += "\r\n";
        }
    }
    (mail + "--edge--\r\n.\r\n").into_bytes().into()
}
