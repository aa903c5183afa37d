use crate::config::{Actions, Fields, HeaderTest, MailKind, Party};
use crate::message::Message;
use crate::policy::sample::{address, config, domain, rule, submission};
use crate::policy::{Rules, Verdict};

const MAIL: &str = "From: Staff <staff@school.test>\nTo: a@out.test\nSubject: Secret lunch\nX-Tag: One\n\nHello\n";

fn judged(when: Fields, unless: Option<Fields>, from: &str, to: &[&str], raw: &str) -> Verdict {
    let rule = crate::config::Rule { unless, ..rule("r", when, Actions::default()) };
    let config = config(vec![rule]);
    let submission = submission(from, to, raw);
    let message = Message::parse(submission.raw.clone());
    let rules = Rules::compile(&config);
    let quiet = rules.judge(&submission, &message);
    let aloud = rules.judge_aloud(&submission, &message);
    let matches = |verdict: &Verdict| verdict.recipients().collect::<Vec<_>>();
    assert_eq!(matches(&quiet.rules[0]), matches(&aloud.rules[0]), "asking for reasons changes nothing");
    aloud.rules[0].clone()
}

fn matched(when: Fields, raw: &str) -> bool {
    judged(when, None, "staff@school.test", &["a@out.test"], raw).matched()
}

fn to(parties: Vec<Party>) -> Fields {
    Fields { to: Some(parties), ..Fields::default() }
}

fn from(parties: Vec<Party>) -> Fields {
    Fields { from: Some(parties), ..Fields::default() }
}

fn word(word: &str) -> Fields {
    Fields { subject_word: Some(vec![word.to_owned()]), ..Fields::default() }
}

fn header(name: &str, matches: Option<&str>) -> Fields {
    let matches = matches.map(|pattern| regex::Regex::new(pattern).unwrap());
    Fields { header: Some(vec![HeaderTest { name: name.to_owned(), matches }]), ..Fields::default() }
}

#[test]
fn recipients_are_judged_apart() {
    let all = ["a@out.test", "b@school.test", "c@council.test", "d@x.school.test", "HEAD@School.TEST", "e@sub.school.test"];
    let of = |party: Party| judged(to(vec![party]), None, "staff@school.test", &all, MAIL).recipients().collect::<Vec<_>>();
    assert_eq!(of(Party::Outside), [0, 2, 3], "partners are outside; a sub-domain is inside only where it is listed");
    assert_eq!(of(Party::Inside), [1, 4, 5]);
    assert_eq!(of(Party::Partners), [2]);
    assert_eq!(of(Party::Address(address("head@school.test"))), [4]);
    assert_eq!(of(Party::Domain(domain("school.test"))), [1, 4]);
    assert_eq!(of(Party::SubDomains(domain("school.test"))), [3, 5]);
    assert_eq!(of(Party::List("heads".to_owned())), [4]);
    assert_eq!(of(Party::List("nobody".to_owned())), [0; 0]);
}

#[test]
fn a_second_from_neither_hides_nor_frees_a_mail() {
    let forged = MAIL.replace("From:", "From: boss@out.test\nFrom:");
    let outside = from(vec![Party::Outside]);
    assert!(!matched(outside.clone(), MAIL));
    assert!(matched(outside, &forged), "one sender outside is enough");
    let inside = from(vec![Party::Inside]);
    assert!(matched(inside.clone(), MAIL));
    assert!(!matched(inside.clone(), &forged), "inside is a privilege of all senders");
    let free =
        |raw: &str, fields: Fields| !judged(Fields::default(), Some(fields), "staff@school.test", &["a@out.test"], raw).matched();
    let staff = from(vec![Party::Address(address("staff@school.test"))]);
    assert!(free(MAIL, staff.clone()));
    assert!(!free(&forged, staff), "an exemption asks every sender");
    let nobody = judged(from(vec![Party::Outside]), None, "", &["a@out.test"], "Subject: x\n\n");
    assert!(nobody.matched(), "nobody known is outside");
}

#[test]
fn from_or_to_looks_both_ways() {
    let either = |party: Party| Fields { from_or_to: Some(vec![party]), ..Fields::default() };
    assert!(matched(either(Party::Address(address("staff@school.test"))), MAIL));
    assert!(matched(either(Party::Domain(domain("out.test"))), MAIL));
    assert!(!matched(either(Party::Domain(domain("else.test"))), MAIL));
}

