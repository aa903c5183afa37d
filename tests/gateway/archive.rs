//! The archive through the real program: what was sent is found within a second, by leave alone, and never beyond it; shown byte for byte; and an
//! index that is lost or cannot be written costs nobody a mail.

mod export;
mod holds;
mod index;
mod night;
mod offline;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::{Span, Zoned};
use serde_json::Value;

use crate::world::archived::Archived;
use crate::world::attached::{File, mail};
use crate::world::gateway::{OFFICE, files};
use crate::world::rules::{CONFIDENTIAL, NOTICE};
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, wait_until};

const AUDITOR: &str = "auditor@oakfield.example.sch.uk";
const APPROVER: &str = "chair@oakfield.example.sch.uk";
const PASSWORD: &str = "correct horse battery\n";

/// A running gateway with an auditor and an approver.
fn school(upstream: &Upstream, sections: &str) -> Gateway {
    let gateway = Gateway::start(upstream.port, sections);
    for (address, role) in [(AUDITOR, "auditor"), (APPROVER, "approver")] {
        gateway.succeed(&["user", "add", address, "--role", role], PASSWORD);
    }
    gateway
}

/// An approved case about one mailbox, from yesterday to tomorrow.
fn case(gateway: &Gateway, mailbox: &str) -> String {
    let day = |from_now: i64| Zoned::now().date().checked_add(Span::new().days(from_now)).unwrap().to_string();
    let (from, to) = (day(-1), day(1));
    let what = ["case", "request", "--kind", "subject-access", "--mailbox", mailbox, "--purpose", "asked by the parents"];
    let asked =
        gateway.succeed(&[&what[..], &["--from", &from, "--to", &to, "--until", &to, "--as", AUDITOR]].concat(), PASSWORD);
    let number = asked.split(' ').nth(1).expect("a number").to_owned();
    gateway.succeed(&["case", "approve", &number, "--as", APPROVER], PASSWORD);
    number
}

/// Waits until the index holds all mails of the archive. A search would not do: it breaks the glass, and the letters about that are mails.
fn wait_for_index(gateway: &Gateway) {
    let archived = Archived::of(gateway);
    wait_until("all mails are in the index", Duration::from_secs(60), || (archived.awaiting_index() == 0).then_some(()));
}

/// A search with the glass broken.
fn broken(gateway: &Gateway, query: &str, more: &[&str]) -> String {
    let leave = ["archive", "search", "--break-glass", "a test of the search"];
    gateway.succeed(&[&leave[..], more, &["--", query]].concat(), "")
}

fn everything(gateway: &Gateway, query: &str) -> Value {
    serde_json::from_str(&broken(gateway, query, &["--json"])).expect("a document")
}

fn by_case(gateway: &Gateway, case: &str, query: &str) -> Value {
    let found = gateway.succeed(&["archive", "search", "--case", case, "--as", AUDITOR, "--json", "--", query], PASSWORD);
    serde_json::from_str(&found).expect("a document")
}

fn reference(reply: &str) -> String {
    assert!(reply.starts_with("250 "), "{reply}");
    reply.trim().rsplit(' ').next().expect("a reference").to_owned()
}

fn send(gateway: &Gateway, to: &str, subject: &str, body: &str) -> String {
    reference(&Session::open(gateway.relay).send(&[to], subject, body))
}

