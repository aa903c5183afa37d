//! The gateway as a service manager, a monitor and a log collector see it.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use serde_json::Value;

use crate::world::gateway::OFFICE;
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, wait_until};

mod limits;

const TIME: Duration = Duration::from_secs(20);

/// A page of the `[ops]` listener: its code and its body.
fn page(gateway: &Gateway, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", gateway.ops)).expect("the pages are there");
    stream.set_read_timeout(Some(TIME)).expect("a socket option");
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())
        .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a code");
    (code, body.to_owned())
}

fn with_json_log(gateway: &Gateway) {
    let text = std::fs::read_to_string(gateway.config()).expect("the configuration");
    std::fs::write(gateway.config(), text.replace("[ops]\n", "[ops]\nlog = \"json\"\n")).expect("room on the disk");
}

#[test]
fn metrics_and_health_tell_of_the_mail_that_passed() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    assert_eq!(page(&gateway, "/readyz").0, 200);
    let (code, parts) = page(&gateway, "/healthz");
    assert_eq!(code, 200, "{parts}");
    for line in parts.lines() {
        let part: Value = serde_json::from_str(line).expect("a JSON object a line");
        assert_eq!(part["ok"], true, "{parts}");
    }
    Session::open(gateway.relay).send(&["parent@example.com"], "Trip", "Text.\r\n");
    upstream.wait_for(1);
    wait_until("the metrics show it", TIME, || {
        let metrics = page(&gateway, "/metrics").1;
        let shown = ["schoolgate_events_total{event=\"mail-accepted\"} 1", "schoolgate_events_total{event=\"delivered\"} 1"];
        shown.iter().all(|line| metrics.contains(line)).then_some(())
    });
    let metrics = page(&gateway, "/metrics").1;
    for name in ["schoolgate_accepted_bytes_total", "schoolgate_store_commit_seconds", "process_resident_memory_bytes"] {
        assert!(metrics.contains(&format!("# TYPE {name} ")), "{name} is missing:\n{metrics}");
    }
    assert!(!metrics.contains("example"), "no name or address stands in a metric:\n{metrics}");
    assert_eq!(page(&gateway, "/nowhere").0, 404);
}

#[test]
fn the_log_is_one_json_object_for_each_event_and_holds_no_content() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::prepare(upstream.port, "");
    with_json_log(&gateway);
    gateway.serve();
    let reply =
        Session::open(gateway.relay).send(&["parent@example.com", "nobody@example.com"], "Zanzibar", "A marmalade sandwich.\r\n");
    let reference = reply.trim().rsplit(' ').next().expect("a reference").to_owned();
    upstream.wait_for_mail_to(OFFICE);
    assert_eq!(gateway.stop(), Some(0));
    let log = gateway.log();
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect();
    assert!(lines.iter().all(|line| line["event"].is_string() && line["level"].is_string()), "{log}");
    let of_the_mail: BTreeSet<_> =
        lines.iter().filter(|line| line["ref"] == reference.as_str()).filter_map(|line| line["event"].as_str()).collect();
    assert!(of_the_mail.is_superset(&BTreeSet::from(["mail-accepted", "delivered", "delivery-failed"])), "{log}");
    let once = |event: &str| lines.iter().filter(|line| line["event"] == event).count();
    assert_eq!((once("started"), once("mail-accepted"), once("delivered"), once("stopped")), (1, 1, 2, 1), "{log}");
    for word in ["Zanzibar", "marmalade"] {
        assert!(!log.contains(word), "{word} stands in the log:\n{log}");
    }
}

