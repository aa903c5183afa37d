//! Rules, mails and what becomes of them: each `fixtures/policy/*.case` is one configuration and some mails, each with the
//! explanation expected. `SCHOOLGATE_BLESS=1` writes the explanations anew.
//!
//! A case: a sentence, then `=== config` (rules, after the school below), then for each mail `=== mail FROM > TO, TO` and
//! `=== expect`. A sender written `<>` is nobody; `(relay)` at the end of the line makes it a relayed mail, `(answer)` one that answers a
//! mail which the first rule wanted encrypted. Everybody at smime.example has a certificate, everybody at openpgp.example an OpenPGP key.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use schoolgate::base::{
    Address, BodyKind, Envelope, ListenerKind, Origin, Recipient, Ref, ReversePath, Submission, Timestamp, TlsFacts,
};
use schoolgate::config::{self, Config};
use schoolgate::extract::contents::Found;
use schoolgate::extract::{self, Contents};
use schoolgate::message::Message;
use schoolgate::plan::{self, explain::explain};
use schoolgate::policy::{self, Keys, Known, Rules, Scan};

const SCHOOL: &str = r#"
schema = 1
[school]
name = "Oakfield School"
domains = ["oakfield.example"]
partners = ["council.example"]
postmaster = "it@oakfield.example"
hostname = "mail.oakfield.example"
[store]
path = "data"
key_file = "master.key"
[[listen]]
kind = "relay"
address = "127.0.0.1:2525"
trusted = ["127.0.0.0/8"]
[antivirus]
clamd = "off"
[[route]]
name = "default"
host = "smtp.provider.example"
[[route]]
name = "secure"
host = "secure.provider.example"
[list.safeguarding]
addresses = ["dsl@oakfield.example"]
[disclaimer.standard]
text = "This message is confidential to {school.name}."
[disclaimer.strict]
text = "This message must carry its notice."
if_impossible = "reject"
[[retention]]
id = "safeguarding"
when.from_or_to = "@safeguarding"
keep = "3y"
[[retention]]
id = "ordinary"
keep = "6mo"
"#;

/// One `=== name` section.
struct Section {
    head: String,
    body: String,
}

#[test]
fn every_case_comes_out_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/policy");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|ending| ending == "case"));
    cases.sort();
    assert!(cases.len() > 10, "the cases are missing");
    let wrong: Vec<String> = cases.iter().filter_map(|path| run(path)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs one case; what is wrong with it, if anything is.
fn run(path: &Path) -> Option<String> {
    let written = fs::read_to_string(path).unwrap();
    let (title, sections) = sections(&written);
    let config = read_config(path, &sections);
    let rules = Rules::compile(&config);
    let failed: Vec<_> = policy::test::run(&config, &rules).into_iter().filter(|result| !result.passed).collect();
    assert!(failed.is_empty(), "{}: {failed:?}", path.display());
    let mut came = format!("{title}\n=== config\n{}", sections[0].body);
    for section in sections.iter().filter(|section| section.head.starts_with("mail ")) {
        let explanation = explained(&config, &rules, section);
        came.push_str(&format!("=== {}\n{}=== expect\n{explanation}", section.head, section.body));
    }
    if std::env::var_os("SCHOOLGATE_BLESS").is_some() {
        fs::write(path, &came).unwrap();
        return None;
    }
    (came != written).then(|| format!("{}: came out as\n{came}", path.display()))
}

fn sections(written: &str) -> (String, Vec<Section>) {
    let mut pieces = written.split("=== ");
    let title = pieces.next().unwrap_or_default().trim_end().to_owned();
    let section = |piece: &str| {
        let (head, body) = piece.split_once('\n').unwrap_or((piece, ""));
        Section { head: head.to_owned(), body: body.to_owned() }
    };
    (title, pieces.map(section).collect())
}

fn read_config(path: &Path, sections: &[Section]) -> Config {
    assert_eq!(sections[0].head, "config", "{}", path.display());
    let text = format!("{SCHOOL}{}", sections[0].body);
    let today = jiff::civil::date(2026, 11, 23);
    config::parse_on(&text, path, today).unwrap_or_else(|mistakes| panic!("{}: {mistakes}", path.display())).config
}

fn explained(config: &Config, rules: &Rules, section: &Section) -> String {
    let submission = submission(section);
    let message = Message::parse(submission.raw.clone());
    let known = known(&submission, section.head.ends_with(" (answer)"), config);
    let known = Known { contents: opened(&message), scan: Scan::none(), ..known };
    let verdicts = rules.judge_aloud_knowing(&submission, &message, &known);
    let plan = plan::draw(config, &submission, &message, &verdicts, &plan::SchoolNotices);
    explain(config, rules, &submission, &verdicts, &plan).knowing(&known).to_string()
}

/// What is in the attachments, read here: the box has tests of its own.
fn opened(message: &Message) -> Contents {
    let found = |leaf: extract::Leaf| {
        let files = extract::read::read(&leaf.name, leaf.bytes.to_vec()).into_iter();
        files.map(move |file| Found { part: leaf.part.clone(), file })
    };
    Contents { files: extract::leaves(message).into_iter().flat_map(found).collect() }
}

fn known(submission: &Submission, is_answer: bool, config: &Config) -> Known {
    let at = |domain: &str| {
        let to = submission.envelope.recipients.iter().map(|to| &to.address);
        to.filter(|to| to.domain().as_str() == domain).map(Address::key).collect()
    };
    let keys = Keys { smime: at("smime.example"), openpgp: at("openpgp.example"), ..Keys::default() };
    let first = config.rules.iter().filter(|_| is_answer).map(|rule| rule.id.clone()).take(1);
    Known { keys, thread_protected_by: first.collect(), ..Known::default() }
}

fn submission(section: &Section) -> Submission {
    let line = section.head.trim_start_matches("mail ").trim_end_matches(" (answer)");
    let (line, relay) = line.strip_suffix(" (relay)").map_or((line, false), |line| (line, true));
    let (from, to) = line.split_once(" > ").unwrap();
    let account = (!relay).then(|| Address::parse("staff@oakfield.example").unwrap());
    let tls = TlsFacts::new("TLSv1.3", "TLS_AES_256_GCM_SHA384");
    let received_at: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    let reverse_path = if from == "<>" { ReversePath::Null } else { ReversePath::Address(Address::parse(from).unwrap()) };
    let recipients = to.split(", ").map(|to| Recipient::new(Address::parse(to).unwrap())).collect();
    let envelope = Envelope { body: BodyKind::EightBit, ..Envelope::new(reverse_path, recipients) };
    let origin = Origin {
        listener: if relay { ListenerKind::Relay } else { ListenerKind::Submission },
        client: "192.0.2.7:50000".parse().unwrap(),
        helo: "laptop.example".to_owned(),
        esmtp: true,
        tls: (!relay).then_some(tls),
        account,
    };
    let raw = Bytes::from(section.body.replace('\n', "\r\n"));
    Submission { reference: Ref::new(received_at, [0; 3]), received_at, envelope, origin, raw }
}
