//! Honest senders: nobody writes in another's name.
//!
//! In: whom a mail may be from ([`Owner`]), its envelope and the mail itself. Out: nothing, or why it is turned away. Judged before
//! any rule, for no rule can allow what this forbids. A mail is judged as the strictest reader would: every address that some
//! program might show as its author must belong to the owner, and a form that programs read in different ways is refused even
//! where this reading of it is harmless (the attacks are those of "Composition Kills", USENIX Security 2020).
//!
//! So: exactly one From (RFC 5322 section 3.6.2), no group in it (RFC 6854 is for others' mail), no route, no address in a name, a
//! comment or an encoded word that is not the owner's; the same for Sender and the Resent fields. `Reply-To` may name anybody: it
//! says who gets the answer, not who wrote; rules can look at it. Pure; nothing can fail. It says nothing of the mail's content
//! but addresses.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

use crate::base::{Address, Domain, Reply, ReversePath, Submission};
use crate::config::{Config, Sender, Senders};
use crate::message::{Field, Flaw, Mailbox, Message};

/// Whom a mail may be from.
#[derive(Clone, Copy, Debug)]
pub enum Owner<'c> {
    /// Somebody who signed in, with what the configuration says of them.
    Account(&'c Address, Option<&'c Sender>),
    /// A machine that may relay mail of the school's domains.
    School(&'c [Domain]),
    /// A machine that is trusted to know its senders.
    Anybody,
}

/// Why a mail is turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dishonest {
    /// An address of somebody else, and where it stands.
    NotTheirs { place: &'static str, address: String, remedy: String },
    /// Programs would not agree on who wrote it.
    Unclear(String),
}

/// Fields that say who wrote or sent a mail; the first must be there.
const AUTHORS: [(&str, &str); 4] =
    [("from", "From"), ("sender", "Sender"), ("resent-from", "Resent-From"), ("resent-sender", "Resent-Sender")];

impl<'c> Owner<'c> {
    /// The owner of a mail that came so: the account that signed in, else what the listener's `senders` says.
    #[must_use]
    pub fn of(config: &'c Config, account: Option<&'c Address>, senders: Senders) -> Self {
        match (account, senders) {
            (Some(account), _) => Self::Account(account, config.sender(account)),
            (None, Senders::School) => Self::School(&config.school.domains),
            (None, Senders::Any) => Self::Anybody,
        }
    }

    /// Whether an address belongs to it.
    #[must_use]
    pub fn owns(&self, address: &Address) -> bool {
        match self {
            Self::Account(account, sender) => account.same_as(address) || sender.is_some_and(|s| s.may_send_as(address)),
            Self::School(domains) => domains.contains(address.domain()),
            Self::Anybody => true,
        }
    }

    fn check(&self, place: &'static str, address: &Address) -> Result<(), Dishonest> {
        if self.owns(address) {
            return Ok(());
        }
        let remedy = match self {
            Self::Account(account, _) => format!(
                "you signed in as {account}; to allow it, the technician adds may_send_as = [\"{address}\"] under [[sender]] \
                 address = \"{account}\""
            ),
            _ => "this listener takes mail of the school's domains only; to allow others, the technician writes senders = \
                  \"any\" under its [[listen]]"
                .to_owned(),
        };
        Err(Dishonest::NotTheirs { place, address: address.to_string(), remedy })
    }
}

impl Dishonest {
    /// What the client is told.
    #[must_use]
    pub fn reply(&self) -> Reply {
        match self {
            Self::NotTheirs { place, address, remedy } => {
                Reply::new(553, "5.7.1", format!("Sender not theirs: {place} names {address}, and {remedy}"))
            }
            Self::Unclear(why) => Reply::new(550, "5.7.1", format!("It is not clear who wrote this mail: {why}")),
        }
    }
}

/// Whether a reverse path may be used; nobody's (`<>`) may, for receipts and out-of-office replies.
///
/// # Errors
/// Whose it is not.
pub fn judge_path(owner: Owner<'_>, from: &ReversePath) -> Result<(), Dishonest> {
    from.address().map_or(Ok(()), |address| owner.check("the envelope (MAIL FROM)", address))
}

/// Judges a whole mail.
///
/// # Errors
/// The first thing that is not honest.
pub fn judge(owner: Owner<'_>, submission: &Submission, message: &Message) -> Result<(), Dishonest> {
    if matches!(owner, Owner::Anybody) {
        return Ok(());
    }
    judge_path(owner, &submission.envelope.reverse_path)?;
    one_reading(message)?;
    for (name, place) in AUTHORS {
        let fields: Vec<&Field> = message.root().fields.iter().filter(|field| field.name == name).collect();
        match fields.as_slice() {
            [] if name == "from" => return unclear("it has no From"),
            [_, _, ..] if !name.starts_with("resent") => return unclear(format!("{place} stands in it more than once")),
            _ => {}
        }
        fields.iter().try_for_each(|field| judge_field(owner, place, field, message))?;
        let mailboxes = message.mailboxes(name);
        if !fields.is_empty() && mailboxes.is_empty() {
            return unclear(format!("{place} names nobody"));
        }
        mailboxes.iter().try_for_each(|mailbox| judge_mailbox(owner, place, mailbox))?;
    }
    Ok(())
}

