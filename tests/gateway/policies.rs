//! The five schools' policies (`fixtures/policies`): each is a whole configuration that `check` passes, and for their main
//! clauses a mail goes through the real program with that policy. `table` holds docs/policies.md against the files and the tests.
//!
//! A policy is taken as it is written; only what belongs to a machine (ports, paths, next hops) is put in its place.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use schoolgate::config;
use schoolgate::ledger::Ledger;
use schoolgate::store::Store;
use serde_json::Value;

use crate::world::attached;
use crate::world::clamd::Clamd;
use crate::world::gateway::{OFFICE, PASSWORD, files, output};
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, free_port, installed, wait_until};

mod table;

const PARENT: &str = "parent@example.com";
const HEAD: &str = "head@oakfield.example.sch.uk";
/// A sentence with an invented number.
const PERSONAL: &str = "Her National Insurance number is AB123456C.";
/// A line that begins a block of rules that wait for a later version.
const NOT_YET: &str = "# not available yet";

/// A gateway that runs with a school's policy, the next hop of its mail, and that of its other route.
struct School {
    gateway: Gateway,
    upstream: Upstream,
    other: Upstream,
}

impl School {
    fn open(policy: &str) -> Self {
        Self::open_scanning(policy, "off")
    }

    /// With this in the place of the school's clamd.
    fn open_scanning(policy: &str, clamd: &str) -> Self {
        let (upstream, other) = (Upstream::start(), Upstream::start());
        let mut gateway = Gateway::prepare(upstream.port, "");
        fs::write(gateway.config(), settled_here(&read(policy), clamd, &gateway, &upstream, &other)).unwrap();
        gateway.add_account(OFFICE, PASSWORD);
        gateway.serve();
        Self { gateway, upstream, other }
    }

    /// Sends a mail of the office through the relay listener; the reply to it.
    fn send(&self, to: &[&str], subject: &str, body: &str) -> String {
        Session::open(self.gateway.relay).send(to, subject, body)
    }

    /// The reply to a mail by the relay listener whose From is somebody else.
    fn from(&self, from: &str) -> String {
        let mut session = Session::open(self.gateway.relay);
        session.begin(&[PARENT]);
        session.say(format!("From: {from}\r\nTo: {PARENT}\r\nSubject: Trip\r\n\r\nText.\r\n.\r\n").as_bytes());
        session.reply()
    }

    /// The reply to a mail with one file.
    fn send_file(&self, name: &str, bytes: &[u8]) -> String {
        let mut session = Session::open(self.gateway.relay);
        session.begin(&[PARENT]);
        session.say(format!("{}.\r\n", attached::mail(PARENT, &[attached::File::new(name, bytes)])).as_bytes());
        session.reply()
    }

    fn expect_taken(&self, to: &[&str], subject: &str, body: &str) {
        let reply = self.send(to, subject, body);
        assert!(reply.starts_with("250 "), "{reply}");
    }

    /// What arrives for a recipient.
    fn arrives(&self, to: &str) -> String {
        self.upstream.wait_for_mail_to(to).text()
    }

    /// The class in which `explain` would keep a mail of the office, and the day until which.
    fn kept(&self, to: &str) -> (String, String) {
        let mail = self.gateway.path("mail.eml");
        fs::write(&mail, format!("From: {OFFICE}\r\nTo: {to}\r\nSubject: Trip\r\n\r\nText.\r\n")).unwrap();
        let said = self.gateway.json(&["explain", "--json", "--from", OFFICE, "--to", to, mail.to_str().unwrap()]);
        let word = |key: &str| said["keep"][key].as_str().unwrap_or_default().to_owned();
        (word("id"), word("until").chars().take(10).collect())
    }

    /// The mails that wait for somebody's decision.
    fn held(&self) -> Vec<Value> {
        let queue = self.gateway.json(&["queue", "list", "--json"]);
        queue.as_array().unwrap().iter().filter(|job| job["state"] == "held").cloned().collect()
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/policies")
}

/// A policy as written, but for the way to the lists of words, which begins at its own folder.
fn read(policy: &str) -> String {
    let written = fs::read_to_string(folder().join(format!("{policy}.toml"))).unwrap();
    written.replace("\"../../lists/", &format!("\"{}/lists/", env!("CARGO_MANIFEST_DIR")))
}

/// The policies by their names, `p1` first.
fn policies() -> Vec<String> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names, ["p1", "p2", "p3", "p4", "p5"]);
    names
}

