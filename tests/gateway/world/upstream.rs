//! A next hop that keeps what it takes, and refuses whom it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::wait_until;

/// A mail as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub content: Vec<u8>,
    /// Whether it came over TLS.
    pub secure: bool,
}

#[derive(Clone)]
pub struct Upstream {
    pub port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

impl Upstream {
    /// Takes everything, but answers `550` for recipients that begin with `nobody` and `450` for those that begin with `later`.
    pub fn start() -> Self {
        Self::listen(None)
    }

    /// The same, and it offers STARTTLS with this certificate (PEM).
    pub fn start_secure(certificate: &Path, key: &Path) -> Self {
        let chain = vec![CertificateDer::from_pem_file(certificate).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_file(key).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("the versions");
        Self::listen(Some(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).expect("a pair"))))
    }

    fn listen(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let upstream = Self { port: listener.local_addr().expect("a bound address").port(), taken: Arc::default() };
        let taken = upstream.taken.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (taken, tls) = (taken.clone(), tls.clone());
                std::thread::spawn(move || serve(client, &taken, tls));
            }
        });
        upstream
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many mails have come.
    pub fn wait_for(&self, count: usize) -> Vec<Taken> {
        wait_until(&format!("{count} mails at the upstream"), Duration::from_secs(30), || {
            let taken = self.taken();
            (taken.len() >= count).then_some(taken)
        })
    }

    /// Waits for the mail to a recipient.
    pub fn wait_for_mail_to(&self, recipient: &str) -> Taken {
        wait_until(&format!("a mail to {recipient}"), Duration::from_secs(30), || {
            self.taken().into_iter().find(|mail| mail.to.iter().any(|to| to == recipient))
        })
    }
}

impl Taken {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

fn serve(client: TcpStream, taken: &Mutex<Vec<Taken>>, tls: Option<Arc<ServerConfig>>) -> Option<()> {
    let plain = client.try_clone().ok()?;
    let mut offer = tls;
    let mut peer: BufReader<Box<dyn Stream>> = BufReader::new(Box::new(client));
    say(&mut peer, "220 upstream.example ESMTP\r\n")?;
    let (mut mail, mut secure) = (Taken::default(), false);
    loop {
        let mut line = Vec::new();
        if peer.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let (answer, path) = (answer(&line, offer.is_some()), path(&line));
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "MAIL" => mail = Taken { from: path, secure, ..Taken::default() },
            "RCPT" if answer.starts_with('2') => mail.to.push(path),
            "DATA" => {
                say(&mut peer, "354 go on\r\n")?;
                mail.content = body(&mut peer)?;
                taken.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
            }
            _ => {}
        }
        say(&mut peer, &answer)?;
        if line.eq_ignore_ascii_case("STARTTLS")
            && let Some(config) = offer.take()
        {
            secure = true;
            peer = BufReader::new(Box::new(StreamOwned::new(ServerConnection::new(config).ok()?, plain.try_clone().ok()?)));
        }
    }
}

fn say(peer: &mut BufReader<Box<dyn Stream>>, text: &str) -> Option<()> {
    peer.get_mut().write_all(text.as_bytes()).and_then(|()| peer.get_mut().flush()).ok()
}

fn answer(line: &str, offers_tls: bool) -> String {
    let answer = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
        "EHLO" if offers_tls => "250-upstream.example\r\n250-STARTTLS\r\n250 SIZE 104857600\r\n",
        "EHLO" => "250-upstream.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 SIZE 104857600\r\n",
        "STAR" if offers_tls => "220 2.0.0 go on\r\n",
        "RCPT" if path(line).starts_with("nobody") => "550 5.1.1 nobody of that name\r\n",
        "RCPT" if path(line).starts_with("later") => "450 4.2.1 come again later\r\n",
        _ => "250 2.0.0 ok\r\n",
    };
    answer.to_owned()
}

fn path(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path.to_owned()).unwrap_or_default()
}

fn body(lines: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        match line.as_slice() {
            b".\r\n" => return Some(content),
            [b'.', rest @ ..] => content.extend_from_slice(rest),
            line => content.extend_from_slice(line),
        }
    }
}
