//! Conditions about who a mail is from and who it may not be meant for: `sender_mismatch`, `first_contact`, `lookalike`.
//!
//! In: the facts of a mail, and for the latter two a recipient. Out: whether it holds, with a note that names addresses and known
//! domains. People inside are never a first contact nor a mistake for somebody; partners are no mistake.

use super::condition::Notes;
use super::facts::Facts;
use super::lookalike::Shape;
use super::party::{Person, Side, is_webmail};
use crate::config::Contact;

/// Whether what the mail says of its sender disagrees, or agrees, as asked.
pub(super) fn is_mismatch(wanted: bool, facts: &Facts, notes: &mut Notes) -> bool {
    let found = facts.mismatch();
    notes.say(|| match found {
        Some(what) => format!("sender_mismatch: {}", what.text()),
        None => "sender_mismatch: envelope and header name one sender".to_owned(),
    });
    found.is_some() == wanted
}

/// Whether it is the first mail to a recipient outside. A mail without a sender is nobody's contact.
pub(super) fn is_first_contact(whose: Contact, facts: &Facts, to: Option<&Person>, notes: &mut Notes) -> bool {
    let Some(to) = to else { return false };
    let no_sender = facts.submission.envelope.reverse_path.is_null();
    let known = to.key.as_ref().is_none_or(|address| match whose {
        Contact::Sender => facts.known.contacts.knows(address),
        Contact::School => facts.known.contacts.school_knows(address),
    });
    let holds = !known && !no_sender && to.side != Side::Inside;
    let who = if whose == Contact::Sender { "this sender" } else { "the school" };
    notes.say(|| match holds {
        true => format!("first_contact: {who} has never written to {}", to.name()),
        false if to.side == Side::Inside => format!("first_contact: {} is inside", to.name()),
        false if no_sender => "first_contact: the mail has no sender".to_owned(),
        false => format!("first_contact: {who} has written to {} before", to.name()),
    });
    holds
}

/// Whether a recipient's domain may be mistaken for a known one.
pub(super) fn is_lookalike(of: Option<&[Shape]>, facts: &Facts, to: Option<&Person>, notes: &mut Notes) -> bool {
    let Some(to) = to else { return false };
    let asked = to.domain.as_ref().filter(|_| to.side == Side::Outside);
    let found = asked.and_then(|domain| match of {
        None => facts.lookalike_of_known(domain),
        Some(of) if is_webmail(domain) || of.iter().any(|known| known.domain() == domain) => None,
        Some(of) => {
            let shape = Shape::new(domain);
            of.iter().find(|known| shape.resembles(known)).map(Shape::domain)
        }
    });
    notes.say(|| match found {
        Some(known) => format!("lookalike: the domain of {} looks like {known}", to.name()),
        None => format!("lookalike: the domain of {} looks like no other", to.name()),
    });
    found.is_some()
}
