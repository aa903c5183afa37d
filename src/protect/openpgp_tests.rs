use std::fs;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use pgp::types::Password;

use super::encrypt;
use crate::base::Timestamp;
use crate::message::Message;
use crate::protect::tests_kit::{assert_tells_nothing, assert_whole, installed, large, message, modern, run, sample, try_run};
use crate::protect::{Cover, Fault, PublicKey, Why};

/// A GnuPG of the test's own, with its keys and its agent.
struct Gpg(tempfile::TempDir);

impl Gpg {
    fn new() -> Option<Self> {
        let there = installed("gpg");
        there.then(|| {
            let folder = tempfile::tempdir().unwrap();
            fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
            Self(folder)
        })
    }

    fn home(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut gpg = Command::new("gpg");
        gpg.env("GNUPGHOME", self.home()).args([
            "--batch",
            "--yes",
            "--quiet",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
        ]);
        gpg.args(arguments);
        gpg
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        run(&mut self.command(arguments), input)
    }

    /// A key as GnuPG's `--quick-generate-key` makes it, with a subkey for encryption.
    fn make(&self, address: &str, primary: &str, subkey: &str, until: &str) -> PublicKey {
        self.run(&["--quick-generate-key", &format!("Some One <{address}>"), primary, "sign,cert", until], b"");
        self.run(&["--quick-add-key", &self.fingerprint(address), subkey, "encr", until], b"");
        self.public(address)
    }

    fn fingerprint(&self, address: &str) -> String {
        let listed = self.run(&["--with-colons", "--list-keys", address], b"");
        let listed = String::from_utf8(listed).unwrap();
        listed.lines().find_map(|line| line.strip_prefix("fpr:")).unwrap().trim_matches(':').to_owned()
    }

    fn public(&self, address: &str) -> PublicKey {
        PublicKey::read_file(&self.run(&["--armor", "--export", address], b"")).unwrap().remove(0)
    }

    /// What it makes of the second part of a protected mail.
    fn opened(&self, mail: &[u8]) -> Vec<u8> {
        self.run(&["--decrypt"], &armoured(mail))
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").env("GNUPGHOME", self.0.path()).args(["--kill", "all"]).output();
    }
}

/// The armoured message of a mail, its structure looked at on the way (RFC 3156 section 4).
fn armoured(mail: &[u8]) -> Vec<u8> {
    let mail = Message::parse(Bytes::copy_from_slice(mail));
    assert_eq!(mail.root().content_type.media, "multipart/encrypted");
    assert_eq!(mail.root().content_type.parameter("protocol"), Some("application/pgp-encrypted"));
    let [version, data] = [&mail.parts()[1], &mail.parts()[2]];
    assert_eq!(version.content_type.media, "application/pgp-encrypted");
    assert_eq!(mail.body(version), b"Version: 1\r\n");
    assert_eq!(data.content_type.media, "application/octet-stream");
    assert!(mail.flaws().is_empty(), "{:?}", mail.flaws());
    mail.body(data).to_vec()
}

fn to(keys: &[PublicKey], mail: &Message) -> Vec<u8> {
    encrypt(mail, keys, &Cover::default(), now()).unwrap()
}

/// GnuPG makes keys by the real clock.
fn now() -> Timestamp {
    Timestamp::now()
}

fn days(days: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() + days * 86_400).unwrap()
}

#[test]
fn gnupg_opens_it_with_rsa_and_with_elliptic_curves() {
    let Some(gpg) = Gpg::new() else { return };
    for (address, primary, subkey) in [
        ("rsa@example.com", "rsa2048", "rsa2048"),
        ("cv@example.com", "ed25519", "cv25519"),
        ("nist@example.com", "nistp256", "nistp256"),
    ] {
        let key = gpg.make(address, primary, subkey, "1y");
        let mail = to(&[key], &sample());
        assert_tells_nothing(&mail);
        assert_whole(&gpg.opened(&mail), &sample());
    }
}

