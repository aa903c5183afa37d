use proptest::prelude::*;

use super::explain::explain;
use super::{Decision, Notices, Plan, draw};
use crate::base::{ListenerKind, Submission, header_name};
use crate::config::{
    Actions, AfterHold, Config, Disclaimer, Fields, HoldFor, Holder, IfImpossible, MailKind, Mode, Notified, OnError, Party, Rule,
};
use crate::message::{Edit, Message};
use crate::notice::{Outcome, Placed, Placeholders};
use crate::policy::Rules;
use crate::policy::sample::{address, config, rule, submission};
use crate::queue::State;

const MAIL: &str = "Bcc: hidden@out.test\nFrom: Staff <staff@school.test>\nTo: a@out.test\nSubject: Secret\n\nHello\n";

/// Notices that do what the name of the notice's text says, so that every outcome can be had.
struct Sample(Option<Outcome>);

impl Notices for Sample {
    fn place(&self, message: &Message, disclaimer: &Disclaimer, _: &Placeholders) -> Placed {
        let outcome = self.0.clone().unwrap_or(Outcome::Added);
        let end = message.raw().len();
        let with = disclaimer.text.clone().into_bytes();
        let added = Edit { range: end..end, with, what: format!("notice \"{}\" added", disclaimer.name) };
        Placed { edits: if outcome == Outcome::Added { vec![added] } else { Vec::new() }, outcome }
    }

    fn wrap(&self, _: &Message, _: &Disclaimer, _: &Placeholders) -> Vec<Edit> {
        vec![Edit { range: 0..0, with: b"Subject: wrapped\r\n\r\n".to_vec(), what: "wrapped".to_owned() }]
    }
}

fn drawn_with(config: &Config, mail: &Submission, notices: &Sample) -> Plan {
    let message = Message::parse(mail.raw.clone());
    let verdicts = Rules::compile(config).judge(mail, &message);
    let plan = draw(config, mail, &message, &verdicts, notices);
    assert_each_recipient_once(&plan, mail);
    plan
}

fn drawn(rules: Vec<Rule>, to: &[&str]) -> Plan {
    drawn_with(&config(rules), &submission("staff@school.test", to, MAIL), &Sample(None))
}

/// The invariant of the module: a copy, a hold or a refusal, and only one; a deferral is everybody's.
fn assert_each_recipient_once(plan: &Plan, mail: &Submission) {
    for recipient in &mail.envelope.recipients {
        let own = plan.copies.iter().filter(|copy| copy.copied_by.is_none());
        let copies = own.flat_map(|copy| &copy.job.recipients).filter(|to| to.address == recipient.address).count();
        let refused = plan.refused.iter().filter(|refusal| refusal.recipient == *recipient).count();
        match &plan.decision {
            Decision::Accepted => assert_eq!(copies + refused, 1, "{recipient:?} in {plan:?}"),
            Decision::Refused { rule: Some(_), .. } => assert_eq!((copies, refused), (0, 1)),
            Decision::Refused { rule: None, .. } | Decision::Deferred { .. } => assert_eq!((copies, refused), (0, 0)),
        }
    }
}

fn to(party: Party) -> Fields {
    Fields { to: Some(vec![party]), ..Fields::default() }
}

fn to_address(text: &str) -> Fields {
    to(Party::Address(address(text)))
}

fn reject() -> Actions {
    Actions { reject: Some("not to {rule.about}, {ref}, {else}".to_owned()), ..Actions::default() }
}

fn defer() -> Actions {
    Actions { defer: Some("later".to_owned()), ..Actions::default() }
}

fn hold(whom: Holder) -> Actions {
    let after = Some(std::time::Duration::from_secs(3600));
    Actions { hold: Some(HoldFor { whom, after, then: AfterHold::Release }), ..Actions::default() }
}

fn notice(name: &str) -> Actions {
    Actions { disclaimer: Some(name.to_owned()), ..Actions::default() }
}

fn sent(plan: &Plan, copy: usize, raw: &str) -> String {
    String::from_utf8(plan.copies[copy].job.edits.apply(raw.replace('\n', "\r\n").as_bytes())).unwrap()
}

