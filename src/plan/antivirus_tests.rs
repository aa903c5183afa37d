use super::super::{Decision, Plan, SchoolNotices, draw};
use super::ID;
use crate::config::{Actions, AttachmentTest, Fields, HoldFor, Holder, Mode, Party, Rule};
use crate::message::Message;
use crate::policy::sample::{config, rule, submission};
use crate::policy::{Find, Gap, Known, Rules, Scan};
use crate::queue::State;

const MAIL: &str = "From: Staff <staff@school.test>\nTo: a@out.test\nSubject: Lists\n\nHello\n";
const TO: [&str; 2] = ["a@out.test", "head@school.test"];

fn drawn(rules: Vec<Rule>, scan: Scan) -> Plan {
    let config = config(rules);
    let mail = submission("staff@school.test", &TO, MAIL);
    let message = Message::parse(mail.raw.clone());
    let verdicts = Rules::compile(&config).judge_knowing(&mail, &message, &Known { scan, ..Known::default() });
    draw(&config, &mail, &message, &verdicts, &SchoolNotices)
}

fn infected() -> Scan {
    let find = Find { part: "2".to_owned(), file: "bill.zip".to_owned(), virus: "Eicar-Test".to_owned() };
    Scan { infected: vec![find], ..Scan::default() }
}

fn gap(for_now: bool) -> Scan {
    let gap = Gap { part: "2".to_owned(), file: "film.iso".to_owned(), why: "it is too large".to_owned(), for_now };
    Scan { unscanned: vec![gap], ..Scan::default() }
}

fn unscanned() -> Fields {
    Fields { attachment: Some(vec![AttachmentTest::Unscanned]), ..Fields::default() }
}

fn hold() -> Actions {
    Actions { hold: Some(HoldFor { whom: Holder::Approver, after: None, then: Default::default() }), ..Actions::default() }
}

fn holders(plan: &Plan) -> Vec<(&str, Holder)> {
    let states = plan.copies.iter().map(|copy| &copy.job.state);
    let held = states.filter_map(|state| match state {
        State::Held { rule, whom, .. } => Some((rule.as_str(), *whom)),
        State::Waiting { .. } => None,
    });
    held.collect()
}

#[test]
fn a_find_is_refused_for_everyone_and_the_postmaster_hears_of_it() {
    let plan = drawn(Vec::new(), infected());
    assert_eq!((plan.reply.code, plan.reply.enhanced), (550, "5.7.1"));
    for word in ["bill.zip", "Eicar-Test", "rule antivirus"] {
        assert!(plan.reply.text.contains(word), "{}", plan.reply.text);
    }
    assert!(matches!(plan.decision, Decision::Refused { .. }) && plan.copies.is_empty());
    let told: Vec<_> = plan.notify.iter().map(|told| (told.to.to_string(), told.rule.as_str(), told.recipients.len())).collect();
    assert_eq!(told, [("it@school.test".to_owned(), ID, 2)]);
}

#[test]
fn a_rule_words_the_refusal_and_cannot_soften_it() {
    let when = Fields { attachment: Some(vec![AttachmentTest::Infected]), ..Fields::default() };
    let own = Actions { reject: Some("{attachment} has {virus}: call us".to_owned()), ..Actions::default() };
    let plan = drawn(vec![rule("ours", when.clone(), own)], infected());
    assert!(plan.reply.text.contains("bill.zip has Eicar-Test: call us (rule ours"), "{}", plan.reply.text);
    let softer = drawn(vec![rule("softer", when, hold())], infected());
    assert_eq!((softer.reply.code, softer.copies.len()), (550, 0));
}

#[test]
fn a_scanner_out_of_order_puts_the_mail_off() {
    let plan = drawn(Vec::new(), gap(true));
    assert_eq!((plan.reply.code, plan.reply.enhanced), (451, "4.3.0"));
    assert!(matches!(plan.decision, Decision::Deferred { .. }) && plan.copies.is_empty() && plan.notify.is_empty());
}

#[test]
fn what_the_scanner_will_never_read_waits_for_the_technician() {
    let plan = drawn(Vec::new(), gap(false));
    assert_eq!((plan.reply.code, holders(&plan)), (250, vec![(ID, Holder::Technician)]));
}

#[test]
fn a_rule_decides_about_what_is_unscanned_for_those_whom_it_meets() {
    for for_now in [true, false] {
        let plan = drawn(vec![rule("ours", unscanned(), hold())], gap(for_now));
        assert_eq!((plan.reply.code, holders(&plan)), (250, vec![("ours", Holder::Approver)]));
        let nested = Fields { any_of: Some(vec![unscanned()]), ..Fields::default() };
        assert_eq!(holders(&drawn(vec![rule("ours", nested, hold())], gap(for_now))), [("ours", Holder::Approver)]);
    }
    let outside = Fields { to: Some(vec![Party::Outside]), ..unscanned() };
    assert_eq!(
        drawn(vec![rule("ours", outside.clone(), hold())], gap(true)).reply.code,
        451,
        "nobody decided for the one inside"
    );
    let held = drawn(vec![rule("ours", outside, hold())], gap(false));
    assert_eq!(holders(&held), [("ours", Holder::Approver), (ID, Holder::Technician)]);
}

#[test]
fn a_rule_that_is_only_watched_decides_nothing() {
    let until = jiff::civil::date(2027, 1, 1);
    let watched = Rule { mode: Mode::Watch { until }, ..rule("ours", unscanned(), hold()) };
    assert_eq!(drawn(vec![watched], gap(true)).reply.code, 451);
}

#[test]
fn nothing_follows_by_itself_where_no_scanner_is_asked() {
    let plan = drawn(Vec::new(), Scan::none());
    assert_eq!((plan.reply.code, plan.copies.len()), (250, 1));
}
