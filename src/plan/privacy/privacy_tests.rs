use crate::base::Submission;
use crate::config::{Actions, Config, Fields, IfImpossible, OnError, Party, Privacy, PrivacyWay, Rule};
use crate::message::Message;
use crate::plan::{Decision, Plan, SchoolNotices, draw};
use crate::policy::Rules;
use crate::policy::sample::{address, config, rule, submission};
use crate::queue::State;

const A: &str = "anna@home.test";
const B: &str = "ben@home.test";
const HEAD: &str = "head@school.test";

fn hides(way: PrivacyWay, visible_to: Option<&str>) -> Rule {
    let act = Actions { recipients: Some(Privacy { way, visible_to: visible_to.map(address) }), ..Actions::default() };
    rule("hide", Fields { to: Some(vec![Party::Outside]), ..Fields::default() }, act)
}

fn blind() -> Rule {
    hides(PrivacyWay::Bcc, Some("parents@school.test"))
}

fn alone() -> Rule {
    hides(PrivacyWay::IndividualCopies, None)
}

fn plan_of(config: &Config, mail: &Submission) -> Plan {
    let message = Message::parse(mail.raw.clone());
    let verdicts = Rules::compile(config).judge(mail, &message);
    draw(config, mail, &message, &verdicts, &SchoolNotices)
}

/// Each copy as it leaves: its recipients, and its text from the first field of the mail's own.
fn copies(rule: Rule, to: &[&str], header: &str) -> Vec<(Vec<String>, String)> {
    let mail = submission("staff@school.test", to, &mail(header));
    let plan = plan_of(&config(vec![rule]), &mail);
    let sent = plan.copies.iter().map(|copy| {
        assert!(!copy.is_held(), "{plan:?}");
        let text = String::from_utf8(copy.job.edits.apply(&mail.raw)).unwrap();
        let to = copy.job.recipients.iter().map(|to| to.address.to_string()).collect();
        (to, text.split_once("Message-ID: <1@school.test>\r\n").unwrap().1.to_owned())
    });
    sent.collect()
}

fn mail(header: &str) -> String {
    format!(
        "Date: Mon, 23 Nov 2026 08:00:00 +0000\nMessage-ID: <1@school.test>\nFrom: Staff <staff@school.test>\n{header}\n\nanna@home.test may read this.\n"
    )
}

const REST: &str = "\r\n\r\nanna@home.test may read this.\r\n";
const FROM: &str = "From: Staff <staff@school.test>\r\n";

fn after_from(copy: &(Vec<String>, String)) -> &str {
    copy.1.strip_prefix(FROM).unwrap().strip_suffix(REST).unwrap()
}

#[test]
fn blind_copies_show_one_address_and_keep_colleagues_in_cc() {
    let header =
        "To: Anna <anna@home.test>, Ben <ben@home.test>\nCc: \"Head, The\" <head@school.test>,\n c@far.test\nSubject: Trip";
    let all = copies(blind(), &[A, B, HEAD], header);
    assert_eq!(all[0].0, [A, B]);
    assert_eq!(after_from(&all[0]), "To: parents@school.test\r\nCc: \"Head, The\" <head@school.test>\r\nSubject: Trip");
    assert_eq!(all[1].0, [HEAD]);
    assert_eq!(after_from(&all[1]), header.replace('\n', "\r\n"), "inside copies keep the true list");
}

#[test]
fn without_an_address_to_show_it_is_the_senders() {
    let rule = || hides(PrivacyWay::Bcc, None);
    assert_eq!(after_from(&copies(rule(), &[A, B], "To: anna@home.test\nSubject: x")[0]), "To: staff@school.test\r\nSubject: x");
    let all = copies(rule(), &[A, B], "To: head@school.test\nCc: ben@home.test, anna@home.test\nSubject: x");
    assert_eq!(after_from(&all[0]), "To: head@school.test\r\nSubject: x", "a To that names nobody hidden stays");
    assert!(after_from(&copies(rule(), &[A, B], "Cc: ben@home.test\nSubject: x")[0]).starts_with("Subject: x"));
}

