//! The letters around a pickup message, and how a secret goes into one without being kept.
//!
//! Every mail is archived, with what each copy changes in it; a link or a code must not be. So the archive has a letter with a mark in
//! the secret's place. The secret itself is in the queue's job alone, and goes with that once the copy is delivered.

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Mailbox;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;
use zeroize::Zeroizing;

use super::issue::issue_with;
use super::letter::{About, Letter, facts, moment};
use super::name::new_reference;
use super::pickup::Outgoing;
use super::pickup_reply::ids;
use crate::base::{Address, Ref, ReversePath, Timestamp, one_line};
use crate::config::{Config, Pickup as Options, School};
use crate::deliver::OwnMail;
use crate::message::{Edit, Edits};
use crate::protect::pickup::{Link, Pickup};
use crate::queue::Post;

/// Columns of our letters.
const COLUMNS: usize = 76;

const NOTICE: &str = "{sender.name} at {school.name} has sent you a secure message.\n\nTo read it, please open this page:\n\n    {link}\n\nThere we \
    mail you a code, to make sure that it is you. You can read the message, save its attachments and answer it there until {until}. You need \
    no account and no program.\n\nThis link is for you alone. If you pass this mail on, whoever gets it cannot open the message, for the code \
    goes to your address.\n\nIs it not meant for you? Please tell us here, and nobody will be able to open it:\n\n    {not_me}\n\nIf you are not \
    sure that this mail is genuine, please telephone the school on a number that you know from elsewhere. Help with these pages:\n\n    {help}\n";

/// Something that a letter brings and nobody keeps.
#[derive(Clone)]
pub(super) struct Secret(Zeroizing<String>);

impl Secret {
    pub(super) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// What stands in its place in the archive.
    pub(super) fn mark(number: usize) -> String {
        format!("[secret-{}-of-this-letter]", number + 1)
    }
}

/// A letter with secrets, whose text has their marks.
pub(super) struct SecretLetter {
    pub(super) to: Address,
    pub(super) kind: &'static str,
    pub(super) reverse_path: ReversePath,
    pub(super) reply_to: Option<Address>,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) secrets: Vec<Secret>,
}

impl SecretLetter {
    /// The letter as one commit makes it durable; nothing where a secret found no place in it.
    pub(super) fn post(&self, config: &Config, about: Option<&Ref>, now: Timestamp) -> Option<Post> {
        let reference = new_reference(now);
        let raw = self.write(&config.school, now, &format!("{reference}@{}", config.school.hostname));
        let changes = (self.reverse_path.clone(), self.edits(&raw)?, Some(Edits::default()));
        let mail = OwnMail { to: self.to.clone(), kind: self.kind.to_owned(), about: about.cloned(), raw };
        Some(issue_with(reference, config, mail, changes, now))
    }

    /// The mail with the marks in it. It is not encoded, so that a mark stands in it as it is.
    pub(super) fn write(&self, school: &School, now: Timestamp, id: &str) -> Vec<u8> {
        let from = Mailbox::new_address(Some(line(&school.name)), school.postmaster.to_string());
        let text = wrapped(&self.text);
        let encoding = if text.is_ascii() { "7bit" } else { "8bit" };
        let mail = MessageBuilder::new()
            .from(from)
            .to(Mailbox::new_address(None::<String>, self.to.to_string()))
            .subject(line(&self.subject))
            .date(now.as_second())
            .message_id(id.to_owned())
            .header("Auto-Submitted", Raw::new("auto-generated"))
            .body(MimePart::new("text/plain", text).transfer_encoding(encoding));
        let mail = match &self.reply_to {
            Some(address) => mail.reply_to(Mailbox::new_address(None::<String>, address.to_string())),
            None => mail,
        };
        mail.write_to_vec().unwrap_or_default() // writing to memory does not fail
    }

    /// The letter as it leaves.
    pub(super) fn with_secrets(&self, raw: &[u8]) -> Option<Vec<u8>> {
        Some(self.edits(raw)?.apply(raw))
    }

    fn edits(&self, raw: &[u8]) -> Option<Edits> {
        let edit = |(number, secret): (usize, &Secret)| {
            let mark = Secret::mark(number);
            let at = memchr::memmem::find(raw, mark.as_bytes())?;
            let what = format!("secret {} of this letter put in", number + 1);
            Some(Edit { range: at..at + mark.len(), with: secret.0.as_bytes().to_vec(), what })
        };
        self.secrets.iter().enumerate().map(edit).collect::<Option<Vec<_>>>().map(Edits::from_iter)
    }
}

/// The name of a notice is that of its mail, so that what is written in the same thread is known as such (`threads`).
pub(super) fn name_of(mail: Outgoing<'_>, config: &Config) -> String {
    let own = || format!("{}@{}", mail.reference, config.school.hostname);
    ids(mail.message, "message-id").into_iter().next().unwrap_or_else(own)
}

