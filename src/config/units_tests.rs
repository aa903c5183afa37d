use std::time::Duration;

use super::{calendar, duration, network, size};

#[test]
fn sizes_count_in_steps_of_1024() {
    for (text, bytes) in [("1KB", 1 << 10), ("50MB", 50 << 20), ("2 gb", 2 << 30), ("0KB", 0)] {
        assert_eq!(size(text).unwrap(), bytes, "{text}");
    }
}

#[test]
fn a_wrong_size_names_the_right_one_where_it_can() {
    for (text, meant) in
        [("50", Some("50MB")), ("50M", Some("50MB")), ("5GiB", Some("5GB")), ("10k", Some("10KB")), ("MB", None), ("-1MB", None)]
    {
        assert_eq!(size(text).unwrap_err().suggestion.as_deref(), meant, "{text}");
    }
    assert!(size("99999999999GB").unwrap_err().why.contains("larger"));
    assert!(size("99999999999999999999999KB").is_err());
}

#[test]
fn times_have_fixed_lengths_except_months_and_years() {
    for (text, seconds) in [("30s", 30), ("5m", 300), ("2h", 7200), ("3d", 259_200), ("1w", 604_800)] {
        assert_eq!(duration(text).unwrap(), Duration::from_secs(seconds), "{text}");
    }
    assert_eq!(duration("2mo").unwrap_err().suggestion.as_deref(), Some("60d"));
    assert_eq!(duration("1y").unwrap_err().suggestion.as_deref(), Some("365d"));
    assert!(duration("99999999999999999y").is_err());
    assert!(duration("101w").is_ok() && duration("99999w").is_err());
}

#[test]
fn six_months_end_on_the_same_day() {
    let start = jiff::civil::date(2026, 8, 15);
    for (text, end) in [("6mo", (2027, 2, 15)), ("3y", (2029, 8, 15)), ("2w", (2026, 8, 29)), ("10d", (2026, 8, 25))] {
        let (year, month, day) = end;
        assert_eq!(start.checked_add(calendar(text).unwrap()).unwrap(), jiff::civil::date(year, month, day), "{text}");
    }
    assert!(calendar("0mo").is_err() && calendar("1300mo").is_err() && calendar("100y").is_ok());
}

#[test]
fn words_for_times_are_understood_well_enough_to_name_the_right_one() {
    for (text, meant) in [
        ("6 months", "6mo"),
        ("6M", "6mo"),
        ("3 years", "3y"),
        ("3Y", "3y"),
        ("10 days", "10d"),
        ("5min", "5m"),
        ("5 seconds", "5s"),
        ("2weeks", "2w"),
        ("2H", "2h"),
        ("7", "7d"),
    ] {
        assert_eq!(calendar(text).unwrap_err().suggestion.as_deref(), Some(meant), "{text}");
    }
    assert_eq!(calendar("soon").unwrap_err().suggestion, None);
}

#[test]
fn a_network_is_what_is_written() {
    let net = network("10.0.0.0/8").unwrap();
    assert!(net.contains("10.200.3.4".parse().unwrap()) && !net.contains("11.0.0.0".parse().unwrap()));
    assert_eq!(network("192.0.2.7").unwrap().prefix, 32);
    assert_eq!(network("2001:db8::/32").unwrap().prefix, 32);
    assert_eq!(network("::/0").unwrap().prefix, 0);
    assert_eq!(network("10.1.2.3/8").unwrap_err().suggestion.as_deref(), Some("10.0.0.0/8"));
    assert_eq!(network("2001:db8::1/64").unwrap_err().suggestion.as_deref(), Some("2001:db8::/64"));
    assert_eq!(network("10.1.2.3/0").unwrap_err().suggestion.as_deref(), Some("0.0.0.0/0"));
    for text in ["10.0.0.0/33", "::/129", "10.0.0/8", "/8", "10.0.0.0/", "office", ""] {
        assert!(network(text).is_err(), "{text}");
    }
}
