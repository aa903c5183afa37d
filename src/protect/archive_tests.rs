use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;

use super::{Notice, encrypt};
use crate::base::Secret;
use crate::message::Message;
use crate::protect::tests_kit::{assert_tells_nothing, installed, large, message, run, sample, try_run};
use crate::protect::{Why, password};

/// The archive that hangs on a mail.
fn archive(mail: Vec<u8>) -> Vec<u8> {
    let mail = Message::parse(Bytes::from(mail));
    let part = mail.parts().iter().find(|part| part.file_name.as_deref() == Some("protected.zip")).unwrap();
    mail.decoded(part).into_owned()
}

/// Both archives unpacked by 7-Zip; the folder with what was in the inner one.
fn unpacked(zip: &[u8], password: &Secret, folder: &Path) -> PathBuf {
    std::fs::write(folder.join("protected.zip"), zip).unwrap();
    let secret = format!("-p{}", password.reveal_str().unwrap());
    run(Command::new("7z").current_dir(folder).args(["x", "-y", &secret, "protected.zip"]), b"");
    run(Command::new("7z").current_dir(folder).args(["x", "-y", "-oinner", "message.zip"]), b"");
    folder.join("inner")
}

#[test]
fn seven_zip_opens_it_with_the_password_and_not_without() {
    if !installed("7z") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let secret = password::make().unwrap();
    let mail = encrypt(&sample(), &secret, &Notice::default()).unwrap();
    assert_tells_nothing(&mail);
    let zip = archive(mail);
    let inner = unpacked(&zip, &secret, folder.path());
    assert_eq!(std::fs::read(inner.join("axolotl report.pdf")).unwrap(), b"%PDF-1.4 axolotl");
    let page = std::fs::read_to_string(inner.join("message.html")).unwrap();
    for words in ["About the Zebrafinch", "Dear Zoë, the Quokka is at home. £5 – naïve.", "axolotl report.pdf", "Ada Example"]
    {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    assert!(!page.contains("hidden@example.com"));
    let listed = run(Command::new("7z").current_dir(folder.path()).args(["l", "-slt", "protected.zip"]), b"");
    let listed = String::from_utf8_lossy(&listed);
    assert!(listed.contains("AES-256") && listed.contains("Encrypted = +"), "{listed}");
    assert_eq!(listed.matches("\nPath = ").count(), 2, "the archive and one entry: {listed}");
    let wrong = try_run(Command::new("7z").current_dir(folder.path()).args(["t", "-pwrong-wrong-wrong", "protected.zip"]), b"");
    assert!(!wrong.status.success());
}

#[test]
fn it_is_ae_2_and_has_no_checksum_of_the_plain_bytes() {
    let zip = archive(encrypt(&sample(), &password::make().unwrap(), &Notice::default()).unwrap());
    let central = memchr::memmem::rfind(&zip, b"PK\x01\x02").unwrap();
    assert_eq!(&zip[central + 16..central + 20], [0; 4], "no checksum");
    // The field 0x9901: seven octets, vendor version 2, "AE", strength 3 (AES-256), stored.
    let extra = memchr::memmem::find(&zip[central..], b"\x01\x99\x07\x00").unwrap() + central;
    assert_eq!(&zip[extra + 4..extra + 11], b"\x02\x00AE\x03\x00\x00");
}

#[test]
fn a_large_mail_comes_back_whole() {
    if !installed("7z") {
        return;
    }
    let (folder, secret) = (tempfile::tempdir().unwrap(), password::make().unwrap());
    let mail = large(6 << 20);
    let inner = unpacked(&archive(encrypt(&mail, &secret, &Notice::default()).unwrap()), &secret, folder.path());
    let page = std::fs::read_to_string(inner.join("message.html")).unwrap();
    assert!(page.contains(mail.text(mail.root()).trim()));
}

#[test]
fn the_notice_is_the_schools_and_a_mail_without_subject_gets_its_subject() {
    let notice = Notice { subject: "Für Sie".to_owned(), text: "Öffnen mit 7-Zip.\n".to_owned() };
    let mail = message("From: a@b.example\nTo: parent@example.com\n\nQuokka\n");
    let sent = Message::parse(Bytes::from(encrypt(&mail, &password::make().unwrap(), &notice).unwrap()));
    assert_eq!(sent.subjects(), ["Für Sie"]);
    assert_eq!(sent.text(&sent.parts()[1]), "Öffnen mit 7-Zip.\r\n");
    assert!(sent.flaws().is_empty(), "{:?}", sent.flaws());
}

#[test]
fn a_password_that_is_guessed_is_refused() {
    assert_eq!(encrypt(&sample(), &Secret::new(b"school1".to_vec()), &Notice::default()), Err(Why::Password));
}
