//! Reads a mail of the archive as search sees it: its words, its people, its files and what became of it.
//!
//! In: a [`Record`], and what the ledger says of it. Out: a [`Document`] for the index and what is [`Shown`] of a hit. Files are opened in the
//! box, as on the live path, and nowhere else. What cannot be read (a password, damage, a reader that died, a text beyond its bound) leaves the
//! rest readable: the mail is marked unsearchable, with the reason, and is found by all else.
//!
//! Which way a mail went: from outside, it came in; from inside, it went out where anyone outside is among those it was for, and else stayed
//! inside. Who it is from is what the envelope says; where that is empty, the header; our own mail is from inside.
//! What can fail: the store, and a box that cannot be started; never the mail.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;

use super::document::{Attachment, Document, Party};
use super::index::{File as ShownFile, Shown};
use super::query::{Direction, Verdict};
use crate::base::{Address, Domain, Timestamp, limits};
use crate::boxed::{Pool, Trouble};
use crate::config::{Config, MailKind};
use crate::extract::contents::{Content, Protection};
use crate::extract::{self, File, Leaf};
use crate::ledger::{Entry, Event, Ledger};
use crate::message::{Disposition, Mailbox, Message, Part};
use crate::store::{MailRow, Record, Store, StoreError};

/// Reads mails for the index. A clone is the same.
#[derive(Clone)]
pub struct Reader {
    store: Store,
    ledger: Ledger,
    pool: Pool,
    config: watch::Receiver<Arc<Config>>,
}

/// Why a mail could not be read for the index: our own failure. What is wrong with a mail is said in its document.
#[derive(Debug)]
pub enum ReadingError {
    Store(StoreError),
    Box(Trouble),
    /// It is large and has only just come.
    Later,
}

/// What the ledger says became of a mail.
#[derive(Debug, Default)]
struct Past {
    from: Option<String>,
    recipients: Vec<Address>,
    size: u64,
    rules: Vec<String>,
    verdicts: BTreeSet<Verdict>,
    encrypted: bool,
}

/// What a mail says, files aside.
struct Opened {
    message: Message,
    body: String,
    leaves: Vec<Leaf>,
    cut: bool,
}

impl Reader {
    /// Joins what is needed.
    #[must_use]
    pub fn new(store: Store, ledger: Ledger, pool: Pool, config: watch::Receiver<Arc<Config>>) -> Self {
        Self { store, ledger, pool, config }
    }

    /// The store that it reads.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Reads a mail. One whose bytes are damaged is known by its row alone, and unsearchable.
    ///
    /// # Errors
    /// The store or the box does not work; or it is not the time yet.
    pub async fn read(&self, row: &MailRow, class: &str) -> Result<(Document, Shown), ReadingError> {
        let past = past(&self.ledger.about(&row.place.reference).await?);
        let is_new = Timestamp::now().duration_since(row.received_at).unsigned_abs() < limits::INDEX_LATER;
        if is_new && past.size >= limits::INDEX_LATER_OCTETS {
            return Err(ReadingError::Later);
        }
        let record = match self.store.fetch(&row.place).await {
            Ok(record) => record,
            Err(StoreError::Damaged(why)) => return Ok(lost(row, class, &past, &format!("the mail is damaged: {why}"))),
            Err(error) => return Err(error.into()),
        };
        let size = record.raw.len();
        let opened = match size < limits::INDEXED_BODY_OCTETS / 8 {
            true => open(record.raw.clone()),
            false => {
                let raw = record.raw.clone();
                tokio::task::spawn_blocking(move || open(raw)).await.map_err(|_| StoreError::Stopped)?
            }
        };
        let (attachments, unread) = self.files(&opened).await?;
        let document = self.document(row, class, &record, opened, (attachments, past), unread.is_some());
        let shown = shown(&document, unread);
        Ok((document, shown))
    }

    /// What is known of a mail without reading it; `why` says why it is not read.
    ///
    /// # Errors
    /// What the store says.
    pub async fn facts(&self, row: &MailRow, class: &str, why: &str) -> Result<(Document, Shown), ReadingError> {
        let past = past(&self.ledger.about(&row.place.reference).await?);
        Ok(lost(row, class, &past, why))
    }

