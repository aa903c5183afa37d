//! Everything in a mail is decoded: transfer encodings, character sets, encoded words, addresses, names of files, the text that people read.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use schoolgate::extract;
use schoolgate::message::Message;

fuzz_target!(|data: &[u8]| {
    let mail = Message::parse(Bytes::copy_from_slice(data));
    for part in mail.parts() {
        // Quoted-printable and base64 only shrink what they hold.
        assert!(mail.decoded(part).len() <= data.len());
        mail.text(part);
    }
    mail.subjects();
    mail.date();
    for field in ["From", "To", "Cc", "Reply-To", "Subject", "Received"] {
        mail.mailboxes(field);
        mail.values(field);
    }
    extract::passages(&mail);
});
