//! Holds by a query and by a case: what a search means stays, and what it may mean, since nobody can read it.

use super::*;
use crate::world::free_port;

fn mail(to: &str, kind: &str, body: &str) -> String {
    format!("From: office@oakfield.example.sch.uk\nTo: {to}\nSubject: {body}\nContent-Type: {kind}\n\n{body}\n")
}

/// Mails of a month that is over, imported by a gateway that does not run.
fn old_mails() -> Gateway {
    let gateway = Gateway::prepare(free_port(), "");
    for (address, role) in [(AUDITOR, "auditor"), (APPROVER, "approver")] {
        gateway.succeed(&["user", "add", address, "--role", role], PASSWORD);
    }
    let folder = gateway.path("old");
    std::fs::create_dir(&folder).unwrap();
    let mails = [
        mail("parent@example.com", "text/plain", "excursion"),
        mail("rival@example.org", "text/plain", "lunch"),
        mail("sealed@example.net", "application/pkcs7-mime; smime-type=enveloped-data", "MIIB"),
        mail("asked@example.com", "text/plain", "dinner"),
    ];
    for (number, mail) in mails.iter().enumerate() {
        std::fs::write(folder.join(format!("{number}.eml")), mail).unwrap();
    }
    gateway.succeed(&["archive", "import", "--received", "2024-09-02", folder.to_str().unwrap()], "");
    gateway
}

fn bodies(gateway: &Gateway) -> Vec<String> {
    let records = Archived::of(gateway).records().into_iter().filter(|record| record.header.issued.is_none());
    let mut last: Vec<String> =
        records.map(|record| String::from_utf8_lossy(&record.raw).lines().last().unwrap_or_default().to_owned()).collect();
    last.sort();
    last
}

fn hold<'a>(named: &[&'a str]) -> Vec<&'a str> {
    [&["archive", "hold", "add", "--reason", "a complaint", "--owner", "the clerk"], named].concat()
}

#[test]
fn a_hold_by_query_or_case_keeps_what_is_meant_and_what_cannot_be_read() {
    let gateway = old_mails();
    let glass = ["--break-glass", "a complaint came", "--query", "excursion"];
    let said = gateway.succeed(&hold(&glass), "");
    assert!(said.starts_with("hold 1 stands: 0 mails now"), "{said}");
    assert_eq!(events(&gateway, "glass-broken").len(), 1);
    let said = gateway.succeed(&["archive", "purge"], "");
    assert!(said.contains("kept ordinary 2024-09: 4 of its mails are not in the index yet"), "{said}");
    assert_eq!(bodies(&gateway).len(), 4);

    let tomorrow = Zoned::now().date().tomorrow().unwrap().to_string();
    let days = ["--from", "2024-09-01", "--to", "2024-09-30", "--until", &tomorrow, "--as", AUDITOR];
    let what = ["case", "request", "--kind", "governors", "--mailbox", "asked@example.com", "--purpose", "an appeal"];
    gateway.succeed(&[&what[..], &days].concat(), PASSWORD);
    gateway.succeed(&["archive", "reindex"], "");
    let said = gateway.succeed(&hold(&["--case", "1"]), "");
    assert!(said.starts_with("hold 2 stands: 1 mails now"), "{said}");
    let listed = gateway.succeed(&["archive", "hold", "list"], "");
    assert!(listed.contains("excursion") && listed.contains("all of the case"), "{listed}");

    let said = gateway.succeed(&["archive", "purge"], "");
    assert!(said.contains("purged ordinary 2024-09: 4 mails") || said.contains("purged ordinary 2024-09: 1 mails"), "{said}");
    assert!(said.contains("3 mails stay, kept by holds"), "{said}");
    assert_eq!(bodies(&gateway), ["MIIB", "dinner", "excursion"]);
    gateway.succeed(&["archive", "verify"], "");
}

#[test]
fn a_hold_by_query_is_a_search_and_needs_leave_and_goes_by_nothing_that_changes() {
    let gateway = old_mails();
    assert!(refused(&gateway, &hold(&["--query", "excursion"]), "").contains("only with leave"));
    assert!(refused(&gateway, &hold(&["--query", "subjet:excursion"]), "").contains("subject"));
    assert!(refused(&gateway, &hold(&[]), "").contains("needs something to keep"));
    let glass = ["--break-glass", "a test"];
    assert!(refused(&gateway, &hold(&glass), "").contains("with --query only"));
    assert_eq!(events(&gateway, "glass-broken"), Vec::<String>::new());
    for changing in ["class:ordinary", "excursion -is:held", "expires:2027"] {
        let why = refused(&gateway, &hold(&[&glass[..], &["--query", changing]].concat()), "");
        assert!(why.contains("it changes while a mail lies in the archive"), "{changing}: {why}");
    }
    assert_eq!(events(&gateway, "glass-broken"), Vec::<String>::new());
    assert!(refused(&gateway, &hold(&["--case", "9"]), "").contains('9'));
    assert_eq!(events(&gateway, "hold-set"), Vec::<String>::new());
}