/// Refuses a header that some programs take for longer or shorter than others.
fn one_reading(message: &Message) -> Result<(), Dishonest> {
    let odd = |flaw: &Flaw| match flaw {
        Flaw::NotAField(0) => Some("a line of its header is no field"),
        Flaw::NoSeparator(0) => Some("no empty line parts its header from its text"),
        Flaw::TooManyFields(0) => Some("its header is too long to be read"),
        _ => None,
    };
    message.flaws().iter().find_map(odd).map_or(Ok(()), unclear)
}

fn unclear<T>(why: impl Into<String>) -> Result<T, Dishonest> {
    Err(Dishonest::Unclear(why.into()))
}

/// A field as a whole: how its name is written, whether it holds a group, and every address that may be read out of its text.
fn judge_field(owner: Owner<'_>, place: &'static str, field: &Field, message: &Message) -> Result<(), Dishonest> {
    let whole = &message.raw()[field.whole.clone()];
    if whole.get(field.name.len()) != Some(&b':') {
        return unclear(format!("white space stands before the colon of {place}")); // RFC 5322 section 4.5.8: some see no From
    }
    let value = &message.raw()[field.value.clone()];
    if is_group(value) {
        return unclear(format!("{place} names a group, not a person"));
    }
    // What an encoded word hides may hold another one.
    let text = message.value(field);
    let again = Message::words_undone(&text);
    shown_addresses(&text).iter().chain(&shown_addresses(&again)).try_for_each(|shown| match shown {
        Shown::Address(address) => owner.check(place, address),
        Shown::Like => unclear(format!("{place} holds what looks like an address and is none")),
    })
}

/// Whether a colon or semicolon stands outside of quotes, comments and `<…>`.
fn is_group(value: &[u8]) -> bool {
    let (mut quoted, mut depth, mut angle) = (false, 0_u32, false);
    let mut bytes = value.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if quoted || depth > 0 => {
                bytes.next();
            }
            b'"' if depth == 0 => quoted = !quoted,
            _ if quoted => {}
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            b'<' => angle = true,
            b'>' => angle = false,
            b':' | b';' if !angle => return true,
            _ => {}
        }
    }
    false
}

fn judge_mailbox(owner: Owner<'_>, place: &'static str, mailbox: &Mailbox) -> Result<(), Dishonest> {
    if mailbox.written.starts_with('@') {
        return unclear(format!("{place} names a route, not a person"));
    }
    match &mailbox.address {
        Some(address) => owner.check(place, address),
        None => unclear(format!("{place} holds what is no address")),
    }
}

/// What a reader may take for an address in a text.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    Address(Address),
    /// It has a domain and cannot be read.
    Like,
}

/// All that stands around an `@`, after the eye's fashion: full-width signs are plain ones, what shows nothing is gone. An `@`
/// between spaces is one of an address only where a whole domain follows it: "Kim @ Oakfield" is a name.
fn shown_addresses(text: &str) -> Vec<Shown> {
    if !text.contains(['@', '\u{ff20}', '\u{fe6b}']) {
        return Vec::new();
    }
    let plain = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let category = CodePointMapData::<GeneralCategory>::new();
    let plain: String = plain.chars().filter(|c| category.get(*c) != GeneralCategory::Format).collect();
    plain.match_indices('@').filter_map(|(at, _)| shown_at(&plain[..at], &plain[at + 1..])).collect()
}

fn shown_at(before: &str, after: &str) -> Option<Shown> {
    const PARTS: [char; 11] = ['<', '>', '(', ')', '[', ']', ',', ';', ':', '"', '\\'];
    let ends = |c: char| c.is_whitespace() || PARTS.contains(&c);
    let spaced = before.ends_with(char::is_whitespace) || after.starts_with(char::is_whitespace);
    let (before, after) = (before.trim_end(), after.trim_start());
    // Nothing reaches past the next `@`, so that a text of nothing else takes linear time too.
    let local = before.rsplit(|c| ends(c) || c == '@').next().unwrap_or_default().trim_matches('\'');
    let domain = after.split(|c| ends(c) || c == '@').next().unwrap_or_default().trim_matches(['.', '\'']);
    let whole = domain.contains('.') && !domain.is_empty();
    if domain.is_empty() || (spaced && !whole) {
        return None;
    }
    match Address::parse(&format!("{local}@{domain}")) {
        Ok(address) => Some(Shown::Address(address)),
        Err(_) => whole.then_some(Shown::Like),
    }
}

#[cfg(test)]
#[path = "honesty_tests.rs"]
mod tests;
