//! A listener on loopback with a gate that only remembers, and a client that says exactly what it is told to.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use schoolgate::base::{Address, ListenerKind, Ref, Reply, ReversePath, Room, Secret, Submission, Timestamp};
use schoolgate::config::{Journal, Network, Senders, TlsFiles};
use schoolgate::front::{Certificates, Gate, Listener, Patience, Settings, Shared, SignIn, Turnstile};
use schoolgate::ledger::Event;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// No wait in a test is longer.
const BOUND: Duration = Duration::from_secs(10);

/// Remembers what it was asked. `head@school.example` signs in with `secret`; `slow@…` is slowed down; accounts of `down@…` are
/// out of order. A mail of 4242 octets finds the disk full.
#[derive(Default)]
pub struct Recorder {
    admitted: Mutex<Vec<Submission>>,
    events: Mutex<Vec<Event>>,
    drawn: AtomicU8,
}

impl Gate for Recorder {
    fn draw(&self) -> (Ref, Timestamp) {
        let now = Timestamp::now();
        (Ref::new(now, [0, 0, self.drawn.fetch_add(1, Ordering::Relaxed)]), now)
    }

    fn room(&self, octets: u64) -> Result<(), Reply> {
        if octets == 4242 { Err(Reply::new(452, "4.3.1", "the disk is nearly full")) } else { Ok(()) }
    }

    async fn sign_in(&self, user: &str, password: &Secret, _client: IpAddr) -> SignIn {
        match user {
            "head@school.example" if password.reveal() == b"secret" => SignIn::Welcome(Address::parse(user).unwrap()),
            "slow@school.example" => SignIn::SlowDown(Duration::from_millis(300)),
            "down@school.example" => SignIn::Unavailable,
            _ => SignIn::Refused,
        }
    }

    async fn may_send(&self, account: Option<&Address>, _: Senders, from: &ReversePath) -> Result<(), Reply> {
        match (account, from.address()) {
            (Some(account), Some(from)) if !account.same_as(from) => Err(Reply::new(553, "5.7.1", "this sender is not yours")),
            _ => Ok(()),
        }
    }

    async fn journal(&self, mail: Submission, _: &Journal) -> Reply {
        self.admit(mail, Senders::Any).await
    }

    async fn admit(&self, mail: Submission, _: Senders) -> Reply {
        if mail.raw.starts_with(b"Subject: slow") {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        if mail.raw.starts_with(b"Subject: bad") {
            return Reply::new(550, "5.7.1", "refused by a rule (rule test)");
        }
        let reply = Reply::new(250, "2.0.0", format!("accepted {}", mail.reference));
        self.admitted.lock().unwrap().push(mail);
        reply
    }

    fn observe(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }
}

/// A running listener and its gate.
pub struct Stage {
    pub gate: Arc<Recorder>,
    pub stop: CancellationToken,
    address: SocketAddr,
    settings: watch::Sender<Arc<Settings>>,
    /// Mails that `expect_mail` has compared.
    seen: usize,
}

impl Stage {
    /// A listener as the directives say, such as `relay trusted tls message_size=1000 command=200`.
    pub fn new(directives: &str) -> Self {
        let (settings, shared) = read(directives);
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.address().unwrap();
        let (gate, stop) = (Arc::new(Recorder::default()), CancellationToken::new());
        let (settings, current) = watch::channel(Arc::new(settings));
        tokio::spawn(listener.serve(Arc::clone(&gate), current, shared, stop.clone()));
        Self { gate, stop, address, settings, seen: 0 }
    }

    /// Gives the listener other settings, as a reload does.
    pub fn reload(&self, directives: &str) {
        self.settings.send(Arc::new(read(directives).0)).unwrap();
    }

    pub async fn connect(&self) -> Client {
        let stream = timeout(BOUND, TcpStream::connect(self.address)).await.unwrap().unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream: Box::new(stream), heard: Vec::new() }
    }

    pub fn admitted(&self) -> Vec<Submission> {
        self.gate.admitted.lock().unwrap().clone()
    }

