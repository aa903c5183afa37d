use std::net::SocketAddr;
use std::path::PathBuf;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::ops::doctor::Verdict;

/// An upstream of our own: with a certificate for `localhost` if it offers TLS, and one answer to every sign-in.
#[derive(Clone)]
struct Fake {
    tls: Option<TlsAcceptor>,
    sign_in: &'static str,
}

/// A certificate for a name: what the server takes, and the file that trusts it.
fn certificate(folder: &Path, name: &str) -> (TlsAcceptor, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    let trusted = folder.join("ca.pem");
    std::fs::write(&trusted, own.pem()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), trusted)
}

impl Fake {
    async fn start(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(self.clone().visit(stream));
            }
        });
        address
    }

    async fn visit(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let _ = stream.write_all(b"220 fake ESMTP\r\n").await;
        let offer =
            if self.tls.is_some() { "250-fake\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n" } else { "250-fake\r\n250 AUTH PLAIN\r\n" };
        if self.talk(&mut stream, offer).await
            && let Some(acceptor) = self.tls.clone()
            && let Ok(inside) = acceptor.accept(stream.into_inner()).await
        {
            self.talk(&mut BufReader::new(inside), "250-fake\r\n250 AUTH PLAIN\r\n").await;
        }
    }

    /// Answers until QUIT; true when the handshake comes next.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut BufReader<S>, offer: &str) -> bool {
        let mut line = String::new();
        while {
            line.clear();
            stream.read_line(&mut line).await.unwrap_or(0)
        } > 0
        {
            let answer = match line.split_whitespace().next().unwrap_or_default() {
                "EHLO" => offer,
                "STARTTLS" => "220 go ahead\r\n",
                "AUTH" => self.sign_in,
                _ => "221 bye\r\n",
            };
            let _ = stream.write_all(answer.as_bytes()).await;
            if line.starts_with("STARTTLS") {
                return true;
            }
        }
        false
    }
}

fn route(port: u16, tls: RouteTls, ca_file: Option<PathBuf>, sign_in: Option<UpstreamSignIn>) -> Route {
    let next_hop = NextHop::Host { host: "localhost".to_owned(), port };
    Route {
        name: "default".to_owned(),
        next_hop,
        tls,
        sign_in,
        ca_file,
        connections: 1,
        add_header: Vec::new(),
        pins: std::collections::BTreeMap::new(),
        requiretls: crate::config::RequireTls::default(),
    }
}

async fn tried(route: &Route) -> (Verdict, String) {
    let mut findings = look(route, &Domain::parse("mail.school.example").unwrap()).await;
    assert_eq!(findings.len(), 1);
    let finding = findings.remove(0);
    (finding.verdict, finding.to_string())
}

fn account(folder: &Path) -> Option<UpstreamSignIn> {
    let password_file = folder.join("password");
    std::fs::write(&password_file, "hunter2\n").unwrap();
    Some(UpstreamSignIn { user: "gateway@school.example".to_owned(), password_file })
}

#[tokio::test]
async fn an_upstream_that_takes_the_sign_in_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, ca) = certificate(folder.path(), "localhost");
    let port = Fake { tls: Some(tls), sign_in: "235 2.7.0 welcome\r\n" }.start().await.port();
    let (verdict, line) = tried(&route(port, RouteTls::Verified, Some(ca), account(folder.path()))).await;
    assert_eq!(verdict, Verdict::Ok, "{line}");
    assert!(line.contains("TLSv1.3") && line.contains("takes the sign-in of gateway@school.example"), "{line}");
}

#[tokio::test]
async fn one_that_refuses_the_sign_in_says_where_the_password_goes_and_never_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, ca) = certificate(folder.path(), "localhost");
    let port = Fake { tls: Some(tls), sign_in: "535 5.7.8 not with that\r\n" }.start().await.port();
    let (verdict, line) = tried(&route(port, RouteTls::Verified, Some(ca), account(folder.path()))).await;
    assert_eq!(verdict, Verdict::Bad);
    assert!(line.contains("refuses the sign-in of gateway@school.example") && line.contains("not with that"), "{line}");
    assert!(line.contains("write the right password into") && !line.contains("hunter2"), "{line}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_bad_and_one_by_nobody_known_too() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, ca) = certificate(folder.path(), "elsewhere.example");
    let port = Fake { tls: Some(tls), sign_in: "235 2.7.0 welcome\r\n" }.start().await.port();
    for trusted in [Some(ca), None] {
        let (verdict, line) = tried(&route(port, RouteTls::Verified, trusted, None)).await;
        assert_eq!(verdict, Verdict::Bad);
        assert!(line.contains("does not hold"), "{line}");
    }
}

#[tokio::test]
async fn an_upstream_without_starttls_is_bad_where_it_is_demanded_and_a_warning_where_it_is_not() {
    let port = Fake { tls: None, sign_in: "235 2.7.0 welcome\r\n" }.start().await.port();
    let (verdict, line) = tried(&route(port, RouteTls::Verified, None, None)).await;
    assert_eq!(verdict, Verdict::Bad);
    assert!(line.contains("does not offer STARTTLS"), "{line}");
    let (verdict, line) = tried(&route(port, RouteTls::Opportunistic, None, None)).await;
    assert_eq!(verdict, Verdict::Warn, "{line}");
    let (verdict, line) = tried(&route(port, RouteTls::None, None, None)).await;
    assert_eq!(verdict, Verdict::Ok, "{line}");
}

#[tokio::test]
async fn a_port_where_nobody_answers_is_unreachable() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let (verdict, line) = tried(&route(port, RouteTls::Verified, None, None)).await;
    assert_eq!(verdict, Verdict::Bad);
    assert!(line.contains("cannot be reached") && line.contains("firewall"), "{line}");
}
