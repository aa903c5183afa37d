use super::{is_this_machine, parts};

#[test]
fn an_address_that_links_can_be_appended_to_is_told_from_one_that_cannot() {
    for good in ["https://mailgate.example", "https://mailgate.example:8443", "https://a.example/mail/", "http://[::1]:8025"] {
        assert!(parts(good).is_some(), "{good}");
    }
    let odd = [
        "mailgate.example",
        "ftp://a.example",
        "https://",
        "https://a.example?x=1",
        "https://a.example/#x",
        "https://u@a.example",
    ];
    let odder =
        ["https://a.example/\"onload", "https://a b.example", "https://a.example:0", "https://a.example:99999", "https://[::1"];
    for bad in odd.into_iter().chain(odder) {
        assert!(parts(bad).is_none(), "{bad}");
    }
}

#[test]
fn only_loopback_is_this_machine() {
    assert!(["localhost", "127.0.0.1", "::1", "127.9.9.9"].into_iter().all(is_this_machine));
    assert!(!["localhost.example", "10.0.0.1", "::2", "127.0.0.1.example"].into_iter().any(is_this_machine));
}