#[test]
fn without_rules_one_copy_leaves_and_says_where_it_came_from() {
    let plan = drawn(Vec::new(), &["a@out.test", "b@school.test"]);
    assert_eq!(plan.reply.code, 250);
    assert!(plan.reply.text.ends_with(submission("", &[], "").reference.as_str()));
    assert_eq!(plan.copies.len(), 1);
    let sent = sent(&plan, 0, MAIL);
    assert!(sent.starts_with("Received: from laptop.local ([192.0.2.7]) by mail.school.test (Schoolgate)"), "{sent}");
    assert!(sent.contains("\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n"), "{sent}");
    assert!(sent.contains("\r\nMessage-ID: <") && sent.contains("@mail.school.test>\r\n"));
    assert!(!sent.contains("hidden@out.test"), "Bcc never leaves");
    assert!(!sent.contains(" for <"), "no recipient learns of another");
    assert!(sent.ends_with("From: Staff <staff@school.test>\r\nTo: a@out.test\r\nSubject: Secret\r\n\r\nHello\r\n"));
}

#[test]
fn relayed_mail_gets_no_date_of_ours() {
    let mut mail = submission("staff@school.test", &["a@out.test"], MAIL);
    mail.origin.listener = ListenerKind::Relay;
    let plan = drawn_with(&config(Vec::new()), &mail, &Sample(None));
    let edits: Vec<_> = plan.copies[0].job.edits.iter().map(|edit| edit.what.as_str()).collect();
    assert_eq!(edits, ["Received added", "Bcc removed"]);
}

#[test]
fn all_refused_is_550_with_the_texts_filled_in() {
    let plan = drawn(vec![rule("no", Fields::default(), reject())], &["a@out.test"]);
    let reference = submission("", &[], "").reference;
    assert_eq!(
        plan.reply.to_string(),
        format!("550 5.7.1 About no: not to About no, {reference}, {{else}} (rule no, ref {reference})")
    );
    assert!(plan.copies.is_empty());
}

#[test]
fn some_refused_is_accepted_for_the_others() {
    let plan = drawn(vec![rule("no", to(Party::Outside), reject())], &["a@out.test", "b@school.test"]);
    assert_eq!(plan.reply.code, 250);
    assert_eq!(plan.refused.len(), 1);
    assert_eq!(plan.refused[0].recipient.address, address("a@out.test"));
    assert_eq!(plan.copies[0].job.recipients[0].address, address("b@school.test"));
}

#[test]
fn a_defer_for_one_defers_for_all_and_stands_over_hold_but_under_reject() {
    let held = rule("hold", Fields::default(), hold(Holder::Approver));
    let put_off = rule("later", to(Party::Outside), defer());
    let plan = drawn(vec![held.clone(), put_off.clone()], &["a@out.test", "b@school.test"]);
    assert!(plan.reply.to_string().starts_with("451 4.7.1 About later: later (rule later, ref "));
    assert!(plan.copies.is_empty() && plan.refused.is_empty());
    let plan = drawn(vec![held, put_off, rule("no", Fields::default(), reject())], &["a@out.test"]);
    assert_eq!(plan.reply.code, 550);
}

#[test]
fn the_stricter_holder_keeps_a_held_mail() {
    let rules =
        vec![rule("self", Fields::default(), hold(Holder::Sender)), rule("head", to(Party::Outside), hold(Holder::Approver))];
    let plan = drawn(rules, &["a@out.test", "b@school.test"]);
    let holders: Vec<_> = plan.copies.iter().map(|copy| copy.job.state.clone()).collect();
    let until = Some("2026-11-23T09:00:00Z".parse().unwrap());
    let held = |rule: &str, whom| State::Held {
        rule: rule.to_owned(),
        why: format!("About {rule}"),
        whom,
        until,
        then: AfterHold::Release,
    };
    assert_eq!(holders, [held("head", Holder::Approver), held("self", Holder::Sender)]);
}

