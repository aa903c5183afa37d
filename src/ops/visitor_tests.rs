use std::net::IpAddr;

use axum::http::HeaderMap;

use super::{Visitors, address};

fn seen(peer: &str, forwarded: &[&str]) -> String {
    let mut headers = HeaderMap::new();
    for value in forwarded {
        headers.append("x-forwarded-for", value.parse().unwrap());
    }
    address(peer.parse().unwrap(), &headers).to_string()
}

#[test]
fn a_web_server_on_this_machine_is_believed_and_nobody_else() {
    assert_eq!(seen("127.0.0.1", &["192.0.2.1, 198.51.100.7"]), "198.51.100.7");
    assert_eq!(seen("127.0.0.1", &["192.0.2.1", "198.51.100.7"]), "198.51.100.7");
    assert_eq!(seen("127.0.0.1", &["nonsense"]), "127.0.0.1");
    assert_eq!(seen("203.0.113.9", &["198.51.100.7"]), "203.0.113.9");
    assert_eq!(seen("::1", &["2001:db8:1:2:3:4:5:6"]), "2001:db8:1:2::");
    assert_eq!(seen("::ffff:203.0.113.9", &[]), "203.0.113.9");
}

#[test]
fn who_is_mistaken_again_and_again_waits_and_others_do_not() {
    let visitors = Visitors::default();
    let (one, other): (IpAddr, IpAddr) = ("203.0.113.9".parse().unwrap(), "203.0.113.10".parse().unwrap());
    for _ in 0..crate::base::limits::INVALID_LINKS {
        visitors.mistaken(one);
        assert_eq!(visitors.wait(one), None);
    }
    visitors.mistaken(one);
    assert!(visitors.wait(one).is_some());
    assert_eq!(visitors.wait(other), None);
}