#[test]
fn it_is_aes_256_with_a_modification_check_and_goes_to_each_recipient() {
    let Some(gpg) = Gpg::new() else { return };
    let (first, second) =
        (gpg.make("one@example.com", "ed25519", "cv25519", "1y"), gpg.make("two@example.com", "rsa2048", "rsa2048", "1y"));
    let mail = to(&[first, second], &sample());
    let packets = gpg.run(&["--list-packets"], &armoured(&mail));
    let packets = String::from_utf8_lossy(&packets);
    assert_eq!(packets.matches(":pubkey enc packet:").count(), 2, "{packets}");
    assert!(packets.contains("mdc_method: 2"), "{packets}");
    let said = try_run(&mut gpg.command(&["--verbose", "--decrypt"]), &armoured(&mail));
    assert!(String::from_utf8_lossy(&said.stderr).contains("AES256"), "{}", String::from_utf8_lossy(&said.stderr));
    for other in ["one@example.com", "two@example.com"] {
        gpg.run(&["--delete-secret-keys", &gpg.fingerprint(other)], b"");
        let opens = try_run(&mut gpg.command(&["--decrypt"]), &armoured(&mail)).status.success();
        assert_eq!(opens, other == "one@example.com", "with the key of the other, and then with none");
    }
}

#[test]
fn a_mail_of_twenty_megabytes_comes_back_whole() {
    let Some(gpg) = Gpg::new() else { return };
    let mail = large(20 << 20);
    let sent = to(&[gpg.make("big@example.com", "ed25519", "cv25519", "1y")], &mail);
    assert!(sent.len() < mail.raw().len() * 3 / 2);
    let back = Message::parse(Bytes::from(gpg.opened(&sent)));
    assert!(back.body(back.root()) == mail.body(mail.root()), "the body");
}

#[test]
fn it_goes_to_every_subkey_for_encryption_that_is_in_force() {
    let Some(gpg) = Gpg::new() else { return };
    gpg.make("many@example.com", "ed25519", "cv25519", "1y");
    gpg.run(&["--quick-add-key", &gpg.fingerprint("many@example.com"), "rsa2048", "encr", "10d"], b"");
    let key = gpg.public("many@example.com");
    let packets = |now: Timestamp| {
        let mail = encrypt(&sample(), std::slice::from_ref(&key), &Cover::default(), now).unwrap();
        String::from_utf8_lossy(&gpg.run(&["--list-packets"], &armoured(&mail))).matches(":pubkey enc packet:").count()
    };
    assert_eq!(packets(now()), 2);
    assert_eq!(packets(days(20)), 1, "one has ended");
}

#[test]
fn what_has_ended_is_revoked_or_only_signs_is_refused_with_words() {
    let Some(gpg) = Gpg::new() else { return };
    let fault = |key: &PublicKey, at: Timestamp| match encrypt(&sample(), std::slice::from_ref(key), &Cover::default(), at) {
        Err(Why::Key { fault, .. }) => fault,
        other => panic!("{other:?}"),
    };
    let ends = gpg.make("ends@example.com", "ed25519", "cv25519", "5d");
    assert_eq!(ends.usable(now()), Ok(()));
    assert!(matches!(fault(&ends, days(6)), Fault::Ended(at) if Some(at) == ends.until()));
    assert!(matches!(fault(&ends, days(-1)), Fault::NotYet(_)));

    gpg.run(&["--quick-generate-key", "Signs <signs@example.com>", "ed25519", "sign,cert", "1y"], b"");
    let signs = gpg.public("signs@example.com");
    assert!(matches!(fault(&signs, now()), Fault::NotForMail(_)));

    gpg.make("gone@example.com", "ed25519", "cv25519", "1y");
    let fingerprint = gpg.fingerprint("gone@example.com");
    let certificate = fs::read_to_string(gpg.home().join(format!("openpgp-revocs.d/{fingerprint}.rev"))).unwrap();
    gpg.run(&["--import"], certificate.replace(":-----BEGIN", "-----BEGIN").as_bytes());
    let gone = gpg.public("gone@example.com");
    assert_eq!(fault(&gone, now()), Fault::Revoked);
    assert_eq!(encrypt(&sample(), &[], &Cover::default(), now()), Err(Why::NoKeys));
}

