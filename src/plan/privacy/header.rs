//! The header as some recipients may see it: which of its fields name hidden people, and the edits that take them out.
//!
//! In: a mail and the [`Hidden`]. Out: a [`Veil`] for each [`View`]: edits of whole fields, small ones, whatever the mail's size;
//! and an obstacle where a name stands that no edit may take out. The fields are read once for all views. Every header is read
//! again as it would leave, so what the table of fields does not know is an obstacle, not a leak.
//! What names nobody hidden stays byte for byte.

use std::ops::Range;

use bytes::Bytes;
use memchr::memmem;

use super::content;
use super::hidden::{Hidden, Places};
use crate::base::{Address, limits};
use crate::message::{Edit, Edits, Field, Flaw, Mailbox, Message};
use crate::plan::fields;

/// A mail's header with whom each field names.
pub(super) struct Survey<'m> {
    message: &'m Message,
    hidden: &'m Hidden,
    named: Vec<(&'m Field, Place, Places)>,
    /// What in the content names hidden people: the reason for people, and whom.
    content: Vec<(&'static str, Places)>,
    /// Where the header ends, to any reader.
    end: usize,
    /// Too long to be searched for each copy: nothing is hidden, and that is an obstacle.
    is_unread: bool,
}

/// What one recipient, or several, may see.
pub(super) struct View<'a> {
    /// Whom of the hidden it may name: the only one who sees it.
    pub(super) own: Option<usize>,
    pub(super) lists: Lists<'a>,
}

/// What stands in the place of the lists of recipients.
pub(super) enum Lists<'a> {
    /// `To` names this address; hidden ones leave `Cc`. Without `always`, a `To` that names nobody hidden stays.
    Blind { to: &'a Address, always: bool },
    /// `To` names the only recipient, `Cc` goes. Without `always`, only where somebody hidden is named at all.
    Alone { to: &'a Address, always: bool },
}

/// The edits that make a view, and why they are not enough, if they are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::plan) struct Veil {
    pub(in crate::plan) edits: Vec<Edit>,
    /// The new header of a mail that is wrapped, in the place of the one that was made for everybody.
    pub(in crate::plan) head: Option<Vec<u8>>,
    pub(super) obstacle: Option<String>,
}

impl Veil {
    /// Whether its copy is like any other.
    pub(super) fn changes_nothing(&self) -> bool {
        self.edits.is_empty() && self.head.is_none()
    }
}

/// What a field is to recipients' privacy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    To,
    Cc,
    /// Removed from every copy already.
    Bcc,
    /// Other addresses: those that are hidden go.
    People,
    /// Written by servers for one recipient's copy: goes.
    Recipient,
    Received,
    /// What a mail cannot do without.
    Lasting,
    /// Goes where it names somebody hidden.
    Other,
}

/// Fields in which servers and programs name a recipient.
const RECIPIENT: [&str; 17] = [
    "apparently-to",
    "delivered-to",
    "envelope-to",
    "original-recipient",
    "x-apparently-to",
    "x-delivered-to",
    "x-env-to",
    "x-envelope-to",
    "x-failed-recipients",
    "x-forwarded-for",
    "x-forwarded-to",
    "x-original-to",
    "x-rcpt-to",
    "x-real-to",
    "x-receiver",
    "x-resolved-to",
    "x-to",
];

fn place_of(name: &str) -> Place {
    match name {
        "to" | "resent-to" => Place::To,
        "cc" | "resent-cc" => Place::Cc,
        "bcc" | "resent-bcc" => Place::Bcc,
        "reply-to" | "resent-reply-to" | "mail-reply-to" | "mail-followup-to" | "followup-to" => Place::People,
        "disposition-notification-to" | "return-receipt-to" | "errors-to" | "x-confirm-reading-to" => Place::People,
        "received" => Place::Received,
        "from" | "sender" | "resent-from" | "resent-sender" | "subject" | "date" | "message-id" | "mime-version" => {
            Place::Lasting
        }
        _ if name.starts_with("content-") => Place::Lasting,
        _ if RECIPIENT.contains(&name) || (name.starts_with("x-") && name.contains("recipient")) => Place::Recipient,
        _ => Place::Other,
    }
}

impl<'m> Survey<'m> {
    pub(super) fn new(message: &'m Message, hidden: &'m Hidden) -> Self {
        let end = end_of_header(message);
        let is_unread = end > limits::SEARCHED_HEADER_OCTETS || is_unread(message);
        let fields = message.root().fields.iter().filter(|_| !is_unread);
        let named = fields.map(|field| (field, place_of(&field.name), named_in_field(message, field, hidden))).collect();
        Self { message, hidden, named, content: content::naming(message, hidden), end, is_unread }
    }