#[test]
fn routes_and_headers_part_copies_and_the_first_route_wins() {
    let header = ("X-School".to_owned(), "Grüße {ref}\r\nBcc: evil@out.test".to_owned());
    let secure = Actions { route: Some("secure".to_owned()), add_header: vec![header], ..Actions::default() };
    let plain = Actions { route: Some("default".to_owned()), ..Actions::default() };
    let plan = drawn(
        vec![rule("secure", to(Party::Outside), secure), rule("plain", Fields::default(), plain)],
        &["a@out.test", "b@school.test", "c@out.test"],
    );
    assert_eq!(plan.copies.len(), 2);
    assert_eq!((plan.copies[0].job.route.as_str(), plan.copies[0].job.recipients.len()), ("secure", 2));
    assert_eq!((plan.copies[1].job.route.as_str(), plan.copies[1].job.copy), ("default", 2));
    let sent = sent(&plan, 0, MAIL);
    assert!(sent.contains("X-School: =?utf-8?B?"), "{sent}");
    assert!(!sent.contains("evil@out.test") && !sent.contains("\nBcc"));
}

#[test]
fn headers_that_would_forge_are_no_header_of_a_rule() {
    for name in ["Received", "bcc", "ARC-Seal", "Content-Type", "X Y", "X:Y", "", "X\r\nY", "Resent-To"] {
        assert!(header_name::for_rules(name).is_err(), "{name}");
    }
    assert!(header_name::for_rules("X-School").is_ok());
    let forged = Actions { add_header: vec![("Received".to_owned(), "x".to_owned())], ..Actions::default() };
    assert_eq!(drawn(vec![rule("forge", Fields::default(), forged)], &["a@out.test"]).reply.code, 451);
}

#[test]
fn copies_for_others_go_once_unless_all_are_refused() {
    let copy = Actions { copy_to: vec![address("dsl@school.test"), address("B@school.test")], ..Actions::default() };
    let rules = vec![rule("copy", to(Party::Outside), copy), rule("no", to_address("c@out.test"), reject())];
    let plan = drawn(rules.clone(), &["a@out.test", "b@school.test"]);
    let last = plan.copies.last().unwrap();
    assert_eq!((plan.copies.len(), last.copied_by.as_deref()), (2, Some("copy")));
    assert_eq!(last.job.reverse_path.to_string(), "it@school.test");
    assert_eq!(drawn(rules, &["c@out.test", "b@school.test"]).copies.len(), 1, "what is refused is not copied");
}

#[test]
fn watched_and_resting_rules_change_nothing() {
    let watch = |until: &str| Mode::Watch { until: until.parse().unwrap() };
    let no = |mode| vec![Rule { mode, ..rule("no", Fields::default(), reject()) }];
    let calm = drawn(Vec::new(), &["a@out.test"]);
    let plan = drawn(no(watch("2026-11-23")), &["a@out.test"]);
    assert_eq!(plan.watched.len(), 1);
    assert_eq!(Plan { watched: Vec::new(), ..plan }, calm);
    assert_eq!(drawn(no(watch("2026-11-22")), &["a@out.test"]), calm, "its last day is over");
    assert_eq!(drawn(no(Mode::Off), &["a@out.test"]), calm);
}

#[test]
fn a_rule_may_lengthen_the_class_but_not_shorten_it() {
    let keep = |id: &str| vec![rule("keep", Fields::default(), Actions { keep: Some(id.to_owned()), ..Actions::default() })];
    assert_eq!(drawn(Vec::new(), &["a@out.test"]).keep.id, "ordinary");
    assert_eq!(drawn(Vec::new(), &["a@out.test"]).keep.until.to_string(), "2027-05-23T08:00:00Z");
    assert_eq!(drawn(Vec::new(), &["a@out.test", "head@school.test"]).keep.id, "heads", "any recipient is enough");
    assert_eq!(drawn(keep("long"), &["a@out.test"]).keep.id, "long");
    assert_eq!(drawn(keep("ordinary"), &["head@school.test"]).keep.id, "heads");
    assert_eq!(drawn(keep("gone"), &["a@out.test"]).reply.code, 451);
}

#[test]
fn people_are_told_but_never_through_the_null_path() {
    let whom = vec![Notified::Sender, Notified::Postmaster, Notified::Address(address("dsl@school.test"))];
    let rules = vec![rule("tell", Fields::default(), Actions { notify: whom, ..Actions::default() })];
    let told: Vec<_> = drawn(rules.clone(), &["a@out.test"]).notify.into_iter().map(|n| n.to.to_string()).collect();
    assert_eq!(told, ["staff@school.test", "it@school.test", "dsl@school.test"]);
    let report = drawn_with(&config(rules), &submission("", &["a@out.test"], MAIL), &Sample(None));
    assert_eq!(report.notify.len(), 2);
}

