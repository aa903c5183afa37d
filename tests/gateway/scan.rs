//! The scanner against a real clamd with signatures of our own, and against one that plays a part. No mail goes through a gateway here.

use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use schoolgate::base::limits;
use schoolgate::config::{Antivirus, ClamdAddress};
use schoolgate::extract::Leaf;
use schoolgate::scan::{Outcome, Report, Scanner, eicar};
use tokio::time::Instant;
use zip::unstable::write::FileOptionsExt;

use crate::world::clamd::{Actor, Clamd, Does, INVENTED};
use crate::world::{Gateway, free_port, wait_until};

mod health;

/// Longer than any test here may wait for a scan.
const LONG: Duration = Duration::from_secs(60);

fn by_socket(clamd: &Clamd) -> Antivirus {
    Antivirus { clamd: Some(ClamdAddress::Unix(clamd.socket())), timeout: LONG, clamd_conf: Some(clamd.path("clamd.conf")) }
}

/// By TCP, with no way to know its limits.
fn by_port(port: u16, timeout: Duration) -> Antivirus {
    Antivirus { clamd: Some(ClamdAddress::Tcp { host: "127.0.0.1".to_owned(), port }), timeout, clamd_conf: None }
}

fn played_by(actor: &Actor) -> Scanner {
    Scanner::new(&by_port(actor.port, LONG))
}

fn leaf(part: &str, name: &str, bytes: impl Into<Bytes>) -> Leaf {
    Leaf { part: part.to_owned(), name: name.to_owned(), bytes: bytes.into() }
}

async fn scan(scanner: &Scanner, mail: impl Into<Bytes>, leaves: Vec<Leaf>) -> Report {
    scanner.scan(mail.into(), leaves, Instant::now() + LONG).await
}

async fn scan_whole(scanner: &Scanner, mail: impl Into<Bytes>) -> Outcome {
    scan(scanner, mail, vec![]).await.whole
}

fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(content).unwrap();
    archive.finish().unwrap().into_inner()
}

/// A mail with one attachment, whose base64 has lines of odd lengths.
fn mail_with(name: &str, content: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(content);
    let mut lines = String::new();
    let (mut rest, mut length) = (text.as_str(), 1);
    while !rest.is_empty() {
        let (line, more) = rest.split_at(length.min(rest.len()));
        lines.push_str(&format!("{line}\r\n"));
        (rest, length) = (more, length % 37 + 3);
    }
    format!(
        "From: a@oakfield.example.sch.uk\r\nTo: b@example.com\r\nSubject: Trip\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n--x\r\n\
         Content-Type: text/plain; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{lines}--x--\r\n"
    )
}

fn is_infected(outcome: &Outcome, name: &str) -> bool {
    outcome.virus().is_some_and(|virus| virus.contains(name))
}

#[tokio::test]
async fn a_real_clamd_finds_what_it_should_wherever_it_hides() {
    let Some(clamd) = Clamd::start() else { return };
    for antivirus in [by_socket(&clamd), by_port(clamd.port, LONG)] {
        let scanner = Scanner::new(&antivirus);
        assert_eq!(scan_whole(&scanner, "Nothing here.").await, Outcome::Clean);
        assert_eq!(scan_whole(&scanner, "").await, Outcome::Clean);
        assert!(is_infected(&scan_whole(&scanner, eicar()).await, "Eicar"));
        let nested = zip("inner.zip", &zip("eicar.com", &eicar()));
        assert!(is_infected(&scan_whole(&scanner, nested.clone()).await, "Eicar"));
        let invented = format!("A text with {INVENTED} in it.");
        assert!(is_infected(&scan_whole(&scanner, invented.clone()).await, "Invented"));
        for (name, content) in [("eicar.com", eicar()), ("letters.zip", nested)] {
            assert!(is_infected(&scan_whole(&scanner, mail_with(name, &content)).await, "Eicar"), "{name}");
        }
        let leaves = vec![leaf("1", "", "See below."), leaf("2", "cake.txt", invented.clone())];
        let report = scan(&scanner, mail_with("cake.txt", invented.as_bytes()), leaves).await;
        let find = report.infected().unwrap();
        assert_eq!((find.part, find.file), (Some("2"), Some("cake.txt")));
        assert!(find.virus.contains("Invented") && report.parts[0].outcome == Outcome::Clean, "{report:?}");
    }
}

