//! Whether what a mail says of its sender agrees with itself.
//!
//! In: the envelope and the header. Out: the first thing that does not fit. Compared are the reverse path (nobody, for reports), every
//! mailbox of `From` and `Sender`, and any other address that a display name shows. Who may send as whom is not asked here, nor
//! is where answers go (`Reply-To`).

use crate::base::{Address, Submission};
use crate::message::{Mailbox, Message};

/// What does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mismatch {
    NoFrom,
    SeveralFrom,
    Unreadable,
    /// The envelope names another sender than `From`.
    Envelope,
    /// `Sender` names another than `From`.
    Sender,
    /// A display name shows another address.
    Name,
}

impl Mismatch {
    /// For evidence; addresses are not repeated, since a forged one is the mail's content.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::NoFrom => "there is no From",
            Self::SeveralFrom => "there are several senders in From",
            Self::Unreadable => "From holds what is no address",
            Self::Envelope => "the envelope names another sender than From",
            Self::Sender => "Sender names another than From",
            Self::Name => "the name in From shows another address",
        }
    }
}

/// The first thing that does not fit, if any.
pub(super) fn mismatch(submission: &Submission, message: &Message) -> Option<Mismatch> {
    let from = message.mailboxes("From");
    let fields = message.root().fields.iter().filter(|field| field.name == "from").count();
    let Some(first) = from.first() else { return Some(Mismatch::NoFrom) };
    if fields > 1 || from.len() > 1 {
        return Some(Mismatch::SeveralFrom);
    }
    let Some(author) = &first.address else { return Some(Mismatch::Unreadable) };
    let envelope = submission.envelope.reverse_path.address();
    if envelope.is_some_and(|path| !path.same_as(author)) {
        return Some(Mismatch::Envelope);
    }
    let sender = message.mailboxes("Sender");
    if sender.iter().any(|mailbox| mailbox.address.as_ref().is_none_or(|sender| !sender.same_as(author))) {
        return Some(Mismatch::Sender);
    }
    (shows_another(first, author) || sender.iter().any(|mailbox| shows_another(mailbox, author))).then_some(Mismatch::Name)
}

/// Whether a display name holds an address that is not the author's.
fn shows_another(mailbox: &Mailbox, author: &Address) -> bool {
    let name = mailbox.name.as_deref().unwrap_or_default();
    let words = name.split(|c: char| c.is_whitespace() || "<>()[]\"',;:".contains(c)).filter(|word| word.contains('@'));
    words.into_iter().any(|word| Address::parse(word.trim_matches('.')).is_ok_and(|shown| !shown.same_as(author)))
}

#[cfg(test)]
#[path = "sender_tests.rs"]
mod tests;