#[test]
fn a_notice_for_some_parts_the_copies() {
    let plan = drawn(vec![rule("n", to(Party::Outside), notice("standard"))], &["a@out.test", "b@school.test"]);
    assert_eq!(plan.copies.len(), 2);
    assert_eq!(plan.copies[0].notices[0].outcome, Outcome::Added);
    assert!(sent(&plan, 0, MAIL).ends_with("the standard notice"));
    assert!(plan.copies[1].notices.is_empty() && !sent(&plan, 1, MAIL).contains("notice"));
}

#[test]
fn two_notices_become_one_block_and_one_asked_for_twice_stands_once() {
    let rules = |second| vec![rule("one", Fields::default(), notice("standard")), rule("two", Fields::default(), notice(second))];
    let plan = drawn(rules("second"), &["a@out.test"]);
    assert!(sent(&plan, 0, MAIL).ends_with("the standard notice\n\nthe second notice"));
    assert_eq!(plan.copies[0].notices.len(), 2);
    let plan = drawn(rules("standard"), &["a@out.test"]);
    assert!(sent(&plan, 0, MAIL).ends_with("Hello\r\nthe standard notice"));
    assert_eq!(plan.copies[0].notices.len(), 1);
}

#[test]
fn an_impossible_notice_follows_if_impossible() {
    let plan = |what| {
        let mut config = config(vec![rule("n", Fields::default(), notice("standard"))]);
        config.disclaimers.get_mut("standard").unwrap().if_impossible = what;
        let mail = submission("staff@school.test", &["a@out.test"], MAIL);
        drawn_with(&config, &mail, &Sample(Some(Outcome::Impossible("it is signed".to_owned()))))
    };
    let bare = plan(IfImpossible::SendWithout);
    assert_eq!(bare.copies[0].notices[0].outcome, Outcome::Impossible("it is signed".to_owned()));
    assert!(!bare.copies[0].is_held());
    assert!(sent(&plan(IfImpossible::Wrap), 0, MAIL).contains("Subject: wrapped\r\n\r\nFrom: Staff"));
    let held = plan(IfImpossible::Hold);
    let State::Held { whom, why, .. } = &held.copies[0].job.state else { panic!("{held:?}") };
    assert_eq!(*whom, Holder::Technician);
    assert!(why.contains("it is signed"));
    let refused = plan(IfImpossible::Reject).reply.to_string();
    assert!(refused.starts_with("550 5.7.1 About n: the notice \"standard\" cannot be added to this mail: it is signed (rule n"));
}

#[test]
fn machines_mail_is_spared_unless_the_rule_names_its_kind() {
    let auto = MAIL.replace("Subject", "Auto-Submitted: auto-replied\nSubject");
    let outcome = |when, from: &str, raw: &str| {
        let mail = submission(from, &["a@out.test"], raw);
        drawn_with(&config(vec![rule("n", when, notice("standard"))]), &mail, &Sample(None)).copies[0].notices[0].outcome.clone()
    };
    assert_eq!(outcome(Fields::default(), "staff@school.test", MAIL), Outcome::Added);
    assert_eq!(outcome(Fields::default(), "staff@school.test", &auto), Outcome::Exempt("auto-reply".to_owned()));
    assert_eq!(outcome(Fields::default(), "", MAIL), Outcome::Exempt("bounce".to_owned()));
    let named =
        Fields { any_of: Some(vec![Fields { kind: Some(vec![MailKind::AutoReply]), ..Fields::default() }]), ..Fields::default() };
    assert_eq!(outcome(named, "staff@school.test", &auto), Outcome::Added);
}

#[test]
fn a_broken_part_follows_on_error() {
    let code = |on_error| {
        let broken = Rule { on_error, ..rule("n", Fields::default(), notice("gone")) };
        let plan = drawn(vec![broken], &["a@out.test"]);
        (plan.reply.code, plan.copies.first().map(super::Copy::is_held))
    };
    assert_eq!(code(None), (451, None));
    assert_eq!(code(Some(OnError::Defer)), (451, None));
    assert_eq!(code(Some(OnError::Reject)), (550, None));
    assert_eq!(code(Some(OnError::Hold)), (250, Some(true)));
    assert_eq!(code(Some(OnError::Send)), (250, Some(false)));
}

