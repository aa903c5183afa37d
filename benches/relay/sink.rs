//! The upstream: takes every mail, keeps none, counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub struct Sink {
    pub port: u16,
    taken: Arc<AtomicUsize>,
}

impl Sink {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let taken = Arc::new(AtomicUsize::new(0));
        let count = taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, count.clone()));
            }
        });
        Self { port, taken }
    }

    /// Waits until so many mails have come, at most five minutes, and tells when that was.
    pub async fn wait_for(&self, count: usize) -> Instant {
        let give_up = Instant::now() + Duration::from_secs(300);
        while self.taken.load(Ordering::Relaxed) < count {
            assert!(Instant::now() < give_up, "only {} of {count} mails came", self.taken.load(Ordering::Relaxed));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Instant::now()
    }
}

async fn serve(mut client: TcpStream, taken: Arc<AtomicUsize>) -> Option<()> {
    client.set_nodelay(true).ok()?;
    client.write_all(b"220 sink.example ESMTP\r\n").await.ok()?;
    let mut pending = Vec::with_capacity(1 << 16);
    let mut in_data = false;
    loop {
        if client.read_buf(&mut pending).await.ok()? == 0 {
            return None;
        }
        let mut answer = Vec::new();
        while let Some(end) = find(&pending, if in_data { b"\r\n.\r\n" } else { b"\r\n" }) {
            let line: Vec<u8> = pending.drain(..end).collect();
            answer.extend_from_slice(reply(&line, &mut in_data, &taken));
        }
        if in_data && pending.len() > 4 {
            pending.drain(..pending.len() - 4); // enough to see the end of data
        }
        client.write_all(&answer).await.ok()?;
    }
}

fn reply(line: &[u8], in_data: &mut bool, taken: &AtomicUsize) -> &'static [u8] {
    if *in_data {
        *in_data = false;
        taken.fetch_add(1, Ordering::Relaxed);
        return b"250 2.0.0 taken\r\n";
    }
    match &line[..4.min(line.len())] {
        b"EHLO" => b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 104857600\r\n",
        b"DATA" => {
            *in_data = true;
            b"354 go on\r\n"
        }
        b"QUIT" => b"221 bye\r\n",
        _ => b"250 2.0.0 ok\r\n",
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle).map(|at| at + needle.len())
}
