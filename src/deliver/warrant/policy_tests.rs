use std::time::Duration;

use super::{Mode, Policy, id};

const TEXT: &str = "version: STSv1\r\nmode: enforce\r\nmx: Mail.x.example\r\nmx: *.backup.example\r\nmax_age: 86400\r\n";

#[test]
fn a_policy_is_read_whole() {
    let policy = Policy::read(TEXT).unwrap();
    assert_eq!((policy.mode, policy.max_age), (Mode::Enforce, Duration::from_secs(86_400)));
    let alike = Policy::read(
        "version:STSv1\nmode:enforce\nmode: none\nnew: thing\nmx:mail.x.example\nmx: *.backup.example\nmax_age:86400",
    );
    assert_eq!(alike.unwrap(), policy, "line ends, spaces, a repeated and an unknown field make no difference");
    let long = Policy::read("version: STSv1\nmode: none\nmax_age: 99999999999\n").unwrap();
    assert_eq!(long.max_age.as_secs(), 31_557_600);
}

#[test]
fn half_a_policy_is_none() {
    for line in TEXT.lines().filter(|line| !line.starts_with("mx")) {
        assert!(Policy::read(&TEXT.replace(line, "")).is_err(), "without {line}");
    }
    assert!(Policy::read("version: STSv1\nmode: enforce\nmax_age: 86400\n").is_err(), "without a host");
    for wrong in
        ["version: STSv2\nmode: none\nmax_age: 1", "version: STSv1\nmode: none\nmax_age: -1", "", "<html>404: not found</html>"]
    {
        assert!(Policy::read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_asterisk_is_one_label() {
    let policy = Policy::read(TEXT).unwrap();
    for host in ["mail.x.example", "MAIL.x.example.", "a.backup.example"] {
        assert!(policy.names(host), "{host}");
    }
    for host in ["x.example", "a.mail.x.example", "backup.example", "a.b.backup.example", ".backup.example", "evil.example", ""] {
        assert!(!policy.names(host), "{host}");
    }
}

#[test]
fn one_record_counts_two_do_not() {
    let records = |texts: &[&str]| id(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    assert_eq!(records(&["v=spf1 -all", "v=STSv1; id=20261123T0800;"]).as_deref(), Some("20261123T0800"));
    assert_eq!(records(&["v=STSv1;id=1"]).as_deref(), Some("1"));
    for wrong in [&["v=STSv1; id=1", "v=STSv1; id=2"][..], &["v=STSv1"], &["v=STSv1; id=a b"], &["v=STSv10; id=1"], &[]] {
        assert_eq!(records(wrong), None, "{wrong:?}");
    }
    assert_eq!(records(&[&format!("v=STSv1; id={}", "1".repeat(33))]), None);
}