#[test]
fn what_was_signed_stays_signed() {
    let Some(gpg) = Gpg::new() else { return };
    let key = gpg.make("parent@example.com", "ed25519", "cv25519", "1y");
    let mail = message(
        "From: ada@oakfield.example.sch.uk\nTo: parent@example.com\nSubject: Zebrafinch\nMIME-Version: 1.0\n\
         Content-Type: multipart/signed; micalg=pgp-sha256; protocol=\"application/pgp-signature\"; boundary=\"s\"\n\n\
         --s\nContent-Type: text/plain\n\nThe  Quokka. \n--s\nContent-Type: application/pgp-signature\n\nxx\n--s--\n",
    );
    let back = Message::parse(Bytes::from(gpg.opened(&to(&[key], &mail))));
    assert_eq!(back.body(back.root()), mail.body(mail.root()));
    assert_eq!(back.root().content_type.parameter("micalg"), Some("pgp-sha256"));
}

#[test]
fn the_second_form_is_for_keys_that_ask_for_it() {
    for (knows_v2, tag) in [(true, 2_u8), (false, 1)] {
        let secret = modern(knows_v2);
        let public = pgp::ser::Serialize::to_bytes(&secret.to_public_key()).unwrap();
        let key = PublicKey::read_file(&public).unwrap().remove(0);
        assert_eq!(key.knows_v2(), knows_v2);
        let mail = armoured(&to(&[key], &sample()));
        assert_eq!(version_of_data(&mail), tag);
        let (sealed, _) = pgp::composed::Message::from_armor(mail.as_slice()).unwrap();
        let mut open = sealed.decrypt(&Password::empty(), &secret).unwrap();
        assert_whole(&open.as_data_vec().unwrap(), &sample());
    }
}

/// The version octet of the encrypted data packet (RFC 9580 sections 5.13.1 and 5.13.2).
fn version_of_data(armoured: &[u8]) -> u8 {
    let mut binary = Vec::new();
    std::io::Read::read_to_end(&mut pgp::armor::Dearmor::new(armoured), &mut binary).unwrap();
    let packets = pgp::packet::PacketParser::new(binary.as_slice());
    let data = packets.filter_map(Result::ok).find_map(|packet| match packet {
        pgp::packet::Packet::SymEncryptedProtectedData(data) => Some(u8::try_from(data.version()).unwrap()),
        _ => None,
    });
    data.unwrap()
}

#[test]
fn a_private_key_is_told_from_a_public_one_and_neither_from_noise() {
    let secret = pgp::ser::Serialize::to_bytes(&modern(true)).unwrap();
    assert_eq!(PublicKey::read_file(&secret).err(), Some(Fault::Private));
    for noise in [
        b"".as_slice(),
        b"hello",
        b"\x99\x01\x0d\x04",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n=AAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
    ] {
        assert!(matches!(PublicKey::read_file(noise), Err(Fault::Unreadable(_))), "{noise:?}");
    }
}

#[test]
fn a_subkey_that_the_key_did_not_sign_for_is_not_used() {
    let (own, strange) = (modern(false).to_public_key(), modern(false).to_public_key());
    let mut forged = own.clone();
    forged.public_subkeys = strange.public_subkeys;
    let key = PublicKey::read_file(&pgp::ser::Serialize::to_bytes(&forged).unwrap()).unwrap().remove(0);
    assert!(matches!(key.usable(days(1)), Err(Fault::NotForMail(_))));
    let mut renamed = own;
    renamed.details.users = strange.details.users;
    let key = PublicKey::read_file(&pgp::ser::Serialize::to_bytes(&renamed).unwrap()).unwrap().remove(0);
    assert_eq!(key.names(&crate::protect::tests_kit::address("new@example.com")), Err(Fault::OtherAddress(vec![])));
}
