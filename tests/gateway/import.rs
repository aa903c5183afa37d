//! `archive import` with the real program: byte for byte, once, and whatever happens in the middle of it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use crate::world::archived::Archived;
use crate::world::gateway::files;
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, free_port, shared, wait_until};

const SECTIONS: &str = r#"
[[retention]]
id   = "head"
when.from_or_to = "head@oakfield.example.sch.uk"
keep = "3y"
"#;

fn asleep() -> Gateway {
    Gateway::prepare(free_port(), SECTIONS)
}

fn import(gateway: &Gateway, options: &[&str], path: &Path) -> Output {
    let mut arguments = vec!["archive", "import"];
    arguments.extend(options);
    arguments.push(path.to_str().expect("a plain path"));
    gateway.run(&arguments, "")
}

/// The last lines of an import, which must have gone well.
fn summary(output: &Output) -> String {
    let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{why}");
    said.into_owned()
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("room on the disk");
    fs::write(&path, text).expect("room on the disk");
    path
}

fn mail(number: usize) -> String {
    format!("From: office@oakfield.example.sch.uk\nTo: parent{number}@example.com\nSubject: {number}\n\nText of {number}.\n")
}

fn mbox(count: usize) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        let _ = write!(text, "From - Mon Nov 23 10:00:00 2026\n{}\n", mail(number));
        text
    })
}

#[test]
fn every_message_of_the_shared_corpus_comes_back_byte_for_byte() {
    let Some(corpus) = shared("corpora/mail") else { return };
    let gateway = asleep();
    let mut expected: Vec<Vec<u8>> = files(&corpus).iter().map(|path| fs::read(path).expect("a mail")).collect();
    let count = expected.len();
    assert!(count > 100, "only {count}");
    let said = summary(&import(&gateway, &[], &corpus));
    assert_eq!(said, format!("{count} mails found: {count} imported, 0 here already, 0 refused\n"));
    let archived = Archived::of(&gateway);
    let mut kept: Vec<Vec<u8>> = archived.records().into_iter().map(|record| record.raw.to_vec()).collect();
    expected.sort();
    kept.sort();
    assert!(kept == expected, "some mail is not as it was");
    let events = archived.events();
    assert_eq!(events.iter().filter(|(name, _)| name == "mail-imported").count(), count);
    let (name, body) = events.last().expect("an event");
    assert!(name == "imported" && body.contains(&format!("\"imported\":{count}")), "{name} {body}");
}

#[test]
fn a_second_import_beside_a_running_gateway_takes_only_what_is_new() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, SECTIONS);
    let old = gateway.path("old");
    write(&old, "inbox", mbox(250));
    write(&old, "md/cur/1.host:2,S", mail(1000));
    write(&old, "md/new/2.host", "From: head@oakfield.example.sch.uk\n\nNobody is named.\n");
    write(&old, "twice.mbox", mbox(3).repeat(2));
    assert!(Session::open(gateway.relay).send(&["parent@example.com"], "Trip", "Text.\r\n").starts_with("250 "));
    let said = summary(&import(&gateway, &[], &old));
    assert_eq!(said, "258 mails found: 255 imported, 3 here already, 0 refused\n");
    assert!(Session::open(gateway.relay).send(&["parent@example.com"], "Trip", "Text.\r\n").starts_with("250 "));
    let said = summary(&import(&gateway, &[], &old));
    assert_eq!(said, "258 mails found: 0 imported, 258 here already, 0 refused\n");
    fs::rename(old.join("md/new/2.host"), old.join("md/cur/2.host:2,FS")).expect("a file of ours");
    write(&old, "late.eml", mail(2000));
    let said = summary(&import(&gateway, &[], &old));
    assert_eq!(said, "259 mails found: 1 imported, 258 here already, 0 refused\n");
    upstream.wait_for(2);
    let archived = Archived::of(&gateway);
    let records = archived.records();
    assert_eq!(records.len(), 258, "two by SMTP");
    let by_head = records.iter().position(|record| record.raw.ends_with(b"Nobody is named.\n")).expect("it is kept");
    assert_eq!(archived.classes()[by_head], "head", "a class by sender finds mail that names no recipient");
    let one = records.iter().find(|record| record.raw == mail(7)).expect("a mail of the mbox, its line ends as they were");
    let provenance = one.header.provenance.as_ref().expect("where it is from");
    let file = provenance.file.as_ref().expect("a file");
    assert!(file.path.ends_with("old/inbox") && file.from_line.as_deref() == Some("- Mon Nov 23 10:00:00 2026"), "{file:?}");
    assert_eq!(one.header.envelope.recipients[0].address.to_string(), "parent7@example.com");
    archived.events();
}

