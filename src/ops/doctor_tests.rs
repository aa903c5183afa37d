use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::base::{Address, Domain};
use crate::config::{Antivirus, Keep, Limits, Listen, NextHop, Ops, Retention, Route, RouteTls, School, Store};

fn config(folder: &Path) -> Config {
    let domain = Domain::parse("school.example").unwrap();
    let route = Route {
        name: "default".to_owned(),
        next_hop: NextHop::Mx { port: 25 },
        tls: RouteTls::Opportunistic,
        sign_in: None,
        ca_file: None,
        connections: 1,
        pins: std::collections::BTreeMap::new(),
        requiretls: crate::config::RequireTls::default(),
        add_header: Vec::new(),
    };
    Config {
        file: folder.join("config.toml"),
        hash: "0123456789abcdef".to_owned(),
        school: School {
            name: "School".to_owned(),
            domains: vec![domain.clone()],
            partners: Vec::new(),
            postmaster: Address::parse("it@school.example").unwrap(),
            hostname: domain,
            numbers: Vec::new(),
        },
        store: Store { path: folder.to_owned(), key_file: folder.join("key") },
        listen: Vec::new(),
        routes: [("default".to_owned(), route)].into(),
        limits: Limits { message_size: 1 << 20, recipients: 10, messages_per_hour: Some(10), recipients_per_hour: Some(10) },
        senders: std::collections::BTreeMap::new(),
        lists: Default::default(),
        disclaimers: Default::default(),
        antivirus: Antivirus { clamd: None, timeout: Duration::from_secs(30), clamd_conf: None },
        rules: Vec::new(),
        retention: vec![Retention { id: "ordinary".to_owned(), when: None, keep: Keep(jiff::Span::new().months(6)) }],
        ops: Ops::default(),
        console: None,
        pickup: None,
        witness: None,
        sources: Vec::new(),
    }
}

fn key_file(config: &Config, mode: u32) {
    std::fs::write(&config.store.key_file, [7; 32]).unwrap();
    std::fs::set_permissions(&config.store.key_file, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn find<'a>(findings: &'a [Finding], name: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.name.starts_with(name)).unwrap()
}

#[test]
fn a_line_has_its_verdict_and_the_way_out() {
    assert_eq!(Finding::ok("clock", "right").to_string(), "ok   clock: right");
    assert_eq!(Finding::bad("clock", Fault::new("wrong", "set it")).to_string(), "BAD  clock: wrong — set it");
}

#[test]
fn one_bad_finding_makes_the_exit_code_and_a_warning_does_not() {
    let warning = Finding::warn("x", Fault::new("y", "z"));
    assert_eq!(Report::new(vec![Finding::ok("a", "b"), warning.clone()]).exit_code(), 0);
    let report = Report::new(vec![warning, Finding::bad("x", Fault::new("y", "z"))]);
    assert_eq!(report.exit_code(), 1);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["well"], false);
    assert_eq!(json["findings"][1]["verdict"], "bad");
    assert_eq!(json["findings"][1]["mend"], "z");
}

#[test]
fn a_key_file_that_others_can_read_is_bad() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    assert!(find(&place::look(&config), "key file").to_string().contains("schoolgate key new"));
    for (mode, verdict) in [(0o600, Verdict::Ok), (0o400, Verdict::Ok), (0o644, Verdict::Bad), (0o640, Verdict::Bad)] {
        key_file(&config, mode);
        assert_eq!(find(&place::look(&config), "key file").verdict, verdict, "{mode:o}");
    }
}

#[test]
fn a_store_is_tried_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    assert_eq!(find(&place::look(&config), "store").verdict, Verdict::Ok);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    config.store.path = folder.path().join("to/be/made");
    assert!(find(&place::look(&config), "store").to_string().contains("serve makes it"));
    assert_eq!(find(&place::look(&config), "disk").verdict, Verdict::Ok);
    key_file(&config, 0o600);
    config.store.path = config.store.key_file.join("under-a-file");
    let found = place::look(&config);
    assert_eq!(find(&found, "store").verdict, Verdict::Bad);
}

#[test]
fn a_clock_before_the_ledger_or_out_of_its_century_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let now = Timestamp::now();
    assert_ne!(place::clock(folder.path(), now, Some(now)).verdict, Verdict::Bad);
    let later = now + Duration::from_secs(3600);
    let ahead = place::clock(folder.path(), now, Some(later));
    assert!(ahead.verdict == Verdict::Bad && ahead.to_string().contains("ledger already has an entry"), "{ahead}");
    let old = place::clock(folder.path(), "1970-01-02T00:00:00Z".parse().unwrap(), None);
    assert!(old.verdict == Verdict::Bad && old.to_string().contains("timedatectl"), "{old}");
}

