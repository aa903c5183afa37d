//! Encrypted or not at all, with the real program: openssl, gpg and 7-Zip open what arrives, nothing of it stands there in clear, people inside
//! get it plain, and what no way is open for stays.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use schoolgate::base::hash::sha256_hex;
use serde_json::Value;

use crate::world::gateway::{OFFICE, output};
use crate::world::session::Session;
use crate::world::upstream::Taken;
use crate::world::{Gateway, Upstream, installed, wait_until};

const PARENT: &str = "parent@example.com";
const SECOND: &str = "second@example.com";
const THIRD: &str = "third@example.com";
const HEAD: &str = "head@oakfield.example.sch.uk";
/// What nobody on the way may read.
const TEXT: &str = "Sam has been seen by the nurse.";
const NOTICE: &str = "This message is from Oakfield School.";

/// The rules of a school that encrypts by these ways.
fn rules(methods: &str) -> String {
    format!(
        r#"
[[rule]]
id = "notice"
when.to       = "outside"
do.disclaimer = "standard"
do.add_header = "X-School: checked"
[[rule]]
id    = "confidential"
about = "CONFIDENTIAL in the subject leaves encrypted"
when.to           = "outside"
when.subject_word = "confidential"
do.encrypt        = [{methods}]
do.remove_word    = true
on_error          = "hold"
"#
    )
}

struct School {
    gateway: Gateway,
    upstream: Upstream,
}

impl School {
    fn open(methods: &str) -> Self {
        let upstream = Upstream::start();
        let gateway = Gateway::start(upstream.port, &rules(methods));
        Self { gateway, upstream }
    }

    /// Sends a mail; its reference.
    fn send(&self, to: &[&str], header: &str) -> String {
        let mut session = Session::open(self.gateway.relay);
        session.begin(to);
        session.say(format!("From: Office <{OFFICE}>\r\n{header}\r\n\r\n{TEXT}\r\n.\r\n").as_bytes());
        let reply = session.reply();
        assert!(reply.starts_with("250 2.0.0 "), "{reply}");
        reply.trim().rsplit(' ').next().unwrap().to_owned()
    }

    fn events(&self, reference: &str, name: &str) -> Vec<Value> {
        let shown = self.gateway.json(&["queue", "show", reference, "--json"]);
        let all = shown["events"].as_array().unwrap().iter().map(|entry| entry["event"].clone());
        all.filter(|event| event["event"] == name).collect()
    }

    fn letter(&self, words: &str) -> String {
        wait_until(&format!("a letter with \"{words}\""), Duration::from_secs(30), || {
            let letters = self.upstream.taken().into_iter().filter(|mail| mail.to == [OFFICE]);
            letters.map(|mail| readable(&mail.text())).find(|text| text.contains(words))
        })
    }

    /// A certificate of openssl's making, taken in for an address.
    fn certificate(&self, name: &str, address: &str) {
        let mut openssl = Command::new("openssl");
        openssl.current_dir(self.gateway.path("")).args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90"]);
        openssl.args(["-subj", &format!("/CN={name}"), "-addext", &format!("subjectAltName=email:{address}")]);
        openssl.args(["-addext", "keyUsage=digitalSignature,keyEncipherment", "-keyout", &format!("{name}.key"), "-out"]);
        openssl.arg(format!("{name}.pem"));
        run(openssl);
        self.gateway.succeed(&["key", "import", address, self.gateway.path(&format!("{name}.pem")).to_str().unwrap()], "");
    }

    /// What openssl makes of a mail with a key.
    fn openssl(&self, mail: &Taken, name: &str) -> Option<String> {
        let file = self.gateway.path("sealed.eml");
        std::fs::write(&file, &mail.content).unwrap();
        let mut openssl = Command::new("openssl");
        openssl.current_dir(self.gateway.path("")).args(["cms", "-decrypt", "-inform", "SMIME", "-in", "sealed.eml"]);
        openssl.args(["-recip", &format!("{name}.pem"), "-inkey", &format!("{name}.key")]);
        let opened = output(openssl, "");
        opened.status.success().then(|| String::from_utf8_lossy(&opened.stdout).into_owned())
    }
}

