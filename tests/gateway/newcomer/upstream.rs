//! An upstream that refuses the sign-in, offers no encryption, or is not there: what `doctor` says of it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use super::{doctor, says};
use crate::world::{Gateway, free_port};

/// A next hop that answers EHLO with what it is told to, and AUTH always with 535.
fn stubborn(offers: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let port = listener.local_addr().expect("a bound address").port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|client| drop(serve(&client, offers))));
    port
}

fn serve(mut client: &TcpStream, offers: &str) -> std::io::Result<()> {
    client.write_all(b"220 upstream.example ESMTP\r\n")?;
    for line in BufReader::new(client.try_clone()?).lines() {
        let line = line?;
        let answer = match line.get(..4).unwrap_or_default() {
            "EHLO" => format!("250-upstream.example\r\n250 {offers}\r\n"),
            "AUTH" => "535 5.7.8 bad credentials\r\n".to_owned(),
            _ => "221 bye\r\n".to_owned(),
        };
        client.write_all(answer.as_bytes())?;
    }
    Ok(())
}

fn gateway(upstream: u16, route: &str) -> Gateway {
    let gateway = Gateway::prepare(upstream, "");
    let text = std::fs::read_to_string(gateway.config()).expect("the configuration");
    std::fs::write(gateway.config(), text.replace("tls  = \"none\"", route)).expect("room on the disk");
    std::fs::write(gateway.path("upstream.password"), "wrong\n").expect("room on the disk");
    super::mode(&gateway.path("upstream.password"), 0o600);
    gateway
}

#[test]
fn a_refused_sign_in_names_the_file_to_mend_and_not_the_password() {
    let upstream = stubborn("AUTH PLAIN LOGIN");
    let route = "tls = \"none\"\nuser = \"gateway@oakfield.example.sch.uk\"\npassword_file = \"upstream.password\"";
    let (code, report) = doctor(&gateway(upstream, route));
    assert_eq!(code, Some(1));
    let refuses = "refuses the sign-in of gateway@oakfield.example.sch.uk: 535";
    says(&report, &["BAD  route default", refuses, "bad credentials", "upstream.password", "app password"]);
    assert!(!report.contains("wrong\n"), "{report}");
}

#[test]
fn an_upstream_without_encryption_where_it_is_demanded_is_told() {
    let (code, report) = doctor(&gateway(stubborn("SIZE 1000"), "tls = \"verified\""));
    assert_eq!(code, Some(1));
    says(&report, &["BAD  route default", "does not offer STARTTLS", "implicit"]);
}

#[test]
fn an_upstream_that_is_not_there_is_told() {
    let (code, report) = doctor(&gateway(free_port(), "tls = \"none\""));
    assert_eq!(code, Some(1));
    says(&report, &["BAD  route default: 127.0.0.1", "cannot be reached", "firewall"]);
}