#[test]
fn an_import_that_is_killed_goes_on_where_it_was() {
    let gateway = asleep();
    let count = 3000;
    let inbox = write(gateway.folder.path(), "old/inbox", mbox(count));
    let mut killed = 0;
    for _ in 0..3 {
        let before = Archived::of(&gateway).rows().len();
        let mut running = Gateway::program();
        running.args(["archive", "import"]).arg(&inbox).env("SCHOOLGATE_CONFIG", gateway.config());
        let mut running = running.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        let archived = Archived::of(&gateway);
        wait_until("it has begun", Duration::from_secs(60), || {
            let ended = running.try_wait().expect("a child of ours").is_some();
            (ended || archived.rows().len() > before).then_some(())
        });
        killed += usize::from(running.kill().is_ok() && !running.wait().expect("it ends").success());
    }
    let there = Archived::of(&gateway).rows().len();
    assert!(killed > 0 && there < count, "killed {killed} times with {there} of {count} mails imported");
    assert_eq!(there % 100, 0, "a batch is there whole or not at all");
    let said = summary(&import(&gateway, &[], &inbox));
    assert_eq!(said, format!("{count} mails found: {} imported, {there} here already, 0 refused\n", count - there));
    let archived = Archived::of(&gateway);
    let mut kept: Vec<Vec<u8>> = archived.records().into_iter().map(|record| record.raw.to_vec()).collect();
    let mut expected: Vec<Vec<u8>> = (0..count).map(|number| mail(number).into_bytes()).collect();
    kept.sort();
    expected.sort();
    assert!(kept == expected, "{} mails instead of {count}, or others", kept.len());
    assert_eq!(archived.events().iter().filter(|(name, _)| name == "mail-imported").count(), count);
}

#[test]
fn two_imports_at_once_take_each_mail_once() {
    let gateway = asleep();
    let count = 600;
    let inbox = write(gateway.folder.path(), "old/inbox", mbox(count));
    let imported = |said: String| -> usize {
        let words = said.split("found: ").nth(1).and_then(|rest| rest.split(' ').next());
        words.and_then(|number| number.parse().ok()).expect("a number of mails")
    };
    let both: Vec<usize> = std::thread::scope(|scope| {
        let runs = [(); 2].map(|()| scope.spawn(|| imported(summary(&import(&gateway, &[], &inbox)))));
        runs.map(|run| run.join().expect("an import ends")).to_vec()
    });
    assert_eq!(both.iter().sum::<usize>(), count, "{both:?}");
    assert_eq!(Archived::of(&gateway).rows().len(), count);
}

#[test]
fn retention_counts_from_the_import_or_from_what_the_schools_server_wrote() {
    let gateway = asleep();
    let received = |date: &str| {
        format!(
            "Received: from a by b; {date}\nReceived: by c; Mon, 1 Jan 2001 10:00:00 +0000\nDate: Tue, 1 Jan 2002 10:00:00 +0000\n\nx\n"
        )
    };
    let old = gateway.path("old");
    write(&old, "1.eml", received("Mon, 7 Sep 2026 10:00:00 +0100"));
    write(&old, "2.eml", received("Mon, 7 Sep 2099 10:00:00 +0100"));
    write(&old, "3.eml", received("Fri, 7 Sep 1979 10:00:00 +0100"));
    write(&old, "4.eml", "Date: Tue, 1 Jan 2002 10:00:00 +0000\n\nx\n");
    write(&old, "5.eml", received("Tue, 7 Sep 2010 10:00:00 +0100"));
    let said = summary(&import(&gateway, &["--received", "header"], &old));
    assert!(said.starts_with("5 mails found: 5 imported"), "{said}");
    assert!(said.contains("\n1 of those imported are older than their class keeps them"), "{said}");
    let rows = Archived::of(&gateway).rows();
    let days: Vec<String> = rows.iter().map(|row| row.received_at.to_string()[..10].to_owned()).collect();
    let today = jiff::Timestamp::now().to_string()[..10].to_owned();
    assert_eq!(days, ["2026-09-07", &today, &today, &today, "2010-09-07"]);
    let eml = write(gateway.folder.path(), "by-day/1.eml", mail(1));
    summary(&import(&gateway, &["--received", "2024-09-01", "--class", "head"], &eml));
    let archived = Archived::of(&gateway);
    assert_eq!(archived.classes().last().map(String::as_str), Some("head"));
    assert!(archived.rows().last().is_some_and(|row| row.received_at.to_string().starts_with("2024-09-01T00:00:00")));
    for (options, code, words) in [
        (["--received", "2199-01-01"], 2, "in the future"),
        (["--received", "1985-01-01"], 2, "before 1990"),
        (["--received", "yesterday"], 2, "write a day"),
        (["--class", "for-ever"], 1, "there are: head, ordinary"),
    ] {
        let output = import(&gateway, &options, &eml);
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(code) && why.contains(words), "{options:?}: {why}");
    }
}

#[test]
fn what_is_refused_is_named_and_counted() {
    let gateway = asleep();
    let old = gateway.path("old");
    write(&old, "1.eml", mail(1));
    write(&old, "empty.eml", "");
    write(&old, "notes.pdf", "%PDF-1.4");
    let output = import(&gateway, &[], &old);
    let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{why}");
    assert_eq!(said, "3 mails found: 1 imported, 0 here already, 2 refused\n");
    for words in ["empty.eml is empty", "notes.pdf is no mail", "2 of them could not be imported"] {
        assert!(why.contains(words), "{words}: {why}");
    }
    assert_eq!(Archived::of(&gateway).rows().len(), 1);
}

#[test]
fn the_files_of_a_journal_mailbox_are_unwrapped_where_that_is_asked_for() {
    let gateway = asleep();
    let report = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/journal/google.eml");
    let whole = fs::read(&report).expect("a sample");
    summary(&import(&gateway, &[], &report));
    let copy = gateway.path("google.eml");
    fs::write(&copy, &whole).expect("room on the disk");
    summary(&import(&gateway, &["--reports"], &copy));
    let records = Archived::of(&gateway).records();
    assert_eq!(records[0].raw, whole);
    assert!(records[1].raw.starts_with(b"From: A parent") && records[1].raw.len() < whole.len());
    assert_eq!(records[1].header.envelope.reverse_path.to_string(), "parent@example.com");
}