#[test]
fn every_subject_counts_and_a_fold_hides_nothing() {
    assert!(matched(word("secret"), MAIL));
    assert!(!matched(word("secretary"), MAIL));
    let two = MAIL.replace("Subject:", "Subject: Menu\nSubject:");
    assert!(matched(word("secret"), &two));
    assert!(matched(word("menu"), &two));
    let let_off = judged(Fields::default(), Some(word("menu")), "staff@school.test", &["a@out.test"], &two);
    assert!(let_off.matched(), "one harmless subject beside another frees nothing");
    assert!(matched(word("confidential"), &MAIL.replace("Secret lunch", "Confi\n dential plan")));
    assert!(matched(word("confidential"), &MAIL.replace("Secret lunch", "=?utf-8?Q?Conf=E2=80=8B?=\n =?utf-8?B?aWRlbnRpYWw=?=")));
}

#[test]
fn sizes_counts_kinds_and_headers() {
    let size = MAIL.replace('\n', "\r\n").len() as u64;
    assert!(matched(Fields { size_over: Some(size - 1), ..Fields::default() }, MAIL));
    assert!(!matched(Fields { size_over: Some(size), ..Fields::default() }, MAIL));
    let over = |limit| Fields { recipients_over: Some(limit), ..Fields::default() };
    assert!(matched(over(0), MAIL));
    assert!(!matched(over(1), MAIL));
    let bounce = Fields { kind: Some(vec![MailKind::Bounce, MailKind::AutoReply]), ..Fields::default() };
    assert!(!matched(bounce.clone(), MAIL));
    assert!(matched(bounce, &MAIL.replace("X-Tag", "Auto-Submitted: auto-replied\nX-Tag")));
    assert!(matched(header("x-tag", None), MAIL));
    assert!(matched(header("X-Tag", Some("^One$")), MAIL));
    assert!(!matched(header("X-Tag", Some("^Two$")), MAIL));
    assert!(!matched(header("X-Other", None), MAIL));
    let twice = MAIL.replace("X-Tag: One", "X-Tag: One\nX-Tag: Two");
    assert!(matched(header("X-Tag", Some("^Two$")), &twice), "every value is looked at");
    let freed = judged(Fields::default(), Some(header("X-Tag", Some("^One$"))), "staff@school.test", &["a@out.test"], &twice);
    assert!(freed.matched(), "to let a mail off every value must fit");
}

#[test]
fn fields_add_up_and_branches_nest() {
    let both = Fields { to: Some(vec![Party::Outside]), ..word("secret") };
    assert!(matched(both.clone(), MAIL));
    assert!(!matched(Fields { to: Some(vec![Party::Inside]), ..both }, MAIL));
    let any = |branches| Fields { any_of: Some(branches), ..Fields::default() };
    let all = |branches| Fields { all_of: Some(branches), ..Fields::default() };
    assert!(matched(any(vec![word("no"), all(vec![word("secret"), to(vec![Party::Outside])])]), MAIL));
    assert!(!matched(any(vec![word("no"), all(vec![word("secret"), to(vec![Party::Inside])])]), MAIL));
    assert!(!matched(any(Vec::new()), MAIL), "no alternative, no match");
    assert!(matched(Fields::default(), MAIL), "no condition, every mail");
    let none = judged(Fields::default(), Some(Fields::default()), "staff@school.test", &["a@out.test"], MAIL);
    assert!(none.matched(), "an empty `unless` means never");
}

#[test]
fn reasons_name_words_of_the_rule_and_never_the_subject() {
    let verdict = judged(word("secret"), Some(to(vec![Party::Partners])), "staff@school.test", &["a@out.test"], MAIL);
    assert_eq!(verdict.because, ["subject_word: \"secret\" stands in the subject"]);
    assert_eq!(verdict.each[0].because, ["unless to: a@out.test is not \"partners\""]);
    let missed = judged(word("x"), None, "staff@school.test", &["a@out.test"], MAIL);
    assert!(!missed.reasons().concat().contains("lunch"));
    let any = Fields { any_of: Some(vec![word("no"), to(vec![Party::Outside])]), ..Fields::default() };
    let decided = judged(any, None, "staff@school.test", &["a@out.test"], MAIL);
    assert_eq!(decided.each[0].because, ["to: a@out.test is \"outside\""], "only the branch that decided");
}
