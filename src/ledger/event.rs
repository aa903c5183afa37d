//! The one closed list of what can happen. An event gives the ledger entry, the log line and the metric, so they cannot disagree.
//!
//! No event holds content of a mail, a password, a key or found data in clear. Addresses and sizes are not content.

use std::net::IpAddr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::base::{Address, ListenerKind, Ref, TlsFacts, TlsProof};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The gateway started or reloaded with a rule set.
    Started {
        version: String,
        rules: String,
    },
    Reloaded {
        rules: String,
        changed: Vec<String>,
    },
    /// A reload was refused; the last good rules stay in force.
    ReloadRefused {
        why: String,
    },
    Stopped,
    /// A client connected, or was turned away at the door (`refused` says why).
    Connected {
        client: IpAddr,
        listener: ListenerKind,
        refused: Option<String>,
    },
    /// A session ended.
    Disconnected {
        client: IpAddr,
        listener: ListenerKind,
        mails: u32,
        why: String,
    },
    SignedIn {
        client: IpAddr,
        account: Address,
        tls: Option<TlsFacts>,
    },
    /// `account` is what was typed, cut to an address's length; which part was wrong is not said.
    SignInFailed {
        client: IpAddr,
        account: String,
    },
    /// The protocol refused a command of a session (relay denied, sender not theirs, over a limit …).
    Refused {
        client: IpAddr,
        account: Option<Address>,
        code: u16,
        why: String,
    },
    /// A mail was refused after DATA, by a rule or because it cannot be carried.
    MailRefused {
        reference: Ref,
        from: String,
        recipients: Vec<Address>,
        rule: Option<String>,
        code: u16,
        why: String,
    },
    /// A mail was put off: our own failure, or a rule's.
    MailDeferred {
        reference: Ref,
        from: String,
        recipients: Vec<Address>,
        code: u16,
        why: String,
    },
    /// A mail was accepted and is on disk.
    MailAccepted {
        reference: Ref,
        from: String,
        recipients: Vec<Address>,
        size: u64,
        sha256: String,
        class: String,
        rules: Vec<String>,
        rule_set: String,
    },
    /// A copy of a mail came by a journal listener and is on disk: kept, never judged, never delivered. `form` is `copy`, `report`
    /// (unwrapped) or `whole-report`, and `why` what kept it whole.
    MailJournaled {
        reference: Ref,
        from: String,
        recipients: Vec<Address>,
        size: u64,
        sha256: String,
        class: String,
        client: IpAddr,
        form: String,
        why: Option<String>,
    },
    /// The same, read from a file by `archive import`.
    MailImported {
        reference: Ref,
        from: String,
        recipients: Vec<Address>,
        size: u64,
        sha256: String,
        class: String,
        form: String,
        file: String,
    },
    /// An import came to its end: `found` is `imported`, `known` and `refused` together.
    Imported {
        by: String,
        paths: Vec<String>,
        found: u64,
        imported: u64,
        known: u64,
        refused: u64,
    },
    /// A virus in a mail. `file` is its name where it has one: it stands in the ledger, and in no log line.
    VirusFound {
        reference: Ref,
        from: String,
        recipients: Vec<Address>,
        client: IpAddr,
        account: Option<Address>,
        part: Option<String>,
        file: Option<String>,
        virus: String,
    },
    /// A part of a mail, or the whole where there is no part, that no scanner has seen the inside of.
    Unscanned {
        reference: Ref,
        part: Option<String>,
        why: String,
    },
    /// Personal data that a rule met: kinds, counts and places, no value.
    DataFound {
        reference: Ref,
        rule: String,
        found: String,
    },
    /// A rule in watch mode matched; nothing was changed.
    RuleWatched {
        reference: Ref,
        rule: String,
        recipients: Vec<Address>,
    },
    /// What became of the notice in one copy: `added`, `already there`, `exempt`, `impossible`.
    Notice {
        reference: Ref,
        copy: u32,
        disclaimer: String,
        outcome: String,
        why: String,
    },
    /// How a copy is encrypted: by which way, and to which keys. That it went so, `delivered` proves.
    Encrypted {
        reference: Ref,
        copy: u32,
        recipients: Vec<Address>,
        rule: String,
        method: String,
        /// Fingerprints; none where the way knows no keys.
        keys: Vec<String>,
    },
    /// Held for a decision.
    MailHeld {
        reference: Ref,
        recipients: Vec<Address>,
        rule: String,
        whom: String,
    },
    /// A held mail was decided. Entries of earlier versions say neither why nor how.
    MailReleased {
        reference: Ref,
        recipients: Vec<Address>,
        by: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        /// The way of encryption that it must leave by, such as `tls-verified`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        encrypt: Option<String>,
    },
    MailHeldRefused {
        reference: Ref,
        recipients: Vec<Address>,
        by: String,
        why: String,
    },
    /// One copy's try at delivery, per recipient outcome.
    Delivered {
        reference: Ref,
        copy: u32,
        recipients: Vec<Address>,
        route: String,
        host: String,
        reply: String,
        tls: Option<TlsFacts>,
        /// Entries of earlier versions do not say it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<TlsProof>,
        sha256: String,
    },
    DeliveryDeferred {
        reference: Ref,
        copy: u32,
        recipients: Vec<Address>,
        route: String,
        why: String,
        next_try: jiff::Timestamp,
    },
    DeliveryFailed {
        reference: Ref,
        copy: u32,
        recipients: Vec<Address>,
        route: String,
        why: String,
    },
    /// The connection broke after the final dot and before the reply: it may arrive twice.
    DeliveryUncertain {
        reference: Ref,
        copy: u32,
        recipients: Vec<Address>,
        route: String,
        host: String,
    },
    /// A report (DSN) or notice of our own was made.
    Issued {
        reference: Ref,
        to: Address,
        about: Option<Ref>,
        kind: String,
        /// Entries of earlier versions do not say it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
    },
    Dropped {
        reference: Ref,
        recipients: Vec<Address>,
        by: String,
        why: String,
    },
    Retried {
        reference: Ref,
        by: String,
    },
    AccountAdded {
        account: Address,
        role: String,
        by: String,
    },
    AccountSuspended {
        account: Address,
        by: String,
        why: String,
    },
    AccountResumed {
        account: Address,
        by: String,
    },
    /// A recipient's certificate or public key was taken in.
    KeyImported {
        address: Address,
        kind: String,
        fingerprint: String,
        until: Option<jiff::Timestamp>,
        by: String,
    },
    KeyForgotten {
        address: Address,
        kind: String,
        fingerprint: String,
        by: String,
    },
    /// The store has a new master key, known by its fingerprint.
    KeyRotated {
        by: String,
        key: String,
    },
    /// A backup was made; `entry` is the newest of this ledger that it holds.
    BackupMade {
        by: String,
        folder: String,
        entry: u64,
        mails: u64,
        copied: u64,
    },
    /// This store came out of a backup, and what stood in the ledger after `entry` is not here. `left_out` are partitions whose time
    /// was over, `missing` files that were damaged or gone.
    Restored {
        by: String,
        folder: String,
        made_at: jiff::Timestamp,
        entry: u64,
        mails: u64,
        left_out: Vec<String>,
        missing: Vec<String>,
        held: u64,
    },
    /// Somebody asks for leave to read the archive.
    CaseAsked {
        case: u64,
        by: Address,
        kind: String,
        mailboxes: Vec<String>,
        from: Date,
        to: Date,
        purpose: String,
        auditors: Vec<Address>,
        until: Date,
    },
    CaseApproved {
        case: u64,
        by: Address,
        until: Date,
    },
    CaseRefused {
        case: u64,
        by: Address,
        why: String,
    },
    CaseClosed {
        case: u64,
        by: Address,
    },
    /// Somebody reads without a case; every approver is told.
    GlassBroken {
        who: String,
        reason: String,
    },
    /// Somebody looked into the archive: by a case, or for a reason. The query stands here and in no log line.
    ArchiveRead {
        who: String,
        case: Option<u64>,
        reason: Option<String>,
        /// `search`, `show` or `export`.
        what: String,
        query: Option<String>,
        mail: Option<Ref>,
        count: u64,
    },
    /// A case did not let somebody read.
    ArchiveRefused {
        who: String,
        case: u64,
        why: String,
    },
    /// A recipient of a mail gets a link to a pickup page instead of the mail.
    PickupMade {
        reference: Ref,
        recipient: Address,
        until: jiff::Timestamp,
    },
    /// It was opened for the first time, after a `code` mailed to the recipient or the `passphrase` that its sender set.
    PickupOpened {
        reference: Ref,
        recipient: Address,
        proof: String,
    },
    /// The recipient answered on the page; `reply` is the answer's own reference.
    PickupReplied {
        reference: Ref,
        recipient: Address,
        reply: Ref,
    },
    /// Its sender took it back; its key and its bytes are destroyed.
    PickupRevoked {
        reference: Ref,
        recipient: Address,
        by: String,
    },
    /// Its time is over; its key and its bytes are destroyed.
    PickupExpired {
        reference: Ref,
        recipient: Address,
    },
    /// Whoever had the link said that it came to the wrong person; its key and its bytes are destroyed.
    NotMe {
        reference: Ref,
        recipient: Address,
    },
    /// A partition of the archive has gone, with its key and all mails in it: the certificate. `root` is that of the tree over the leaves
    /// of its mails in the order of receipt.
    Purged {
        partition: i64,
        class: String,
        month: String,
        first: Option<jiff::Timestamp>,
        last: Option<jiff::Timestamp>,
        mails: u64,
        bytes: u64,
        root: String,
        reason: String,
        by: String,
    },
    /// Mails of a class are kept longer, since its `keep` was lengthened.
    RetentionLengthened {
        class: String,
        partitions: u64,
        until: jiff::Timestamp,
    },
    /// The clock went on by more than two days at once, or went back: nothing is purged until a person has looked at it.
    ClockDoubted {
        before: jiff::Timestamp,
        after: jiff::Timestamp,
    },
    ClockConfirmed {
        by: String,
        at: jiff::Timestamp,
    },
    /// Mails are kept beyond their time for a reason. What it names stands in the store and not here, but how many it names now.
    HoldSet {
        hold: u64,
        by: String,
        owner: String,
        reason: String,
        case: Option<u64>,
        mails: u64,
    },
    /// It ends; what has expired meanwhile goes after `grace`.
    HoldLifted {
        hold: u64,
        by: String,
        why: String,
        mails: u64,
        grace: jiff::Timestamp,
    },
    /// Mails that a hold names left their partition before that one went.
    HeldAside {
        hold: u64,
        class: String,
        month: String,
        mails: u64,
    },
    /// A signed head of the ledger and of the archive: `note` is what a witness keeps.
    Checkpoint {
        size: u64,
        mails: u64,
        key: String,
        note: String,
    },
    /// Everything that is kept was recomputed.
    ArchiveVerified {
        mails: u64,
        copies: u64,
        entries: u64,
        /// Things that are not as they were written.
        faults: u64,
    },
    /// Something of ours does not work, and what to do about it.
    Trouble {
        part: String,
        what: String,
    },
    /// It works again.
    Recovered {
        part: String,
    },
}