#[test]
fn individual_copies_name_their_recipient_alone() {
    let all = copies(alone(), &[A, HEAD, B], "To: A <anna@home.test>, ben@home.test\nCc: head@school.test\nSubject: x");
    assert_eq!(all.len(), 3);
    assert_eq!((all[0].0.as_slice(), after_from(&all[0])), ([A.to_owned()].as_slice(), "To: anna@home.test\r\nSubject: x"));
    assert_eq!((all[2].0.as_slice(), after_from(&all[2])), ([B.to_owned()].as_slice(), "To: ben@home.test\r\nSubject: x"));
    let blind = copies(alone(), &[A, B], "To: undisclosed-recipients:;\nSubject: x");
    assert_eq!(after_from(&blind[1]), "To: ben@home.test\r\nSubject: x");
}

#[test]
fn a_mail_that_shows_nobody_else_stays_as_it_is() {
    for rule in [blind, alone] {
        let header = "To: Anna <anna@home.test>\r\nCc: head@school.test\r\nDelivered-To: x@school.test\r\nSubject: x";
        assert_eq!(after_from(&copies(rule(), &[A, HEAD], &header.replace("\r\n", "\n"))[0]), header);
    }
    let bcc = "To: undisclosed-recipients:;\r\nSubject: x";
    assert_eq!(after_from(&copies(blind(), &[A, B], &bcc.replace("\r\n", "\n"))[0]), bcc);
}

#[test]
fn whom_a_provider_sends_to_apart_is_hidden_too() {
    let all = copies(blind(), &[A], "To: anna@home.test, ben@home.test\nSubject: x");
    assert_eq!(after_from(&all[0]), "To: parents@school.test\r\nSubject: x");
    assert_eq!(
        after_from(&copies(alone(), &[A], "To: ben@home.test\nCc: anna@home.test\nSubject: x")[0]),
        "To: anna@home.test\r\nSubject: x"
    );
}

#[test]
fn who_is_exempt_gets_the_true_list_and_may_be_seen() {
    let rule = Rule { unless: Some(Fields { to: Some(vec![Party::Partners]), ..Fields::default() }), ..blind() };
    let header = "To: anna@home.test, ben@home.test\nCc: c@council.test\nSubject: x";
    let all = copies(rule, &[A, B, "c@council.test"], header);
    assert_eq!(after_from(&all[0]), "To: parents@school.test\r\nCc: c@council.test\r\nSubject: x");
    assert_eq!(after_from(&all[1]), header.replace('\n', "\r\n"));
}

#[test]
fn names_in_other_fields_go_and_the_rest_stays() {
    let header = "To: anna@home.test, ben@home.test\nReply-To: Office <office@school.test>, ben@home.test\nX-Original-To: zoe@far.test\n\
                  Return-Receipt-To: ANNA@home.test\nThread-Topic: Trip\nX-Note: =?utf-8?q?for_ben=40home.test?=\n\
                  List-Unsubscribe: <mailto:x@y.test?subject=anna%40home.test>\nResent-To: ben@home.test\nResent-To: c@far.test\n\
                  Received: from a by b with SMTP id 1\n\tfor <anna@home.test>; Mon, 23 Nov 2026 07:00:00 +0000\n\
                  Received: from ben@home.test by c; Mon, 23 Nov 2026 07:00:00 +0000\nSubject: x";
    let all = copies(blind(), &[A, B], header);
    assert_eq!(
        after_from(&all[0]),
        "To: parents@school.test\r\nReply-To: \"Office\" <office@school.test>\r\nThread-Topic: Trip\r\n\
         Resent-To: parents@school.test\r\n\
         Received: from a by b with SMTP id 1; Mon, 23 Nov 2026 07:00:00 +0000\r\nSubject: x"
    );
}

fn held(rule: Rule, raw: &str) -> Option<String> {
    let mail = submission("staff@school.test", &[A, B], raw);
    let plan = plan_of(&config(vec![rule]), &mail);
    plan.copies.iter().find_map(|copy| match &copy.job.state {
        State::Held { why, .. } => Some(why.clone()),
        State::Waiting { .. } => None,
    })
}