    /// A mail as a scope is asked about it: its people, its times and what became of it, without the text of its files.
    ///
    /// # Errors
    /// What the store says.
    pub async fn outline(&self, row: &MailRow, class: &str, record: &Record) -> Result<Document, ReadingError> {
        let past = past(&self.ledger.about(&row.place.reference).await?);
        let opened = open(record.raw.clone());
        let files = opened.leaves.iter().map(nameless).collect();
        Ok(self.document(row, class, record, opened, (files, past), false))
    }

    /// The text of each file of a mail, for whoever looks for words in it.
    ///
    /// # Errors
    /// The box does not work.
    pub async fn texts(&self, message: &Message) -> Result<Vec<Attachment>, ReadingError> {
        let opened = Opened { leaves: extract::leaves(message), message: message.clone(), body: String::new(), cut: false };
        Ok(self.files(&opened).await?.0)
    }

    /// The files with their texts, and why not all was read.
    async fn files(&self, opened: &Opened) -> Result<(Vec<Attachment>, Option<String>), ReadingError> {
        let mut unread = opened.cut.then(|| "its text is longer than what is indexed".to_owned());
        if opened.leaves.is_empty() {
            return Ok((Vec::new(), unread));
        }
        let deadline = Instant::now() + limits::INSPECTION_TIME;
        let (contents, _ration) = match self.pool.examine(opened.leaves.clone(), deadline).await {
            Ok(read) => read,
            Err(Trouble::Room) => {
                let files = opened.leaves.iter().map(nameless).collect();
                return Ok((files, Some("its files take more memory than there is for them".to_owned())));
            }
            Err(trouble) => return Err(ReadingError::Box(trouble)),
        };
        let mut left = limits::INDEXED_FILES_OCTETS;
        let mut files: Vec<(String, Attachment)> = Vec::new();
        for found in &contents.files {
            unread = unread.or_else(|| why_unread(&found.file));
            let is_first = found.file.path.len() <= 1;
            if is_first {
                let File { kind, size, .. } = found.file;
                let name = found.file.name().to_owned();
                files.push((found.part.clone(), Attachment { name, kind: kind.word().to_owned(), size, text: String::new() }));
            }
            let Some((_, file)) = files.last_mut().filter(|(part, _)| *part == found.part) else { continue };
            if !is_first {
                add(&mut file.text, found.file.name(), &mut left);
            }
            if !found.file.blocks.iter().all(|block| add_block(&mut file.text, &block.content, &mut left)) {
                unread = unread.or_else(|| Some("the text of its files is longer than what is indexed".to_owned()));
            }
        }
        let is_file = |part: &str| !is_embedded(&opened.message, part);
        Ok((files.into_iter().filter(|(part, _)| is_file(part)).map(|(_, file)| file).collect(), unread))
    }

    fn document(
        &self,
        row: &MailRow,
        class: &str,
        record: &Record,
        opened: Opened,
        (attachments, past): (Vec<Attachment>, Past),
        is_unsearchable: bool,
    ) -> Document {
        let Opened { message, body, .. } = opened;
        let envelope = &record.header.envelope;
        let parties = |field: &str| message.mailboxes(field).iter().map(party).collect::<Vec<_>>();
        let is_encrypted = past.encrypted || message.kinds(envelope.reverse_path.is_null()).contains(&MailKind::Encrypted);
        Document {
            reference: row.place.reference.clone(),
            seq: row.seq,
            received_at: record.header.received_at,
            sent_at: message.date(),
            direction: direction(record, &message, |domain| self.config.borrow().school.domains.contains(domain)),
            from: parties("from"),
            to: parties("to"),
            cc: parties("cc"),
            bcc: parties("bcc"),
            recipients: envelope.recipients.iter().map(|to| to.address.to_string()).collect(),
            reverse_path: envelope.reverse_path.address().map(ToString::to_string),
            subject: message.subjects().join("\n"),
            body,
            attachments,
            size: record.raw.len() as u64,
            class: class.to_owned(),
            expires: None, // it is that of the partition, asked when somebody searches
            rules: past.rules,
            verdicts: past.verdicts.into_iter().collect(),
            is_held: false, // asked when somebody searches
            is_encrypted,
            is_unsearchable: is_unsearchable || is_encrypted_whole(&message),
            thread: thread(&message),
        }
    }
}

