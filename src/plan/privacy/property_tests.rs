//! For any mail and any rules: every recipient stands in exactly one place, and no veiled copy names in its header whom it should
//! not, neither to a reader of bytes nor to two readers of mail.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use crate::base::Submission;
use crate::config::{Actions, AfterHold, Fields, HoldFor, Holder, OnError, Party, Privacy, PrivacyWay, Rule};
use crate::message::Message;
use crate::plan::{Copy, Decision, Plan, SchoolNotices, draw};
use crate::policy::sample::{address, config, rule, submission};
use crate::policy::{Rules, Side, Verdicts};
use crate::queue::State;

/// Five people outside, one of them with a quoted name, a partner, and two inside. No address ends in another.
const PEOPLE: [&str; 8] = [
    "p0@out.test",
    "P1@Home1.test",
    "p2@bücher.test",
    "\"p 3\"@home.test",
    "p4+trips@home.test",
    "c5@council.test",
    "i6@school.test",
    "head@school.test",
];
const INSIDE: usize = 6;

/// One person as a mail program, an old server or an attacker may write them; the second number is somebody to name beside.
fn mailbox(who: usize, dress: usize, beside: usize) -> String {
    let (it, other) = (PEOPLE[who], PEOPLE[beside]);
    let encoded = other.replace(' ', "_").replace('@', "=40").replace('"', "=22").replace('+', "=2B").replace('ü', "=C3=BC");
    match dress {
        0 => it.to_owned(),
        1 => format!("A Person <{it}>"),
        2 => format!("\"Person, A\" <{}>", it.to_uppercase()),
        3 => format!("=?utf-8?q?J=C3=BCrgen?=\n <{it}>"),
        4 => format!("=?utf-8?q?{encoded}?= <{it}>"),
        5 => format!("{it} (a {other} comment)"),
        6 => format!("Group: <{it}>, {other};"),
        7 => format!("\"{}\" <{it}>", other.replace('"', "")),
        8 => it.replace('@', "\n @ "),
        9 => format!("<@relay.test:{it}>"),
        10 => format!("<{it}> <{other}>"),
        _ => format!("{it};;,,<>"),
    }
}

fn any_list() -> impl Strategy<Value = String> {
    let one = (0..PEOPLE.len(), 0..12_usize, 0..PEOPLE.len()).prop_map(|(who, dress, beside)| mailbox(who, dress, beside));
    (proptest::collection::vec(one, 0..4), any::<bool>()).prop_map(|(all, folded)| all.join(if folded { ",\n\t" } else { ", " }))
}

/// A field; the true ones list people, the others only name them.
fn any_field() -> impl Strategy<Value = String> {
    let lists = proptest::sample::select(vec![
        "To",
        "TO",
        "to ",
        "Cc",
        "cC",
        "Bcc",
        "Resent-To",
        "Resent-Cc",
        "Reply-To",
        "Errors-To",
        "Apparently-To",
        "Disposition-Notification-To",
        "Mail-Followup-To",
    ]);
    let others = proptest::sample::select(vec![
        "Delivered-To: {}",
        "X-Original-To: <{}>",
        "X-Seen: to:{};",
        "Received: from a by b\n\tfor <{}>; Mon, 23 Nov 2026 07:00:00 +0000",
        "Received: from a by b (for {}) for x; now",
        "List-Unsubscribe: <mailto:u@l.test?subject={}>",
        "Comments: ({}) x",
        "X-MS-Exchange-Organization-OriginalEnvelopeRecipients: {}",
        "DKIM-Signature: v=1; z=To:{}|Cc:",
        "Subject: for {}",
        "In-Reply-To: mail of {}",
        "Stray line {}",
    ]);
    prop_oneof![
        3 => (lists, any_list()).prop_map(|(name, list)| format!("{name}: {list}\n")),
        1 => (others, 0..PEOPLE.len()).prop_map(|(field, who)| field.replace("{}", PEOPLE[who]) + "\n"),
    ]
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let whom = prop_oneof![
        Just(None),
        Just(Some(Party::Outside)),
        Just(Some(Party::Partners)),
        (0..PEOPLE.len()).prop_map(|who| Some(Party::Address(address(PEOPLE[who])))),
    ];
    let hides = |way, visible: Option<&str>| Actions {
        recipients: Some(Privacy { way, visible_to: visible.map(address) }),
        ..Actions::default()
    };
    let act = prop_oneof![
        3 => Just(hides(PrivacyWay::Bcc, None)),
        3 => Just(hides(PrivacyWay::Bcc, Some("office@school.test"))),
        3 => Just(hides(PrivacyWay::IndividualCopies, None)),
        1 => Just(Actions { disclaimer: Some("standard".to_owned()), ..Actions::default() }),
        1 => Just(Actions { route: Some("secure".to_owned()), ..Actions::default() }),
        1 => Just(Actions { reject: Some("no".to_owned()), ..Actions::default() }),
        1 => Just(Actions {
            hold: Some(HoldFor { whom: Holder::Sender, after: None, then: AfterHold::Refuse }), ..Actions::default()
        }),
    ];
    let on_error = prop_oneof![Just(None), Just(Some(OnError::Hold)), Just(Some(OnError::Reject))];
    (whom, act, on_error, proptest::option::of(0..PEOPLE.len())).prop_map(|(whom, act, on_error, spared)| Rule {
        on_error,
        unless: spared.map(|who| Fields { to: Some(vec![Party::Address(address(PEOPLE[who]))]), ..Fields::default() }),
        ..rule("any", Fields { to: whom.map(|party| vec![party]), ..Fields::default() }, act)
    })
}

