//! Which way each recipient's mail goes, and that none goes in clear.

use crate::base::Submission;
use crate::config::{Actions, Config, Fields, HoldFor, Holder, Method, OnError, Party, Privacy, PrivacyWay, RouteTls, Rule};
use crate::message::Message;
use crate::plan::{Copy, Decision, Plan, SchoolNotices, draw};
use crate::policy::sample::{address, config, rule, submission};
use crate::policy::{Keys, Known, Rules};
use crate::queue::{Demand, State};

const MAIL: &str = "From: Staff <staff@school.test>\nTo: a@out.test, b@out.test\nMessage-ID: <1@school.test>\nSubject: Confidential: marks\n\nHello\n";

fn encrypting(id: &str, methods: &[Method]) -> Rule {
    let when = Fields { to: Some(vec![Party::Outside]), ..Fields::default() };
    let act = Actions { encrypt: methods.to_vec(), ..Actions::default() };
    Rule { on_error: Some(OnError::Hold), ..rule(id, when, act) }
}

fn keys(smime: &[&str], openpgp: &[&str]) -> Keys {
    let of = |list: &[&str]| list.iter().map(|text| address(text).key()).collect();
    Keys { smime: of(smime), openpgp: of(openpgp), ..Keys::default() }
}

fn planned(config: &Config, mail: &Submission, keys: Keys) -> Plan {
    let message = Message::parse(mail.raw.clone());
    let known = Known { keys, ..Known::default() };
    let verdicts = Rules::compile(config).judge_knowing(mail, &message, &known);
    draw(config, mail, &message, &verdicts, &SchoolNotices)
}

fn drawn(rules: Vec<Rule>, to: &[&str], keys: Keys) -> Plan {
    planned(&config(rules), &submission("staff@school.test", to, MAIL), keys)
}

/// Recipients and method of each copy, `held` where it does not leave.
fn ways(plan: &Plan) -> Vec<(Vec<String>, String)> {
    let way = |copy: &Copy| match (&copy.encrypt, copy.is_held()) {
        (_, true) => "held".to_owned(),
        (Some(encryption), false) => encryption.method.to_string(),
        (None, false) => "plain".to_owned(),
    };
    let names = |copy: &Copy| copy.job.recipients.iter().map(|to| to.address.to_string()).collect();
    plan.copies.iter().map(|copy| (names(copy), way(copy))).collect()
}

fn pair(to: &[&str], way: &str) -> (Vec<String>, String) {
    (to.iter().map(|text| (*text).to_owned()).collect(), way.to_owned())
}

#[test]
fn each_recipient_goes_the_first_way_that_is_open_and_inside_stays_plain() {
    let methods = [Method::Smime, Method::Openpgp, Method::TlsVerified];
    let to = ["a@out.test", "b@out.test", "c@out.test", "head@school.test"];
    let plan = drawn(vec![encrypting("c", &methods)], &to, keys(&["a@out.test"], &["a@out.test", "b@out.test"]));
    let expected = [
        pair(&["a@out.test"], "smime"),
        pair(&["b@out.test"], "openpgp"),
        pair(&["c@out.test"], "tls-verified"),
        pair(&["head@school.test"], "plain"),
    ];
    assert_eq!(ways(&plan), expected);
    assert_eq!(plan.copies[2].job.demand, Demand::VerifiedTls);
    assert_eq!(plan.copies[3].job.demand, Demand::AsRoute);
    let passed = &plan.copies[2].encrypt.as_ref().unwrap().passed_over;
    assert!(passed.len() == 2 && passed[0].starts_with("smime: there is no valid certificate"), "{passed:?}");
    assert_eq!(plan.protected_by, ["c"]);
}

