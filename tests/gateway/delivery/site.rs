//! A web server that has one page: the MTA-STS policy of a domain.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

/// Serves until it is dropped.
pub struct Site {
    pub port: u16,
    /// Status line and headers after it, with the text of the page.
    page: Arc<Mutex<(String, String)>>,
    _serving: AbortOnDropHandle<()>,
}

impl Site {
    pub async fn start(acceptor: TlsAcceptor) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let page = Arc::new(Mutex::new(("404 Not Found".to_owned(), String::new())));
        let shown = page.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") && stream.read_buf(&mut asked).await.is_ok_and(|read| read > 0) {}
                let (head, text) = shown.lock().unwrap().clone();
                let is_right = asked.starts_with(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\n");
                let head = if is_right { head } else { "400 Bad Request".to_owned() };
                let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{text}", text.len());
                stream.write_all(answer.as_bytes()).await.ok();
                stream.shutdown().await.ok();
            }
        });
        Self { port, page, _serving: AbortOnDropHandle::new(serving) }
    }

    pub fn show(&self, head: &str, text: &str) {
        *self.page.lock().unwrap() = (head.to_owned(), text.to_owned());
    }

    /// Shows a policy in this mode that names these hosts.
    pub fn policy(&self, mode: &str, hosts: &[&str]) {
        let hosts: String = hosts.iter().map(|host| format!("mx: {host}\r\n")).collect();
        let text = format!("version: STSv1\r\nmode: {mode}\r\n{hosts}max_age: 86400\r\n");
        self.show("200 OK\r\nContent-Type: text/plain", &text);
    }
}
