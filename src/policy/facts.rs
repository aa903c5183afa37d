//! What rules ask about one mail, each answer worked out once and only when it is asked for.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;

use super::evidence::{self, Evidence, Findings};
use super::fold::{Folded, readings};
use super::known::Known;
use super::lookalike::Shape;
use super::party::{Person, Side, Sides, is_webmail};
use super::password;
use super::sender;
use super::words::{Dictionary, Found};
use crate::base::{Domain, Submission};
use crate::config::MailKind;
use crate::detect::Detectors;
use crate::extract::{self, Place};
use crate::message::Message;

/// What all mails are judged on: made when the rules are compiled.
#[derive(Clone, Debug)]
pub(super) struct Grounds {
    pub(super) sides: Sides,
    /// How many headers rules ask for.
    pub(super) headers: usize,
    pub(super) dictionary: Dictionary,
    /// Domains that others may be mistaken for: the school's own and its partners'.
    pub(super) own: Vec<Shape>,
    /// Whether any rule asks who has written to whom before.
    pub(super) asks_contacts: bool,
    /// Whether any rule asks what attachments are or hold.
    pub(super) asks_contents: bool,
    /// Those that find personal data, where any rule asks for it.
    pub(super) detectors: Option<Arc<Detectors>>,
    /// Whether any rule encrypts to recipients' keys.
    pub(super) asks_keys: bool,
    /// Ids of the rules that encrypt.
    pub(super) encrypting: Vec<String>,
}

/// The facts of one mail.
pub(super) struct Facts<'m> {
    pub(super) submission: &'m Submission,
    message: &'m Message,
    pub(super) grounds: &'m Grounds,
    pub(super) known: &'m Known,
    recipients: OnceCell<Vec<Person>>,
    senders: OnceCell<Vec<Person>>,
    kinds: OnceCell<Vec<MailKind>>,
    subjects: OnceCell<Vec<Subject>>,
    words: OnceCell<Found>,
    findings: OnceCell<Findings>,
    tells_password: OnceCell<bool>,
    visible_outside: OnceCell<usize>,
    mismatch: OnceCell<Option<sender::Mismatch>>,
    frequent: OnceCell<Vec<Shape>>,
    /// By the number the compiler gave the header's name.
    headers: Vec<OnceCell<Vec<String>>>,
}

/// One `Subject` field in every way it may be read.
pub(super) type Subject = Vec<Folded>;

impl<'m> Facts<'m> {
    pub(super) fn new(submission: &'m Submission, message: &'m Message, grounds: &'m Grounds, known: &'m Known) -> Self {
        Self {
            submission,
            message,
            grounds,
            known,
            recipients: OnceCell::new(),
            senders: OnceCell::new(),
            kinds: OnceCell::new(),
            subjects: OnceCell::new(),
            words: OnceCell::new(),
            findings: OnceCell::new(),
            tells_password: OnceCell::new(),
            visible_outside: OnceCell::new(),
            mismatch: OnceCell::new(),
            frequent: OnceCell::new(),
            headers: vec![OnceCell::new(); grounds.headers],
        }
    }

    /// Everyone in the envelope, in its order.
    pub(super) fn recipients(&self) -> &[Person] {
        self.recipients.get_or_init(|| {
            self.submission.envelope.recipients.iter().map(|to| Person::new(&to.address, &self.grounds.sides)).collect()
        })
    }

    /// Everyone the mail says it is from: the reverse path and every mailbox of every `From`, so that none can hide another.
    pub(super) fn senders(&self) -> &[Person] {
        self.senders.get_or_init(|| {
            let path = self.submission.envelope.reverse_path.address().map(|from| Person::new(from, &self.grounds.sides));
            let mut all: Vec<Person> = path.into_iter().collect();
            for mailbox in self.message.mailboxes("From") {
                let person = mailbox.address.map_or_else(Person::unreadable, |from| Person::new(&from, &self.grounds.sides));
                if !all.iter().any(|known| known.key == person.key) {
                    all.push(person);
                }
            }
            all
        })
    }

    /// How many addresses outside a recipient would see in `To` and `Cc`, those of a mail sent on included, groups opened; who stands
    /// twice counts once. What is no address may be anybody's, so it counts too.
    pub(super) fn visible_outside(&self) -> usize {
        *self.visible_outside.get_or_init(|| {
            let shown = ["To", "Cc", "Resent-To", "Resent-Cc"].into_iter().flat_map(|field| self.message.mailboxes(field));
            let outside = shown.filter_map(|mailbox| match mailbox.address {
                Some(address) => (self.grounds.sides.of(&address) != Side::Inside).then(|| address.key()),
                None => (!mailbox.written.trim().is_empty()).then_some(mailbox.written),
            });
            outside.collect::<HashSet<String>>().len()
        })
    }