/// Puts this machine's ports, paths and next hops in the place of the school's.
fn settled_here(policy: &str, clamd: &str, gateway: &Gateway, upstream: &Upstream, other: &Upstream) -> String {
    let here = [
        ("/var/lib/schoolgate", "store".to_owned()),
        ("/etc/schoolgate/master.key", "master.key".to_owned()),
        ("/etc/schoolgate/tls/fullchain.pem", "certificate.pem".to_owned()),
        ("/etc/schoolgate/tls/privkey.pem", "certificate.key".to_owned()),
        ("0.0.0.0:587", format!("127.0.0.1:{}", gateway.submission)),
        ("0.0.0.0:465", format!("127.0.0.1:{}", gateway.submissions)),
        ("127.0.0.1:2525", format!("127.0.0.1:{}", gateway.relay)),
        ("127.0.0.1:8024", format!("127.0.0.1:{}", gateway.ops)),
    ];
    let mut text = policy.replace("unix:/run/clamav/clamd.ctl", clamd);
    for (written, value) in here {
        assert!(text.contains(&format!("\"{written}\"")), "{written} is not in the policy");
        text = text.replace(&format!("\"{written}\""), &format!("\"{value}\""));
    }
    for port in ["127.0.0.1:8025", "127.0.0.1:8026"] {
        text = text.replace(port, &format!("127.0.0.1:{}", free_port())); // not every policy has a console, or pickup pages
    }
    text.split("\n\n").map(|block| led_here(block, upstream, other)).collect::<Vec<_>>().join("\n\n")
}

/// A `[[route]]` that leads to an upstream of the test; other blocks as they are.
fn led_here(block: &str, upstream: &Upstream, other: &Upstream) -> String {
    let Some(start) = block.find("[[route]]").filter(|_| !block.contains(NOT_YET)) else { return block.to_owned() };
    let name = block[start..].lines().find(|line| line.starts_with("name")).unwrap();
    let port = if name.contains("\"default\"") { upstream.port } else { other.port };
    format!("{}[[route]]\n{name}\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"", &block[..start])
}

/// The policy with the blocks that wait for a later version as they will be then.
fn with_all(policy: &str) -> String {
    let mut waits = false;
    let mut line = |line: &str| {
        waits = line.starts_with(NOT_YET) || (waits && line.starts_with('#'));
        match line.strip_prefix('#') {
            Some(rest) if waits && !line.starts_with(NOT_YET) => rest.strip_prefix(' ').unwrap_or(rest).to_owned(),
            _ => line.to_owned(),
        }
    };
    policy.lines().map(|l| line(l) + "\n").collect()
}

fn checked(config: &std::path::Path) -> Value {
    let mut check = Gateway::program();
    check.arg("check").arg("--json").arg("--config").arg(config);
    serde_json::from_slice(&output(check, "").stdout).unwrap()
}

#[test]
fn every_policy_passes_check_with_tests_beside_its_rules() {
    for policy in policies() {
        let report = checked(&folder().join(format!("{policy}.toml")));
        assert_eq!(report["ok"], true, "{policy}: {report:#}");
        let tests = report["tests"].as_array().unwrap();
        assert!(tests.len() > 2, "{policy}: {tests:?}");
        for rule in read(&policy).split("\n[[rule]]").skip(1) {
            assert!(rule.contains("[[rule.test]]") && rule.contains("\nabout"), "{policy}: a rule without test or about: {rule}");
        }
    }
}

/// A technician takes the `#` away once it is time: then nothing else may be wrong with those blocks.
#[test]
fn what_is_not_available_yet_is_written_as_it_will_be() {
    let mut waiting = 0;
    for policy in policies() {
        let text = with_all(&read(&policy));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("policy.toml");
        fs::write(&file, &text).unwrap();
        let report = checked(&file);
        for mistake in report["mistakes"].as_array().unwrap() {
            assert!(mistake["message"].as_str().unwrap().contains("not available yet"), "{policy}: {mistake:#}");
            waiting += 1;
        }
    }
    assert!(waiting > 0, "nothing waits any more: take this test away");
}

#[test]
fn p1_notice_stands_once_on_mail_to_people_outside_and_not_inside() {
    let school = School::open("p1");
    let notice = "This message is confidential and meant for the person it is addressed to.";
    school.expect_taken(&[PARENT, HEAD], "Harvest festival", "Please bring apples.\r\n");
    assert_eq!(school.arrives(PARENT).matches(notice).count(), 1);
    assert!(!school.arrives(HEAD).contains(notice));
    let sent_before = format!(
        "Thank you.\r\n\r\n{notice}\r\nIf you are not that person, please tell Oakfield Church Primary School and delete it.\r\n"
    );
    school.expect_taken(&["second@example.com"], "Re: Harvest festival", &sent_before);
    assert_eq!(school.arrives("second@example.com").matches(notice).count(), 1, "what is there already is not repeated");
    let stripped = "Thank you.\r\n\r\nOn Monday the office wrote:\r\n> Please bring apples.\r\n";
    school.expect_taken(&["third@example.com"], "Re: Harvest festival", stripped);
    assert_eq!(school.arrives("third@example.com").matches(notice).count(), 1, "what a sender strips is put back");
}

#[test]
fn p1_retain_and_p5_retain_keep_mail_as_long_as_they_say() {
    let after = |months: i64| {
        let until = |now: jiff::Zoned| now.checked_add(jiff::Span::new().months(months)).unwrap().date().to_string();
        until(jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC))
    };
    for (policy, to, class, months) in [
        ("p1", PARENT, "six-months", 6),
        ("p5", PARENT, "three-years", 36),
        ("p5", "dsl@oakfield.example.sch.uk", "safeguarding", 300),
    ] {
        let school = School::open(policy);
        let before = after(months);
        let (kept, until) = school.kept(to);
        assert_eq!(kept, class, "{policy}");
        assert!([before, after(months)].contains(&until), "{policy}: {until}"); // midnight may fall between
        school.expect_taken(&[to], "Trip", "Text.\r\n");
        let stored = files(&school.gateway.path("store"));
        assert!(stored.iter().any(|file| file.display().to_string().contains(&format!("{class}-"))), "{policy}: {stored:?}");
    }
}