#[test]
fn what_must_not_be_altered_is_held() {
    let part = |media: &str, text: &str| {
        format!("From: staff@school.test\nTo: anna@home.test, ben@home.test\nContent-Type: {media}\n\n--b\n{text}\n--b--\n")
    };
    let calendar =
        "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nATTENDEE;CN=Ben:mailto:be\n n@home.test\nEND:VCALENDAR";
    let protected = "Content-Type: text/plain; hp=\"clear\"\nTo: anna@home.test,\n =?utf-8?q?ben=40home.test?=\n\nHello";
    let older = "Content-Type: multipart/mixed; protected-headers=\"v1\"; boundary=c\n\n--c\nContent-Type: text/rfc822-headers\n\nTo: ben@home.test\n--c--";
    let wrapped = "Content-Type: message/rfc822\n\nTo: ben@home.test\n\nHello";
    for (raw, word) in [
        (part("multipart/alternative; boundary=b", calendar), "calendar entry"),
        (part("multipart/signed; boundary=b", protected), "signed"),
        (part("multipart/signed; boundary=b", older), "signed"),
        (part("multipart/signed; boundary=b", wrapped), "signed"),
        (mail("To: anna@home.test\nSubject: Ask ben@home.test"), "its field subject names"),
        (mail("To: anna@home.test\nFrom: \"ben@home.test\" <staff@school.test>"), "its field from names"),
        (mail("To: anna@home.test\nSubject: x\nan odd line\nX: 1\nanother odd line, ben@home.test\n"), "odd line"),
    ] {
        let why = held(blind(), &raw).unwrap_or_else(|| panic!("{raw} was not held"));
        assert!(why.contains(word), "{why}: {raw}");
        assert!(held(alone(), &raw).is_some());
    }
    let opaque = |inner: &str| {
        use base64::Engine;
        let content = base64::prelude::BASE64_STANDARD.encode(format!("0\u{1}x{inner}\r\n\r\nanna@home.test"));
        part(
            "multipart/mixed; boundary=b",
            &format!(
                "Content-Type: application/pkcs7-mime; smime-type=signed-data\nContent-Transfer-Encoding: base64\n\n{content}"
            ),
        )
    };
    assert!(held(blind(), &opaque("Content-Type: text/plain; hp=\"clear\"\r\nTo: an\u{4}na@home.test")).is_some());
    assert_eq!(held(blind(), &opaque("Content-Type: text/plain")), None, "the words of a signed mail are content");
}

#[test]
fn what_is_too_long_to_be_searched_is_held() {
    let long = mail(&format!("To: anna@home.test\nX-Long: {}", "word\n ".repeat(60_000)));
    assert!(held(blind(), &long).unwrap().contains("too long"));
    let calendar = format!("From: staff@school.test\nContent-Type: text/calendar\n\n{}", "X:y\n".repeat(2 << 20));
    assert!(held(blind(), &calendar).unwrap().contains("calendar"));
}

#[test]
fn outlooks_own_form_is_searched_in_letters_of_one_byte_and_of_two() {
    use base64::Engine;
    let wide: Vec<u8> = "ben@home.test".bytes().flat_map(|byte| [byte, 0]).collect();
    for (letters, named) in [(b"ben@home.test".as_slice(), true), (&wide, true), (b"joben@home.test", false)] {
        let body = base64::prelude::BASE64_STANDARD.encode([&[1; 65_530], letters, &[0, 1, 2]].concat());
        let raw = format!(
            "From: staff@school.test\nTo: anna@home.test\nContent-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n{body}\n"
        );
        assert_eq!(held(blind(), &raw).is_some_and(|why| why.contains("winmail.dat")), named, "{letters:?}");
    }
}

