use std::net::TcpListener;

use super::*;

#[test]
fn a_port_that_is_taken_is_named_with_its_holder() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let error = TcpListener::bind(address).unwrap_err();
    let text = bind_error(address, &error);
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    assert!(text.contains("another port in [[listen]]"), "{text}");
}

#[test]
fn a_low_port_without_leave_says_how_to_get_leave() {
    let text = bind_error("0.0.0.0:587".parse().unwrap(), &io::ErrorKind::PermissionDenied.into());
    assert!(
        text.contains("port 587 is below 1024") && text.contains("CAP_NET_BIND_SERVICE") && text.contains("setcap"),
        "{text}"
    );
}

#[test]
fn an_address_that_is_not_ours_says_where_to_find_one() {
    let address = "192.0.2.1:2525".parse().unwrap();
    let error = TcpListener::bind(address).unwrap_err();
    assert!(bind_error(address, &error).contains("`ip address`"), "{}", bind_error(address, &error));
}

#[test]
fn a_key_file_that_all_can_read_says_chmod() {
    let text = open_to_others("key file", Path::new("/etc/k"), 0o100_644).to_string();
    assert_eq!(
        text,
        "the key file /etc/k can be read by everyone on this machine (mode 644) — chmod 600 /etc/k; if others use this machine, make a new one"
    );
    assert!(open_to_others("key file", Path::new("/etc/k"), 0o660).what.contains("changed by its group"));
}

#[test]
fn what_another_machine_says_cannot_add_a_line() {
    let who = UpstreamSignIn { user: "u".to_owned(), password_file: "/p".into() };
    let text = upstream_sign_in("default", "h", &who, "535 no\r\nok   all is well\u{1b}[0m").to_string();
    assert!(!text.contains(char::is_control), "{text:?}");
}