/// Which way a mail went.
fn direction(record: &Record, message: &Message, is_inside: impl Fn(&Domain) -> bool) -> Direction {
    let envelope = &record.header.envelope;
    let sender = envelope.reverse_path.address().map(|from| is_inside(from.domain()));
    let written = || message.mailboxes("from").into_iter().find_map(|from| from.address).map(|from| is_inside(from.domain()));
    let from_inside = record.header.issued.is_some() || sender.or_else(written).unwrap_or(false);
    let goes_out = envelope.recipients.iter().any(|to| !is_inside(to.address.domain()));
    match (from_inside, goes_out) {
        (false, _) => Direction::In,
        (true, true) => Direction::Out,
        (true, false) => Direction::Internal,
    }
}

/// A mail taken apart, without its files.
fn open(raw: Bytes) -> Opened {
    let message = Message::parse(raw);
    let (mut body, mut left) = (String::new(), limits::INDEXED_BODY_OCTETS);
    let mut cut = message.parts().iter().any(|part| is_text(part) && part.body.end > limits::INDEXED_WITHIN_OCTETS);
    // Decoding texts of many megabytes, to index one, would cost their size twice.
    let beginning = match cut {
        true => Message::parse(message.raw().slice(..limits::INDEXED_WITHIN_OCTETS)),
        false => message.clone(),
    };
    let mut passages = extract::passages(&beginning);
    passages.retain(|passage| passage.place != extract::Place::FileName);
    for (number, passage) in passages.iter().enumerate() {
        let mut earlier = passages.iter().take(number.min(ALTERNATIVES));
        if !earlier.any(|earlier| says_the_same(&earlier.text, &passage.text)) {
            cut |= !add(&mut body, &passage.text, &mut left);
        }
    }
    let leaves = extract::leaves(&message);
    Opened { message, body, leaves, cut }
}

/// Passages that later ones are compared with: most mails say the same as plain text and as HTML (RFC 2046 section 5.1.4).
const ALTERNATIVES: usize = 8;

fn says_the_same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

fn is_text(part: &Part) -> bool {
    part.content_type.media.starts_with("text/") && part.disposition == Disposition::Inline
}

/// Adds a text as far as there is room; says whether all of it was.
fn add(to: &mut String, text: &str, left: &mut usize) -> bool {
    let end = text.floor_char_boundary(*left);
    to.push_str(text.get(..end).unwrap_or_default());
    to.push('\n');
    *left = left.saturating_sub(end + 1);
    end == text.len()
}

fn add_block(to: &mut String, content: &Content, left: &mut usize) -> bool {
    match content {
        Content::Text(text) => add(to, text, left),
        Content::Table(rows) => rows.iter().all(|row| add(to, &row.join("\t"), left)),
    }
}

/// Why words of a file may be missed. Pictures have none, and formats that nobody knows are no text.
fn why_unread(file: &File) -> Option<String> {
    let is_closed = file.protection != Protection::Open;
    let name = extract::file_name::shown(file.path.last().map_or("", String::as_str));
    match &file.unread {
        Some(why) if file.is_unreadable() || is_closed => Some(format!("“{name}” could not be read: {why}")),
        None if is_closed => Some(format!("“{name}” needs a password or key")),
        _ => None,
    }
}

fn nameless(leaf: &Leaf) -> Attachment {
    let kind = extract::sniff::kind(&leaf.bytes, &leaf.name);
    Attachment { name: leaf.name.clone(), kind: kind.word().to_owned(), size: leaf.bytes.len() as u64, text: String::new() }
}

/// A picture that the body shows (RFC 2392): no attachment to anybody's eyes. Its words are searched all the same.
fn is_embedded(message: &Message, number: &str) -> bool {
    message.parts().iter().filter(|part| part.number == number).any(|part| {
        part.content_type.media.starts_with("image/")
            && part.disposition == Disposition::Inline
            && part.fields.iter().any(|field| field.name.eq_ignore_ascii_case("content-id"))
    })
}

/// Nothing of it can be read: its body is S/MIME's or OpenPGP's.
fn is_encrypted_whole(message: &Message) -> bool {
    message.kinds(false).contains(&MailKind::Encrypted)
}

fn party(mailbox: &Mailbox) -> Party {
    let address = mailbox.address.as_ref().map_or_else(|| mailbox.written.clone(), Address::to_string);
    Party { name: mailbox.name.clone().unwrap_or_default(), address }
}

