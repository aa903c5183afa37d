//! A small school for the tests of policy and plan.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;

use crate::base::{
    Address, BodyKind, Domain, Envelope, ListenerKind, Origin, Recipient, Ref, ReversePath, Submission, Timestamp,
};
use crate::config::{
    Actions, Antivirus, Config, Disclaimer, Fields, IfImpossible, Keep, Limits, List, Mode, NextHop, NoticePlace, Ops, Retention,
    Route, RouteTls, Rule, School, Store,
};

pub(crate) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

pub(crate) fn domain(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

/// A school with these rules, two routes, a list and two retention classes.
pub(crate) fn config(rules: Vec<Rule>) -> Config {
    let heads =
        List { addresses: vec![address("head@school.test")], domains: vec![domain("heads.test")], words: Vec::new(), roll: None };
    let class = |id: &str, when, months: i64| Retention { id: id.to_owned(), when, keep: Keep(jiff::Span::new().months(months)) };
    let heads_mail = Fields { from_or_to: Some(vec![crate::config::Party::List("heads".to_owned())]), ..Fields::default() };
    Config {
        file: PathBuf::from("config.toml"),
        hash: "0".repeat(64),
        school: School {
            name: "Oakfield School".to_owned(),
            domains: vec![domain("school.test"), domain("sub.school.test")],
            partners: vec![domain("council.test")],
            postmaster: address("it@school.test"),
            hostname: domain("mail.school.test"),
            numbers: Vec::new(),
        },
        store: Store { path: PathBuf::from("store"), key_file: PathBuf::from("key") },
        listen: Vec::new(),
        routes: ["default", "secure"].into_iter().map(|name| (name.to_owned(), route(name))).collect(),
        limits: Limits { message_size: 50 << 20, recipients: 500, messages_per_hour: Some(300), recipients_per_hour: Some(1000) },
        senders: BTreeMap::new(),
        lists: BTreeMap::from([("heads".to_owned(), heads)]),
        disclaimers: ["standard", "second"].into_iter().map(|name| (name.to_owned(), disclaimer(name))).collect(),
        antivirus: Antivirus { clamd: None, timeout: std::time::Duration::from_secs(30), clamd_conf: None },
        rules,
        retention: vec![class("heads", Some(heads_mail), 36), class("long", Some(never()), 60), class("ordinary", None, 6)],
        ops: Ops::default(),
        console: None,
        pickup: None,
        witness: None,
        sources: Vec::new(),
    }
}

/// Fields that match no mail.
pub(crate) fn never() -> Fields {
    Fields { any_of: Some(Vec::new()), ..Fields::default() }
}

fn route(name: &str) -> Route {
    Route {
        name: name.to_owned(),
        next_hop: NextHop::Host { host: "next.test".to_owned(), port: 25 },
        tls: RouteTls::Verified,
        sign_in: None,
        ca_file: None,
        connections: 1,
        pins: std::collections::BTreeMap::new(),
        requiretls: crate::config::RequireTls::default(),
        add_header: Vec::new(),
    }
}

pub(crate) fn disclaimer(name: &str) -> Disclaimer {
    Disclaimer {
        name: name.to_owned(),
        text: format!("the {name} notice"),
        html: format!("<p>the {name} notice</p>"),
        place: NoticePlace::End,
        once_per_thread: false,
        if_impossible: IfImpossible::SendWithout,
    }
}

pub(crate) fn rule(id: &str, when: Fields, act: Actions) -> Rule {
    Rule {
        id: id.to_owned(),
        about: format!("About {id}"),
        mode: Mode::Enforce,
        when,
        unless: None,
        act,
        on_error: None,
        tests: Vec::new(),
        line: 1,
    }
}

/// A mail from `from` (nobody where empty) to `to`, on a submission listener with TLS and sign-in.
pub(crate) fn submission(from: &str, to: &[&str], raw: &str) -> Submission {
    let received_at: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    let reverse_path = if from.is_empty() { ReversePath::Null } else { ReversePath::Address(address(from)) };
    let recipients = to.iter().map(|to| Recipient::new(address(to))).collect();
    let envelope = Envelope { reverse_path, recipients, body: BodyKind::EightBit, smtputf8: false, ret: None, envid: None };
    let origin = Origin {
        listener: ListenerKind::Submission,
        client: "192.0.2.7:50000".parse().unwrap(),
        helo: "laptop.local".to_owned(),
        esmtp: true,
        tls: Some(crate::base::TlsFacts::new("TLSv1.3", "TLS_AES_256_GCM_SHA384")),
        account: Some(address("staff@school.test")),
    };
    let raw = Bytes::from(raw.replace('\n', "\r\n"));
    Submission { reference: Ref::new(received_at, [1, 2, 3]), received_at, envelope, origin, raw }
}
