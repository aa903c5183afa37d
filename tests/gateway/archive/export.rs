//! Mails taken out of the archive: as they came, within the leave alone, with checksums that other tools agree with.

use std::process::Command;

use super::*;

fn export<'a>(leave: &[&'a str], to: &'a str, query: &'a str) -> Vec<&'a str> {
    [&["archive", "export", "--to", to], leave, &["--with", "pdf,mbox,copies", "--", query]].concat()
}

#[test]
fn an_export_holds_what_the_case_covers_and_nothing_else() {
    let upstream = Upstream::start();
    let gateway = school(&upstream, NOTICE);
    let covered = send(&gateway, "parent@example.com", "The trip", "Xylophones on Monday.\r\n");
    let other = send(&gateway, "rival@example.org", "The trip", "Xylophones on Tuesday.\r\n");
    upstream.wait_for_mail_to("parent@example.com");
    wait_for_index(&gateway);
    let case = case(&gateway, "parent@example.com");
    let to = gateway.path("case");
    let place = to.to_str().unwrap();
    let leave = ["--case", case.as_str(), "--as", AUDITOR];

    let said = gateway.succeed(&export(&leave, place, "xylophones"), PASSWORD);
    assert!(said.starts_with(&format!("1 mails are in {place}")), "{said}");
    let bag: Vec<String> = files(&to).iter().map(|file| file.strip_prefix(&to).unwrap().display().to_string()).collect();
    assert!(bag.iter().all(|file| !file.contains(&other)), "{bag:?}");
    let show = |more: &[&str]| {
        let arguments = [&["archive", "show", "--raw"], &leave[..], more, &[covered.as_str()]].concat();
        gateway.run(&arguments, PASSWORD).stdout
    };
    assert_eq!(std::fs::read(to.join(format!("data/mails/{covered}.eml"))).unwrap(), show(&[]));
    assert_eq!(std::fs::read(to.join(format!("data/copies/{covered}-1.eml"))).unwrap(), show(&["--copy", "1"]));
    assert!(std::fs::read(to.join(format!("data/pdf/{covered}.pdf"))).unwrap().starts_with(b"%PDF-1."));
    let sums =
        Command::new("sha256sum").args(["--check", "--strict", "--quiet", "manifest-sha256.txt"]).current_dir(&to).status();
    assert!(sums.unwrap().success());
    let manifest: Value = serde_json::from_slice(&std::fs::read(to.join("data/manifest.json")).unwrap()).unwrap();
    assert_eq!((&manifest["about"]["by"], &manifest["mails"][0]["ref"]), (&AUDITOR.into(), &covered.as_str().into()));
    let mode = std::fs::metadata(&to).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "mail in clear is its owner's alone");
    let written = events(&gateway, "archive-read");
    assert!(written.iter().any(|body| body.contains(r#""what":"export""#) && body.contains(r#""count":1"#)), "{written:?}");
}

#[test]
fn without_leave_or_with_a_place_that_is_taken_nothing_is_made_and_no_glass_is_broken() {
    let upstream = Upstream::start();
    let gateway = school(&upstream, "");
    let to = gateway.path("bag.zip");
    let place = to.to_str().unwrap();
    assert!(refused(&gateway, &export(&[], place, ""), "").contains("only with leave"));
    let glass = ["--break-glass", "a test of the export"];
    assert!(refused(&gateway, &export(&glass, place, "subjet:trip"), "").contains("subject"));
    std::fs::write(&to, b"mine").unwrap();
    assert!(refused(&gateway, &export(&glass, place, ""), "").contains("is left alone"));
    assert_eq!(std::fs::read(&to).unwrap(), b"mine");
    assert_eq!(events(&gateway, "glass-broken"), Vec::<String>::new());
}

#[test]
fn numbers_are_shown_without_leave_and_without_a_word_of_a_mail() {
    let upstream = Upstream::start();
    let gateway = school(&upstream, "");
    send(&gateway, "parent@example.com", "Marmalade", "Xylophones.\r\n");
    send(&gateway, "parent@example.com", "Marmalade", "Xylophones.\r\n");
    let stats = gateway.json(&["archive", "stats", "--json"]);
    assert_eq!(stats["stats"]["all"]["mails"], 2);
    assert_eq!(stats["stats"]["contacts"][0]["name"], "parent@example.com");
    assert_eq!(stats["partitions"][0]["class"], "ordinary");
    let people = gateway.succeed(&["archive", "stats"], "");
    assert!(people.contains("parent@example.com") && !people.contains("armalade"), "{people}");
}