/// Its own Message-ID and those that it answers, without `<>`.
fn thread(message: &Message) -> Vec<String> {
    let ids = ["message-id", "in-reply-to", "references"].into_iter().flat_map(|field| message.values(field));
    let mut all: Vec<String> = Vec::new();
    for id in ids.flat_map(|value| value.split_whitespace().map(str::to_owned).collect::<Vec<_>>()) {
        let bare = id.trim_start_matches('<').trim_end_matches('>');
        if !bare.is_empty() && all.len() < limits::THREAD_IDS && !all.iter().any(|known| known == bare) {
            all.push(bare.to_owned());
        }
    }
    all
}

/// What the entries about a mail say of it.
fn past(entries: &[Entry]) -> Past {
    let mut past = Past::default();
    let (mut all, mut stopped) = (BTreeSet::new(), BTreeSet::new());
    let keys = |addresses: &[Address]| addresses.iter().map(Address::key).collect::<Vec<_>>();
    for event in entries.iter().filter_map(|entry| serde_json::from_str::<Event>(&entry.body).ok()) {
        match event {
            Event::MailAccepted { from, recipients, rules, size, .. } => {
                all.extend(keys(&recipients));
                past.size = size;
                (past.rules, past.recipients, past.from) = (rules, recipients, Some(from).filter(|from| !from.is_empty()));
            }
            Event::MailJournaled { from, recipients, .. } | Event::MailImported { from, recipients, .. } => {
                (past.recipients, past.from) = (recipients, Some(from).filter(|from| !from.is_empty()));
            }
            Event::MailHeld { recipients, .. } => {
                past.verdicts.insert(Verdict::Held);
                stopped.extend(keys(&recipients));
            }
            Event::MailRefused { recipients, .. } | Event::MailHeldRefused { recipients, .. } => {
                past.verdicts.insert(Verdict::Refused);
                stopped.extend(keys(&recipients));
            }
            Event::MailReleased { recipients, .. } => keys(&recipients).iter().for_each(|key| {
                stopped.remove(key);
            }),
            Event::Encrypted { .. } => past.encrypted = true,
            _ => {}
        }
    }
    if all.difference(&stopped).next().is_some() {
        past.verdicts.insert(Verdict::Accepted);
    }
    past
}

/// All that is known of a mail whose bytes are not those that were written.
fn lost(row: &MailRow, class: &str, past: &Past, why: &str) -> (Document, Shown) {
    let document = Document {
        reference: row.place.reference.clone(),
        seq: row.seq,
        received_at: row.received_at,
        sent_at: None,
        direction: Direction::Out,
        from: Vec::new(),
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        recipients: past.recipients.iter().map(ToString::to_string).collect(),
        reverse_path: past.from.clone(),
        subject: String::new(),
        body: String::new(),
        attachments: Vec::new(),
        size: row.place.length,
        class: class.to_owned(),
        expires: None,
        rules: past.rules.clone(),
        verdicts: past.verdicts.iter().copied().collect(),
        is_held: false,
        is_encrypted: past.encrypted,
        is_unsearchable: true,
        thread: Vec::new(),
    };
    let shown = shown(&document, Some(why.to_owned()));
    (document, shown)
}

fn shown(document: &Document, unread: Option<String>) -> Shown {
    let written = |party: &Party| match party.name.is_empty() {
        true => party.address.clone(),
        false => format!("{} <{}>", party.name, party.address),
    };
    let from = document.from.first().map(written).or_else(|| document.reverse_path.clone()).unwrap_or_default();
    let file = |file: &Attachment| ShownFile { name: file.name.clone(), kind: file.kind.clone(), size: file.size };
    let locked = || "it is encrypted".to_owned();
    Shown {
        reference: document.reference.clone(),
        time: document.received_at,
        direction: document.direction.word().to_owned(),
        from,
        to: document.to.iter().chain(&document.cc).map(written).chain(document.blind().map(str::to_owned)).collect(),
        subject: document.subject.clone(),
        size: document.size,
        attachments: document.attachments.iter().map(file).collect(),
        unread: document.is_unsearchable.then(|| unread.unwrap_or_else(locked)),
    }
}

impl From<StoreError> for ReadingError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl std::fmt::Display for ReadingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Box(trouble) => trouble.fmt(f),
            Self::Later => f.write_str("the mail is large and has only just come"),
        }
    }
}

impl std::error::Error for ReadingError {}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
