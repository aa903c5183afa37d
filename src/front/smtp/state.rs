//! What a session may be in: one struct for each state, each made out of the one before by the command that leads there.
//!
//! A transaction that ends gives back the [`Ready`] it began with and nothing else, so no recipient, parameter or octet of one mail
//! can get into the next (RFC 5321 section 4.1.1.5).

use std::collections::HashSet;

use super::body::Body;
use super::command::MailFrom;
use crate::base::{Address, Envelope, Recipient, Ref, Timestamp};

/// The state of a session.
#[derive(Debug, Default)]
pub enum State {
    /// The greeting was sent, or TLS began; no EHLO or HELO came yet.
    #[default]
    Greeted,
    Ready(Ready),
    Mail(Mail),
    Recipients(Recipients),
    Chunks(Box<Chunks>),
}

/// The client has said who it is, and perhaps signed in. No mail is under way.
#[derive(Debug)]
pub struct Ready {
    pub hello: Hello,
    pub account: Option<Address>,
}

/// What the client said in EHLO or HELO.
#[derive(Clone, Debug)]
pub struct Hello {
    pub name: String,
    pub esmtp: bool,
}

/// A sender was accepted; no recipient yet.
#[derive(Debug)]
pub struct Mail {
    ready: Ready,
    pub from: MailFrom,
}

/// A sender and at least one recipient were accepted.
#[derive(Debug)]
pub struct Recipients {
    mail: Mail,
    recipients: Vec<Recipient>,
    known: HashSet<Address>,
}

/// Part of the mail has come by BDAT.
#[derive(Debug)]
pub struct Chunks {
    pub recipients: Recipients,
    pub body: Body,
    pub name: (Ref, Timestamp),
}

impl State {
    /// Who signed in.
    #[must_use]
    pub fn account(&self) -> Option<&Address> {
        match self {
            Self::Greeted => None,
            Self::Ready(ready) => ready.account.as_ref(),
            Self::Mail(mail) => mail.ready.account.as_ref(),
            Self::Recipients(recipients) => recipients.mail.ready.account.as_ref(),
            Self::Chunks(chunks) => chunks.recipients.mail.ready.account.as_ref(),
        }
    }

    /// Whether a mail is under way.
    #[must_use]
    pub fn in_mail(&self) -> bool {
        !matches!(self, Self::Greeted | Self::Ready(_))
    }

    /// What is left when the mail under way is given up.
    #[must_use]
    pub fn abandon(self) -> Self {
        match self {
            Self::Greeted => Self::Greeted,
            Self::Ready(ready) => Self::Ready(ready),
            Self::Mail(mail) => Self::Ready(mail.ready),
            Self::Recipients(recipients) => Self::Ready(recipients.mail.ready),
            Self::Chunks(chunks) => Self::Ready(chunks.recipients.mail.ready),
        }
    }
}

impl Ready {
    /// EHLO or HELO.
    #[must_use]
    pub fn new(hello: Hello, account: Option<Address>) -> Self {
        Self { hello, account }
    }

    /// An accepted AUTH.
    #[must_use]
    pub fn sign_in(self, account: Address) -> Self {
        Self { account: Some(account), ..self }
    }

    /// An accepted MAIL.
    #[must_use]
    pub fn mail(self, from: MailFrom) -> Mail {
        Mail { ready: self, from }
    }
}

impl Mail {
    /// The first accepted RCPT.
    #[must_use]
    pub fn recipient(self, recipient: Recipient) -> Recipients {
        let known = HashSet::from([recipient.address.clone()]);
        Recipients { mail: self, recipients: vec![recipient], known }
    }
}

impl Recipients {
    /// What MAIL said.
    #[must_use]
    pub fn from(&self) -> &MailFrom {
        &self.mail.from
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.recipients.len()
    }

    /// Whether this address is one of them already.
    #[must_use]
    pub fn has(&self, address: &Address) -> bool {
        self.known.contains(address)
    }

    /// A further accepted RCPT; an address that is there already is never added.
    pub fn add(&mut self, recipient: Recipient) {
        if self.known.insert(recipient.address.clone()) {
            self.recipients.push(recipient);
        }
    }

    /// The end of the transaction.
    #[must_use]
    pub fn finish(self) -> (Envelope, Ready) {
        let Mail { ready, from } = self.mail;
        let MailFrom { path, parameters } = from;
        let envelope = Envelope {
            reverse_path: path,
            recipients: self.recipients,
            body: parameters.body,
            smtputf8: parameters.smtputf8,
            ret: parameters.ret,
            envid: parameters.envid,
        };
        (envelope, ready)
    }
}