#[test]
fn content_is_content() {
    let part = |media: &str, text: &str| {
        format!("From: staff@school.test\nTo: anna@home.test, ben@home.test\nContent-Type: {media}\n\n--b\n{text}\n--b--\n")
    };
    for raw in [
        part("multipart/signed; boundary=b", "Content-Type: text/plain\n\nFrom: ben@home.test"),
        part("multipart/mixed; boundary=b", "Content-Type: message/rfc822\n\nTo: ben@home.test\n\nforwarded"),
        part(
            "multipart/mixed; boundary=b",
            "Content-Type: text/calendar\n\nBEGIN:VEVENT\nORGANIZER:mailto:staff@school.test\nDESCRIPTION:ask ben@home.test",
        ),
    ] {
        assert_eq!(held(blind(), &raw), None, "{raw}");
    }
}

#[test]
fn on_error_decides_about_what_cannot_be_hidden() {
    let plan = |on_error| {
        let raw = mail("To: anna@home.test\nSubject: Ask ben@home.test");
        plan_of(&config(vec![Rule { on_error, ..blind() }]), &submission("staff@school.test", &[A, B], &raw))
    };
    assert!(plan(Some(OnError::Reject)).reply.text.contains("cannot be sent without showing"));
    assert!(plan(Some(OnError::Hold)).private.is_empty(), "what was not done is not told");
    assert!(matches!(plan(Some(OnError::Defer)).decision, Decision::Deferred { .. }));
    let sent = plan(Some(OnError::Send));
    assert!(!sent.copies[0].is_held() && sent.private.is_empty());
    assert!(
        sent.copies[0].job.edits.iter().any(|edit| edit.what == "To names parents@school.test in the place of its recipients")
    );
}

#[test]
fn a_wrapped_mail_is_veiled_outside_and_inside() {
    let notice = Rule { act: Actions { disclaimer: Some("standard".to_owned()), ..Actions::default() }, ..blind() };
    let mut config = config(vec![notice, blind(), Rule { unless: Some(crate::policy::sample::never()), ..alone() }]);
    config.disclaimers.get_mut("standard").unwrap().if_impossible = IfImpossible::Wrap;
    let raw = "From: staff@school.test\nTo: anna@home.test\nCc: ben@home.test\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nHello\n--b--\n";
    let mail = submission("staff@school.test", &[A, B], raw);
    for copy in plan_of(&config, &mail).copies {
        let sent = String::from_utf8(copy.job.edits.apply(&mail.raw)).unwrap();
        let own = &copy.job.recipients[0].address.to_string();
        assert!(sent.contains("message/rfc822") && !copy.is_held(), "{sent}");
        assert_eq!(sent.matches("\r\nTo: ").count(), 2, "{sent}");
        for other in [A, B].into_iter().filter(|other| other != own) {
            assert!(!sent.contains(other), "{sent}");
        }
    }
}

#[test]
fn the_stricter_way_counts_and_what_was_done_is_listed() {
    let one = Rule {
        id: "one".to_owned(),
        when: Fields { to: Some(vec![Party::Address(address(A))]), ..Fields::default() },
        ..alone()
    };
    let mail = submission("staff@school.test", &[A, B, HEAD], &mail("To: anna@home.test, ben@home.test, head@school.test"));
    let plan = plan_of(&config(vec![blind(), one]), &mail);
    let done: Vec<_> = plan.private.iter().map(|done| (done.rule.as_str(), done.way, done.recipients.clone())).collect();
    assert_eq!(done, [("one", PrivacyWay::IndividualCopies, vec![address(A)]), ("hide", PrivacyWay::Bcc, vec![address(B)])]);
}

#[test]
fn five_hundred_copies_are_edits_alone() {
    let people: Vec<String> = (0..500).map(|n| format!("parent{n}@home{n}.test")).collect();
    let to: Vec<&str> = people.iter().map(String::as_str).collect();
    let raw = mail(&format!("To: {}\nCc: {}\nSubject: x", to[..250].join(",\n "), to[250..].join(",\n ")));
    let mail = submission("staff@school.test", &to, &(raw + &"content\n".repeat(100_000)));
    let plan = plan_of(&config(vec![alone()]), &mail);
    assert_eq!(plan.copies.len(), 500);
    let edited: usize =
        plan.copies.iter().flat_map(|copy| copy.job.edits.iter()).map(|edit| edit.with.len() + edit.what.len()).sum();
    assert!(edited < 500 * 1000, "{edited} bytes of edits");
}