#[test]
fn the_service_manager_is_told_of_each_turn() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::prepare(upstream.port, "");
    let socket = UnixDatagram::bind(gateway.path("notify")).expect("a socket");
    socket.set_read_timeout(Some(TIME)).expect("a socket option");
    let heard = || {
        let mut datagram = [0; 4096];
        let length = socket.recv(&mut datagram).expect("the manager is told in time");
        String::from_utf8_lossy(&datagram[..length]).into_owned()
    };
    gateway.serve_with(&[("NOTIFY_SOCKET", gateway.path("notify").to_str().expect("a plain path"))]);
    let ready = heard();
    assert!(ready.contains("READY=1") && ready.contains("STATUS=3 listeners"), "{ready}");
    gateway.signal("HUP");
    let reloading = heard();
    assert!(reloading.contains("RELOADING=1") && reloading.contains("MONOTONIC_USEC="), "{reloading}");
    assert!(heard().contains("READY=1"), "a reload ends with ready");
    gateway.write_config(upstream.port, "[nosuch]\n");
    gateway.signal("HUP");
    assert!(heard().contains("RELOADING=1"));
    assert!(heard().contains("READY=1"), "a refused reload too, for the old rules stay in force");
    gateway.signal("TERM");
    assert!(heard().contains("STOPPING=1"));
    assert_eq!(gateway.stop(), Some(0));
}

#[test]
fn the_watchdog_is_fed() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::prepare(upstream.port, "");
    let socket = UnixDatagram::bind(gateway.path("notify")).expect("a socket");
    socket.set_read_timeout(Some(TIME)).expect("a socket option");
    gateway.serve_with(&[("NOTIFY_SOCKET", gateway.path("notify").to_str().expect("a plain path")), ("WATCHDOG_USEC", "400000")]);
    wait_until("three signs of life", TIME, || {
        let mut datagram = [0; 4096];
        let mut seen = 0;
        while seen < 3 {
            let length = socket.recv(&mut datagram).ok()?;
            seen += usize::from(String::from_utf8_lossy(&datagram[..length]).contains("WATCHDOG=1"));
        }
        Some(())
    });
}

#[test]
fn a_certificate_that_is_renewed_is_shown_to_the_next_client() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    let before = Session::certificate(gateway.submissions);
    let names = vec!["localhost".to_owned(), "mail.oakfield.example.sch.uk".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    std::fs::write(gateway.path("certificate.pem"), made.cert.pem()).expect("room on the disk");
    std::thread::sleep(Duration::from_millis(100)); // in between the two do not fit: the old pair stays
    assert_eq!(Session::certificate(gateway.submissions), before);
    std::fs::write(gateway.path("certificate.key"), made.signing_key.serialize_pem()).expect("room on the disk");
    wait_until("the new certificate is shown", Duration::from_secs(60), || {
        (Session::certificate(gateway.submissions) == made.cert.der().to_vec()).then_some(())
    });
}

#[test]
fn every_signal_to_stop_ends_with_exit_0() {
    for name in ["TERM", "INT"] {
        let mut gateway = Gateway::prepare(crate::world::free_port(), "");
        gateway.serve();
        gateway.signal(name);
        assert_eq!(gateway.stop(), Some(0), "{name}");
        assert!(gateway.log().contains("stopped"), "{}", gateway.log());
    }
}

#[test]
fn doctor_finds_a_good_gateway_well_without_a_dns_to_ask() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(upstream.port, "");
    let began = std::time::Instant::now();
    for runs in [true, false] {
        let done = gateway.run(&["doctor", "--json"], "");
        let report: Value = serde_json::from_slice(&done.stdout).expect("one JSON document");
        let bad: Vec<_> =
            report["findings"].as_array().expect("findings").iter().filter(|found| found["verdict"] == "bad").collect();
        assert_eq!(
            (done.status.code(), report["well"].as_bool(), bad.len()),
            (Some(0), Some(true), 0),
            "running: {runs}: {bad:?}"
        );
        if runs {
            assert_eq!(gateway.stop(), Some(0));
        }
    }
    assert!(began.elapsed() < Duration::from_secs(60), "doctor took {:?}", began.elapsed());
    let text = String::from_utf8_lossy(&gateway.run(&["doctor"], "").stdout).into_owned();
    assert!(text.lines().all(|line| line.starts_with("ok   ") || line.starts_with("warn ")), "{text}");
    assert!(
        text.lines().filter(|line| line.starts_with("warn ")).all(|line| line.contains(" — ")),
        "each warning has a way out: {text}"
    );
}