#[test]
fn a_mail_in_a_loop_is_refused_whatever_the_rules_say() {
    let looping = |times: usize| {
        let raw = format!("{}{MAIL}", "Received: from x by y; z\n".repeat(times));
        drawn_with(&config(Vec::new()), &submission("staff@school.test", &["a@out.test"], &raw), &Sample(None))
    };
    assert_eq!(looping(100).reply.code, 250);
    assert!(looping(101).reply.to_string().starts_with("554 5.4.6 Routing loop"));
}

#[test]
fn an_explanation_has_the_promised_shape() {
    let rules = vec![
        rule("n", to(Party::Outside), notice("standard")),
        rule("h", to_address("h@out.test"), hold(Holder::Technician)),
        rule("no", to_address("c@council.test"), reject()),
    ];
    let config = config(rules);
    let mail = submission("staff@school.test", &["a@out.test", "h@out.test", "c@council.test"], MAIL);
    let message = Message::parse(mail.raw.clone());
    let compiled = Rules::compile(&config);
    let verdicts = compiled.judge_aloud(&mail, &message);
    let plan = draw(&config, &mail, &message, &verdicts, &Sample(None));
    let explanation = explain(&config, &compiled, &mail, &verdicts, &plan);
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["recipients"][2], serde_json::json!({"address": "c@council.test", "side": "partner"}));
    assert_eq!(json["rules"][1]["mode"], "enforce");
    assert_eq!(json["rules"][1]["recipients"], serde_json::json!(["h@out.test"]));
    assert_eq!(json["held"][0]["for"], "technician");
    assert_eq!(json["copies"][0]["encrypt"], serde_json::Value::Null);
    assert_eq!(json["copies"][0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(json["reply"]["code"], 250);
    assert_eq!(json["keep"]["id"], "ordinary");
    assert!(json["findings"].as_array().unwrap().is_empty());
    let text = explanation.to_string();
    assert!(text.contains("to: h@out.test is \"outside\""), "{text}");
    assert!(text.contains("held for h@out.test, until the technician decides (rule h: About h)"), "{text}");
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let whom = prop_oneof![
        Just(Party::Inside),
        Just(Party::Outside),
        Just(Party::Partners),
        (0..5_usize).prop_map(|n| Party::Address(address(&format!("p{n}@out.test"))))
    ];
    let act = prop_oneof![
        Just(reject()),
        Just(defer()),
        Just(hold(Holder::Sender)),
        Just(hold(Holder::Approver)),
        Just(notice("standard")),
        Just(notice("second")),
        Just(notice("gone")),
        Just(Actions { route: Some("secure".to_owned()), ..Actions::default() }),
        Just(Actions { copy_to: vec![address("p1@out.test"), address("dsl@school.test")], ..Actions::default() }),
        Just(Actions { add_header: vec![("X-A".to_owned(), "1".to_owned())], ..Actions::default() }),
    ];
    let on_error = prop_oneof![Just(None), Just(Some(OnError::Send)), Just(Some(OnError::Hold)), Just(Some(OnError::Reject))];
    (proptest::option::of(whom), act, on_error, any::<bool>()).prop_map(|(whom, act, on_error, free)| Rule {
        on_error,
        unless: free.then(|| to_address("p0@out.test")),
        ..rule("any", whom.map_or_else(Fields::default, to), act)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_recipient_stands_in_exactly_one_place(
        rules in proptest::collection::vec(any_rule(), 0..8),
        picked in proptest::sample::subsequence(
            vec!["p0@out.test", "p1@out.test", "p2@out.test", "in@school.test", "c@council.test", "head@school.test"], 1..6),
        impossible in proptest::option::of(Just(Outcome::Impossible("x".to_owned()))),
    ) {
        let mail = submission("staff@school.test", &picked, MAIL);
        let plan = drawn_with(&config(rules), &mail, &Sample(impossible));
        for copy in &plan.copies {
            let sent = copy.job.edits.apply(&mail.raw);
            prop_assert!(!String::from_utf8_lossy(&sent).contains("hidden@out.test"));
            prop_assert!(sent.starts_with(b"Received: "));
        }
        let numbers: Vec<_> = plan.copies.iter().map(|copy| copy.job.copy as usize).collect();
        prop_assert_eq!(numbers, (1..=plan.copies.len()).collect::<Vec<_>>());
    }
}