#[test]
fn a_route_without_tls_cannot_be_verified_and_the_next_way_is_taken() {
    let mut config = config(vec![encrypting("c", &[Method::TlsVerified, Method::Route("secure".to_owned())])]);
    config.routes.get_mut("default").unwrap().tls = RouteTls::None;
    config.routes.get_mut("secure").unwrap().add_header = vec![("X-Encrypt".to_owned(), "yes".to_owned())];
    let mail = submission("staff@school.test", &["a@out.test", "head@school.test"], MAIL);
    let plan = planned(&config, &mail, Keys::default());
    assert_eq!(ways(&plan), [pair(&["a@out.test"], "route:secure"), pair(&["head@school.test"], "plain")]);
    assert_eq!((plan.copies[0].job.route.as_str(), plan.copies[1].job.route.as_str()), ("secure", "default"));
    let sent = |copy: usize| String::from_utf8(plan.copies[copy].job.edits.apply(&mail.raw)).unwrap();
    assert!(sent(0).contains("\r\nX-Encrypt: yes\r\n") && !sent(1).contains("X-Encrypt"), "{}", sent(0));
}

#[test]
fn where_no_way_is_open_it_is_held_for_the_technician_whatever_a_sender_or_on_error_send_says() {
    let to = ["a@out.test", "head@school.test"];
    for on_error in [Some(OnError::Hold), Some(OnError::Send), None] {
        let lets_go = HoldFor { whom: Holder::Sender, after: None, then: Default::default() };
        let act = Actions { hold: Some(lets_go), ..Actions::default() };
        let asks = rule("ask", Fields { to: Some(vec![Party::Outside]), ..Fields::default() }, act);
        let plan = drawn(vec![asks, Rule { on_error, ..encrypting("c", &[Method::Smime]) }], &to, Keys::default());
        assert_eq!(ways(&plan), [pair(&["a@out.test"], "held"), pair(&["head@school.test"], "plain")], "{on_error:?}");
        let State::Held { rule, why, whom, .. } = &plan.copies[0].job.state else { panic!("not held") };
        assert_eq!((rule.as_str(), *whom), ("c", Holder::Technician));
        assert!(why.contains("smime: there is no valid certificate of this person"), "{why}");
        assert_eq!(plan.copies[0].job.demand, Demand::VerifiedTls, "should somebody let it go");
    }
    let refused =
        drawn(vec![Rule { on_error: Some(OnError::Reject), ..encrypting("c", &[Method::Smime]) }], &to[..1], Keys::default());
    assert!(matches!(refused.decision, Decision::Refused { rule: Some(_), .. }) && refused.copies.is_empty());
    let later = drawn(vec![Rule { on_error: Some(OnError::Defer), ..encrypting("c", &[Method::Smime]) }], &to, Keys::default());
    assert!(matches!(later.decision, Decision::Deferred { .. }) && later.copies.is_empty());
}

#[test]
fn two_rules_leave_the_ways_that_both_allow() {
    let a = || encrypting("a", &[Method::Openpgp, Method::TlsVerified, Method::Smime]);
    let both = keys(&["a@out.test"], &["a@out.test"]);
    let b = encrypting("b", &[Method::Smime, Method::TlsVerified]);
    assert_eq!(ways(&drawn(vec![a(), b], &["a@out.test"], both.clone())), [pair(&["a@out.test"], "tls-verified")]);
    let plan = drawn(vec![a(), encrypting("b", &[Method::PasswordArchive])], &["a@out.test"], both);
    assert_eq!(ways(&plan), [pair(&["a@out.test"], "held")]);
    assert!(format!("{:?}", plan.copies[0].job.state).contains("the rules a and b have no way of encryption in common"));
}

#[test]
fn readers_of_one_list_share_a_copy_and_blind_ones_do_not() {
    let to = ["a@out.test", "b@out.test", "blind@out.test", "other@out.test"];
    let plan = drawn(vec![encrypting("c", &[Method::Smime])], &to, keys(&to, &[]));
    let expected =
        [pair(&["a@out.test", "b@out.test"], "smime"), pair(&["blind@out.test"], "smime"), pair(&["other@out.test"], "smime")];
    assert_eq!(ways(&plan), expected);
    let mut hidden = encrypting("c", &[Method::Smime]);
    hidden.act.recipients = Some(Privacy { way: PrivacyWay::Bcc, visible_to: None });
    let plan = drawn(vec![hidden], &to[..2], keys(&to, &[]));
    assert_eq!(
        ways(&plan),
        [pair(&["a@out.test"], "smime"), pair(&["b@out.test"], "smime")],
        "whom a veil hides, a key must not name"
    );
    let plain = String::from_utf8(plan.copies[0].plain(&submission("", &[], MAIL).raw)).unwrap();
    assert!(!plain.contains("b@out.test"), "{plain}");
}

