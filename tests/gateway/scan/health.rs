//! What doctor and `/healthz` say of the scanner.

use serde_json::Value;

use super::{Actor, Clamd, Does, Duration, Gateway, free_port, wait_until};

/// What doctor says of clamd, verdict and text, and its exit code.
fn doctor(gateway: &Gateway) -> (Vec<(String, String)>, Option<i32>) {
    let done = gateway.run(&["doctor", "--json"], "");
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().unwrap().iter().filter(|finding| word(finding, "name").ends_with("clamd"));
    let said = findings.map(|f| (word(f, "verdict"), format!("{} — {}", word(f, "text"), word(f, "mend")))).collect();
    (said, done.status.code())
}

fn says(said: &[(String, String)], verdict: &str, words: &str) {
    assert!(said.iter().any(|(v, text)| v == verdict && text.contains(words)), "{verdict} {words} in {said:#?}");
}

#[test]
fn doctor_scans_the_test_file_and_names_the_way_out() {
    let Some(mut clamd) = Clamd::start_with("StreamMaxLength 25M") else { return };
    let gateway = Gateway::prepare(free_port(), &clamd.section());
    let (said, _) = doctor(&gateway);
    says(&said, "ok", "finds the EICAR test file (Schoolgate.Test.Eicar");
    says(&said, "warn", "no daily database");
    says(&said, "warn", "StreamMaxLength is 25M, less than message_size");
    says(&said, "warn", "clamd calls what exceeds MaxScanSize clean");
    clamd.kill();
    let (said, code) = doctor(&gateway);
    says(&said, "bad", "systemctl start clamav-daemon");
    assert_eq!((said.len(), code), (1, Some(1)));
}

#[test]
fn doctor_is_not_content_with_a_clamd_that_finds_nothing() {
    let actor = Actor::start(&[Does::say("stream: OK\0")]);
    let section = format!("[antivirus]\nclamd = \"tcp:127.0.0.1:{}\"\n", actor.port);
    let gateway = Gateway::prepare(free_port(), &section);
    let (said, code) = doctor(&gateway);
    says(&said, "bad", "does not find the EICAR test file; it says: clean — it has no signatures");
    says(&said, "warn", "days ago — run freshclam");
    assert_eq!(code, Some(1));
    let off = Gateway::prepare(free_port(), "");
    let (said, _) = doctor(&off);
    assert_eq!(said.len(), 1);
    says(&said, "ok", "off, as the configuration says");
}

#[test]
fn healthz_follows_the_scanner_and_a_reload_of_its_section() {
    let Some(mut clamd) = Clamd::prepare("") else { return };
    let upstream = free_port();
    let mut gateway = Gateway::prepare(upstream, &clamd.section());
    gateway.serve();
    let health = || gateway.run(&["healthcheck"], "");
    let ill = health();
    let said = format!("{}{}", String::from_utf8_lossy(&ill.stderr), String::from_utf8_lossy(&ill.stdout));
    assert!(!ill.status.success() && said.contains("\"part\":\"clamd\"") && said.contains("there is no socket"), "{said}");
    clamd.run();
    wait_until("the gateway is well", Duration::from_secs(30), || health().status.success().then_some(()));
    gateway.write_config(upstream, "[antivirus]\nclamd = \"tcp:127.0.0.1:1\"\n");
    gateway.signal("HUP");
    wait_until("the new section counts", Duration::from_secs(30), || (!health().status.success()).then_some(()));
    assert!(gateway.log().contains("changed: [antivirus]"), "{}", gateway.log());
    gateway.write_config(upstream, "");
    gateway.signal("HUP");
    wait_until("off is well", Duration::from_secs(30), || health().status.success().then_some(()));
}