#[tokio::test]
async fn ports_are_free_or_taken_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [taken.local_addr().unwrap(), free] {
        let kind = crate::base::ListenerKind::Relay;
        config.listen.push(Listen {
            kind,
            address,
            tls: None,
            trusted: Vec::new(),
            proxy_from: Vec::new(),
            senders: Default::default(),
            journal: Default::default(),
        });
    }
    let findings = ports::look(&config).await;
    assert_eq!(findings[0].verdict, Verdict::Bad);
    assert!(findings[0].to_string().contains("choose another port"), "{}", findings[0]);
    assert_eq!(findings[1].verdict, Verdict::Ok);
}

#[tokio::test]
async fn a_store_that_is_there_is_opened_with_its_key_and_not_with_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.store.key_file = folder.path().join("right.key");
    crate::store::MasterKey::create(&config.store.key_file).unwrap();
    assert_eq!(kept::look(&config, Timestamp::now()).await, (Vec::new(), None));

    let store = crate::store::Store::open(&config.store).unwrap();
    let started = crate::ledger::Event::Started { version: "1".to_owned(), rules: "r".to_owned() };
    crate::ledger::Ledger::new(store.clone()).write(vec![started]).await.unwrap();
    let (findings, newest) = kept::look(&config, Timestamp::now()).await;
    assert_eq!(findings[0].verdict, Verdict::Ok);
    assert!(newest.unwrap() <= Timestamp::now());
    store.close().await;

    config.store.key_file = folder.path().join("wrong.key");
    crate::store::MasterKey::create(&config.store.key_file).unwrap();
    let (findings, newest) = kept::look(&config, Timestamp::now()).await;
    assert!(newest.is_none() && findings[0].to_string().contains("cannot be opened"));
}

#[test]
fn what_the_last_verification_found_is_said_until_it_is_too_long_ago() {
    let now: Timestamp = "2026-11-26T08:00:00Z".parse().unwrap();
    let days_ago = |days: i64| now - jiff::SignedDuration::from_hours(24 * days);
    assert_eq!(kept::archive(None, now), None);
    assert_eq!(kept::archive(Some((days_ago(13), 0)), now).unwrap().verdict, Verdict::Ok);
    assert_eq!(kept::archive(Some((days_ago(14), 0)), now).unwrap().verdict, Verdict::Warn);
    let bad = kept::archive(Some((days_ago(1), 3)), now).unwrap();
    assert!(bad.verdict == Verdict::Bad && bad.to_string().contains("not all was as it was written"), "{bad}");
}

#[tokio::test]
async fn a_whole_report_names_every_part_once_and_says_what_others_have_to_add() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    key_file(&config, 0o600);
    let more = vec![Finding::ok("more", "of another room")];
    let report = tokio::time::timeout(Duration::from_secs(60), run(&config, more)).await.unwrap();
    for name in ["config", "store", "disk", "key file", "clock", "more", "route default", "clamd"] {
        assert_eq!(report.findings.iter().filter(|finding| finding.name.starts_with(name)).count(), 1, "{name} in\n{report}");
    }
    assert!(report.findings.iter().any(|finding| finding.name.starts_with("dns") || finding.name.starts_with("mx of")));
    assert_eq!(report.to_string().lines().count(), report.findings.len());
}

#[test]
fn what_works_and_wants_a_thought_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    let until = jiff::civil::date(2026, 11, 22);
    let mut rule = crate::policy::sample::rule("words", crate::config::Fields::default(), crate::config::Actions::default());
    rule.mode = crate::config::Mode::Watch { until };
    config.rules.push(rule);
    assert!(choices::look(&config, until).is_empty(), "until the end of that day");
    let address = "127.0.0.1:25".parse().unwrap();
    let kind = crate::base::ListenerKind::Relay;
    let senders = crate::config::Senders::default();
    config.listen.push(Listen {
        kind,
        address,
        tls: None,
        trusted: Vec::new(),
        proxy_from: Vec::new(),
        senders,
        journal: Default::default(),
    });
    let findings = choices::look(&config, until.tomorrow().unwrap());
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Warn));
    assert!(find(&findings, "rule words").text.contains("watch_until has passed"));
    assert!(find(&findings, "senders at 127.0.0.1:25").to_string().contains("senders = \"school\""));
    config.listen[0].senders = crate::config::Senders::School;
    assert_eq!(choices::look(&config, until).len(), 0);
}
