use bytes::Bytes;

use super::{File, Written, submission};
use crate::base::{Ref, ReversePath, Timestamp};
use crate::message::Message;
use crate::policy::sample;
use crate::protect::pickup::Pickup;

fn pickup() -> Pickup {
    let at = Timestamp::from_second(1_800_000_000).unwrap();
    Pickup::sample(Ref::new(at, [1, 2, 3]), sample::address("a@school.test"), sample::address("b@x.test"))
}

fn reply(original: &str, text: &str, file: &str) -> (String, Message) {
    let original = Message::parse(Bytes::from(original.replace('\n', "\r\n")));
    let written =
        Written { text: text.to_owned(), files: vec![File { name: file.to_owned(), bytes: Bytes::from_static(b"bytes") }] };
    let client = "203.0.113.9:1".parse().unwrap();
    let made = submission(&sample::config(vec![]), (&pickup(), &original), written, client, Timestamp::UNIX_EPOCH);
    assert_eq!(made.envelope.recipients.len(), 1);
    assert_eq!(made.envelope.recipients[0].address, sample::address("a@school.test"));
    assert!(matches!(made.envelope.reverse_path, ReversePath::Address(_)));
    let text = String::from_utf8(made.raw.to_vec()).unwrap();
    assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']), "{text}");
    (text, Message::parse(made.raw))
}

#[test]
fn a_reply_belongs_to_its_thread_and_goes_to_the_sender_alone() {
    let (text, mail) = reply(
        "Subject: Re: Marks\nMessage-ID: <one@school.test>\nReferences: <zero@x.test>\n\nx\n",
        "Dear Ms A\n\nfine",
        "a.pdf",
    );
    assert_eq!(mail.subjects(), ["Re: Marks"]);
    assert_eq!(mail.values("in-reply-to"), ["<one@school.test>"]);
    assert!(mail.values("references")[0].contains("<zero@x.test>"), "{text}");
    assert_eq!(mail.mailboxes("reply-to")[0].address, Some(sample::address("b@x.test")));
    assert_eq!(mail.mailboxes("to").len(), 1);
    assert!(mail.parts().iter().any(|part| part.file_name.as_deref() == Some("a.pdf")));
}

#[test]
fn nothing_that_was_typed_becomes_a_field() {
    let evil = "x\r\nBcc: evil@x.test\r\n\r\n.\r\nMAIL FROM:<evil@x.test>\0\u{1b}";
    let original = "Subject: =?utf-8?Q?a=0D=0ABcc:_evil@x.test?=\nMessage-ID: <a\"b>\nReferences: <evil\n\nx\n";
    let (text, mail) = reply(original, evil, "a\"\r\nBcc: evil@x.test\r\n.pdf");
    assert_eq!(mail.values("bcc"), Vec::<String>::new(), "{text}");
    assert!(mail.values("in-reply-to").is_empty());
    assert!(mail.parts().iter().all(|part| part.fields.iter().all(|field| field.name != "bcc")), "{text}");
    assert_eq!(mail.mailboxes("to").len(), 1);
}