#[tokio::test]
async fn scans_go_on_beside_each_other_within_the_bound() {
    let Some(clamd) = Clamd::start() else { return };
    let scanner = Scanner::new(&by_socket(&clamd));
    let mut mails = tokio::task::JoinSet::new();
    for number in 0..20 {
        let scanner = scanner.clone();
        mails.spawn(async move {
            let bytes = if number % 2 == 0 { eicar() } else { format!("mail {number}").into_bytes() };
            let report = scan(&scanner, format!("whole {number}"), vec![leaf("1", "a", bytes)]).await;
            (number, report)
        });
    }
    while let Some(done) = mails.join_next().await {
        let (number, report) = done.unwrap();
        assert_eq!(report.whole, Outcome::Clean);
        assert_eq!(report.infected().is_some(), number % 2 == 0, "{report:?}");
        assert_eq!(report.is_clean(), number % 2 == 1);
    }
    let actor = Actor::start(&[Does::say("stream: OK\0")]);
    let leaves = (0..40).map(|number| leaf("1", "a", format!("file {number}"))).collect();
    assert!(scan(&played_by(&actor), "mail", leaves).await.is_clean());
    let (streams, peak) = actor.seen();
    assert_eq!(streams, 41);
    assert!((2..=limits::SCANS).contains(&peak), "{peak} at a time");
}

#[tokio::test]
async fn equal_files_are_sent_once_and_each_is_told() {
    let actor = Actor::start(&[Does::say("stream: OK\0")]);
    let leaves = vec![leaf("1", "a", "same"), leaf("2", "b", "same"), leaf("3", "c", "other")];
    let report = scan(&played_by(&actor), "mail", leaves).await;
    assert!(report.is_clean() && report.parts.len() == 3);
    assert_eq!(actor.seen().0, 3);
}

#[tokio::test]
async fn what_is_larger_than_clamd_takes_is_too_big_and_its_files_count() {
    let Some(clamd) = Clamd::start_with("StreamMaxLength 1M\nMaxScanSize 2M\nAlertExceedsMax yes") else { return };
    let large = vec![b'x'; 3 << 20];
    for (antivirus, known) in [(by_socket(&clamd), true), (by_port(clamd.port, LONG), false)] {
        let scanner = Scanner::new(&antivirus);
        assert_eq!(scanner.bounds().is_some(), known);
        let leaves = vec![leaf("1", "a", "small"), leaf("2", "b", vec![b'y'; 1 << 19])];
        let report = scan(&scanner, large.clone(), leaves).await;
        assert_eq!((&report.whole, report.is_clean(), report.unscanned_because()), (&Outcome::TooBig, true, None));
        let report = scan(&scanner, large.clone(), vec![leaf("1", "a", large.clone())]).await;
        assert_eq!((report.is_clean(), report.unscanned_because()), (false, Some(&Outcome::TooBig)));
        // Small as it is sent, and more inside than clamd looks into: it says so.
        assert_eq!(scan_whole(&scanner, zip("zeros", &vec![0; 5 << 20])).await, Outcome::TooBig);
        assert_eq!(scan_whole(&scanner, "small").await, Outcome::Clean, "no rest: it answers");
    }
}

#[tokio::test]
async fn what_has_a_password_is_told_apart_from_what_is_clean() {
    let Some(clamd) = Clamd::start_with("AlertEncrypted yes") else { return };
    let options = zip::write::SimpleFileOptions::default().with_deprecated_encryption(b"open sesame").unwrap();
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("letter.txt", options).unwrap();
    archive.write_all(b"A letter.").unwrap();
    let archive = archive.finish().unwrap().into_inner();
    let scanner = Scanner::new(&by_socket(&clamd));
    let report = scan(&scanner, mail_with("letter.zip", &archive), vec![leaf("2", "letter.zip", archive)]).await;
    assert_eq!((&report.whole, report.unscanned_because()), (&Outcome::Protected, Some(&Outcome::Protected)));
    assert!(!report.is_clean() && report.infected().is_none() && !report.is_outage());
}

