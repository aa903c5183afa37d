//! Mails, certificates and programs for the tests of this room.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use bytes::Bytes;
use openssl::asn1::{Asn1Object, Asn1OctetString, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{ExtendedKeyUsage, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Extension, X509NameBuilder};
use pgp::composed::{KeyType, SecretKeyParamsBuilder, SignedSecretKey, SubkeyParamsBuilder};
use rand_core::OsRng;

use super::Certificate;
use crate::base::{Address, Timestamp};
use crate::message::Message;

/// Words that no protected mail may show outside.
pub const SECRETS: [&str; 4] = ["Zebrafinch", "Quokka", "axolotl", "hidden@example.com"];

pub fn message(text: &str) -> Message {
    Message::parse(Bytes::from(text.replace("\r\n", "\n").replace('\n', "\r\n")))
}

/// A mail of several parts in eight bits, with a file, a blind recipient and fields that tell.
pub fn sample() -> Message {
    message(
        "Received: from desk by gate; Wed, 25 Nov 2026 09:00:00 +0000\n\
         From: Ada Example <ada@oakfield.example.sch.uk>\n\
         To: parent@example.com,\n Other <other@example.com>\n\
         Bcc: hidden@example.com\n\
         Subject: About the Zebrafinch\n\
         Thread-Topic: About the Zebrafinch\n\
         Date: Wed, 25 Nov 2026 09:00:00 +0000\n\
         Message-ID: <1@oakfield.example.sch.uk>\n\
         In-Reply-To: <0@example.com>\n\
         DKIM-Signature: v=1; d=oakfield.example.sch.uk; b=AAAA\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=\"b\"\n\
         \n\
         --b\n\
         Content-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: 8bit\n\
         \n\
         Dear Zoë, the Quokka is at home. £5 – naïve.\n\
         --b\n\
         Content-Type: application/pdf; name=\"axolotl report.pdf\"\n\
         Content-Transfer-Encoding: base64\n\
         Content-Disposition: attachment; filename=\"axolotl report.pdf\"\n\
         \n\
         JVBERi0xLjQgYXhvbG90bA==\n\
         --b--\n",
    )
}

/// A mail of so many octets of text that does not pack.
pub fn large(octets: usize) -> Message {
    let mut text = String::from(
        "From: ada@oakfield.example.sch.uk\r\nTo: parent@example.com\r\nSubject: Zebrafinch\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain\r\n\r\n",
    );
    let mut state = 1_u64;
    while text.len() < octets {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(&format!("{:016x} {:016x}\r\n", state, state.rotate_left(29)));
    }
    Message::parse(Bytes::from(text))
}

pub fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// When the tests happen.
pub fn now() -> Timestamp {
    at("2026-11-25T12:00:00Z")
}

/// What a certificate of the tests is like.
#[derive(Clone, Copy)]
pub struct Like {
    pub address: &'static str,
    pub rsa_bits: Option<u32>,
    pub from: &'static str,
    pub until: &'static str,
    pub signs_only: bool,
    pub for_servers: bool,
    /// It says that its owner's client reads AES-256 in GCM mode (RFC 4262).
    pub reads_gcm: bool,
}

impl Default for Like {
    fn default() -> Self {
        let (from, until) = ("20260101000000Z", "20280101000000Z");
        Self {
            address: "parent@example.com",
            rsa_bits: Some(2048),
            from,
            until,
            signs_only: false,
            for_servers: false,
            reads_gcm: false,
        }
    }
}

/// A certificate and its key.
pub struct Person {
    pub x509: X509,
    pub key: PKey<Private>,
}

impl Person {
    pub fn certificate(&self) -> Certificate {
        Certificate::read(&self.x509.to_der().unwrap()).unwrap()
    }

    pub fn pem(&self) -> Vec<u8> {
        self.x509.to_pem().unwrap()
    }

    /// Writes `NAME.pem` and `NAME.key`.
    pub fn write(&self, folder: &Path, name: &str) {
        std::fs::write(folder.join(format!("{name}.pem")), self.pem()).unwrap();
        std::fs::write(folder.join(format!("{name}.key")), self.key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    }
}

pub fn person(like: Like) -> Person {
    let key = match like.rsa_bits {
        Some(bits) => PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap(),
        None => {
            let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
            PKey::from_ec_key(EcKey::generate(&curve).unwrap()).unwrap()
        }
    };
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", like.address).unwrap();
    let name = name.build();
    let mut x509 = X509::builder().unwrap();
    x509.set_version(2).unwrap();
    let serial: [u8; 8] = super::columns::random().unwrap();
    x509.set_serial_number(&BigNum::from_slice(&serial).unwrap().to_asn1_integer().unwrap()).unwrap();
    x509.set_subject_name(&name).unwrap();
    x509.set_issuer_name(&name).unwrap();
    x509.set_pubkey(&key).unwrap();
    x509.set_not_before(&Asn1Time::from_str(like.from).unwrap()).unwrap();
    x509.set_not_after(&Asn1Time::from_str(like.until).unwrap()).unwrap();
    let mut usage = KeyUsage::new();
    usage.digital_signature();
    match (like.signs_only, like.rsa_bits) {
        (true, _) => {}
        (false, Some(_)) => drop(usage.key_encipherment()),
        (false, None) => drop(usage.key_agreement()),
    }
    x509.append_extension(usage.build().unwrap()).unwrap();
    let mut uses = ExtendedKeyUsage::new();
    let _ = if like.for_servers { uses.server_auth() } else { uses.email_protection() };
    x509.append_extension(uses.build().unwrap()).unwrap();
    let names = SubjectAlternativeName::new().email(like.address).build(&x509.x509v3_context(None, None)).unwrap();
    x509.append_extension(names).unwrap();
    if like.reads_gcm {
        let said = b"\x30\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e";
        let said = Asn1OctetString::new_from_bytes(said).unwrap();
        let oid = Asn1Object::from_str("1.2.840.113549.1.9.15").unwrap();
        x509.append_extension(X509Extension::new_from_der(&oid, false, &said).unwrap()).unwrap();
    }
    x509.sign(&key, MessageDigest::sha256()).unwrap();
    Person { x509: x509.build(), key }
}

/// Whether a program is there; a test that needs it says so and passes where it is not.
pub fn installed(program: &str) -> bool {
    let is = Command::new(program).arg("--version").output().is_ok() || Command::new(program).output().is_ok();
    if !is {
        eprintln!("skipped: {program} is not installed (scripts/setup installs it)");
    }
    is
}

/// Runs a program with input; it must succeed.
pub fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let done = try_run(command, input);
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

pub fn try_run(command: &mut Command, input: &[u8]) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input); // a program that refuses may not read it all
    });
    let done = child.wait_with_output().unwrap();
    writer.join().unwrap();
    done
}

