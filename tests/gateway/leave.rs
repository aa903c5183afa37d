//! The leave to read: asked by one person, given by another, each with their own password; letters to those who must know.

use jiff::{Span, Zoned};

use crate::world::{Gateway, Upstream};

const AUDITOR: &str = "auditor@oakfield.example.sch.uk";
const HEAD: &str = "head@oakfield.example.sch.uk";
const PASSWORD: &str = "correct horse battery\n";

/// A running gateway with a staff of three beside its office.
fn school(upstream: &Upstream) -> Gateway {
    let gateway = Gateway::start(upstream.port, "");
    for (address, role) in [(AUDITOR, "auditor"), (HEAD, "approver"), ("it@oakfield.example.sch.uk", "technician")] {
        gateway.succeed(&["user", "add", address, "--role", role], PASSWORD);
    }
    gateway
}

fn day(from_now: i64) -> String {
    Zoned::now().date().checked_add(Span::new().days(from_now)).unwrap().to_string()
}

fn request<'a>(from: &'a str, until: &'a str, account: &'a str) -> Vec<&'a str> {
    let what = ["case", "request", "--kind", "subject-access", "--mailbox", "office@oakfield.example.sch.uk"];
    let when = ["--from", from, "--to", until, "--purpose", "Mrs Reed asks what we hold", "--until", until, "--as", account];
    what.into_iter().chain(when).collect()
}

fn refused(gateway: &Gateway, arguments: &[&str], password: &str) -> String {
    let output = gateway.run(arguments, password);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn leave_is_asked_and_given_by_two_people_who_are_told_by_mail() {
    let upstream = Upstream::start();
    let gateway = school(&upstream);
    let (from, until) = (day(-30), day(30));
    assert!(gateway.succeed(&["case", "list"], "").contains("nobody has asked"));
    assert!(refused(&gateway, &request(&from, &until, "it@oakfield.example.sch.uk"), PASSWORD).contains("only auditor or dpo"));
    assert!(refused(&gateway, &request(&from, &until, AUDITOR), "wrong password\n").contains("could not be signed in"));
    assert!(
        refused(&gateway, &request(&from, &until, "nobody@oakfield.example.sch.uk"), PASSWORD).contains("could not be signed in")
    );

    let asked = gateway.run(&request(&from, &until, AUDITOR), PASSWORD);
    assert_eq!(String::from_utf8_lossy(&asked.stdout), "case 1 is asked for; it waits for an approver\n");
    assert!(!String::from_utf8_lossy(&asked.stderr).contains("Mrs Reed"), "a purpose may name people, and stands in no log line");
    let letter = upstream.wait_for_mail_to(HEAD).text();
    for words in ["Subject: Waits for you: case 1", "Mrs Reed asks what we hold", "case approve 1 --as head@"] {
        assert!(letter.replace("=\r\n", "").contains(words), "{words} is missing:\n{letter}");
    }
    assert!(refused(&gateway, &["case", "approve", "1", "--as", AUDITOR], PASSWORD).contains("only approver"));
    assert_eq!(gateway.succeed(&["case", "approve", "1", "--as", HEAD], PASSWORD), format!("case 1 is approved until {until}\n"));
    assert!(upstream.wait_for_mail_to(AUDITOR).text().contains("Case 1 is approved"));
    let shown = gateway.json(&["case", "show", "1", "--json"]);
    assert_eq!((&shown["state"], &shown["mailboxes"][0]), (&"approved".into(), &"office@oakfield.example.sch.uk".into()));
    assert!(refused(&gateway, &["case", "refuse", "1", "--why", "no", "--as", HEAD], PASSWORD).contains("approved already"));
    assert_eq!(gateway.succeed(&["case", "close", "1", "--as", AUDITOR], PASSWORD), "case 1 is closed\n");
    assert_eq!(gateway.json(&["case", "list", "--json"])[0]["state"], "closed");
    assert!(!gateway.log().contains("Mrs Reed"));
}

#[test]
fn without_an_account_on_standard_input_the_way_is_said() {
    let upstream = Upstream::start();
    let gateway = school(&upstream);
    assert!(refused(&gateway, &["case", "close", "1"], "").contains("--as ADDRESS"));
    assert!(refused(&gateway, &["case", "show", "7"], "").contains("`schoolgate case list` shows all"));
    let kind = gateway.run(&["case", "request", "--kind", "subject-acess"], "");
    assert_eq!(kind.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&kind.stderr).contains("did you mean `subject-access`"));
    gateway.succeed(&["user", "suspend", AUDITOR, "--why", "left"], "");
    assert!(refused(&gateway, &request(&day(-1), &day(1), AUDITOR), PASSWORD).contains("could not be signed in"));
}