#[test]
fn p1_spoof_p2_forge_and_p5_spoof_refuse_a_sender_that_is_not_the_accounts() {
    for policy in ["p1", "p2", "p5"] {
        let school = School::open(policy);
        let mut session = Session::open_signed_in(school.gateway.submissions);
        let reply = session.command("MAIL FROM:<bursar@oakfield.example.sch.uk>");
        assert!(reply.starts_with("553 5.7.1 "), "{policy}: {reply}");
        assert!(session.send(&[PARENT], "Trip", "Text.\r\n").starts_with("250 "), "{policy}: the account's own address is taken");
        assert!(school.from("stranger@example.net").starts_with("553 5.7.1 "), "{policy}: nor is a stranger's From by the relay");
    }
}

#[test]
fn p1_account_is_stopped_at_once() {
    let school = School::open("p1");
    let mut session = Session::open_signed_in(school.gateway.submissions);
    assert!(session.send(&[PARENT], "Trip", "Text.\r\n").starts_with("250 "));
    school.gateway.succeed(&["user", "suspend", OFFICE, "--why", "asked by the head teacher"], "");
    assert!(session.command(&format!("MAIL FROM:<{OFFICE}>")).starts_with("55"), "the open session sends no more");
    let list = school.gateway.succeed(&["user", "list"], "");
    assert!(list.contains("asked by the head teacher"), "{list}");
}

#[test]
fn p2_confidential_and_p2_pickup_bring_a_link_outside_and_the_mail_inside() {
    let school = School::open("p2");
    school.expect_taken(&[PARENT, HEAD], "CONFIDENTIAL: report", "The report.\r\n");
    let notice = school.arrives(PARENT);
    assert!(notice.contains("https://secure.oakfield.example.sch.uk/p/"), "{notice}");
    assert!(!notice.contains("The report.") && !notice.contains("CONFIDENTIAL"), "{notice}");
    assert!(notice.contains("https://secure.oakfield.example.sch.uk/help"), "{notice}");
    assert!(school.arrives(HEAD).contains("The report."));
    assert!(school.arrives(OFFICE).contains("/sent/"));
    school.expect_taken(&["second@example.com"], "Our confidentiality policy", "See the site.\r\n");
    school.arrives("second@example.com");
}

