use super::sample::{address, config, rule, submission};
use super::{Rules, Side, test};
use crate::config::{Actions, Expect, Fields, Mode, Party, Rule, RuleTest};
use crate::message::Message;

fn word_rule(mode: Mode) -> Rule {
    let when =
        Fields { subject_word: Some(vec!["confidential".to_owned()]), to: Some(vec![Party::Outside]), ..Fields::default() };
    Rule { mode, ..rule("conf", when, Actions { route: Some("secure".to_owned()), ..Actions::default() }) }
}

fn rule_test(subject: &str, expect: Expect) -> RuleTest {
    RuleTest {
        from: address("head@school.test"),
        to: vec![address("parent@example.com")],
        headers: vec![("Cc".to_owned(), "x@y.test\r\nX-Forged: 1".to_owned())],
        subject: subject.to_owned(),
        body: "Hello\nthere".to_owned(),
        known: false,
        attachment: None,
        expect,
        line: 7,
        column: 3,
    }
}

fn results(mode: Mode, tests: Vec<RuleTest>) -> Vec<bool> {
    let config = config(vec![Rule { tests, ..word_rule(mode) }]);
    test::run(&config, &Rules::compile(&config)).into_iter().map(|result| result.passed).collect()
}

#[test]
fn rules_of_every_mode_are_judged() {
    for mode in [Mode::Enforce, Mode::Off, Mode::Watch { until: "2026-12-01".parse().unwrap() }] {
        let config = config(vec![word_rule(mode)]);
        let mail = submission("head@school.test", &["a@out.test"], "Subject: Confidential\n\n");
        let verdicts = Rules::compile(&config).judge(&mail, &Message::parse(mail.raw.clone()));
        assert!(verdicts.rules[0].matched());
        assert_eq!(verdicts.sides, [Side::Outside]);
        assert_eq!(verdicts.class, Some(0), "the head's mail has a class of its own");
    }
}

#[test]
fn rule_tests_pass_and_fail_as_they_should() {
    let tests = vec![
        rule_test("Re: CONFIDENTIAL", Expect::Match),
        rule_test("Re: Lunch menu", Expect::NoMatch),
        rule_test("confidential", Expect::Action("route".to_owned())),
        rule_test("Vertraulich: ünïcödé confidential and so much more that one encoded word is too short", Expect::Match),
        rule_test("Re: Lunch menu", Expect::Match),
        rule_test("confidential", Expect::NoMatch),
        rule_test("confidential", Expect::Action("reject".to_owned())),
    ];
    let expected = [true, true, true, true, false, false, false];
    assert_eq!(results(Mode::Enforce, tests.clone()), expected);
    assert_eq!(results(Mode::Off, tests), expected, "a rule that is off is tested all the same");
}

#[test]
fn a_failed_rule_test_says_what_decided() {
    let config = config(vec![Rule { tests: vec![rule_test("Lunch", Expect::Match)], ..word_rule(Mode::Enforce) }]);
    let result = test::run(&config, &Rules::compile(&config)).remove(0);
    assert_eq!((result.rule.as_str(), result.line), ("conf", 7));
    assert!(result.why.contains("\"confidential\" does not stand in the subject"), "{}", result.why);
}

#[test]
fn a_header_of_a_test_cannot_add_another() {
    let raw = test::submission(&rule_test("x", Expect::Match)).raw;
    assert!(!String::from_utf8_lossy(&raw).contains("\nX-Forged"));
}