#[test]
fn a_password_needs_somebody_to_tell_it() {
    let rule = || vec![encrypting("c", &[Method::PasswordArchive])];
    assert_eq!(ways(&drawn(rule(), &["a@out.test"], Keys::default())), [pair(&["a@out.test"], "password-archive")]);
    for (from, header) in [
        ("", ""),
        ("stranger@else.test", ""),
        ("staff@school.test", "Auto-Submitted: auto-replied\n"),
        ("staff@school.test", "List-Id: <l.school.test>\n"),
    ] {
        let mail = submission(from, &["a@out.test"], &format!("{header}{MAIL}"));
        assert_eq!(ways(&planned(&config(rule()), &mail, Keys::default())), [pair(&["a@out.test"], "held")], "{from} {header}");
    }
}

#[test]
fn what_is_not_sealed_yet_is_never_queued_to_leave() {
    let mail = submission("staff@school.test", &["a@out.test"], MAIL);
    let mut plan = planned(&config(vec![encrypting("c", &[Method::Smime])]), &mail, keys(&["a@out.test"], &[]));
    let copy = &mut plan.copies[0];
    assert!(copy.is_unsealed() && matches!(copy.queued().state, State::Held { .. }));
    copy.seal(&mail.raw, b"From: staff@school.test\r\n\r\nsealed\r\n".to_vec(), vec!["f".to_owned()]);
    assert!(!copy.is_unsealed() && matches!(copy.queued().state, State::Waiting { .. }));
    let sent = String::from_utf8(copy.queued().edits.apply(&mail.raw)).unwrap();
    assert!(sent.starts_with("Received: ") && sent.ends_with("\r\nFrom: staff@school.test\r\n\r\nsealed\r\n"), "{sent}");
    assert!(!sent.contains("Hello") && !sent.contains("marks"), "{sent}");
}

#[test]
fn the_word_leaves_the_subject_of_what_goes_outside() {
    let mut removing = encrypting("c", &[Method::TlsVerified]);
    removing.when.subject_word = Some(vec!["confidential".to_owned()]);
    removing.act.remove_word = true;
    removing.when.to = None;
    let mail = submission("staff@school.test", &["a@out.test", "head@school.test"], MAIL);
    let plan = planned(&config(vec![removing]), &mail, Keys::default());
    let sent = |copy: usize| String::from_utf8(plan.copies[copy].job.edits.apply(&mail.raw)).unwrap();
    assert!(sent(0).contains("\r\nSubject: marks\r\n"), "{}", sent(0));
    assert!(sent(1).contains("\r\nSubject: Confidential: marks\r\n"), "{}", sent(1));
}

#[test]
fn further_copies_outside_demand_a_verified_connection_too() {
    let mut copying = encrypting("c", &[Method::TlsVerified]);
    copying.act.copy_to = vec![address("archive@else.test"), address("dsl@school.test")];
    let plan = drawn(vec![copying], &["a@out.test"], Keys::default());
    let demands: Vec<_> = plan.copies.iter().filter(|copy| copy.copied_by.is_some()).map(|copy| copy.job.demand).collect();
    assert_eq!(demands, [Demand::VerifiedTls, Demand::AsRoute]);
}

#[test]
fn an_answer_in_a_protected_thread_counts_as_if_it_had_the_word() {
    let mut by_word = encrypting("c", &[Method::TlsVerified]);
    by_word.when.subject_word = Some(vec!["secret".to_owned()]);
    let config = config(vec![by_word]);
    let mail = submission("staff@school.test", &["a@out.test", "head@school.test"], MAIL);
    let message = Message::parse(mail.raw.clone());
    for (rule, way) in [("c", "tls-verified"), ("another", "plain")] {
        let known = Known { thread_protected_by: [rule.to_owned()].into(), ..Known::default() };
        let verdicts = Rules::compile(&config).judge_knowing(&mail, &message, &known);
        let plan = draw(&config, &mail, &message, &verdicts, &SchoolNotices);
        assert_eq!(ways(&plan)[0].1, way);
    }
}