#[test]
fn p2_sensitive_data_leaves_by_the_page_alone() {
    let school = School::open("p2");
    school.expect_taken(&[PARENT], "Form", &format!("{PERSONAL}\r\n"));
    let notice = school.arrives(PARENT);
    assert!(notice.contains("/p/") && !notice.contains("AB123456C"), "{notice}");
}

#[test]
fn p2_mass_is_limited_by_the_hour_but_not_for_the_office() {
    let school = School::open("p2");
    let mut session = Session::open(school.gateway.relay);
    let mut send = |from: &str, count: usize| {
        let reply = session.command(&format!("MAIL FROM:<{from}>"));
        if !reply.starts_with("250") {
            return reply;
        }
        for n in 0..count {
            let reply = session.command(&format!("RCPT TO:<parent{n}@example.com>"));
            assert!(reply.starts_with("250"), "{reply}");
        }
        assert!(session.command("DATA").starts_with("354"));
        session.say(format!("From: {from}\r\nTo: parents:;\r\nSubject: News\r\n\r\nNews.\r\n.\r\n").as_bytes());
        session.reply()
    };
    assert!(send(OFFICE, 400).starts_with("250 "));
    for _ in 0..5 {
        assert!(send("teacher@oakfield.example.sch.uk", 60).starts_with("250 "));
    }
    let reply = send("teacher@oakfield.example.sch.uk", 1);
    assert!(reply.starts_with("450 4.7.1 "), "{reply}");
}

#[test]
fn p2_mass_asks_the_sender_and_has_an_end() {
    let school = School::open("p2");
    let many: Vec<String> = (0..60).map(|n| format!("parent{n}@example.com")).collect();
    let mut session = Session::open(school.gateway.relay);
    assert!(session.command("MAIL FROM:<teacher@oakfield.example.sch.uk>").starts_with("250"));
    for parent in &many {
        assert!(session.command(&format!("RCPT TO:<{parent}>")).starts_with("250"));
    }
    assert!(session.command("RCPT TO:<one-too-many@example.com>").starts_with("452 4.5.3 "));
    assert!(session.command("DATA").starts_with("354"));
    session.say(b"From: teacher@oakfield.example.sch.uk\r\nTo: parents:;\r\nSubject: Sale\r\n\r\nBuy now.\r\n.\r\n");
    assert!(session.reply().starts_with("250 "));
    let held = school.held();
    assert_eq!((held.len(), &held[0]["whom"], &held[0]["rule"]), (1, &"sender".into(), &"many-outside".into()), "{held:?}");
}

#[tokio::test]
async fn p2_connections_and_sign_ins_are_in_the_ledger() {
    let mut school = School::open("p2");
    Session::open_signed_in(school.gateway.submissions);
    school.gateway.stop();
    let config = config::read(&school.gateway.config()).unwrap().config;
    let ledger = Ledger::new(Store::open_beside(&config.store).unwrap());
    let entries = ledger.recent(100).await.unwrap();
    for (name, whom) in [("connected", "127.0.0.1"), ("signed-in", OFFICE)] {
        assert!(entries.iter().any(|entry| entry.name == name && entry.body.contains(whom)), "{name} {whom} is missing");
    }
}

#[test]
fn p3_words_are_watched_and_nothing_is_stopped() {
    let school = School::open("p3");
    school.expect_taken(&[PARENT], "Tonight", "Come, you bloody\r\nidi\u{200b}ot.\r\n");
    school.arrives(PARENT);
    wait_until("the match is recorded", Duration::from_secs(10), || {
        let log = school.gateway.log();
        (log.contains("rule-watched") && log.contains("rule words")).then_some(())
    });
    assert!(school.held().is_empty());
}

#[test]
fn p3_chain_letters_are_refused() {
    let school = School::open("p3");
    let reply = school.send(&[PARENT], "Fwd: send this to TEN friends", "Luck will come.\r\n");
    assert!(reply.starts_with("550 5.7.1 Chain letters are not passed on: "), "{reply}");
    assert!(reply.contains("(rule chain-letter, ref "), "{reply}");
}