#[tokio::test]
async fn what_clamd_would_call_clean_without_a_look_is_not_sent() {
    let Some(clamd) = Clamd::start_with("MaxFileSize 1M") else { return };
    let body = [vec![b'x'; 2 << 20], eicar()].concat();
    let unaware = Scanner::new(&by_port(clamd.port, LONG));
    assert_eq!(scan_whole(&unaware, body.clone()).await, Outcome::Clean, "clamd itself says so, which is why we read its limits");
    assert_eq!(scan_whole(&Scanner::new(&by_socket(&clamd)), body).await, Outcome::TooBig);
    let actor = Actor::start(&[Does::say("stream: OK\0")]);
    let largest = usize::try_from(limits::SCAN_ASSUMED_OCTETS).unwrap();
    assert_eq!(scan_whole(&played_by(&actor), vec![b'x'; largest + 1]).await, Outcome::TooBig);
    assert_eq!(actor.seen().0, 0);
    assert_eq!(scan_whole(&played_by(&actor), vec![b'x'; largest]).await, Outcome::Clean);
}

#[tokio::test]
async fn a_clamd_that_hangs_times_out_and_goes_on_when_it_goes_on() {
    let Some(clamd) = Clamd::start() else { return };
    clamd.signal("STOP");
    let hasty = Scanner::new(&Antivirus { timeout: Duration::from_secs(1), ..by_socket(&clamd) });
    for body in [b"short".to_vec(), vec![b'x'; 4 << 20]] {
        let report = scan(&hasty, body, vec![]).await;
        assert_eq!(report.whole, Outcome::TimedOut);
        assert!(report.is_outage() && !report.is_clean());
    }
    let patient = Scanner::new(&by_socket(&clamd));
    let deadline = Instant::now() + Duration::from_millis(300);
    assert_eq!(patient.scan("x".into(), vec![], deadline).await.whole, Outcome::TimedOut, "the mail's own time is over");
    let waiting = tokio::spawn(async move { scan_whole(&patient, eicar()).await });
    clamd.signal("CONT");
    assert!(is_infected(&waiting.await.unwrap(), "Eicar"));
    assert_eq!(scan_whole(&hasty, "short").await, Outcome::Clean, "two in a row are no outage yet");
}

