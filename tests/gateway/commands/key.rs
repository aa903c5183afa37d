//! `schoolgate key`: recipients' keys, taken in, shown and forgotten beside a running gateway.

use std::path::PathBuf;
use std::process::Command;

use super::{asleep, stderr, stdout};
use crate::world::gateway::output;
use crate::world::{Gateway, Upstream, installed};

const PARENT: &str = "parent@example.com";

/// A certificate of openssl's making with its key, good for so many days.
fn certificate(gateway: &Gateway, name: &str, address: &str, days: &str) -> PathBuf {
    let mut openssl = Command::new("openssl");
    openssl.current_dir(gateway.path("")).args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", days]);
    openssl.args(["-subj", &format!("/CN={name}"), "-addext", &format!("subjectAltName=email:{address}")]);
    openssl.args(["-addext", "keyUsage=digitalSignature,keyEncipherment", "-keyout", &format!("{name}.key"), "-out"]);
    openssl.arg(format!("{name}.pem"));
    let made = output(openssl, "");
    assert!(made.status.success(), "{}", stderr(&made));
    gateway.path(&format!("{name}.pem"))
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().expect("a plain path")
}

#[test]
fn keys_are_taken_in_shown_and_forgotten_beside_a_running_gateway() {
    if !installed("openssl") {
        return;
    }
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    let (long, short) = (certificate(&gateway, "long", PARENT, "400"), certificate(&gateway, "short", PARENT, "10"));
    let said = gateway.succeed(&["key", "import", PARENT, path(&long)], "");
    assert!(
        said.starts_with("mail to parent@example.com can be encrypted to the smime key ") && said.contains("valid until"),
        "{said}"
    );
    let soon = gateway.run(&["key", "import", PARENT, path(&short)], "");
    assert!(stderr(&soon).contains("warning: it ends in "), "{}", stderr(&soon));

    let keys = gateway.json(&["key", "list", "--json"]);
    let keys = keys.as_array().expect("a list");
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|key| key["address"] == PARENT && key["kind"] == "smime" && key["material"].is_null()), "{keys:?}");
    assert_eq!(keys.iter().filter(|key| key["warnings"].as_array().is_some_and(|warnings| warnings.len() == 1)).count(), 1);
    let doctor = gateway.run(&["doctor"], "");
    let report = stdout(&doctor);
    assert!(
        report.contains("warn smime key of parent@example.com: it ends in ") && report.contains("1 key in force"),
        "{report}"
    );

    let ending = keys.iter().find(|key| key["warnings"][0].is_string()).expect("the one that ends soon");
    let fingerprint = ending["fingerprint"].as_str().expect("a fingerprint");
    assert!(gateway.succeed(&["key", "forget", PARENT, &fingerprint[..12]], "").contains("is forgotten"));
    assert!(!gateway.succeed(&["key", "list"], "").contains(fingerprint));
    gateway.succeed(&["key", "forget", PARENT], "");
    assert_eq!(gateway.run(&["key", "forget", PARENT], "").status.code(), Some(1));
}

#[test]
fn what_is_refused_is_not_stored_and_says_what_to_do() {
    if !installed("openssl") {
        return;
    }
    let gateway = asleep("");
    certificate(&gateway, "own", "somebody@example.com", "100");
    for (file, words) in [
        ("own.key", "this is a private key, which only its owner may have: nothing was stored"),
        ("own.pem", "it is for somebody@example.com; --any-address takes it nevertheless"),
        ("config.toml", "this is no certificate (PEM, DER, .p7b) and no OpenPGP key"),
        ("nosuch.pem", "cannot be read"),
    ] {
        let refused = gateway.run(&["key", "import", PARENT, path(&gateway.path(file))], "");
        assert_eq!(refused.status.code(), Some(1), "{file}");
        assert!(stderr(&refused).contains(words), "{file}: {}", stderr(&refused));
        assert!(!stderr(&refused).contains("PRIVATE KEY"), "{file}: {}", stderr(&refused));
    }
    assert_eq!(gateway.json(&["key", "list", "--json"]).as_array().map(Vec::len), Some(0));
    gateway.succeed(&["key", "import", "--any-address", PARENT, path(&gateway.path("own.pem"))], "");
    assert_eq!(gateway.json(&["key", "list", "--json"]).as_array().map(Vec::len), Some(1));
}