    /// In what the mail's words about its sender disagree, if they do.
    pub(super) fn mismatch(&self) -> Option<sender::Mismatch> {
        *self.mismatch.get_or_init(|| sender::mismatch(self.submission, self.message))
    }

    /// Where the words of all rules stand.
    pub(super) fn words(&self) -> &Found {
        self.words.get_or_init(|| {
            let mut passages = extract::passages(self.message);
            passages.extend(self.known.contents.passages());
            self.grounds.dictionary.search(self.subjects(), &passages)
        })
    }

    /// The personal data in it; none where no rule asks for any.
    pub(super) fn findings(&self) -> &Findings {
        self.findings.get_or_init(|| {
            let detectors = self.grounds.detectors.as_deref();
            let read = |detectors| evidence::read(detectors, self.message, &self.known.contents, self.submission.received_at);
            detectors.map(read).unwrap_or_default()
        })
    }

    /// What was found, where anybody has looked.
    pub(super) fn found(&self) -> Vec<Evidence> {
        self.findings.get().map(|findings| findings.all.clone()).unwrap_or_default()
    }

    /// Whether its subject or its own text tells a password.
    pub(super) fn tells_password(&self) -> bool {
        *self.tells_password.get_or_init(|| {
            let texts = extract::passages(self.message).into_iter().filter(|passage| passage.place != Place::Quoted);
            self.message.subjects().into_iter().chain(texts.map(|passage| passage.text)).any(|text| password::is_told(&text))
        })
    }

    /// The known domain that a recipient's may be mistaken for. What the school often writes to, and free mail providers, are what
    /// they are, however alike.
    pub(super) fn lookalike_of_known(&self, domain: &Domain) -> Option<&Domain> {
        let frequent = self.frequent.get_or_init(|| self.known.contacts.frequent.iter().map(Shape::new).collect());
        let known = || self.grounds.own.iter().chain(frequent);
        if is_webmail(domain) || known().any(|known| known.domain() == domain) {
            return None;
        }
        let shape = Shape::new(domain);
        known().find(|known| shape.resembles(known)).map(Shape::domain)
    }

    /// What kinds of mail it is.
    pub(super) fn kinds(&self) -> &[MailKind] {
        self.kinds.get_or_init(|| self.message.kinds(self.submission.envelope.reverse_path.is_null()))
    }

    /// Every `Subject`, each in every way it may be read.
    pub(super) fn subjects(&self) -> &[Subject] {
        self.subjects.get_or_init(|| {
            let mut all: Vec<Subject> = self.message.subjects().iter().map(|subject| readings(subject)).collect();
            for (subject, joined) in all.iter_mut().zip(self.joined_subjects()) {
                subject.extend(joined.iter().flat_map(|text| readings(text)));
            }
            all
        })
    }

    /// Each `Subject` that is folded, read as if its lines had been joined without a space: RFC 5322 section 2.2.3 keeps the space,
    /// some readers do not, and a word may have been folded in its middle.
    fn joined_subjects(&self) -> Vec<Vec<String>> {
        let fields = self.message.root().fields.iter().filter(|field| field.name == "subject");
        let values = fields.map(|field| self.message.raw().get(field.value.clone()).unwrap_or_default());
        values.map(|value| if value.contains(&b'\n') { joined(value) } else { Vec::new() }).collect()
    }

    /// The decoded values of a header field, by its name's number.
    pub(super) fn header(&self, number: usize, name: &str) -> &[String] {
        self.headers.get(number).map_or(&[], |cell| cell.get_or_init(|| self.message.values(name)))
    }

    /// Octets of the mail.
    pub(super) fn size(&self) -> u64 {
        self.submission.raw.len() as u64
    }
}

/// A field's value with its folds taken out, white space and all, decoded by the one reader of mail.
fn joined(value: &[u8]) -> Vec<String> {
    let mut field = b"Subject:".to_vec();
    let mut after_line_end = false;
    for &byte in value {
        match byte {
            b'\r' | b'\n' => after_line_end = true,
            b' ' | b'\t' if after_line_end => {}
            _ => {
                after_line_end = false;
                field.push(byte);
            }
        }
    }
    field.extend_from_slice(b"\r\n\r\n");
    Message::parse(Bytes::from(field)).subjects()
}
