//! Attachments through the real program: with a real clamd no virus leaves in any disguise and nothing leaves unscanned, and rules judge
//! files by what they are and hold.

use std::io::Write;
use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use schoolgate::scan::eicar;

use crate::world::attached::{self, File};
use crate::world::clamd::{Actor, Clamd, Does};
use crate::world::gateway::{OFFICE, POSTMASTER};
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, wait_until};

mod rules;

const PARENT: &str = "parent@example.com";

/// The reply to a mail.
fn send(gateway: &Gateway, mail: &str) -> String {
    let mut session = Session::open(gateway.relay);
    session.begin(&[PARENT]);
    session.say(format!("{}.\r\n", mail.replace("\r\n.", "\r\n..")).as_bytes());
    session.reply()
}

/// An archive with one file.
fn zipped(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}

/// A mail with the test virus, in the very lines of a mail.
fn infected_mail() -> String {
    attached::mail(PARENT, &[File::new("inner.com", &eicar())])
}

#[test]
fn a_virus_is_refused_in_every_disguise_and_the_postmaster_is_told() {
    let Some(clamd) = Clamd::start() else { return };
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &clamd.section());
    let nested = File {
        head: "Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=\"old.eml\"\r\n".to_owned(),
        body: infected_mail(),
    };
    let pictured = File {
        head: "Content-Type: image/png; name=\"sunset.png\"\r\nContent-Transfer-Encoding: base64\r\n".to_owned(),
        body: BASE64_STANDARD.encode(eicar()),
    };
    let cases = [
        ("plain", "form.com", File::new("form.com", &eicar())),
        ("zip in zip", "forms.zip", File::new("forms.zip", &zipped("b.zip", &zipped("form.com", &eicar())))),
        ("odd lines", "odd.com", File::lines_of("odd.com", &eicar(), 7)),
        ("nested mail", "inner.com", nested),
        ("wrong type", "sunset.png", pictured),
    ];
    for (disguise, name, attached) in cases {
        let reply = send(&gateway, &attached::mail(PARENT, &[File::new("harmless.txt", b"hello"), attached]));
        assert!(reply.starts_with("550 5.7.1 "), "{disguise}: {reply}");
        for word in [name, "Eicar", "rule antivirus", "ref "] {
            assert!(reply.contains(word), "{disguise}: {word} is missing in {reply}");
        }
        let letter = wait_until("the postmaster is told", Duration::from_secs(20), || {
            upstream.taken().into_iter().find(|mail| mail.to == [POSTMASTER] && mail.text().contains(name))
        });
        assert!(!letter.text().contains("X5O!P") && !letter.text().contains(&BASE64_STANDARD.encode(eicar())[..20]));
    }
    assert!(upstream.taken().iter().all(|mail| mail.to == [POSTMASTER]), "nothing of it went to anybody");
    let log = gateway.log();
    assert_eq!(log.matches("virus-found").count(), 5, "{log}");
    assert!(!log.contains("sunset.png"), "a file's name is the sender's word, and stays in the ledger");
}

#[test]
fn clean_attachments_go_through_byte_for_byte() {
    let Some(clamd) = Clamd::start() else { return };
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &clamd.section());
    let mail = attached::mail(
        PARENT,
        &[File::new("letter.txt", b"The heron waits."), File::new("letters.zip", &zipped("a.txt", b"text"))],
    );
    assert!(send(&gateway, &mail).starts_with("250 "));
    assert!(upstream.wait_for_mail_to(PARENT).text().ends_with(mail.split_once("Content-Type: multipart").unwrap().1));
}

#[test]
fn a_scanner_that_is_gone_puts_mail_off_and_it_goes_once_it_is_back() {
    let Some(mut clamd) = Clamd::start() else { return };
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &clamd.section());
    let mail = attached::mail(PARENT, &[File::new("letter.txt", b"The heron waits.")]);
    clamd.kill();
    for _ in 0..5 {
        let reply = send(&gateway, &mail);
        assert!(reply.starts_with("451 4.3.0 "), "{reply}");
    }
    assert!(upstream.taken().is_empty());
    wait_until("the log tells of it", Duration::from_secs(10), || gateway.log().contains("clamd").then_some(()));
    clamd.run();
    wait_until("the mail is taken again", Duration::from_secs(30), || send(&gateway, &mail).starts_with("250 ").then_some(()));
    upstream.wait_for_mail_to(PARENT);
}

#[test]
fn a_scanner_that_hangs_or_is_restarted_in_mid_mail_lets_nothing_through() {
    let Some(mut clamd) = Clamd::start() else { return };
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &format!("{}timeout = \"1s\"\n", clamd.section()));
    let virus = attached::mail(PARENT, &[File::new("form.com", &eicar())]);
    clamd.signal("STOP");
    let reply = send(&gateway, &virus);
    assert!(reply.starts_with("451 4.3.0 "), "{reply}");
    clamd.signal("CONT");
    clamd.kill();
    clamd.run();
    let reply = wait_until("the scanner is asked again", Duration::from_secs(30), || {
        Some(send(&gateway, &virus)).filter(|reply| !reply.starts_with("451"))
    });
    assert!(reply.starts_with("550 5.7.1 "), "{reply}");
    let restarted = Actor::start(&[Does::Cut(10), Does::Cut(10), Does::Cut(10), Does::Cut(10)]);
    let broken =
        Gateway::start(upstream.port, &format!("[antivirus]\nclamd = \"tcp:127.0.0.1:{}\"\ntimeout = \"2s\"\n", restarted.port));
    let reply = send(&broken, &virus);
    assert!(reply.starts_with("451") || reply.starts_with("250"), "{reply}");
    assert!(upstream.taken().iter().all(|mail| !mail.to.contains(&PARENT.to_owned())), "nothing unscanned left");
}

#[test]
fn what_is_larger_than_the_scanner_reads_waits_for_the_technician() {
    let Some(clamd) = Clamd::start_with("StreamMaxLength 64K\nMaxFileSize 64K\nMaxScanSize 1M") else { return };
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &clamd.section());
    let small = attached::mail(PARENT, &[File::new("small.txt", &[b'a'; 1000])]);
    assert!(send(&gateway, &small).starts_with("250 "));
    upstream.wait_for_mail_to(PARENT);
    let large = attached::mail(PARENT, &[File::new("film.bin", &[b'a'; 100_000])]);
    let reply = send(&gateway, &large);
    assert!(reply.starts_with("250 "), "{reply}");
    let queue = gateway.json(&["queue", "list", "--json"]);
    let held: Vec<_> = queue.as_array().unwrap().iter().filter(|job| job["state"] == "held").collect();
    assert_eq!(held.len(), 1, "{queue}");
    let letter = upstream.wait_for_mail_to(OFFICE).text();
    assert!(letter.contains("film.bin could not be scanned for viruses"), "{letter}");
}
