//! The tests written beside the rules (`[[rule.test]]`): each makes a small mail, and its rule judges it as it judges any mail.
//!
//! In: a configuration and its compiled rules. Out: one [`TestResult`] for each test, in the order written. `check` shows them,
//! and a reload that fails one is refused.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;

use super::{Find, Gap, Known, Rules, Scan, Verdict, attachment};
use crate::base::{BodyKind, Envelope, ListenerKind, Origin, Recipient, Ref, ReversePath, Submission, Timestamp, one_line};
use crate::config::{Actions, AttachmentTest, Config, Expect, RuleTest};
use crate::extract::contents::Found;
use crate::extract::{File, Kind, file_name};
use crate::message::Message;

/// How one test came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// Id of the rule.
    pub rule: String,
    /// Line of the test in the file, from 1.
    pub line: usize,
    /// Column of `expect`, from 1.
    pub column: usize,
    pub passed: bool,
    /// What was expected and what came, with the reasons.
    pub why: String,
}

/// Runs every test of every rule, also of rules that are watched or off.
#[must_use]
pub fn run(config: &Config, rules: &Rules) -> Vec<TestResult> {
    let mut results = Vec::new();
    for (at, rule) in config.rules.iter().enumerate() {
        for test in &rule.tests {
            let submission = submission(test);
            let known = known(test);
            let verdicts = rules.judge_aloud_knowing(&submission, &Message::parse(submission.raw.clone()), &known);
            let verdict = verdicts.rules.get(at).cloned().unwrap_or_default();
            let (passed, why) = compare(&test.expect, &verdict, &rule.act);
            results.push(TestResult { rule: rule.id.clone(), line: test.line, column: test.column, passed, why });
        }
    }
    results
}

/// What the box and the scanner would have found out about the mail of a test, and who knows whom.
fn known(test: &RuleTest) -> Known {
    let mut known = Known::people(test.known);
    known.scan = Scan::default();
    let Some(attached) = &test.attachment else { return known };
    let kind = file_name::ending(&attached.name).and_then(|ending| Kind::usually_ending(&ending)).unwrap_or(Kind::Unknown);
    let mut file = File::new(vec![attached.name.clone()], kind, 1);
    let (part, name) = ("2".to_owned(), attached.name.clone());
    for such in &attached.such {
        match such {
            AttachmentTest::Infected => {
                let find = Find { part: part.clone(), file: name.clone(), virus: "a virus".to_owned() };
                known.scan.infected.push(find);
            }
            AttachmentTest::Unscanned => {
                let gap = Gap { part: part.clone(), file: name.clone(), why: "for the test".to_owned(), for_now: false };
                known.scan.unscanned.push(gap);
            }
            such => attachment::pretend(&mut file, *such),
        }
    }
    known.contents.files.push(Found { part, file });
    known
}

fn compare(expect: &Expect, verdict: &Verdict, act: &Actions) -> (bool, String) {
    let matched = verdict.matched();
    let came = if matched { "match" } else { "no match" };
    let (passed, expected) = match expect {
        Expect::Match => (matched, "match".to_owned()),
        Expect::NoMatch => (!matched, "no match".to_owned()),
        Expect::Action(name) if !action_names(act).contains(&name.as_str()) => {
            return (false, format!("expected \"{name}\", but this rule's `do` has no such action"));
        }
        Expect::Action(name) => (matched, name.clone()),
    };
    (passed, format!("expected \"{expected}\", came \"{came}\": {}", reasons(verdict)))
}

/// The names under which a test may ask for what a rule does.
fn action_names(act: &Actions) -> Vec<&'static str> {
    let all: [(bool, &[&'static str]); 12] = [
        (act.disclaimer.is_some(), &["disclaimer"]),
        (act.reject.is_some(), &["reject"]),
        (act.defer.is_some(), &["defer"]),
        (act.hold.is_some(), &["hold", "hold_for"]),
        (act.route.is_some(), &["route"]),
        (!act.copy_to.is_empty(), &["copy_to"]),
        (!act.add_header.is_empty(), &["add_header"]),
        (!act.notify.is_empty(), &["notify"]),
        (act.recipients.is_some(), &["recipients"]),
        (!act.encrypt.is_empty(), &["encrypt"]),
        (act.remove_word, &["remove_word"]),
        (act.keep.is_some(), &["keep"]),
    ];
    all.iter().filter(|(does, _)| *does).flat_map(|(_, names)| names.iter().copied()).collect()
}

fn reasons(verdict: &Verdict) -> String {
    let all = verdict.reasons();
    if all.is_empty() { "the rule has no conditions".to_owned() } else { all.join("; ") }
}

/// The mail that a test describes, as if its sender had signed in and sent it.
#[must_use]
pub fn submission(test: &RuleTest) -> Submission {
    let envelope = Envelope {
        reverse_path: ReversePath::Address(test.from.clone()),
        recipients: test.to.iter().cloned().map(Recipient::new).collect(),
        body: BodyKind::EightBit,
        smtputf8: false,
        ret: None,
        envid: None,
    };
    let origin = Origin {
        listener: ListenerKind::Submission,
        client: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        helo: "rule.test".to_owned(),
        esmtp: true,
        tls: None,
        account: Some(test.from.clone()),
    };
    let received_at = Timestamp::UNIX_EPOCH;
    Submission { reference: Ref::new(received_at, [0; 3]), received_at, envelope, origin, raw: Bytes::from(raw(test)) }
}

/// The mail itself; fields that the test writes out stand in place of the made ones.
fn raw(test: &RuleTest) -> Vec<u8> {
    let to: Vec<String> = test.to.iter().map(ToString::to_string).collect();
    let made = [
        ("From", test.from.to_string()),
        ("To", to.join(", ")),
        ("Subject", encoded(&test.subject)),
        ("Date", "Thu, 01 Jan 1970 00:00:00 +0000".to_owned()),
        ("Message-ID", "<rule@rule.test>".to_owned()),
        ("MIME-Version", "1.0".to_owned()),
        ("Content-Type", "text/plain; charset=utf-8".to_owned()),
        ("Content-Transfer-Encoding", "8bit".to_owned()),
    ];
    let mut text = String::new();
    for (name, value) in made {
        if !test.headers.iter().any(|(written, _)| written.eq_ignore_ascii_case(name)) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    for (name, value) in &test.headers {
        text.extend(one_line(&format!("{name}: {value}")));
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    for line in test.body.lines() {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// A subject as encoded words where it is not plain ASCII (RFC 2047), so that the mail is what a client would have sent.
fn encoded(subject: &str) -> String {
    if subject.bytes().all(|b| (b' '..=b'~').contains(&b)) && !subject.contains("=?") {
        return subject.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let mut chunk = String::new();
    for c in subject.chars() {
        // 75 octets is the longest encoded word (RFC 2047 section 2); 45 octets are 60 in base64.
        if chunk.len() + c.len_utf8() > 45 {
            words.push(format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(std::mem::take(&mut chunk))));
        }
        chunk.push(c);
    }
    words.push(format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(chunk)));
    words.join("\r\n ")
}
