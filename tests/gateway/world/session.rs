//! A plain SMTP client that says exactly what it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::gateway::{OFFICE, PASSWORD};

pub struct Session {
    server: BufReader<Box<dyn Stream>>,
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

impl Session {
    /// Connects in the clear and says EHLO.
    pub fn open(port: u16) -> Self {
        Self::greet(Box::new(connect(port)))
    }

    /// Connects with TLS from the first byte, says EHLO and signs in as the office.
    pub fn open_signed_in(port: u16) -> Self {
        let mut session = Self::greet(Box::new(tls(connect(port))));
        let secret = BASE64_STANDARD.encode(format!("\0{OFFICE}\0{PASSWORD}"));
        let reply = session.command(&format!("AUTH PLAIN {secret}"));
        assert!(reply.starts_with("235 "), "{reply}");
        session
    }

    /// The certificate that a listener shows, in DER.
    pub fn certificate(port: u16) -> Vec<u8> {
        let mut stream = tls(connect(port));
        stream.conn.complete_io(&mut stream.sock).expect("a handshake");
        let shown = stream.conn.peer_certificates().and_then(|chain| chain.first()).expect("a certificate");
        shown.to_vec()
    }

    fn greet(stream: Box<dyn Stream>) -> Self {
        let mut session = Self { server: BufReader::new(stream) };
        assert!(session.reply().starts_with("220 "));
        assert!(session.command("EHLO client.example").starts_with("250"));
        session
    }

    /// One command; its whole reply.
    pub fn command(&mut self, line: &str) -> String {
        self.say(format!("{line}\r\n").as_bytes());
        self.reply()
    }

    pub fn say(&mut self, bytes: &[u8]) {
        self.server.get_mut().write_all(bytes).and_then(|()| self.server.get_mut().flush()).expect("the server reads");
    }

    pub fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let start = reply.len();
            let read = self.server.read_line(&mut reply).expect("the server answers in time");
            if read == 0 || reply.as_bytes().get(start + 3) == Some(&b' ') {
                return reply;
            }
        }
    }

    /// MAIL, RCPT and DATA, up to the 354.
    pub fn begin(&mut self, recipients: &[&str]) {
        assert!(self.command(&format!("MAIL FROM:<{OFFICE}>")).starts_with("250"));
        for recipient in recipients {
            let reply = self.command(&format!("RCPT TO:<{recipient}>"));
            assert!(reply.starts_with("250"), "{reply}");
        }
        assert!(self.command("DATA").starts_with("354"));
    }

    /// The mail itself, and the reply to it.
    pub fn finish(&mut self, subject: &str, body: &str) -> String {
        let head = format!("From: {OFFICE}\r\nTo: undisclosed-recipients:;\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n");
        let mail = format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{body}.\r\n");
        self.say(mail.as_bytes());
        self.reply()
    }

    pub fn send(&mut self, recipients: &[&str], subject: &str, body: &str) -> String {
        self.begin(recipients);
        self.finish(subject, body)
    }
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the gateway listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket option");
    stream
}

fn tls(stream: TcpStream) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("the default versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone(provider)))
        .with_no_client_auth();
    let name = "localhost".try_into().expect("a name");
    let connection = rustls::ClientConnection::new(Arc::new(config), name).expect("a client");
    rustls::StreamOwned::new(connection, stream)
}

/// Believes any certificate: the tests' own is nobody's.
#[derive(Debug)]
struct Anyone(Arc<rustls::crypto::CryptoProvider>);

mod verifier {
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{DigitallySignedStruct, Error, SignatureScheme};

    impl ServerCertVerifier for super::Anyone {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
}