fn refused(gateway: &Gateway, arguments: &[&str], input: &str) -> String {
    let output = gateway.run(arguments, input);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn events(gateway: &Gateway, name: &str) -> Vec<String> {
    let all = Archived::of(gateway).events();
    all.into_iter().filter(|(event, _)| event == name).map(|(_, body)| body).collect()
}

fn index_files(gateway: &Gateway) -> Vec<PathBuf> {
    files(&gateway.path("store/index")).into_iter().filter(|file| file.extension().is_some_and(|end| end == "db")).collect()
}

#[test]
fn what_was_sent_is_found_by_its_words_people_files_and_fate() {
    let upstream = Upstream::start();
    let gateway = school(&upstream, &[NOTICE, CONFIDENTIAL].concat());
    let trip = send(&gateway, "parent@example.com", "The trip", "Xylophones at the Café on Monday.\r\n");
    let held = send(&gateway, "rival@example.org", "confidential", "Notes on the marmalade.\r\n");
    let mut session = Session::open(gateway.relay);
    session.begin(&["parent@example.com"]);
    let form = "<html><body><p>Consent for the planetarium</p></body></html>";
    let with_file =
        mail("parent@example.com", &[File::new("Consent form.html", form.as_bytes()), File::new("seven.zip", b"PK\x03\x04 no")]);
    session.say(format!("{with_file}.\r\n").as_bytes());
    let formed = reference(&session.reply());
    wait_for_index(&gateway);

    let refs = |query: &str| -> Vec<String> {
        let found = everything(&gateway, query);
        let hits = found["hits"].as_array().expect("hits").clone();
        assert_eq!(found["total"], hits.len());
        hits.iter().map(|hit| hit["ref"].as_str().expect("a reference").to_owned()).collect()
    };
    for (query, found) in [
        ("xylophones cafe", &trip),
        ("\"cafe on monday\"", &trip),
        ("~xylophone", &trip),
        ("rcpt:parent@example.com xylo*", &trip),
        ("is:held", &held),
        ("verdict:held marmalade", &held),
        ("rule:confidential", &held),
        ("planetarium", &formed),
        ("content:planetarium has:attachment", &formed),
        ("attachment:consent filetype:html", &formed),
        ("to:parent@example.com subject:forms", &formed),
        ("is:unsearchable", &formed),
    ] {
        assert_eq!(refs(query), [found.as_str()], "{query}");
    }
    assert_eq!(
        refs("direction:out from:office@oakfield.example.sch.uk -is:held"),
        [formed.as_str(), trip.as_str()],
        "newest first"
    );
    assert!(refs("planetarium xylophones").is_empty());

    let found = everything(&gateway, "planetarium");
    let hit = &found["hits"][0];
    assert_eq!((&hit["subject"], &hit["direction"]), (&"Forms".into(), &"out".into()));
    assert_eq!((&hit["from"], &hit["to"]), (&OFFICE.into(), &serde_json::json!(["parent@example.com"])));
    assert_eq!(hit["attachments"][0], serde_json::json!({"name": "Consent form.html", "type": "html", "size": form.len()}));
    assert!(hit["snippet"].as_str().expect("a snippet").contains("Consent for the planetarium"), "{hit}");
    assert!(hit["unread"].as_str().expect("a reason").contains("seven.zip"), "{hit}");
    assert!(found["took_ms"].as_f64().is_some_and(|took| took > 0.0));
    assert!(found["unsearchable"].as_u64().is_some_and(|unread| unread >= 1));
    assert!(found["query"].as_str().expect("a sentence").contains("“planetarium”"), "{found}");
    let text = broken(&gateway, "planetarium", &[]);
    assert!(text.contains("1 found in") && text.contains("with Consent form.html (html,") && text.contains(&formed), "{text}");

    // Released, it is held no more, and it was.
    gateway.succeed(&["queue", "release", &held], "");
    wait_for_index(&gateway);
    assert!(refs("is:held").is_empty());
    assert_eq!(refs("verdict:held verdict:accepted"), [held.as_str()]);

    // Page by page.
    let first = everything(&gateway, "direction:out");
    let (mut after, mut seen) = (String::new(), Vec::new());
    loop {
        let more: Vec<&str> = if after.is_empty() { vec![] } else { vec!["--after", &after] };
        let page: Value =
            serde_json::from_str(&broken(&gateway, "direction:out", &[&["--json", "--limit", "1"], &more[..]].concat())).unwrap();
        seen.push(page["hits"][0]["ref"].clone());
        let Some(next) = page["next"].as_str() else { break };
        after = next.to_owned();
    }
    let whole: Vec<Value> = first["hits"].as_array().expect("hits").iter().map(|hit| hit["ref"].clone()).collect();
    assert_eq!(seen, whole);
}

#[test]
fn nothing_beyond_the_case_is_found_or_shown_by_any_query() {
    let upstream = Upstream::start();
    let gateway = school(&upstream, "");
    let ours = send(&gateway, "parent@example.com", "Trip", "Marmalade on Monday.\r\n");
    let other = send(&gateway, "stranger@example.org", "Trip", "Marmalade on Tuesday.\r\n");
    wait_for_index(&gateway);
    let case = case(&gateway, "parent@example.com");
    let queries = [
        "",
        "marmalade",
        "in:anywhere",
        "-nothing",
        "tuesday OR monday",
        "-(-marmalade)",
        "with:stranger@example.org OR marmalade",
        "domain:example.org",
        "from:office@oakfield.example.sch.uk",
        "is:unsearchable OR -is:unsearchable",
        "sort:relevance marmalade",
        "larger:1B",
        "-rcpt:parent@example.com",
        "marm*",
        "~marmalade",
        "after:2020-01-01",
        "class:ordinary",
        "before:2020-01-01 OR trip",
    ];
    let about = format!("ref:{other}");
    for query in queries.into_iter().chain([about.as_str()]) {
        let found = by_case(&gateway, &case, query);
        let hits = found["hits"].as_array().expect("hits");
        assert!(
            hits.iter().all(|hit| hit["ref"] == ours.as_str() || hit["to"] == serde_json::json!(["parent@example.com"])),
            "{query}: {found}"
        );
        assert_eq!(found["total"], hits.len(), "{query}");
        assert!(
            !found["hits"].to_string().contains("Tuesday") && !found["hits"].to_string().contains("stranger"),
            "{query}: {found}"
        );
    }
    assert!(by_case(&gateway, &case, "marmalade").to_string().contains("Marmalade on Monday"));
    let show = |reference: &str| ["archive", "show", "--case", &case, "--as", AUDITOR, reference].map(str::to_owned);
    let hidden = show(&other);
    let said = refused(&gateway, &hidden.each_ref().map(String::as_str), PASSWORD);
    let absent = show("0000000000000");
    let nothing = refused(&gateway, &absent.each_ref().map(String::as_str), PASSWORD);
    assert_eq!(
        said.replace(&other, "REF"),
        nothing.replace("0000000000000", "REF"),
        "what may not be read is as if it were not there"
    );
    let seen = show(&ours);
    assert!(gateway.succeed(&seen.each_ref().map(String::as_str), PASSWORD).contains("Marmalade on Monday."));

    // Each look is in the ledger, and without leave there is none.
    let read = events(&gateway, "archive-read");
    assert!(read.iter().any(|entry| entry.contains("\"show\"") && entry.contains(&ours)), "{read:?}");
    assert!(read.iter().any(|entry| entry.contains("\"search\"") && entry.contains(AUDITOR)), "{read:?}");
    assert!(!read.iter().any(|entry| entry.contains("\"show\"") && entry.contains(&other)));
    for arguments in [&["archive", "search", "marmalade"][..], &["archive", "show", &ours]] {
        let said = refused(&gateway, arguments, "");
        assert!(said.contains("schoolgate case request") && said.contains("--break-glass"), "{said}");
    }
    assert!(refused(&gateway, &["archive", "search", "--break-glass", "why", "fron:anna"], "").contains("Did you mean `from:`"));
}

#[test]
fn a_mail_and_its_copies_are_shown_byte_for_byte_and_for_people() {
    let upstream = Upstream::start();
    let gateway = school(&upstream, NOTICE);
    let body = "Grüße \u{1b}[2Jfrom the coach.\r\nLast line without a notice.\r\n";
    let reply = Session::open(gateway.relay).send(&["parent@example.com", "head@oakfield.example.sch.uk"], "Trip", body);
    let sent = reference(&reply);
    let outside = upstream.wait_for_mail_to("parent@example.com");
    let inside = upstream.wait_for_mail_to("head@oakfield.example.sch.uk");
    let raw = |more: &[&str]| {
        let output = gateway.run(&[&["archive", "show", "--break-glass", "a test", "--raw"], more, &[&sent]].concat(), "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let head = format!("From: {OFFICE}\r\nTo: undisclosed-recipients:;\r\nSubject: Trip\r\nMIME-Version: 1.0\r\n");
    let original = format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{body}");
    assert_eq!(raw(&[]), original.as_bytes());
    let copies: Vec<Vec<u8>> = [raw(&["--copy", "1"]), raw(&["--copy", "2"])].into();
    assert!(copies.contains(&outside.content) && copies.contains(&inside.content) && outside.content != inside.content);
    let said = refused(&gateway, &["archive", "show", "--break-glass", "a test", "--copy", "9", &sent], "");
    assert!(said.contains("there are 2"), "{said}");

    wait_until("both are delivered", Duration::from_secs(10), || (events(&gateway, "delivered").len() >= 2).then_some(()));
    let page = gateway.succeed(&["archive", "show", "--break-glass", "a test", &sent], "");
    for words in [
        "relay from 127.0.0.1",
        "without TLS",
        "parent@example.com",
        "SHA-256",
        "Copy        2",
        "mail-accepted",
        "delivered",
        "Grüße <U+001B>[2Jfrom the coach.",
    ] {
        assert!(page.contains(words), "{words} is missing:\n{page}");
    }
    assert!(!page.contains('\u{1b}'));
}

#[test]
fn the_index_shows_nothing_in_clear_and_is_its_owners_alone() {
    let upstream = Upstream::start();
    let mut gateway = school(&upstream, "");
    send(&gateway, "parent@example.com", "Xylophone lesson", "Bring the marmalade sandwich.\r\n");
    wait_for_index(&gateway);
    assert_eq!(everything(&gateway, "marmalade")["total"], 1);
    let look = |gateway: &Gateway| {
        let all = files(&gateway.path("store"));
        assert!(all.iter().any(|file| file.starts_with(gateway.path("store/index"))), "{all:?}");
        for file in &all {
            let bytes = std::fs::read(file).expect("a readable file");
            for word in ["marmalade", "xylophone", "Xylophone", "parent@example"] {
                assert!(memchr::memmem::find(&bytes, word.as_bytes()).is_none(), "{word} stands in {}", file.display());
            }
            let mode = std::fs::metadata(file).expect("a file").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{} is open to others: {mode:o}", file.display());
        }
    };
    look(&gateway);
    assert_eq!(gateway.stop(), Some(0));
    look(&gateway);
}

#[test]
fn an_index_that_is_damaged_or_gone_is_made_anew_by_itself() {
    let upstream = Upstream::start();
    let mut gateway = school(&upstream, "");
    for number in 0..12 {
        send(&gateway, "parent@example.com", "Trip", &format!("Marmalade and word{number}.\r\n"));
    }
    wait_for_index(&gateway);
    let expected = everything(&gateway, "marmalade");
    assert_eq!(expected["total"], 12);

    // Away while the gateway runs: the next mail, or a search, notices; at the latest the minute's tidying does, where the log of the
    // old file was taken for the new one's.
    for file in index_files(&gateway) {
        std::fs::remove_file(file).expect("a file of ours");
    }
    send(&gateway, "parent@example.com", "Trip", "Marmalade again.\r\n");
    wait_until("all are found again", Duration::from_secs(100), || {
        let found = everything(&gateway, "marmalade"); // a search notices what is lost, too
        (found["total"] == 13).then_some(())
    });

    // Damaged while nobody looks: the next start notices.
    assert_eq!(gateway.stop(), Some(0));
    for file in index_files(&gateway) {
        let mut bytes = std::fs::read(&file).expect("a file of ours");
        bytes.iter_mut().step_by(1000).for_each(|byte| *byte ^= 0x10);
        std::fs::write(&file, bytes).expect("room on the disk");
    }
    gateway.serve();
    wait_until("all are found again", Duration::from_secs(100), || {
        let found = everything(&gateway, "marmalade"); // a search notices what is lost, too
        (found["total"] == 13).then_some(())
    });

    // An older copy of the files, as after a restore: it holds fewer mails than it should.
    assert_eq!(gateway.stop(), Some(0));
    let old: Vec<(PathBuf, Vec<u8>)> =
        files(&gateway.path("store/index")).into_iter().map(|file| (file.clone(), std::fs::read(file).unwrap())).collect();
    gateway.serve();
    send(&gateway, "parent@example.com", "Trip", "Marmalade for the last time.\r\n");
    wait_for_index(&gateway);
    assert_eq!(gateway.stop(), Some(0));
    for file in files(&gateway.path("store/index")) {
        std::fs::remove_file(file).expect("a file of ours");
    }
    for (file, bytes) in old {
        std::fs::write(file, bytes).expect("room on the disk");
    }
    gateway.serve();
    wait_until("all are found again", Duration::from_secs(100), || {
        let found = everything(&gateway, "marmalade"); // a search notices what is lost, too
        (found["total"] == 14).then_some(())
    });
    assert!(gateway.log().contains("is made anew"), "it is told");
}

#[test]
fn reindex_works_beside_a_gateway_and_without_one() {
    let upstream = Upstream::start();
    let mut gateway = school(&upstream, "");
    for number in 0..3 {
        send(&gateway, "parent@example.com", "Trip", &format!("Marmalade and word{number}.\r\n"));
    }
    wait_for_index(&gateway);
    let counted = gateway.succeed(&["archive", "reindex"], "");
    assert!(counted.contains("mails are in the index again"), "{counted}");
    assert_eq!(everything(&gateway, "marmalade")["total"], 3);
    assert_eq!(gateway.stop(), Some(0));
    let name = index_files(&gateway)[0].file_stem().expect("a name").to_string_lossy().into_owned();
    gateway.succeed(&["archive", "reindex", "--partition", &name], "");
    assert_eq!(everything(&gateway, "marmalade")["total"], 3);
    let said = refused(&gateway, &["archive", "reindex", "--partition", "no-such-2026-01"], "");
    assert!(said.contains(&name), "{said}");
}

#[test]
fn an_index_that_cannot_be_written_blocks_no_mail_and_is_told_once() {
    let upstream = Upstream::start();
    let gateway = Gateway::prepare(upstream.port, "");
    let mut gateway = gateway;
    // A file where the folder of the index should be: nobody may write there, root neither.
    std::fs::create_dir_all(gateway.path("store")).expect("a folder");
    std::fs::set_permissions(gateway.path("store"), PermissionsExt::from_mode(0o700)).expect("a folder of ours");
    std::fs::write(gateway.path("store/index"), "").expect("room on the disk");
    gateway.serve();
    for _ in 0..3 {
        send(&gateway, "parent@example.com", "Trip", "Marmalade.\r\n");
    }
    assert_eq!(upstream.wait_for(3).len(), 3, "mail goes on");
    wait_until("the trouble is told", Duration::from_secs(20), || {
        gateway.log().contains("part=\"index\"").then_some(()).or_else(|| gateway.log().contains("index").then_some(()))
    });
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(events(&gateway, "trouble").iter().filter(|entry| entry.contains("\"index\"")).count(), 1, "once");
    std::fs::remove_file(gateway.path("store/index")).expect("a file of ours");
    wait_until("it is told that it works again", Duration::from_secs(30), || {
        (!events(&gateway, "recovered").is_empty()).then_some(())
    });
    wait_for_index(&gateway);
    assert_eq!(everything(&gateway, "marmalade")["total"], 3);
}