/// To the recipient, in the school's words: there is a message for you. Where it cannot be delivered, its sender hears of it.
pub(super) fn notice(
    config: &Config,
    options: &Options,
    mail: Outgoing<'_>,
    recipient: &Address,
    (link, ends): (&Link, Timestamp),
) -> SecretLetter {
    let name = sender_name(mail);
    let fill = [
        ("{sender.name}", name.clone()),
        ("{sender.address}", mail.sender.to_string()),
        ("{school.name}", line(&config.school.name)),
        ("{until}", moment(ends)),
        ("{help}", options.public_url.page("/help")),
        ("{link}", Secret::mark(0)),
        ("{not_me}", Secret::mark(1)),
    ];
    let own = options.notice.as_deref().unwrap_or(NOTICE);
    let page = format!("/p/{}", link.reveal());
    let mut secrets = vec![Secret::new(options.public_url.page(&page))];
    if own.contains("{not_me}") {
        secrets.push(Secret::new(options.public_url.page(&format!("{page}/not-me"))));
    }
    SecretLetter {
        to: recipient.clone(),
        kind: "pickup-notice",
        reverse_path: ReversePath::Address(mail.sender.clone()),
        reply_to: Some(mail.sender.clone()),
        subject: format!("A secure message from {name}, {}", config.school.name),
        text: filled(own, &fill),
        secrets,
    }
}

/// To the sender: it is on its way; where to see what became of it.
pub(super) fn sent(
    options: &Options,
    mail: Outgoing<'_>,
    recipients: &[Address],
    (sent, ends, waits): (&Link, Timestamp, bool),
) -> SecretLetter {
    let subject = line(&mail.message.subjects().into_iter().next().unwrap_or_else(|| "(no subject)".to_owned()));
    let about = About { reference: mail.reference, subject: &subject, received_at: mail.at };
    let first =
        if waits { "It waits for somebody to decide yet, as another letter says; they get the link only then. " } else { "" };
    let text = format!(
        "Your mail goes securely. {first}These people get a letter with a link to a page of the school, and read the mail there:\n\n{}\nThey \
         can do so until {}. You get a letter when it is first opened.\n\nOn this page you see who has opened it. There you can also take it \
         back, or set a passphrase for it that you tell them by telephone, instead of the code that they get by mail:\n\n    {}\n\nThe link is \
         yours alone: please do not pass it on.\n",
        facts(about, recipients),
        moment(ends),
        Secret::mark(0)
    );
    SecretLetter {
        to: mail.sender.clone(),
        kind: "pickup-sent",
        reverse_path: ReversePath::Null,
        reply_to: None,
        subject: format!("Sent securely: {subject}"),
        text,
        secrets: vec![Secret::new(options.public_url.page(&format!("/sent/{}", sent.reveal())))],
    }
}

pub(super) fn opened(pickup: &Pickup, now: Timestamp) -> Letter {
    let (reference, to) = (&pickup.reference, pickup.sender.clone());
    let text = format!(
        "{} has opened your secure message for the first time, at {}.\n\n{}\nYou need not do anything.\n",
        pickup.recipient,
        moment(now),
        facts(About { reference, subject: "", received_at: pickup.made_at }, &[])
    );
    Letter::plain(to, "pickup-opened", format!("Opened: your secure message to {}", pickup.recipient), text)
}

pub(super) fn not_me(pickup: &Pickup) -> Letter {
    let (reference, to) = (&pickup.reference, pickup.sender.clone());
    let opened = match pickup.opened_at {
        Some(at) => format!("It had been opened, for the first time at {}.", moment(at)),
        None => "Nobody had opened it.".to_owned(),
    };
    let text = format!(
        "Whoever got the link to your secure message for {} says that it is not meant for them. Nobody can open it any more. {opened}\n\n\
         {}\nPlease check the address. If the message was opened by the wrong person, please tell the school's data protection officer \
         today.\n",
        pickup.recipient,
        facts(About { reference, subject: "", received_at: pickup.made_at }, &[])
    );
    Letter::plain(to, "pickup-not-me", format!("Wrong person? Your secure message to {}", pickup.recipient), text)
}

/// The sender's name as the mail has it, without what a mail program might take for something else.
fn sender_name(mail: Outgoing<'_>) -> String {
    let named = mail.message.mailboxes("from").into_iter().next().and_then(|mailbox| mailbox.name);
    let plain = |name: String| line(&name).replace(['<', '>', '"', '@', '{', '}'], " ").trim().to_owned();
    named.map(plain).filter(|name| !name.is_empty()).unwrap_or_else(|| mail.sender.to_string())
}

/// Puts values in; what a value holds is not looked at again.
fn filled(text: &str, fill: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(text.len() + 256);
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        match fill.iter().find(|(name, _)| after.starts_with(name)) {
            Some((name, value)) => {
                out.push_str(value);
                rest = after.get(name.len()..).unwrap_or_default();
            }
            None => {
                out.push('{');
                rest = after.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// A text in lines that fit, each ending in CRLF. A word that does not fit stands alone; what is indented stays so.
fn wrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / COLUMNS * 2);
    for paragraph in text.lines() {
        let indent: String = paragraph.chars().take_while(|c| *c == ' ').collect();
        let mut columns = 0;
        for word in one_line(paragraph).collect::<String>().split(' ').filter(|word| !word.is_empty()) {
            let width = word.chars().count();
            if columns > 0 && columns + 1 + width > COLUMNS {
                out.push_str("\r\n");
                columns = 0;
            }
            if columns > 0 {
                out.push(' ');
                columns += 1;
            } else {
                out.push_str(&indent);
                columns = indent.len();
            }
            out.push_str(word);
            columns += width;
        }
        out.push_str("\r\n");
    }
    out
}

fn line(text: &str) -> String {
    one_line(text).take(200).collect()
}

#[cfg(test)]
#[path = "pickup_letter_tests.rs"]
mod tests;