    /// The edits for a view; none where the header names nobody hidden from it.
    pub(super) fn veil(&self, view: &View) -> Veil {
        let bares = |people: &Places| people.iter().any(|place| Some(*place) != view.own);
        let in_header = self.named.iter().any(|(_, place, people)| *place != Place::Bcc && bares(people));
        let always = matches!(view.lists, Lists::Alone { always: true, .. });
        let mut veil = Veil::default();
        if in_header || always {
            self.named.iter().for_each(|(field, place, people)| self.take_out(field, *place, bares(people), view, &mut veil));
            self.lists(view, &bares, &mut veil);
        }
        let in_content = self.content.iter().find(|(_, people)| bares(people)).map(|(why, _)| (*why).to_owned());
        let unread = self.is_unread.then(|| "its header is too long to be read".to_owned());
        let known = in_content.or(unread).or(veil.obstacle.take());
        veil.obstacle = known.or_else(|| self.left(&veil, &bares));
        veil
    }

    /// All fields but the lists.
    fn take_out(&self, field: &Field, place: Place, bares: bool, view: &View, veil: &mut Veil) {
        match place {
            Place::To | Place::Cc | Place::Bcc => {}
            Place::Recipient => veil.edits.push(removed(field)),
            _ if !bares => {}
            Place::People => veil.edits.push(self.thinned(field, view)),
            Place::Received => veil.edits.push(self.received(field)),
            Place::Other => veil.edits.push(removed(field)),
            Place::Lasting => veil.obstacle = Some(format!("its field {} names one of them", shown(field))),
        }
    }

    fn lists(&self, view: &View, bares: &dyn Fn(&Places) -> bool, veil: &mut Veil) {
        for name in ["to", "resent-to"] {
            let mut all = self.named.iter().filter(|(field, ..)| field.name == name).peekable();
            let bared = all.clone().any(|(.., people)| bares(people));
            let (to, replaced) = match view.lists {
                Lists::Blind { to, always } => (to, always || bared),
                Lists::Alone { to, .. } => (to, true),
            };
            if all.peek().is_none() && name == "to" {
                veil.edits.push(fields::on_top(fields::folded("To", &to.to_string()), "To added"));
            } else if replaced {
                let with = fields::folded(written_name(name), &to.to_string());
                let first = all.next().map(|(field, ..)| self.replaced(field, with, view));
                veil.edits.extend(first);
                veil.edits.extend(all.map(|(field, ..)| removed(field)));
            }
        }
        for (field, _, people) in self.named.iter().filter(|(_, place, _)| *place == Place::Cc) {
            match view.lists {
                Lists::Alone { .. } => veil.edits.push(removed(field)),
                Lists::Blind { .. } if bares(people) => veil.edits.push(self.thinned(field, view)),
                Lists::Blind { .. } => {}
            }
        }
    }

    fn replaced(&self, field: &Field, with: String, view: &View) -> Edit {
        let whom = match view.lists {
            Lists::Blind { to, .. } => format!("{to} in the place of its recipients"),
            Lists::Alone { .. } => "its recipient alone".to_owned(),
        };
        let signed = self.named.iter().any(|(field, ..)| field.name == "dkim-signature");
        let note = if signed { "; the DKIM signature it had no longer fits" } else { "" };
        let what = format!("{} names {whom}{note}", shown(field));
        Edit { range: field.whole.clone(), with: with.into_bytes(), what }
    }

    /// The field without those who are hidden, each other mailbox as it was read; no field where nobody is left.
    fn thinned(&self, field: &Field, view: &View) -> Edit {
        let all = self.message.mailboxes_in(field);
        let stays = |mailbox: &&Mailbox| {
            let place = mailbox.address.as_ref().map(|address| self.hidden.place_of(address));
            place.is_some_and(|place| place.is_none() || place == view.own)
        };
        let left: Vec<String> = all.iter().filter(stays).filter_map(|mailbox| self.written(mailbox)).collect();
        if left.is_empty() {
            return removed(field);
        }
        let with = fields::folded(written_name(&field.name), &left.join(", ")).into_bytes();
        Edit {
            range: field.whole.clone(),
            with,
            what: format!("{} of {} taken out of {}", all.len() - left.len(), all.len(), shown(field)),
        }
    }

    /// A mailbox as we write it; its name is left out where it names somebody hidden.
    fn written(&self, mailbox: &Mailbox) -> Option<String> {
        let address = mailbox.address.as_ref()?;
        let name = mailbox.name.as_deref().filter(|name| !name.contains('@') && self.hidden.named_in(name).is_empty());
        Some(name.map_or_else(|| address.to_string(), |name| format!("{} <{address}>", fields::phrase(name))))
    }