    /// The next mail that was admitted: `FROM to A,B body ESCAPED`.
    pub async fn expect_mail(&mut self, wanted: &str) -> Result<(), String> {
        let mail = self.admitted().get(self.seen).cloned().ok_or("no further mail was admitted")?;
        self.seen += 1;
        let to: Vec<_> = mail.envelope.recipients.iter().map(|r| r.address.to_string()).collect();
        let (envelope, body) = wanted.split_once(" body ").unwrap_or((wanted, ""));
        let came = format!("<{}> to {}", mail.envelope.reverse_path, to.join(","));
        if came != envelope || mail.raw != unescape(body) {
            return Err(format!("{came} body {}", mail.raw.escape_ascii()));
        }
        Ok(())
    }

    pub fn expect_no_mail(&self) -> Result<(), String> {
        if self.admitted().len() == self.seen { Ok(()) } else { Err(format!("{:?}", self.admitted())) }
    }

    /// Waits for an event whose debug form holds all these pieces, parted by ` & `.
    pub async fn expect_event(&self, pieces: &str) -> Result<(), String> {
        for _ in 0..100 {
            let events: Vec<_> = self.gate.events.lock().unwrap().iter().map(|event| format!("{event:?}")).collect();
            if events.iter().any(|event| pieces.split(" & ").all(|piece| event.contains(piece))) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!("{:?}", self.gate.events.lock().unwrap()))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn read(directives: &str) -> (Settings, Shared) {
    let local = Network { address: [127, 0, 0, 0].into(), prefix: 8 };
    let mut shared = Shared::default();
    let mut settings = Settings {
        kind: ListenerKind::Relay,
        hostname: schoolgate::base::Domain::parse("mail.school.example").unwrap(),
        postmaster: Address::parse("it@school.example").unwrap(),
        message_size: 10_000,
        recipients: 5,
        trusted: Vec::new(),
        proxy_from: Vec::new(),
        senders: Senders::Any,
        journal: Journal::default(),
        certificates: None,
        patience: Patience { linger: Duration::from_millis(500), stop: Duration::from_secs(2), ..Patience::default() },
    };
    for word in directives.split_whitespace() {
        let (name, value) = word.split_once('=').unwrap_or((word, "0"));
        let number: u64 = value.parse().unwrap();
        let time = Duration::from_millis(number);
        let patience = &mut settings.patience;
        match name {
            "relay" => settings.kind = ListenerKind::Relay,
            "submission" => settings.kind = ListenerKind::Submission,
            "submissions" => settings.kind = ListenerKind::Submissions,
            "trusted" => settings.trusted.push(local),
            "proxy" => settings.proxy_from.push(local),
            "tls" => settings.certificates = Some(certificates()),
            "message_size" => settings.message_size = number,
            "recipients" => settings.recipients = usize::try_from(number).unwrap(),
            "connections" => shared.turnstile = Arc::new(Turnstile::new(usize::try_from(number).unwrap(), usize::MAX)),
            "per_address" => shared.turnstile = Arc::new(Turnstile::new(usize::MAX, usize::try_from(number).unwrap())),
            "room" => shared.room = Arc::new(Room::new(usize::try_from(number).unwrap())),
            "greeting" => patience.greeting = time,
            "command" => patience.command = time,
            "block" => patience.block = time,
            "mail" => patience.mail = time,
            "handshake" => patience.handshake = time,
            "sign_in" => patience.sign_in = time,
            "reply" => patience.reply = time,
            "stop" => patience.stop = time,
            _ => panic!("{name} is no directive"),
        }
    }
    (settings, shared)
}

/// One pair for all tests of a run.
fn pair() -> &'static (tempfile::TempDir, TlsFiles) {
    static PAIR: OnceLock<(tempfile::TempDir, TlsFiles)> = OnceLock::new();
    PAIR.get_or_init(|| {
        let folder = tempfile::TempDir::new().unwrap();
        let files = TlsFiles { certificate: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
        let made = rcgen::generate_simple_self_signed(vec!["mail.school.example".to_owned()]).unwrap();
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        (folder, files)
    })
}

fn certificates() -> Arc<Certificates> {
    Arc::new(Certificates::load(&pair().1).unwrap())
}

/// Bytes out, lines in.
pub struct Client {
    stream: Box<dyn Stream>,
    heard: Vec<u8>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Client {
    /// Sends in one write. A server that has closed already is found out by what it does not say.
    pub async fn send(&mut self, octets: &[u8]) {
        let _ = timeout(BOUND, async {
            self.stream.write_all(octets).await?;
            self.stream.flush().await
        })
        .await
        .unwrap();
    }

    /// The next line without its CRLF; `(closed)` where there is none.
    pub async fn line(&mut self) -> String {
        loop {
            if let Some(at) = self.heard.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.heard.drain(..at + 2).collect();
                return String::from_utf8_lossy(&line[..at]).into_owned();
            }
            let mut more = [0; 4096];
            match timeout(BOUND, self.stream.read(&mut more)).await.expect("a line in time") {
                Ok(0) | Err(_) => return "(closed)".to_owned(),
                Ok(octets) => self.heard.extend_from_slice(&more[..octets]),
            }
        }
    }

    /// A whole reply: its last line.
    pub async fn reply(&mut self) -> String {
        loop {
            let line = self.line().await;
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    /// All that comes until the server closes.
    pub async fn rest(&mut self) -> String {
        let mut rest = std::mem::take(&mut self.heard);
        let _ = timeout(BOUND, self.stream.read_to_end(&mut rest)).await.expect("the end in time");
        String::from_utf8_lossy(&rest).into_owned()
    }

    /// One end that listens and one that talks.
    pub fn split(self) -> (Self, Self) {
        let (read, write) = tokio::io::split(self.stream);
        let (reader, writer) = (tokio::io::join(read, tokio::io::sink()), tokio::io::join(tokio::io::empty(), write));
        (Self { stream: Box::new(reader), heard: self.heard }, Self { stream: Box::new(writer), heard: Vec::new() })
    }

    /// Closes as the protocol underneath has it (close_notify within TLS).
    pub async fn close(&mut self) {
        let _ = timeout(BOUND, self.stream.shutdown()).await.expect("a close in time");
    }

    /// Does the TLS handshake as a client that knows the certificate.
    pub async fn tls(self) -> Result<Self, String> {
        let mut roots = rustls::RootCertStore::empty();
        let pem = std::fs::read(&pair().1.certificate).unwrap();
        roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("mail.school.example").unwrap();
        let connect = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, self.stream);
        match timeout(BOUND, connect).await {
            Ok(Ok(stream)) => Ok(Self { stream: Box::new(stream), heard: Vec::new() }),
            Ok(Err(why)) => Err(why.to_string()),
            Err(_) => Err("no handshake in time".to_owned()),
        }
    }
}

/// `\r \n \t \0 \\ \xHH`, and `\{N*text}` for a text N times; all else stands for itself.
pub fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once('\\') {
        octets.extend_from_slice(head.as_bytes());
        let (octet, length) = match tail.as_bytes()[0] {
            b'r' => (b'\r', 1),
            b'n' => (b'\n', 1),
            b't' => (b'\t', 1),
            b'0' => (0, 1),
            b'\\' => (b'\\', 1),
            b'x' => (u8::from_str_radix(&tail[1..3], 16).unwrap(), 3),
            b'{' => {
                let (inner, tail) = braced(&tail[1..]);
                let (times, what) = inner.split_once('*').unwrap();
                octets.extend(unescape(what).repeat(times.parse().unwrap()));
                rest = tail;
                continue;
            }
            other => panic!("\\{} is no escape", char::from(other)),
        };
        octets.push(octet);
        rest = &tail[length..];
    }
    octets.extend_from_slice(rest.as_bytes());
    octets
}

/// Parts a text at the brace that closes it; braces within it belong to further repetitions.
fn braced(text: &str) -> (&str, &str) {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[..at], &text[at + 1..]);
        }
    }
    panic!("a brace is not closed in {text}")
}
