use super::{Antivirus, Duration, Instant, Leaf, Outcome, Scanner, first_equals};

fn leaf(part: &str, bytes: &'static [u8]) -> Leaf {
    Leaf { part: part.to_owned(), name: format!("{part}.txt"), bytes: bytes.into() }
}

#[test]
fn equal_files_are_scanned_once() {
    let leaves = [leaf("1", b"aa"), leaf("2", b"bb"), leaf("3", b"aa"), leaf("4", b"c"), leaf("5", b"bb"), leaf("6", b"")];
    assert_eq!(first_equals(&leaves), [0, 1, 0, 3, 1, 5]);
}

#[tokio::test]
async fn a_scanner_that_is_off_says_so_of_every_file_and_calls_nothing_clean() {
    let scanner = Scanner::new(&Antivirus { clamd: None, timeout: Duration::from_secs(1), clamd_conf: None });
    let leaves = vec![leaf("1", b"a"), leaf("2", b"a")];
    let report = scanner.scan("mail".into(), leaves, Instant::now() + Duration::from_secs(1)).await;
    assert_eq!(report.whole, Outcome::Off);
    assert!(report.parts.len() == 2 && report.parts.iter().all(|part| part.outcome == Outcome::Off));
    assert!(!report.is_clean() && !report.is_outage());
    assert_eq!(scanner.health().await, Ok(()));
    assert_eq!(scanner.look(Duration::from_secs(1)).await, Ok(None));
}