fn run(command: Command) -> String {
    let out = output(command, "");
    assert!(out.status.success(), "{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// The text of a letter, out of its quoted-printable form.
fn readable(text: &str) -> String {
    text.replace("=\r\n", "").replace("=3D", "=").replace("\r\n", "\n")
}

/// That nothing of the mail's own words stands in what arrived.
fn assert_sealed(mail: &Taken) {
    let text = mail.text();
    for word in [TEXT, "nurse", NOTICE, "Marks of Sam"] {
        assert!(!text.contains(word), "{word} stands in clear: {text}");
    }
    assert!(text.starts_with("Received: ") && text.contains("\r\nX-School: checked\r\n"), "{text}");
}

#[test]
fn openssl_opens_what_goes_by_smime_inside_is_plain_and_without_a_key_it_is_held_and_told() {
    if !installed("openssl") {
        return;
    }
    let school = School::open("\"smime\"");
    school.certificate("parent", PARENT);
    school.certificate("second", SECOND);
    let header = format!("To: {PARENT}, {HEAD}\r\nSubject: Confidential: Marks of Sam");
    let reference = school.send(&[PARENT, SECOND, THIRD, HEAD], &header);
    let sealed = school.upstream.wait_for_mail_to(PARENT);
    assert_eq!(sealed.to, [PARENT], "SECOND is blind: a copy that both open would name them to each other");
    assert_sealed(&sealed);
    assert!(sealed.text().contains("\r\nSubject: [...]\r\n"), "{}", sealed.text());
    let opened = school.openssl(&sealed, "parent").expect("openssl opens it");
    for words in [TEXT, NOTICE, "\r\nSubject: Marks of Sam\r\n"] {
        assert!(opened.contains(words), "{words}: {opened}");
    }
    assert_eq!(school.openssl(&sealed, "second"), None, "another's key opens nothing");
    assert!(school.openssl(&school.upstream.wait_for_mail_to(SECOND), "second").unwrap().contains(TEXT));
    let plain = school.upstream.wait_for_mail_to(HEAD).text();
    assert!(plain.contains(TEXT) && plain.contains("Subject: Confidential: Marks of Sam"), "{plain}");

    let letter = school.letter("It waits for the school's IT technician");
    assert!(letter.contains(THIRD) && letter.contains("no way is open (smime: there is no valid certificate"), "{letter}");
    let held: Vec<Value> = school.gateway.json(&["queue", "list", "--json"]).as_array().unwrap().clone();
    assert!(held.iter().any(|job| job["state"] == "held" && job["recipients"][0] == THIRD && job["rule"] == "confidential"));
    assert!(!school.upstream.taken().iter().any(|mail| mail.to.iter().any(|to| to == THIRD)), "it must not leave");

    let encrypted = school.events(&reference, "encrypted");
    assert_eq!(encrypted.len(), 2, "{encrypted:?}");
    let keys = school.gateway.json(&["key", "list", "--json"]);
    let own = encrypted.iter().find(|event| event["recipients"][0] == PARENT).unwrap();
    let known = keys.as_array().unwrap().iter().find(|key| key["address"] == PARENT).unwrap();
    assert_eq!((&own["method"], &own["rule"], &own["keys"][0]), (&"smime".into(), &"confidential".into(), &known["fingerprint"]));
    let delivered = wait_until("the delivery is written down", Duration::from_secs(20), || {
        school.events(&reference, "delivered").into_iter().find(|event| event["recipients"][0] == PARENT)
    });
    assert_eq!(delivered["sha256"], sha256_hex(&sealed.content).as_str(), "the hash is that of what left");

    let file = school.gateway.path("mail.eml");
    std::fs::write(&file, format!("From: {OFFICE}\r\n{header}\r\n\r\n{TEXT}\r\n")).unwrap();
    let file = file.to_str().unwrap();
    let asked = ["explain", "--json", "--from", OFFICE, "--to", PARENT, "--to", THIRD, "--to", HEAD, file];
    let said = school.gateway.json(&asked);
    let way = |to: &str| {
        let copies = said["copies"].as_array().unwrap().iter();
        copies.into_iter().find(|copy| copy["recipients"][0] == to).map(|copy| copy["encrypt"].clone())
    };
    assert_eq!((way(PARENT), way(HEAD), way(THIRD)), (Some("smime".into()), Some(Value::Null), None), "{said:#}");
    assert!(said["held"][0]["why"].as_str().unwrap().contains("no valid certificate"), "{said:#}");
}

#[test]
fn gpg_opens_what_goes_by_openpgp() {
    if !installed("gpg") {
        return;
    }
    let school = School::open("\"smime\", \"openpgp\"");
    let home = tempfile::tempdir().unwrap();
    let gpg = |arguments: &[&str]| {
        let mut gpg = Command::new("gpg");
        gpg.env("GNUPGHOME", home.path()).args(["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]);
        gpg.args(arguments);
        gpg
    };
    run(gpg(&["--quick-generate-key", PARENT, "default", "default", "1y"]));
    let key = school.gateway.path("parent.asc");
    run(gpg(&["--armor", "--output", key.to_str().unwrap(), "--export", PARENT]));
    school.gateway.succeed(&["key", "import", PARENT, key.to_str().unwrap()], "");
    school.send(&[PARENT], &format!("To: {PARENT}\r\nSubject: Confidential: Marks of Sam"));
    let sealed = school.upstream.wait_for_mail_to(PARENT);
    assert_sealed(&sealed);
    let text = sealed.text();
    let begin = text.find("-----BEGIN PGP MESSAGE-----").expect("PGP/MIME");
    let file: PathBuf = home.path().join("sealed.asc");
    std::fs::write(&file, &text[begin..]).unwrap();
    let opened = run(gpg(&["--decrypt", file.to_str().unwrap()]));
    Command::new("gpgconf").env("GNUPGHOME", home.path()).args(["--kill", "all"]).output().unwrap();
    assert!(opened.contains(TEXT) && opened.contains(NOTICE) && opened.contains("Subject: Marks of Sam"), "{opened}");
}

#[test]
fn seven_zip_opens_the_archive_with_the_password_that_the_sender_alone_is_told() {
    let school = School::open("\"smime\", \"password-archive\"");
    let reference =
        school.send(&[PARENT, SECOND, HEAD], &format!("To: {PARENT}, {SECOND}\r\nSubject: Confidential: Marks of Sam"));
    let sealed = school.upstream.wait_for_mail_to(PARENT);
    assert_eq!(sealed.to, [PARENT, SECOND]);
    assert_sealed(&sealed);
    assert!(school.upstream.wait_for_mail_to(HEAD).text().contains(TEXT));
    let letter = school.letter("Password to tell by telephone");
    let password = letter.split_once("Password:\n    ").and_then(|(_, rest)| rest.lines().next()).expect("a password");
    assert!(password.len() == 19 && letter.contains("by telephone or in person") && letter.contains(SECOND), "{letter}");
    let letters = school.upstream.taken().into_iter().filter(|mail| readable(&mail.text()).contains(password)).count();
    assert_eq!(letters, 1, "only the letter to the sender has it");
    let written = school.gateway.succeed(&["queue", "show", &reference, "--json"], "") + &school.gateway.log();
    assert!(!written.contains(password) && written.contains("password-archive"), "{written}");
    if !installed("7z") {
        return;
    }
    let text = sealed.text();
    let coded = text.split_once("filename=\"protected.zip\"\r\n\r\n").and_then(|(_, rest)| rest.split_once("\r\n--")).unwrap().0;
    let zip = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, coded.replace("\r\n", "")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("protected.zip"), zip).unwrap();
    let unpack = |arguments: &[&str]| {
        let mut seven = Command::new("7z");
        seven.current_dir(folder.path()).args(["x", "-y"]).args(arguments);
        seven
    };
    assert!(!output(unpack(&["-pwrong-wrong-wrong", "protected.zip"]), "").status.success());
    run(unpack(&[&format!("-p{password}"), "protected.zip"]));
    run(unpack(&["message.zip"]));
    let page = std::fs::read_to_string(folder.path().join("message.html")).unwrap();
    assert!(page.contains(TEXT) && page.contains("Marks of Sam"), "{page}");
}

#[test]
fn what_answers_a_protected_mail_is_protected_too() {
    let school = School::open("\"password-archive\"");
    school.send(&[PARENT], &format!("To: {PARENT}\r\nMessage-ID: <first@oakfield.example.sch.uk>\r\nSubject: Confidential: x"));
    school.upstream.wait_for_mail_to(PARENT);
    let answer = "References: <between@example.com>\r\n <first@oakfield.example.sch.uk>\r\nIn-Reply-To: <between@example.com>";
    school
        .send(&[SECOND, HEAD], &format!("To: {SECOND}\r\nMessage-ID: <2@oakfield.example.sch.uk>\r\n{answer}\r\nSubject: Re: x"));
    assert_sealed(&school.upstream.wait_for_mail_to(SECOND));
    assert!(school.upstream.wait_for_mail_to(HEAD).text().contains(TEXT));
    school.send(&[THIRD], &format!("To: {THIRD}\r\nIn-Reply-To: <2@oakfield.example.sch.uk>\r\nSubject: Re: Re: x"));
    assert_sealed(&school.upstream.wait_for_mail_to(THIRD));
    let other = "other@example.com";
    school.send(&[other], &format!("To: {other}\r\nIn-Reply-To: <unknown@example.com>\r\nSubject: Re: x"));
    assert!(school.upstream.wait_for_mail_to(other).text().contains(TEXT));
}

/// Routes by which a host can prove itself: `default` to this port, with this file of authorities.
fn sure(port: u16, authorities: &str) -> String {
    format!(
        "[[route]]\nname = \"sure\"\nhost = \"localhost\"\nport = {port}\ntls = \"opportunistic\"\nca_file = \"{authorities}\"\n"
    )
}

const BY_TLS: &str = r#"
[[rule]]
id = "confidential"
when.to           = "outside"
when.subject_word = "confidential"
do.route          = "sure"
do.encrypt        = ["tls-verified"]
on_error          = "hold"
"#;

#[test]
fn a_verified_connection_is_proved_in_the_ledger_and_any_other_is_not_used() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("upstream.pem"), folder.path().join("upstream.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let secure = Upstream::start_secure(&certificate, &key);
    let sections = format!("{}{BY_TLS}", sure(secure.port, certificate.to_str().unwrap()));
    let gateway = Gateway::start(Upstream::start().port, &sections);
    let school = School { gateway, upstream: secure.clone() };
    let reference = school.send(&[PARENT], &format!("To: {PARENT}\r\nSubject: Confidential"));
    assert!(secure.wait_for_mail_to(PARENT).secure);
    let delivered = wait_until("the delivery is written down", Duration::from_secs(20), || {
        school.events(&reference, "delivered").first().cloned()
    });
    let (tls, proof) = (&delivered["tls"], &delivered["proof"]);
    assert_eq!((&proof["by"], &proof["peer"]), (&"name".into(), &"localhost".into()), "{delivered}");
    assert_eq!(proof["certificate"], sha256_hex(made.cert.der()).as_str(), "{delivered}");
    assert!(tls["version"].as_str().unwrap().starts_with("TLSv1.") && tls["cipher"].as_str().unwrap().starts_with("TLS_"));
    assert!(school.gateway.log().contains(", verified as localhost by name)"), "{}", school.gateway.log());
    assert_eq!(school.events(&reference, "encrypted")[0]["method"], "tls-verified");

    let plain = Upstream::start();
    let gateway = Gateway::start(Upstream::start().port, &format!("{}{BY_TLS}", sure(plain.port, certificate.to_str().unwrap())));
    let school = School { gateway, upstream: plain.clone() };
    school.send(&[PARENT], &format!("To: {PARENT}\r\nSubject: Confidential"));
    let why = wait_until("the try fails", Duration::from_secs(20), || {
        school.gateway.json(&["queue", "list", "--json"])[0]["last_error"].as_str().map(str::to_owned)
    });
    assert!(why.contains("it was not sent in clear"), "{why}");
    assert!(plain.taken().is_empty());
}