#[tokio::test]
async fn a_clamd_that_is_away_is_down_and_is_asked_again_once_it_is_back() {
    let Some(mut clamd) = Clamd::prepare("") else { return };
    let scanner = Scanner::new(&by_socket(&clamd));
    let mut rest = scanner.rest();
    let Outcome::Down(why) = scan_whole(&scanner, "x").await else { panic!("down") };
    assert!(why.contains("there is no socket") && why.contains("clamd.ctl"), "{why}");
    clamd.run();
    assert_eq!(scan_whole(&scanner, "x").await, Outcome::Clean);
    clamd.kill(); // the socket stays, and nobody answers
    let report = scan(&scanner, "mail", vec![leaf("1", "a", "1"), leaf("2", "b", "2")]).await;
    assert!(report.is_outage() && report.parts.iter().all(|part| matches!(part.outcome, Outcome::Down(_))), "{report:?}");
    assert!(rest.has_changed().unwrap() && rest.borrow_and_update().as_ref().is_some_and(|why| why.contains("nobody answers")));
    clamd.run();
    assert!(matches!(scan_whole(&scanner, "x").await, Outcome::Down(_)), "it rests still, whatever has come back");
    let back = Instant::now() + LONG;
    while scan_whole(&scanner, "x").await != Outcome::Clean {
        assert!(Instant::now() < back, "the trial was never let through");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(*rest.borrow_and_update(), None);
    assert!(is_infected(&scan_whole(&scanner, eicar()).await, "Eicar"));
}

#[tokio::test]
async fn a_clamd_that_is_restarted_in_the_middle_leaves_nothing_unseen() {
    let Some(mut clamd) = Clamd::start() else { return };
    let scanner = Scanner::new(&by_socket(&clamd));
    clamd.signal("STOP");
    let (under_way, body) = (scanner.clone(), [vec![b'x'; 4 << 20], INVENTED.as_bytes().to_vec()].concat());
    let scanning = tokio::spawn(async move { scan_whole(&under_way, body).await });
    tokio::time::sleep(Duration::from_millis(300)).await; // it is connected and writes into a full buffer
    clamd.kill();
    clamd.run();
    let outcome = scanning.await.unwrap();
    assert!(is_infected(&outcome, "Invented") || matches!(outcome, Outcome::Down(_)), "{outcome}");
    assert!(is_infected(&scan_whole(&scanner, eicar()).await, "Eicar"));

    let actor = Actor::start(&[Does::Cut(100_000), Does::say("stream: Invented FOUND\0")]);
    let body = vec![b'x'; 8 << 20];
    assert!(is_infected(&scan_whole(&played_by(&actor), body).await, "Invented"), "what broke off is sent once more");
}

#[tokio::test]
async fn no_odd_answer_is_taken_for_clean() {
    let body = vec![b'x'; 8 << 20]; // more than lies between two sockets
    for (does, begins) in [
        (Does::say("stream: Can't create temporary file ERROR\0"), "stream: Can't create"),
        (Does::say("UNKNOWN COMMAND\0"), "UNKNOWN COMMAND"),
        (Does::Say(vec![0xff, 0x00, 0xfe]), "\u{fffd}"),
        (Does::say("HTTP/1.1 200 OK\r\n\r\n"), "HTTP/1.1 200 OK"),
        (Does::SayEarly(b"stream: OK\0".to_vec()), "it was called clean before"),
        (Does::Babble, "its answer does not end"),
    ] {
        let actor = Actor::start(std::slice::from_ref(&does));
        let report = scan(&played_by(&actor), body.clone(), vec![]).await;
        // What a TCP reset took away of an early word counts as no word at all.
        let is_broken = matches!(&report.whole, Outcome::Broken(what) if what.starts_with(begins));
        let is_lost = matches!(does, Does::SayEarly(_)) && report.whole == Outcome::TooBig;
        assert!(is_broken || is_lost, "{does:?}: {:?}", report.whole);
        assert!(!report.is_clean() && !report.is_outage() && report.unscanned_because().is_some());
    }
}

#[tokio::test]
async fn a_stream_cut_off_twice_is_too_big_only_where_the_limit_cannot_be_known() {
    let actor = Actor::start(&[Does::Cut(100_000)]);
    let body = vec![b'x'; 8 << 20];
    assert_eq!(scan_whole(&played_by(&actor), body.clone()).await, Outcome::TooBig);
    let folder = tempfile::tempdir().unwrap();
    let conf: PathBuf = folder.path().join("clamd.conf");
    std::fs::write(&conf, "StreamMaxLength 50M\n").unwrap();
    let knowing = Scanner::new(&Antivirus { clamd_conf: Some(conf), ..by_port(actor.port, LONG) });
    assert!(matches!(scan_whole(&knowing, body).await, Outcome::Down(_)));
}

#[tokio::test]
async fn a_hanging_clamd_costs_a_few_mails_their_wait_and_the_others_none() {
    let actor = Actor::start(&[Does::Hang]);
    let scanner = Scanner::new(&by_port(actor.port, Duration::from_secs(1)));
    let rest = scanner.rest();
    for _ in 0..limits::SCAN_FAILURES {
        assert!(rest.borrow().is_none());
        assert_eq!(scan_whole(&scanner, "x").await, Outcome::TimedOut);
    }
    assert!(rest.borrow().as_ref().is_some_and(|why| why.contains("no answer")), "{rest:?}");
    let asked = actor.seen().0;
    for _ in 0..100 {
        assert!(matches!(scan_whole(&scanner, "x").await, Outcome::Down(_)));
    }
    assert_eq!(actor.seen().0, asked, "nobody was sent to it meanwhile");
    let tried = Instant::now() + LONG;
    while tokio::time::timeout(Duration::from_millis(300), scan_whole(&scanner, "x")).await.is_ok() {
        assert!(Instant::now() < tried, "the trial was never let through");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(actor.seen().0, asked + 1, "the trial, whose mail went away while it waited");
    actor.play(&[Does::say("stream: OK\0")]);
    let back = Instant::now() + limits::SCANNER_REST_LONGEST / 4; // a trial that is not missed would be waited for much longer
    while scan_whole(&scanner, "x").await != Outcome::Clean {
        assert!(Instant::now() < back, "the next trial was not let through");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(rest.borrow().is_none());
}

#[tokio::test]
async fn nobody_there_is_down_with_the_address() {
    let port = free_port();
    let Outcome::Down(why) = scan_whole(&Scanner::new(&by_port(port, LONG)), "x").await else { panic!("down") };
    assert_eq!(why, format!("nobody answers at tcp:127.0.0.1:{port}"));
}
