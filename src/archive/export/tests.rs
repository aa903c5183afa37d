use std::process::Command;

use bytes::Bytes;

use super::*;
use crate::base::{Address, Envelope, Recipient, ReversePath};
use crate::message::{Edit, Edits};
use crate::store::{KeptCopy, RecordHeader};

fn about() -> About {
    About {
        school: "Oakfield School".into(),
        made_at: "2026-11-26T12:00:00Z".parse().unwrap(),
        by: "auditor@oakfield.example.sch.uk".into(),
        case: Some(7),
        reason: None,
        query: "subject:excursion".into(),
        sentence: "mails with “excursion” in the subject\r\nX-Forged: yes".into(),
    }
}

fn record(raw: &str) -> Record {
    let received_at = "2026-11-23T08:00:00Z".parse().unwrap();
    let address = |text: &str| Address::parse(text).unwrap();
    let recipients = vec![Recipient::new(address("parent@example.com"))];
    let envelope = Envelope::new(ReversePath::Address(address("head@oakfield.example.sch.uk")), recipients);
    let reference = Ref::new(received_at, [0, 0, 1]);
    let header =
        RecordHeader { reference, received_at, envelope, origin: None, issued: None, provenance: None, sha256: String::new() };
    let edits = Edits::from_iter([Edit { range: 0..0, with: b"Received: x\r\n".to_vec(), what: String::new() }]);
    let copies = vec![KeptCopy { number: 1, recipients: vec![address("parent@example.com")], edits }];
    Record { header, copies, raw: Bytes::from(raw.to_owned()) }
}

fn print() -> Print {
    Print {
        from: "Head <head@oakfield.example.sch.uk>".into(),
        subject: "Excursion (a) \\ to Oxford – für Ωmega".into(),
        text: format!("Dear parents,\n{}\n) Tj ET (\n{}", "word ".repeat(60), "line\n".repeat(200)),
        attachments: vec!["plan.pdf, PDF, 12 KB".into()],
        ..Print::default()
    }
}

const ALL: Forms = Forms { copies: true, pdf: true, mbox: true };

fn exported(to: &Path) {
    let mut export = Export::begin(to, about(), ALL).unwrap();
    export.add(&record("Subject: x\r\n\r\nFrom me\r\n>From you\r\n"), &print()).unwrap();
    assert_eq!(export.finish().unwrap(), 1);
}

fn check(at: &Path) -> Result<usize, Vec<String>> {
    let mut wrong = Vec::new();
    let files = bag::check(&mut place::Place::open(at).unwrap(), &mut wrong);
    if wrong.is_empty() { Ok(files.len()) } else { Err(wrong) }
}

#[test]
fn a_bag_holds_the_mails_as_they_came_and_as_sent_and_sha256sum_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("case-7");
    exported(&to);
    let reference = record("").header.reference;
    let read = |path: &str| std::fs::read_to_string(to.join(path)).unwrap();
    assert_eq!(read(&format!("data/mails/{reference}.eml")), "Subject: x\r\n\r\nFrom me\r\n>From you\r\n");
    assert!(read(&format!("data/copies/{reference}-1.eml")).starts_with("Received: x\r\nSubject: x\r\n"));
    let mbox = read("data/mails.mbox");
    assert_eq!(mbox, "From head@oakfield.example.sch.uk Mon Nov 23 08:00:00 2026\nSubject: x\n\n>From me\n>>From you\n\n");
    let manifest: serde_json::Value = serde_json::from_str(&read("data/manifest.json")).unwrap();
    assert_eq!((manifest["count"].as_u64(), manifest["about"]["case"].as_u64()), (Some(1), Some(7)));
    assert!(!read("bag-info.txt").lines().any(|line| line.starts_with("X-Forged")), "a query adds no line");
    for list in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        let sums = Command::new("sha256sum").args(["--check", "--strict", list]).current_dir(&to).output().unwrap();
        assert!(sums.status.success(), "{}", String::from_utf8_lossy(&sums.stderr));
    }
    assert_eq!(check(&to).unwrap(), 5);
}

#[test]
fn a_change_to_a_bag_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("bag");
    exported(&to);
    let mbox = to.join("data/mails.mbox");
    let whole = std::fs::read(&mbox).unwrap();
    std::fs::write(&mbox, b"another").unwrap();
    std::fs::write(to.join("data/more.eml"), b"x").unwrap();
    std::fs::write(to.join("bag-info.txt"), b"x").unwrap();
    let wrong = check(&to).unwrap_err();
    for told in ["data/mails.mbox is not as", "data/more.eml was added", "bag-info.txt is not as"] {
        assert!(wrong.iter().any(|line| line.contains(told)), "{told} in {wrong:?}");
    }
    std::fs::write(&mbox, whole).unwrap();
    std::fs::write(to.join("manifest-sha256.txt"), format!("{}  ../../etc/passwd\n", "0".repeat(64))).unwrap();
    assert!(check(&to).unwrap_err().iter().any(|line| line.contains("a line that is none")));
}

#[test]
fn a_zip_holds_the_same_and_what_is_given_up_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("case-7.zip");
    exported(&to);
    assert!(matches!(Export::begin(&to, about(), ALL), Err(ExportError::Exists(_))));
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&to).unwrap()).unwrap();
    let opened = folder.path().join("opened");
    zip.extract(&opened).unwrap();
    assert_eq!(check(&opened).unwrap(), 5);

    let other = folder.path().join("other");
    let mut export = Export::begin(&other, about(), ALL).unwrap();
    export.add(&record("x"), &print()).unwrap();
    drop(export);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_print_has_the_text_its_hash_and_its_page_numbers_on_every_page() {
    let record = record("x");
    let bytes = pdf::write(&record.header, &"ab".repeat(32), &print(), &about());
    let pdf = lopdf::Document::load_mem(&bytes).unwrap();
    let pages: Vec<u32> = pdf.get_pages().into_keys().collect();
    assert!(pages.len() > 3, "{pages:?}");
    for page in &pages {
        let text = pdf.extract_text(&[*page]).unwrap();
        assert!(text.contains(&"ab".repeat(32)) && text.contains(&format!("{page} of {}", pages.len())), "{text}");
    }
    let all = pdf.extract_text(&pages).unwrap();
    for words in
        ["Excursion (a) \\ to Oxford – für ?mega", "Dear parents,", ") Tj ET (", "plan.pdf, PDF, 12 KB", "1 characters cannot"]
    {
        assert!(all.contains(words), "{words} in {all}");
    }
}