/// For whom of the envelope a rule hides, by the verdicts alone.
fn veiled(rules: &[Rule], verdicts: &Verdicts) -> Vec<bool> {
    let asks = |at: usize| {
        let matching =
            rules.iter().zip(&verdicts.rules).filter(|(rule, verdict)| rule.act.recipients.is_some() && verdict.each[at].matched);
        matching.count() > 0
    };
    verdicts.sides.iter().enumerate().map(|(at, side)| *side != Side::Inside && asks(at)).collect()
}

/// People outside whom a veiled copy must not name: those who are veiled and those who are listed without being recipients.
fn hidden(mail: &Submission, message: &Message, veiled: &[bool]) -> HashSet<String> {
    let to: Vec<String> = mail.envelope.recipients.iter().map(|to| to.address.key()).collect();
    let lists = ["to", "cc", "bcc", "resent-to", "resent-cc"].iter().flat_map(|list| message.mailboxes(list));
    let listed: Vec<String> = lists.filter_map(|mailbox| Some(mailbox.address?.key())).collect();
    let outside = PEOPLE[..INSIDE].iter().map(|who| address(who).key());
    outside.filter(|who| to.iter().position(|to| to == who).map_or(listed.contains(who), |at| veiled[at])).collect()
}

/// Whom a header names, to a reader of bytes and to two readers of mail.
fn seen(sent: &[u8]) -> HashSet<String> {
    let end = sent.windows(4).position(|four| four == b"\r\n\r\n").map_or(sent.len(), |at| at + 2);
    let raw = String::from_utf8_lossy(&sent[..end]).to_lowercase();
    let named = PEOPLE.iter().map(|who| address(who)).filter(|who| {
        let bare = format!("{}@{}", who.local(), who.domain()).to_lowercase();
        raw.contains(&who.key()) || raw.contains(&bare) || raw.contains(&who.key().replace("xn--bcher-kva", "bücher"))
    });
    let mut seen: HashSet<String> = named.map(|who| who.key()).collect();
    let ours = Message::parse(sent.to_vec().into());
    let fields = ours.root().fields.iter().flat_map(|field| ours.mailboxes_in(field));
    seen.extend(fields.filter_map(|mailbox| Some(mailbox.address?.key())));
    let theirs = mail_parser::MessageParser::default().parse_headers(sent);
    let values = theirs.iter().flat_map(|mail| mail.headers()).filter_map(|header| header.value().as_address());
    for mailbox in values.flat_map(|value| value.clone().into_list()) {
        let parsed = mailbox.address.as_deref().and_then(|text| crate::base::Address::parse(text).ok());
        seen.extend(parsed.map(|address| address.key()));
        let name = mailbox.name.as_deref().unwrap_or_default().to_lowercase();
        seen.extend(PEOPLE.iter().filter(|who| name.contains(&who.to_lowercase())).map(|who| address(who).key()));
    }
    seen
}

fn stands_once(plan: &Plan, mail: &Submission) {
    for recipient in &mail.envelope.recipients {
        let copies = plan.copies.iter().flat_map(|copy| &copy.job.recipients).filter(|to| *to == recipient).count();
        let refused = plan.refused.iter().filter(|refusal| refusal.recipient == *recipient).count();
        let expected = usize::from(!matches!(plan.decision, Decision::Deferred { .. }));
        assert_eq!(copies + refused, expected, "{recipient:?} in {plan:?}");
    }
}

