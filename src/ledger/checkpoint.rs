//! Checkpoints: a signed statement of what the ledger and the archive were at a moment, to be kept by somebody outside.
//!
//! ```text
//! mail.oakfield.example/schoolgate            origin
//! 5321                                        entries of the ledger
//! base64                                      root of the tree over their hashes
//! mails 1203 base64                           mails ever archived, and the root of the tree over their leaves
//! time 2026-11-26T02:00:00Z
//!
//! — mail.oakfield.example/schoolgate base64   key id (4 bytes) and Ed25519 signature (RFC 8032) over all above the blank line
//! ```
//!
//! It is the note of C2SP (signed-note, tlog-checkpoint), so that a witness may use what there is. In: heads, a time and the key. Out:
//! text, and text read back. What can fail: text that is no checkpoint, or whose signature is another's.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::digest;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rusqlite::Connection;

use super::entries_sql::{self, Entry};
use super::event::Event;
use super::tree::{Growing, Node};
use crate::base::Timestamp;
use crate::base::hash::hex;
use crate::store::{StoreError, each_leaf};

/// Ed25519 in the key ids of signed notes.
const ED25519_NOTE: u8 = 1;
/// Octets of a note; longer ones are none.
const LONGEST: usize = 4096;

/// Counts and roots of the two trees at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    pub size: u64,
    pub root: Node,
    pub mails: u64,
    pub mails_root: Node,
}

/// A checkpoint, its signature found right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Node,
    pub mails: u64,
    pub mails_root: Node,
    pub at: Timestamp,
    /// The verifier key: `name+id+base64`.
    pub key: String,
    /// As it is signed and sent.
    pub note: String,
}

/// The heads as they are now.
pub(super) fn heads(db: &Connection) -> Result<Heads, StoreError> {
    let (mut entries, mut mails) = (Growing::default(), Growing::default());
    entries_sql::each_hash(db, |hash| entries.push(hash))?;
    each_leaf(db, |_, _, leaf, _| mails.push(&leaf))?;
    Ok(Heads { size: entries.size(), root: entries.root(), mails: mails.size(), mails_root: mails.root() })
}

/// The checkpoint that an entry of the ledger holds, its signature checked against the key that stands there too.
pub(crate) fn of_entry(entry: &Entry) -> Option<Checkpoint> {
    let Ok(Event::Checkpoint { key, note, .. }) = serde_json::from_str(&entry.body) else { return None };
    Checkpoint::read(&note, &key).ok()
}

/// The verifier key of a signer under a name, as notes write it.
#[must_use]
pub fn verifier_key(name: &str, signer: &Ed25519KeyPair) -> String {
    let public = signer.public_key().as_ref();
    let id = key_id(name, public);
    format!("{name}+{}+{}", hex(&id), BASE64_STANDARD.encode([&[ED25519_NOTE], public].concat()))
}

impl Checkpoint {
    pub(super) fn sign(origin: &str, heads: Heads, at: Timestamp, signer: &Ed25519KeyPair) -> Result<Self, StoreError> {
        let Heads { size, root, mails, mails_root } = heads;
        let encoded = |node: &Node| BASE64_STANDARD.encode(node);
        let text = format!("{origin}\n{size}\n{}\nmails {mails} {}\ntime {at:.0}\n", encoded(&root), encoded(&mails_root));
        let key = verifier_key(origin, signer);
        let id = key_id(origin, signer.public_key().as_ref());
        let signed = [&id[..], signer.sign(text.as_bytes()).as_ref()].concat();
        let note = format!("{text}\n\u{2014} {origin} {}\n", BASE64_STANDARD.encode(signed));
        Self::read(&note, &key).map_err(StoreError::Refused)
    }

    /// Reads a note and checks that this key signed it.
    ///
    /// # Errors
    /// A sentence.
    pub fn read(note: &str, key: &str) -> Result<Self, String> {
        let not = || "this is no checkpoint of a Schoolgate".to_owned();
        let note = note.replace("\r\n", "\n");
        let start = note.get(..LONGEST.min(note.len())).filter(|_| note.len() <= LONGEST).ok_or_else(not)?;
        let (text, signatures) = start.split_once("\n\n").ok_or_else(not)?;
        let mut lines = text.lines();
        let mut next = || lines.next().ok_or_else(not);
        let (origin, size, root) = (next()?.to_owned(), next()?, node(next()?).ok_or_else(not)?);
        let (mails, mails_root) = next()?.strip_prefix("mails ").and_then(|line| line.split_once(' ')).ok_or_else(not)?;
        let at = next()?.strip_prefix("time ").and_then(|time| time.parse().ok()).ok_or_else(not)?;
        let (size, mails) = (size.parse().map_err(|_| not())?, mails.parse().map_err(|_| not())?);
        let mails_root = node(mails_root).ok_or_else(not)?;
        if !is_signed(&format!("{text}\n"), signatures, key) {
            return Err(format!("the checkpoint is not signed by {}", key.split('+').next().unwrap_or_default()));
        }
        Ok(Self {
            origin,
            size,
            root,
            mails,
            mails_root,
            at,
            key: key.to_owned(),
            note: format!("{text}\n\n{}\n", signatures.trim()),
        })
    }
}

/// Whether one of the signatures below a note is of this key. Others may stand there: witnesses sign too.
fn is_signed(text: &str, signatures: &str, key: &str) -> bool {
    let mut parts = key.splitn(3, '+'); // no name has one, and base64 may
    let (Some(name), Some(id), Some(public)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let public = BASE64_STANDARD.decode(public).unwrap_or_default();
    let Some((&ED25519_NOTE, public)) = public.split_first() else { return false };
    if hex(&key_id(name, public)) != id {
        return false;
    }
    let mine = |line: &str| {
        let signed = line.strip_prefix("\u{2014} ")?.strip_prefix(name)?.strip_prefix(' ')?;
        let signed = BASE64_STANDARD.decode(signed).ok()?;
        let (given, signature) = signed.split_at_checked(4)?;
        UnparsedPublicKey::new(&ED25519, public).verify(text.as_bytes(), signature).ok().filter(|()| hex(given) == id)
    };
    signatures.lines().any(|line| mine(line).is_some())
}

/// The first four bytes of SHA-256 over name, line end, kind and key.
fn key_id(name: &str, public: &[u8]) -> [u8; 4] {
    let sum = digest::digest(&digest::SHA256, &[name.as_bytes(), b"\n", &[ED25519_NOTE], public].concat());
    sum.as_ref().first_chunk().copied().unwrap_or_default()
}

fn node(text: &str) -> Option<Node> {
    BASE64_STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