#[test]
fn p4_authorise_waits_for_an_approver_and_leaves_when_agreed() {
    let school = School::open("p4");
    let statistics = "statistics@council.example.gov.uk";
    school.expect_taken(&[statistics], "Census return", "The figures.\r\n");
    assert!(school.arrives(HEAD).contains("authorise"), "the head teacher is told which rule asks");
    assert!(school.arrives(OFFICE).contains("has not left the school yet"), "so is its sender");
    let held = school.held();
    assert_eq!((held.len(), &held[0]["whom"], &held[0]["rule"]), (1, &"approver".into(), &"authorise".into()), "{held:?}");
    assert!(!school.upstream.taken().iter().any(|mail| mail.to.iter().any(|to| to == statistics)));
    school.gateway.succeed(&["queue", "release", held[0]["ref"].as_str().unwrap()], "");
    assert!(school.arrives(statistics).contains("The figures."));
}

#[test]
fn p1_virus_p2_virus_and_p3_virus_are_refused_and_told() {
    let Some(clamd) = Clamd::start() else { return };
    for policy in ["p1", "p2", "p3"] {
        let school = School::open_scanning(policy, &format!("unix:{}", clamd.socket().display()));
        let reply = school.send_file("bill.com", &schoolgate::scan::eicar());
        assert!(
            reply.starts_with("550 5.7.1 Mail with a virus is refused: bill.com carries ") && reply.contains("Eicar"),
            "{reply}"
        );
        assert!(school.arrives("it@oakfield.example.sch.uk").contains("bill.com"), "the technician is told");
        assert!(school.gateway.log().contains("virus-found"), "and the log has it");
        assert!(school.send_file("bill.txt", b"Three pounds").starts_with("250 "));
        assert!(school.arrives(PARENT).contains("bill.txt"));
    }
}

#[test]
fn p1_virus_unsure_files_wait_for_the_technician() {
    let Some(clamd) = Clamd::start() else { return };
    let school = School::open_scanning("p1", &format!("unix:{}", clamd.socket().display()));
    assert!(school.send_file("start.bat", b"@echo off\r\nstart calc.exe\r\n").starts_with("250 "));
    let held = school.held();
    assert_eq!((held.len(), &held[0]["whom"], &held[0]["rule"]), (1, &"technician".into(), &"unsure".into()), "{held:?}");
    assert!(school.arrives(OFFICE).contains("has not left the school yet"), "its sender is told");
}

#[test]
fn p1_special_is_refused_with_what_was_seen() {
    let school = School::open("p1");
    let body = "Amelia Banks in 4B has been diagnosed with epilepsy and takes her medication at noon.\r\n";
    let reply = school.send(&[PARENT], "Appointment", body);
    assert!(reply.starts_with("550 5.7.1 Health, religion, ethnic origin, finances and the like do not leave"), "{reply}");
    assert!(reply.contains("health (") && !reply.contains("epilepsy") && !reply.contains("Amelia"), "masked: {reply}");
    wait_until("the record has it", Duration::from_secs(10), || school.gateway.log().contains("data-found").then_some(()));
    assert!(!school.gateway.log().contains("epilepsy") && !school.gateway.log().contains("Amelia"));
    school.expect_taken(&[PARENT], "Harvest festival", "Please bring apples.\r\n");
    school.expect_taken(&[HEAD], "Appointment", body);
}

#[test]
fn p1_abroad_refuses_personal_data() {
    let school = School::open("p1");
    let reply = school.send(&["schule@beispiel.de"], "Exchange", "The pupil's UPN is L810995815931.\r\n");
    assert!(reply.contains("Personal data does not leave the United Kingdom") && reply.contains("uk-upn (L8…31)"), "{reply}");
    school.expect_taken(&["schule@beispiel.de"], "Exchange", "The coach leaves at nine.\r\n");
}

