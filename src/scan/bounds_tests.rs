use std::time::Duration;

use super::*;

fn antivirus(clamd: ClamdAddress, clamd_conf: Option<PathBuf>) -> Antivirus {
    Antivirus { clamd: Some(clamd), timeout: Duration::from_secs(1), clamd_conf }
}

fn unix(path: &str) -> ClamdAddress {
    ClamdAddress::Unix(PathBuf::from(path))
}

#[test]
fn what_the_file_says_counts_and_the_rest_is_as_clamd_has_it() {
    let of = |text: &str| parse(text).bounds;
    assert_eq!(of(""), Bounds::DEFAULT);
    let debian = "#Automatically Generated\nLocalSocket /var/run/clamav/clamd.ctl\nStreamMaxLength 25M\nMaxScanSize 100M\n\
                  MaxFileSize\t\"25m\"\nAlertExceedsMax true\n#AlertEncrypted yes\n";
    let expected =
        Bounds { stream: 25 << 20, file: 25 << 20, scan: 100 << 20, alerts_exceeds_max: true, alerts_encrypted: false };
    assert_eq!(of(debian), expected);
    assert_eq!(expected.largest(), 25 << 20);
    assert_eq!(of("streammaxlength 0\nMaxFileSize 0\nMaxScanSize 4g").largest(), 4 << 30);
    assert_eq!(of("MaxFileSize 1000\r\n").file, 1000);
    for odd in ["MaxFileSize", "MaxFileSize ", "MaxFileSize x", "MaxFileSize 5X", "MaxFileSize -1", "MaxFileSize 5é"] {
        assert_eq!(of(odd), Bounds::DEFAULT, "{odd}");
    }
    assert_eq!(of("MaxFileSize 99999999999999999G").file, u64::MAX);
}

#[test]
fn the_usual_file_counts_only_where_it_speaks_of_this_clamd() {
    let local = parse("LocalSocket /var/run/clamav/clamd.ctl\n");
    let conf = |clamd| ClamdConf::of(&antivirus(clamd, None));
    assert!(conf(unix("/run/clamav/clamd.ctl")).fits(&local));
    assert!(!conf(unix("/run/other.ctl")).fits(&local));
    let tcp = |host: &str| ClamdAddress::Tcp { host: host.to_owned(), port: 3310 };
    assert!(!conf(tcp("127.0.0.1")).fits(&local));
    let port = parse("TCPSocket 3310\nTCPAddr 127.0.0.1\n");
    assert!(conf(tcp("127.0.0.1")).fits(&port) && conf(tcp("localhost")).fits(&port));
    assert!(!conf(tcp("clamav.example")).fits(&port), "another machine's clamd");
    let named = ClamdConf::of(&antivirus(tcp("clamav.example"), Some(PathBuf::from("/x"))));
    assert!(named.fits(&port), "whoever names the file knows");
}

#[test]
fn a_changed_file_is_read_again_and_a_missing_one_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clamd.conf");
    let conf = ClamdConf::of(&antivirus(unix("/x"), Some(path.clone())));
    assert_eq!(conf.bounds(), None);
    std::fs::write(&path, "StreamMaxLength 1M\n").unwrap();
    assert_eq!(conf.bounds().unwrap().stream, 1 << 20);
    std::fs::write(&path, "StreamMaxLength 50M\n").unwrap();
    assert_eq!(conf.bounds().unwrap().stream, 50 << 20);
    std::fs::write(&path, vec![b'#'; limits::CLAMD_CONF_OCTETS as usize + 1]).unwrap();
    assert_eq!(conf.bounds(), None, "no configuration is that large");
}
