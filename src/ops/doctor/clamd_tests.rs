use super::*;
use crate::ops::doctor::Verdict;

fn look_with(test_file: Outcome, signatures: Option<&str>) -> Look {
    Look { version: "ClamAV 1.4.3".to_owned(), signatures: signatures.map(|at| at.parse().unwrap()), test_file }
}

fn unix() -> ClamdAddress {
    ClamdAddress::Unix("/run/clamav/clamd.ctl".into())
}

fn unreached_by(address: &ClamdAddress, kind: io::ErrorKind) -> String {
    Finding::bad("clamd", unreached(address, &scan::Fault { kind, why: "x".to_owned() })).to_string()
}

#[test]
fn each_way_not_to_reach_it_has_its_way_out() {
    let tcp = ClamdAddress::Tcp { host: "127.0.0.1".to_owned(), port: 3310 };
    assert!(unreached_by(&unix(), io::ErrorKind::PermissionDenied).contains("usermod -aG clamav schoolgate"));
    assert!(unreached_by(&unix(), io::ErrorKind::NotFound).contains("systemctl start clamav-daemon"));
    assert!(unreached_by(&unix(), io::ErrorKind::ConnectionRefused).contains("systemctl start clamav-daemon"));
    assert!(unreached_by(&tcp, io::ErrorKind::ConnectionRefused).contains("TCPSocket"));
    assert!(unreached_by(&tcp, io::ErrorKind::TimedOut).contains("restart clamav-daemon"));
}

#[test]
fn a_clamd_that_does_not_find_the_test_file_is_bad() {
    assert_eq!(test_file(&unix(), &look_with(Outcome::Infected("Eicar".to_owned()), None)).verdict, Verdict::Ok);
    for other in [Outcome::Clean, Outcome::Broken("x ERROR".to_owned())] {
        let finding = test_file(&unix(), &look_with(other, None));
        assert!(finding.verdict == Verdict::Bad && finding.to_string().contains("run freshclam"), "{finding}");
    }
}

#[test]
fn signatures_older_than_a_week_are_a_warning() {
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let of = |made| signatures(&look_with(Outcome::Clean, made), now);
    assert_eq!(of(Some("2026-11-22T12:00:00Z")).to_string(), "ok   signatures of clamd: made 1 day ago");
    assert_eq!(of(Some("2026-11-23T23:00:00Z")).verdict, Verdict::Ok, "clamd's machine lies further east");
    let old = of(Some("2026-11-15T12:00:00Z"));
    assert!(old.verdict == Verdict::Warn && old.to_string().contains("made 8 days ago — run freshclam"), "{old}");
    assert_eq!(of(None).verdict, Verdict::Warn);
}

#[test]
fn limits_below_the_gateways_own_are_warnings() {
    let roomy = Bounds { stream: 64 << 20, file: 64 << 20, scan: u64::MAX, alerts_exceeds_max: true, alerts_encrypted: true };
    let of = |bounds| limits_of(Some(bounds), 50 << 20).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert_eq!(of(roomy), "ok   limits of clamd: it looks at mail up to 64M");
    let small = of(Bounds { stream: 25 << 20, ..roomy });
    assert!(small.starts_with("warn") && small.contains("write StreamMaxLength 50M"), "{small}");
    assert!(of(Bounds { file: 25 << 20, ..roomy }).contains("MaxFileSize or MaxScanSize is 25M"));
    let silent = of(Bounds { alerts_exceeds_max: false, ..roomy });
    assert!(silent.contains("clamd calls what exceeds MaxScanSize clean") && silent.contains("AlertExceedsMax yes"), "{silent}");
    assert_eq!(limits_of(None, 25 << 20)[0].verdict, Verdict::Ok);
    let unknown = limits_of(None, 50 << 20)[0].to_string();
    assert!(unknown.starts_with("warn") && unknown.contains("larger than 25M") && unknown.contains("clamd_conf"), "{unknown}");
}
