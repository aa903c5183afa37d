//! What is known of a mail, as words of the index that nobody can type: so that "from this address", "has an attachment" and "under this
//! rule" are looked up as fast as a word, and joined with words by the index itself.
//!
//! In: a [`Document`], or one condition of a query. Out: marks, each a word that begins with a character for private use (UAX 44, `Co`),
//! which no text and no query gives (`words` parts at it). Values are hashed: an address would be parted into its words.
//! Invariant: a document has the mark of a condition exactly where `matcher` says that the condition holds; a test compares. Conditions
//! about sizes and times have no mark, and those that change while the mail lies still (held now, class, end) are not here. Nothing can fail.

use std::collections::BTreeSet;

use ring::digest;

use super::document::Document;
use super::query::{Fact, Mark, Role, Who};
use crate::base::hash::hex;

/// What every mark begins with.
const LEAD: char = '\u{e001}';
/// Octets of a hash: enough that nobody finds a second address with the same mark.
const HASH: usize = 10;

const ROLES: [(Role, char); 6] =
    [(Role::With, 'w'), (Role::From, 'f'), (Role::To, 't'), (Role::Cc, 'c'), (Role::Bcc, 'b'), (Role::Rcpt, 'r')];

/// The mark of every mail.
pub(super) fn every() -> String {
    format!("{LEAD}x")
}

/// All marks of a mail.
pub(super) fn of_document(mail: &Document) -> BTreeSet<String> {
    let mut marks = BTreeSet::from([every()]);
    for (role, letter) in ROLES {
        for address in mail.addresses(role) {
            marks.extend(domains(&address).next().map(|host| hashed(&format!("h{letter}"), host)));
            marks.extend(domains(&address).map(|domain| hashed(&format!("d{letter}"), domain)));
            marks.insert(hashed(&format!("a{letter}"), &address));
        }
    }
    for file in &mail.attachments {
        marks.insert(attached());
        marks.insert(hashed("k", &file.kind));
        marks.extend(file.ending().map(|ending| hashed("k", &ending)));
    }
    marks.extend(mail.rules.iter().map(|rule| hashed("r", &rule.to_lowercase())));
    marks.extend(mail.thread.iter().map(|id| hashed("t", id)));
    marks.extend(mail.verdicts.iter().map(|verdict| plain("v", verdict.word())));
    marks.insert(plain("g", mail.direction.word()));
    let flags = [(mail.is_encrypted, Mark::Encrypted), (mail.is_unsearchable, Mark::Unsearchable)];
    marks.extend(flags.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| plain("m", mark.word())));
    marks
}

/// The mark of a condition, where it has one.
pub(super) fn of_fact(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::Party { role, who } => party(*role, who)?,
        Fact::HasAttachment => attached(),
        Fact::FileType(file_type) => hashed("k", file_type),
        Fact::Direction(direction) => plain("g", direction.word()),
        Fact::Rule(id) => hashed("r", id),
        Fact::Verdict(verdict) => plain("v", verdict.word()),
        Fact::Thread(id) => hashed("t", id),
        Fact::Is(mark @ (Mark::Encrypted | Mark::Unsearchable)) => plain("m", mark.word()),
        Fact::Is(Mark::Held)
        | Fact::Size(_)
        | Fact::Received(_)
        | Fact::Sent(_)
        | Fact::Expires(_)
        | Fact::Class(_)
        | Fact::Ref(_) => return None,
    })
}

fn party(role: Role, who: &Who) -> Option<String> {
    let (_, letter) = ROLES.iter().find(|(known, _)| *known == role)?;
    Some(match who {
        Who::Address(key) => hashed(&format!("a{letter}"), key),
        Who::Host(host) => hashed(&format!("h{letter}"), host),
        Who::Domain(domain) => hashed(&format!("d{letter}"), domain),
    })
}

fn attached() -> String {
    format!("{LEAD}a")
}

fn plain(kind: &str, word: &str) -> String {
    format!("{LEAD}{kind}{word}")
}

fn hashed(kind: &str, value: &str) -> String {
    let hash = digest::digest(&digest::SHA256, value.as_bytes());
    format!("{LEAD}{kind}{}", hex(hash.as_ref().get(..HASH).unwrap_or_default()))
}

/// The domain of an address and all that it lies in: `mail.example.com`, `example.com`, `com`.
fn domains(address: &str) -> impl Iterator<Item = &str> {
    let whole = address.rsplit_once('@').map(|(_, domain)| domain).filter(|domain| !domain.is_empty());
    std::iter::successors(whole, |domain| domain.split_once('.').map(|(_, rest)| rest))
}