#[test]
fn p3_unencrypted_personal_data_is_refused_and_p3_anonymise_says_how() {
    let school = School::open("p3");
    let reply = school.send_file("class.csv", b"Name,UPN,Date of birth\r\nAmelia Banks,L810995815931,04/07/2014\r\n");
    assert!(reply.starts_with("550 5.7.1 Personal data does not leave the school in clear"), "{reply}");
    assert!(reply.contains("in class.csv") && reply.contains("Write initials in place of names"), "{reply}");
    let locked = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/attachments/user-aes-256.pdf")).unwrap();
    assert!(school.send_file("report.pdf", &locked).starts_with("250 "), "a file with a password satisfies the policy");
}

#[test]
fn p4_authorise_holds_a_list_of_pupils() {
    let school = School::open("p4");
    let upns = ["L810995815931", "E886997317210", "B801200005001", "A886994622609", "P810997217188", "E88699541987G"];
    let names = ["Amelia Banks", "Jacob Singh", "Maja Tran", "Priya Wilson", "Chloe Lloyd", "Eoin Mensah"];
    let rows: String = names.iter().zip(upns).map(|(name, upn)| format!("{name},{upn}\r\n")).collect();
    let reply = school.send_file("roll.csv", format!("Name,UPN\r\n{rows}").as_bytes());
    assert!(reply.starts_with("250 "), "{reply}");
    let held = school.held();
    assert_eq!((held.len(), &held[0]["whom"], &held[0]["rule"]), (1, &"approver".into(), &"authorise-found".into()), "{held:?}");
    school.expect_taken(&[PARENT], "Your child", "Her UPN is L810995815931.\r\n");
    assert_eq!(school.held().len(), 1, "one child's number to their parent goes");
}

#[test]
fn p5_notice_stands_on_all_mail_and_names_its_sender() {
    let school = School::open("p5");
    school.expect_taken(&[PARENT, HEAD], "Trip", "The coach leaves at 8.45.\r\n");
    for to in [PARENT, HEAD] {
        let mail = school.arrives(to);
        assert_eq!(mail.matches("please tell office@oakfield.example.sch.uk and delete it.").count(), 1, "{mail}");
    }
}

#[test]
fn p5_bcc_hides_families_from_each_other() {
    let school = School::open("p5");
    let mut session = Session::open(school.gateway.relay);
    session.begin(&[PARENT, "second@example.net", HEAD]);
    let to = format!("To: {PARENT}, second@example.net\r\nCc: {HEAD}\r\n");
    session.say(format!("From: {OFFICE}\r\n{to}Subject: Trip\r\n\r\nThe coach leaves at 8.45.\r\n.\r\n").as_bytes());
    assert!(session.reply().starts_with("250 "));
    for parent in [PARENT, "second@example.net"] {
        let mail = school.arrives(parent);
        assert!(mail.contains(&format!("To: {OFFICE}")) && mail.contains("8.45"), "{mail}");
        assert!(!mail.contains(PARENT) && !mail.contains("second@example.net"), "{mail}");
    }
    assert!(school.arrives(HEAD).contains(&to), "a colleague sees the true list");
}

#[test]
fn p5_size_is_limited_for_every_mail_and_more_so_outside() {
    let school = School::open("p5");
    let mut session = Session::open(school.gateway.relay);
    assert!(session.command(&format!("MAIL FROM:<{OFFICE}> SIZE=30000000")).starts_with("552 5.3.4 "));
    let film = [attached::File::new("film.mp4", &vec![7; 8_400_000])];
    let mut send = |to: &str| {
        session.begin(&[to]);
        session.say(format!("{}.\r\n", attached::mail(to, &film)).as_bytes());
        session.reply()
    };
    let reply = send(PARENT);
    assert!(reply.starts_with("550 5.7.1 Files over 10MB go by the school's file share: "), "{reply}");
    assert!(send(HEAD).starts_with("250 "), "inside it goes");
}

#[test]
fn p5_size_filters_prohibited_words() {
    let school = School::open("p5");
    let reply = school.send(&[PARENT], "Thanks", "What a NINCOM\u{200b}POOP.\r\n");
    assert!(reply.starts_with("550 5.7.1 ") && reply.contains("(rule words, ref "), "{reply}");
    school.expect_taken(&[PARENT], "Re: Thanks", "> What a nincompoop.\r\n\r\nPlease be kind.\r\n");
}