/// A protected mail shows who it is from and for, and none of its words.
pub fn assert_tells_nothing(mail: &[u8]) {
    let text = String::from_utf8_lossy(mail);
    for shown in [
        "From: Ada Example <ada@oakfield",
        "To: parent@example.com",
        "Message-ID: <1@",
        "In-Reply-To: <0@",
        "Received: from desk",
    ] {
        assert!(text.contains(shown), "{shown} is missing:\n{}", &text[..text.len().min(2000)]);
    }
    for secret in SECRETS.into_iter().chain(["DKIM-Signature", "Thread-Topic"]) {
        assert!(!text.to_lowercase().contains(&secret.to_lowercase()), "{secret} is told:\n{}", &text[..text.len().min(2000)]);
    }
    let lines = mail.split(|b| *b == b'\n').collect::<Vec<_>>();
    assert!(lines[..lines.len() - 1].iter().all(|line| line.ends_with(b"\r") && line.len() <= 80), "line ends and lengths");
}

/// What was decrypted is the mail's body byte for byte, under the fields that were protected.
pub fn assert_whole(entity: &[u8], original: &Message) {
    let entity = Message::parse(Bytes::copy_from_slice(entity));
    assert_eq!(entity.body(entity.root()), original.body(original.root()), "the body");
    assert_eq!(entity.subjects(), original.subjects());
    for field in ["from", "to", "date", "message-id", "thread-topic"] {
        assert_eq!(entity.values(field), original.values(field), "{field}");
    }
    assert!(
        entity.values("bcc").is_empty() && entity.values("received").is_empty() && entity.values("dkim-signature").is_empty()
    );
    assert_eq!(entity.root().content_type.media, original.root().content_type.media);
    assert_eq!(entity.root().content_type.parameter("hp"), Some("cipher"));
}

/// A key of rPGP's own making, whose features say that its owner reads the second form.
pub fn modern(knows_v2: bool) -> SignedSecretKey {
    let subkey =
        SubkeyParamsBuilder::default().key_type(KeyType::X25519).can_encrypt(pgp::composed::EncryptionCaps::All).build().unwrap();
    let parameters = SecretKeyParamsBuilder::default()
        .key_type(KeyType::Ed25519)
        .can_certify(true)
        .primary_user_id("New <new@example.com>".to_owned())
        .feature_seipd_v1(true)
        .feature_seipd_v2(knows_v2)
        .subkeys(vec![subkey])
        .build();
    parameters.unwrap().generate(OsRng).unwrap()
}