    /// `for <…>` goes (RFC 5321 section 4.4); the field goes where that is not all.
    fn received(&self, field: &Field) -> Edit {
        let value = self.message.raw().get(field.value.clone()).unwrap_or_default();
        let clause = for_clause(value).filter(|clause| {
            let rest = [value.get(..clause.start), value.get(clause.end..)];
            rest.into_iter().flatten().all(|text| self.hidden.named_in(&String::from_utf8_lossy(text)).is_empty())
        });
        let Some(clause) = clause else { return removed(field) };
        let start = field.value.start;
        Edit {
            range: start + clause.start..start + clause.end, with: Vec::new(), what: "for … taken out of Received".to_owned()
        }
    }

    /// What the header names all the same, read as it would leave.
    fn left(&self, veil: &Veil, bares: &dyn Fn(&Places) -> bool) -> Option<String> {
        let bcc = self.named.iter().filter(|(_, place, _)| *place == Place::Bcc).map(|(field, ..)| removed(field));
        let edits: Edits = veil.edits.iter().cloned().chain(bcc).collect();
        let mut header = edits.apply(self.message.raw().get(..self.end).unwrap_or_default());
        let text = String::from_utf8_lossy(&header).into_owned();
        header.extend_from_slice(b"\r\n");
        let sent = Message::parse(Bytes::from(header));
        let field = sent.root().fields.iter().find(|field| bares(&named_in_field(&sent, field, self.hidden)));
        let beside = field.is_none() && bares(&self.hidden.named_in(&text));
        let odd = beside.then(|| "an odd line of its header names one of them".to_owned());
        field.map(|field| format!("its field {} names one of them", shown(field))).or(odd)
    }
}

/// Past all that any reader may take for the header: where it goes into the body without an empty line, the next one ends it.
fn end_of_header(message: &Message) -> usize {
    let root = message.root();
    if !message.flaws().contains(&Flaw::NoSeparator(root.id)) {
        return root.header.end;
    }
    let rest = message.raw().get(root.header.end..).unwrap_or_default();
    let empty = [b"\n\r\n".as_slice(), b"\n\n"].iter().filter_map(|gap| memmem::find(rest, gap)).min();
    root.header.end + empty.map_or(rest.len(), |at| at + 1)
}

/// A header that could not be read to its end may name anybody.
fn is_unread(message: &Message) -> bool {
    let lists = ["to", "cc", "resent-to", "resent-cc"];
    message.flaws().contains(&Flaw::TooManyFields(message.root().id))
        || lists.iter().any(|name| message.mailboxes(name).len() >= limits::MAILBOXES)
}

/// Whom a field names: as its bytes stand, decoded, and as addresses.
pub(super) fn named_in_field(message: &Message, field: &Field, hidden: &Hidden) -> Places {
    let raw = String::from_utf8_lossy(message.raw().get(field.value.clone()).unwrap_or_default());
    let decoded = message.value(field);
    let mut people = hidden.named_in(&raw);
    if decoded != raw.trim() {
        people.extend(hidden.named_in(&decoded));
    }
    if matches!(place_of(&field.name), Place::To | Place::Cc | Place::People) {
        let mailboxes = message.mailboxes_in(field);
        people.extend(mailboxes.iter().filter_map(|mailbox| hidden.place_of(mailbox.address.as_ref()?)));
    }
    people
}

fn removed(field: &Field) -> Edit {
    Edit { range: field.whole.clone(), with: Vec::new(), what: format!("{} removed", shown(field)) }
}

/// A field's name for people. Only names that are known or harmless come here: it is printable ASCII, and cut.
fn shown(field: &Field) -> String {
    match written_name(&field.name) {
        "" => field.name.chars().take(40).collect(),
        known => known.to_owned(),
    }
}

/// The usual way to write the name of a field that we write anew.
fn written_name(name: &str) -> &'static str {
    const KNOWN: [&str; 14] = [
        "To",
        "Cc",
        "Resent-To",
        "Resent-Cc",
        "Reply-To",
        "Resent-Reply-To",
        "Mail-Reply-To",
        "Mail-Followup-To",
        "Followup-To",
        "Disposition-Notification-To",
        "Return-Receipt-To",
        "Errors-To",
        "X-Confirm-Reading-To",
        "Received",
    ];
    KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or_default()
}

/// Where ` for <address>` stands in a value of `Received`, up to the semicolon.
fn for_clause(value: &[u8]) -> Option<Range<usize>> {
    let lower = value.to_ascii_lowercase();
    let is_gap = |at: usize| lower.get(at).is_some_and(u8::is_ascii_whitespace);
    let at = memmem::find_iter(&lower, b"for").find(|&at| at > 0 && is_gap(at - 1) && is_gap(at + 3))?;
    let start = lower.get(..at)?.trim_ascii_end().len();
    let address = (at + 3..lower.len()).find(|&at| !is_gap(at))?;
    let end = (address..lower.len()).find(|&at| is_gap(at) || lower.get(at) == Some(&b';')).unwrap_or(lower.len());
    Some(start..end)
}
