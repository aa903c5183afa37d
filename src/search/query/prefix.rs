//! The prefixes of the language: ours, and those that people bring from Gmail, Outlook and Piler.
//!
//! In: a word before a colon. Out: what its value means, or a fault with the nearest prefix. An unknown prefix is never a word: a query
//! that loses half of itself finds too much or too little, and nobody sees it.

use super::mistake::Fault;
use super::tree::{Place, Role};

/// What the value behind a prefix means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    Words(Place),
    /// Names of files, and their types where a type is named.
    FileName,
    People(Role),
    Domain,
    FileType,
    Has,
    HasAttachment,
    Larger,
    Smaller,
    Size,
    After,
    Before,
    Until,
    On,
    Newer,
    Older,
    Received,
    Sent,
    Expires,
    Direction,
    In,
    Rule,
    Verdict,
    Class,
    Thread,
    Ref,
    Is,
    Sort,
}

/// Ours, in the order of the guide.
pub(super) const OURS: &[(&str, Sense)] = &[
    ("from", Sense::People(Role::From)),
    ("to", Sense::People(Role::To)),
    ("cc", Sense::People(Role::Cc)),
    ("bcc", Sense::People(Role::Bcc)),
    ("rcpt", Sense::People(Role::Rcpt)),
    ("with", Sense::People(Role::With)),
    ("domain", Sense::Domain),
    ("subject", Sense::Words(Place::Subject)),
    ("body", Sense::Words(Place::Body)),
    ("attachment", Sense::FileName),
    ("content", Sense::Words(Place::Content)),
    ("filetype", Sense::FileType),
    ("has", Sense::Has),
    ("larger", Sense::Larger),
    ("smaller", Sense::Smaller),
    ("size", Sense::Size),
    ("after", Sense::After),
    ("before", Sense::Before),
    ("on", Sense::On),
    ("newer", Sense::Newer),
    ("older", Sense::Older),
    ("received", Sense::Received),
    ("sent", Sense::Sent),
    ("expires", Sense::Expires),
    ("direction", Sense::Direction),
    ("in", Sense::In),
    ("rule", Sense::Rule),
    ("verdict", Sense::Verdict),
    ("class", Sense::Class),
    ("thread", Sense::Thread),
    ("ref", Sense::Ref),
    ("is", Sense::Is),
    ("sort", Sense::Sort),
];

/// Other products' words for the same.
const THEIRS: &[(&str, Sense)] = &[
    // Gmail
    ("newer_than", Sense::Newer),
    ("older_than", Sense::Older),
    ("filename", Sense::FileName),
    ("deliveredto", Sense::People(Role::Rcpt)),
    ("rfc822msgid", Sense::Thread),
    // Outlook
    ("attachments", Sense::FileName),
    ("hasattachment", Sense::HasAttachment),
    ("hasattachments", Sense::HasAttachment),
    ("participants", Sense::People(Role::With)),
    ("people", Sense::People(Role::With)),
    ("recipients", Sense::People(Role::Rcpt)),
    ("recipient", Sense::People(Role::Rcpt)),
    ("sentto", Sense::People(Role::Rcpt)),
    ("sender", Sense::People(Role::From)),
    ("contents", Sense::Words(Place::Body)),
    ("messagesize", Sense::Size),
    ("date", Sense::Received),
    ("since", Sense::After),
    ("until", Sense::Until),
    ("type", Sense::FileType),
    ("ext", Sense::FileType),
    // Piler
    ("date1", Sense::After),
    ("date2", Sense::Until),
    ("id", Sense::Ref),
];

/// Words of other products for what is not kept here, and what to do instead.
const ABSENT: &[(&str, &str)] = &[
    ("label", "the archive has no labels; `rule:` finds what a rule matched, and `class:` a retention class"),
    ("category", "the archive has no categories; `class:` finds a retention class"),
    ("tag", "the archive has no tags; `rule:` finds what a rule matched"),
    ("list", "lists are found by their address: `to:` or `from:`"),
    ("folder", "the archive has no folders; `direction:in` and `direction:out` tell received from sent"),
    ("importance", "the archive does not keep it; leave it out"),
    ("flag", "flags belong to a mailbox, and the archive has none; leave it out"),
    ("read", "whether a mail was read belongs to a mailbox; leave it out"),
    ("kind", "everything here is mail; `filetype:` finds kinds of attachments"),
    ("header", "headers are not searched as text; use `from:`, `to:`, `subject:` or `thread:`"),
    ("msgid", "use `thread:`, which finds a Message-ID and the mails that answer it"),
    ("user", "use `with:`, which finds who sent or received a mail"),
];

/// The meaning of a prefix, case aside.
pub(super) fn known(name: &str) -> Option<Sense> {
    let name = name.to_lowercase();
    OURS.iter().chain(THEIRS).find(|(known, _)| *known == name).map(|(_, sense)| *sense)
}

/// Whether a word before a colon was meant as a prefix: letters, perhaps with `_` or `-`.
pub(super) fn is_like_one(name: &str) -> bool {
    name.starts_with(char::is_alphabetic) && name.chars().all(|c| c.is_alphabetic() || c == '_' || c == '-')
}

/// What to say of a prefix that is not known.
pub(super) fn unknown(name: &str) -> Fault {
    let lower = name.to_lowercase();
    let message = format!("search knows no prefix `{name}:`");
    let as_word = format!("To search for it as a word, put it in quotes: \"{name}:\"");
    match ABSENT.iter().find(|(absent, _)| *absent == lower) {
        Some((_, instead)) => Fault::new(message, format!("{}. {as_word}", capital(instead))),
        None => match nearest(&lower) {
            Some(near) => Fault::new(message, format!("Did you mean `{near}:`? {as_word}")),
            None => Fault::new(message, as_word),
        },
    }
}

/// The prefix of ours that is least unlike, if two slips of the finger explain it (one, where the word is short).
fn nearest(name: &str) -> Option<&'static str> {
    let slips = match name.chars().count() {
        0 | 1 => return None,
        2..=4 => 1,
        _ => 2,
    };
    let near = OURS.iter().map(|(known, _)| (strsim::damerau_levenshtein(name, known), *known));
    near.min_by_key(|(distance, _)| *distance).filter(|(distance, _)| *distance <= slips).map(|(_, known)| known)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

impl Sense {
    /// Whether commas part alternatives in its value. Figures and dates have none, and an id may hold one.
    pub(super) fn takes_list(self) -> bool {
        use Sense as S;
        !matches!(
            self,
            S::Larger
                | S::Smaller
                | S::Size
                | S::After
                | S::Before
                | S::Until
                | S::On
                | S::Newer
                | S::Older
                | S::Received
                | S::Sent
                | S::Expires
                | S::Thread
                | S::Sort
                | S::HasAttachment
        )
    }

    /// The place in which its words are looked for, where it takes words.
    pub(super) fn place(self) -> Option<Place> {
        match self {
            Self::Words(place) => Some(place),
            Self::FileName => Some(Place::Attachment),
            Self::People(role) => Some(Place::People(role)),
            _ => None,
        }
    }
}