#[test]
fn p5_verify_asks_again_about_a_twin_and_a_new_private_mailbox() {
    let school = School::open("p5");
    school.expect_taken(&["sen@counci1.example.gov.uk", "sen@council.example.gov.uk"], "Plan", "The plan.\r\n");
    school.expect_taken(&["parent@gmail.com"], "Plan", "The plan.\r\n");
    let mut rules: Vec<_> = school.held().iter().map(|held| held["rule"].as_str().unwrap().to_owned()).collect();
    rules.sort();
    assert_eq!(rules, ["lookalike", "new-webmail"]);
    assert_eq!(school.other.wait_for_mail_to("sen@council.example.gov.uk").to, ["sen@council.example.gov.uk"]);
}

#[test]
fn p1_abroad_is_counted() {
    let school = School::open("p1");
    school.expect_taken(&["reisen@beispiel.de", PARENT], "Exchange", "The dates.\r\n");
    school.arrives("reisen@beispiel.de");
    wait_until("the match is recorded", Duration::from_secs(10), || {
        let log = school.gateway.log();
        (log.contains("rule-watched") && log.contains("abroad-watched")).then_some(())
    });
}

#[test]
fn p5_choose_takes_the_way_of_the_destination() {
    let school = School::open("p5");
    let council = "sen@council.example.gov.uk";
    school.expect_taken(&[PARENT, council], "Plan", "The plan.\r\n");
    assert_eq!(school.other.wait_for_mail_to(council).to, [council]);
    assert_eq!(school.upstream.wait_for_mail_to(PARENT).to, [PARENT]);
}

#[test]
fn p5_choose_encrypts_to_the_readers_own_key() {
    if !installed("openssl") {
        return;
    }
    let school = School::open("p5");
    let nurse = "nurse@nhs.example.uk";
    let mut openssl = Command::new("openssl");
    openssl.current_dir(school.gateway.path("")).args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90"]);
    openssl.args([
        "-subj",
        "/CN=nurse",
        "-addext",
        &format!("subjectAltName=email:{nurse}"),
        "-keyout",
        "n.key",
        "-out",
        "n.pem",
    ]);
    assert!(output(openssl, "").status.success());
    school.gateway.succeed(&["key", "import", nurse, school.gateway.path("n.pem").to_str().unwrap()], "");
    school.expect_taken(&[nurse, PARENT], "Plan", "The plan of care.\r\n");
    let sealed = school.arrives(nurse);
    assert!(sealed.contains("smime-type=enveloped-data") && !sealed.contains("plan of care"), "{sealed}");
    assert!(school.arrives(PARENT).contains("The plan of care."));
}

#[test]
fn p5_secure_leaves_in_a_file_whose_password_the_sender_is_told() {
    let school = School::open("p5");
    school.expect_taken(&[PARENT, HEAD], "Confidential: report", "The report.\r\n");
    let sealed = school.arrives(PARENT);
    assert!(sealed.contains("protected.zip") && !sealed.contains("The report.") && !sealed.contains("onfidential"), "{sealed}");
    assert!(school.arrives(HEAD).contains("The report."));
    assert!(school.arrives(OFFICE).contains("Password to tell by telephone"));
}

#[test]
fn p5_secure_personal_data_waits_on_a_page_unless_it_is_marked() {
    let school = School::open("p5");
    school.expect_taken(&[PARENT], "Form", &format!("{PERSONAL}\r\n"));
    let notice = school.arrives(PARENT);
    assert!(notice.contains("https://secure.oakfield.example.sch.uk/p/") && !notice.contains("AB123456C"), "{notice}");
    school.expect_taken(&["second@example.com"], "Confidential: form", &format!("{PERSONAL}\r\n"));
    assert!(school.arrives("second@example.com").contains("protected.zip"), "both rules allow it");
}

#[test]
fn p5_passwords_have_a_least_length() {
    let school = School::open("p5");
    let add = |who: &str, password: &str| school.gateway.run(&["user", "add", who], password);
    assert_eq!(add("a@oakfield.example.sch.uk", "seven77\n").status.code(), Some(1));
    let short = add("b@oakfield.example.sch.uk", "eight888\n");
    assert!(short.status.success() && String::from_utf8_lossy(&short.stderr).contains("12 characters"), "{short:?}");
}