/// Held because something in it cannot be hidden: then nobody has it.
fn waits_for_that(copy: &Copy) -> bool {
    matches!(&copy.job.state, State::Held { why, .. } if why.contains("each other's addresses"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_copy_names_whom_it_should_not(
        fields in proptest::collection::vec(any_field(), 0..7),
        rules in proptest::collection::vec(any_rule(), 1..4),
        to in proptest::sample::subsequence(PEOPLE.to_vec(), 1..6),
    ) {
        let raw = format!("From: Staff <staff@school.test>\n{}\nThe words of the mail.\n", fields.concat());
        let mail = submission("staff@school.test", &to, &raw);
        let (config, message) = (config(rules), Message::parse(mail.raw.clone()));
        let verdicts = Rules::compile(&config).judge(&mail, &message);
        let plan = draw(&config, &mail, &message, &verdicts, &SchoolNotices);
        stands_once(&plan, &mail);
        let veiled = veiled(&config.rules, &verdicts);
        let hidden = hidden(&mail, &message, &veiled);
        let recipients: Vec<_> = mail.envelope.recipients.iter().zip(&veiled).filter(|(_, veiled)| **veiled).collect();
        for copy in plan.copies.iter().filter(|copy| !waits_for_that(copy)) {
            let sent = copy.job.edits.apply(&mail.raw);
            let seen = seen(&sent);
            for (to, _) in recipients.iter().filter(|(to, _)| copy.job.recipients.contains(to)) {
                let bared: Vec<_> = seen.intersection(&hidden).filter(|who| **who != to.address.key()).collect();
                prop_assert!(bared.is_empty(), "{to:?} learns of {bared:?}:\n{}", String::from_utf8_lossy(&sent));
            }
        }
    }
}

/// Whether bytes hold an address that is not the end or the beginning of another.
fn holds(header: &str, address: &str) -> bool {
    let part_of_another = |c: char| c.is_alphanumeric() || ".+-_".contains(c);
    header.match_indices(address).any(|(at, _)| {
        let after = header[at + address.len()..].trim_start_matches('.').chars().next();
        !header[..at].ends_with(part_of_another) && !after.is_some_and(char::is_alphanumeric)
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut waiting = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { waiting.push(entry) } else { files.push(entry) }
        }
    }
    files
}

/// Mail that nobody here wrote, sent to all whom it lists and two more.
#[test]
fn real_mail_names_nobody_else() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = ["../shared", "../../shared"].iter().map(|up| here.join(up).join("corpora/mail")).find(|folder| folder.is_dir());
    let Some(folder) = folder else { return println!("skipped: ../shared/corpora/mail is not here") };
    let act = Actions { recipients: Some(Privacy { way: PrivacyWay::Bcc, visible_to: None }), ..Actions::default() };
    let config = config(vec![rule("hide", Fields::default(), act)]);
    let (mut sent, mut held) = (0, 0);
    for file in files(&folder) {
        let raw = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).replace("\r\n", "\n");
        let message = Message::parse(raw.replace('\n', "\r\n").into());
        let listed = ["to", "cc", "resent-to"].iter().flat_map(|list| message.mailboxes(list)).filter_map(|one| one.address);
        let mut to: Vec<String> = listed.take(100).map(|address| address.to_string()).collect();
        to.extend(["one@more.test".to_owned(), "two@more.test".to_owned()]);
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        let mail = submission("staff@school.test", &to, &raw);
        let plan = draw(&config, &mail, &message, &Rules::compile(&config).judge(&mail, &message), &SchoolNotices);
        let spared: Vec<String> = ["from", "sender", "resent-from"]
            .iter()
            .flat_map(|list| message.mailboxes(list))
            .filter_map(|one| Some(one.address?.key()))
            .collect();
        held += plan
            .copies
            .iter()
            .filter(|copy| waits_for_that(copy))
            .inspect(|copy| println!("{}: {:?}", file.display(), copy.job.state))
            .count();
        for copy in plan.copies.iter().filter(|copy| !waits_for_that(copy)) {
            sent += 1;
            let copy = String::from_utf8_lossy(&copy.job.edits.apply(&mail.raw)).to_lowercase();
            let header = copy.split_once("\r\n\r\n").map_or(copy.as_str(), |(header, _)| header);
            for to in to.iter().map(|to| address(to).key()).filter(|to| !spared.contains(to)) {
                assert!(!holds(header, &to), "{} names {to}:\n{header}", file.display());
            }
        }
    }
    assert!(sent > 100 && held * 20 < sent, "{sent} sent and {held} held");
}
