//! What an event looks like in the log, and what it counts in the metrics.
//!
//! One line for each event: its name, the mail's reference where there is one, and a sentence. Texts that came from outside
//! (names typed at sign-in, replies of other servers) lose their control characters here, so nothing can add a line.

use std::fmt::Display;

use super::event::Event;
use crate::base::{Ref, TlsFacts, TlsProof, one_line};

impl Event {
    /// The name in the ledger, the log and the metrics; the same as its tag in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Reloaded { .. } => "reloaded",
            Self::ReloadRefused { .. } => "reload-refused",
            Self::Stopped => "stopped",
            Self::Connected { .. } => "connected",
            Self::Disconnected { .. } => "disconnected",
            Self::SignedIn { .. } => "signed-in",
            Self::SignInFailed { .. } => "sign-in-failed",
            Self::Refused { .. } => "refused",
            Self::MailRefused { .. } => "mail-refused",
            Self::MailDeferred { .. } => "mail-deferred",
            Self::MailAccepted { .. } => "mail-accepted",
            Self::MailJournaled { .. } => "mail-journaled",
            Self::MailImported { .. } => "mail-imported",
            Self::Imported { .. } => "imported",
            Self::VirusFound { .. } => "virus-found",
            Self::Unscanned { .. } => "unscanned",
            Self::DataFound { .. } => "data-found",
            Self::RuleWatched { .. } => "rule-watched",
            Self::Notice { .. } => "notice",
            Self::Encrypted { .. } => "encrypted",
            Self::MailHeld { .. } => "mail-held",
            Self::MailReleased { .. } => "mail-released",
            Self::MailHeldRefused { .. } => "mail-held-refused",
            Self::Delivered { .. } => "delivered",
            Self::DeliveryDeferred { .. } => "delivery-deferred",
            Self::DeliveryFailed { .. } => "delivery-failed",
            Self::DeliveryUncertain { .. } => "delivery-uncertain",
            Self::Issued { .. } => "issued",
            Self::Dropped { .. } => "dropped",
            Self::Retried { .. } => "retried",
            Self::AccountAdded { .. } => "account-added",
            Self::AccountSuspended { .. } => "account-suspended",
            Self::AccountResumed { .. } => "account-resumed",
            Self::KeyImported { .. } => "key-imported",
            Self::KeyForgotten { .. } => "key-forgotten",
            Self::KeyRotated { .. } => "key-rotated",
            Self::BackupMade { .. } => "backup-made",
            Self::Restored { .. } => "restored",
            Self::CaseAsked { .. } => "case-asked",
            Self::CaseApproved { .. } => "case-approved",
            Self::CaseRefused { .. } => "case-refused",
            Self::CaseClosed { .. } => "case-closed",
            Self::GlassBroken { .. } => "glass-broken",
            Self::ArchiveRead { .. } => "archive-read",
            Self::ArchiveRefused { .. } => "archive-refused",
            Self::PickupMade { .. } => "pickup-made",
            Self::PickupOpened { .. } => "pickup-opened",
            Self::PickupReplied { .. } => "pickup-replied",
            Self::PickupRevoked { .. } => "pickup-revoked",
            Self::PickupExpired { .. } => "pickup-expired",
            Self::NotMe { .. } => "not-me",
            Self::Purged { .. } => "purged",
            Self::RetentionLengthened { .. } => "retention-lengthened",
            Self::ClockDoubted { .. } => "clock-doubted",
            Self::ClockConfirmed { .. } => "clock-confirmed",
            Self::HoldSet { .. } => "hold-set",
            Self::HoldLifted { .. } => "hold-lifted",
            Self::HeldAside { .. } => "held-aside",
            Self::Checkpoint { .. } => "checkpoint",
            Self::ArchiveVerified { .. } => "archive-verified",
            Self::Trouble { .. } => "trouble",
            Self::Recovered { .. } => "recovered",
        }
    }

    /// The mail it is about.
    #[must_use]
    pub fn reference(&self) -> Option<&Ref> {
        match self {
            Self::MailRefused { reference, .. }
            | Self::MailDeferred { reference, .. }
            | Self::MailAccepted { reference, .. }
            | Self::MailJournaled { reference, .. }
            | Self::MailImported { reference, .. }
            | Self::VirusFound { reference, .. }
            | Self::Unscanned { reference, .. }
            | Self::DataFound { reference, .. }
            | Self::RuleWatched { reference, .. }
            | Self::Notice { reference, .. }
            | Self::Encrypted { reference, .. }
            | Self::MailHeld { reference, .. }
            | Self::MailReleased { reference, .. }
            | Self::MailHeldRefused { reference, .. }
            | Self::Delivered { reference, .. }
            | Self::DeliveryDeferred { reference, .. }
            | Self::DeliveryFailed { reference, .. }
            | Self::DeliveryUncertain { reference, .. }
            | Self::Issued { reference, .. }
            | Self::Dropped { reference, .. }
            | Self::Retried { reference, .. }
            | Self::PickupMade { reference, .. }
            | Self::PickupOpened { reference, .. }
            | Self::PickupReplied { reference, .. }
            | Self::PickupRevoked { reference, .. }
            | Self::PickupExpired { reference, .. }
            | Self::NotMe { reference, .. } => Some(reference),
            _ => None,
        }
    }

    /// Writes the log line and counts the metrics.
    pub fn log(&self) {
        let name = self.name();
        metrics::counter!("schoolgate_events_total", "event" => name).increment(1);
        let sentence = || self.sentence();
        let reference = self.reference().map(tracing::field::display);
        match self {
            Self::Trouble { .. } => tracing::error!(target: "schoolgate", event = name, "{}", sentence()),
            Self::ReloadRefused { .. }
            | Self::SignInFailed { .. }
            | Self::GlassBroken { .. }
            | Self::ArchiveRefused { .. }
            | Self::ClockDoubted { .. }
            | Self::VirusFound { .. }
            | Self::DeliveryFailed { .. }
            | Self::DeliveryUncertain { .. } => {
                tracing::warn!(target: "schoolgate", event = name, r#ref = reference, "{}", sentence());
            }
            Self::Connected { refused: None, .. } | Self::Disconnected { .. } => {
                tracing::debug!(target: "schoolgate", event = name, "{}", sentence());
            }
            _ => tracing::info!(target: "schoolgate", event = name, r#ref = reference, "{}", sentence()),
        }
        if let Self::MailAccepted { size, .. } = self {
            metrics::counter!("schoolgate_accepted_bytes_total").increment(*size);
        }
        if let Self::MailJournaled { form, .. } = self {
            metrics::counter!("schoolgate_journaled_total", "form" => form.clone()).increment(1);
        }
    }

    /// What happened, for people, on one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        let sentence = self
            .sentence_about_gateway()
            .or_else(|| self.sentence_about_reading())
            .or_else(|| self.sentence_about_keeping())
            .or_else(|| self.sentence_about_session())
            .or_else(|| self.sentence_about_mail())
            .or_else(|| self.sentence_about_delivery())
            .or_else(|| self.sentence_about_pickup());
        one_line(&sentence.unwrap_or_default()).collect()
    }

    fn sentence_about_gateway(&self) -> Option<String> {
        Some(match self {
            Self::Started { version, rules } => format!("schoolgate {version} started with the rules {}", short(rules)),
            Self::Reloaded { rules, changed } => format!("reloaded: rules {}; changed: {}", short(rules), all(changed)),
            Self::ReloadRefused { why } => format!("the new configuration is refused and the old one stays in force: {why}"),
            Self::Stopped => "stopped".to_owned(),
            Self::AccountAdded { account, role, by } => format!("{by} added the account {account} ({role})"),
            Self::AccountSuspended { account, by, why } => format!("{by} suspended the account {account}: {why}"),
            Self::AccountResumed { account, by } => format!("{by} resumed the account {account}"),
            Self::KeyImported { address, kind, fingerprint, until, by } => {
                let until = until.map(|until| format!(", valid until {until:.0}")).unwrap_or_default();
                format!("{by} added the {kind} key {} of {address}{until}", short(fingerprint))
            }
            Self::KeyForgotten { address, kind, fingerprint, by } => {
                format!("{by} removed the {kind} key {} of {address}", short(fingerprint))
            }
            Self::Imported { by, paths, found, imported, known, refused } => format!(
                "{by} imported {imported} of {found} mails from {}; {known} were here already, {refused} were refused",
                all(paths)
            ),
            Self::KeyRotated { by, key } => format!("{by} made a new master key, {key}"),
            Self::BackupMade { by, folder, entry, mails, copied } => {
                format!("{by} backed up {mails} mails to {folder}, ledger entry {entry}, {copied} bytes copied")
            }
            Self::Restored { by, folder, made_at, entry, mails, left_out, missing, held } => format!(
                "{by} restored {mails} mails from {folder}, made {made_at:.0}, ledger entry {entry}; {} partitions left out, {} files missing, \
                 {held} copies held",
                left_out.len(),
                missing.len()
            ),
            Self::Trouble { part, what } => format!("{part}: {what}"),
            Self::Recovered { part } => format!("{part} works again"),
            _ => return None,
        })
    }

    fn sentence_about_reading(&self) -> Option<String> {
        Some(match self {
            Self::CaseAsked { case, by, kind, mailboxes, from, to, until, .. } => {
                format!("{by} asks for case {case} ({kind}): {}, {from} to {to}, until {until}", all(mailboxes))
            }
            Self::CaseApproved { case, by, until } => format!("{by} approved case {case} until {until}"),
            Self::CaseRefused { case, by, why } => format!("{by} refused case {case}: {why}"),
            Self::CaseClosed { case, by } => format!("{by} closed case {case}"),
            Self::GlassBroken { who, reason } => format!("{who} reads the archive without a case: {reason}"),
            Self::ArchiveRead { who, case, what, mail, count, .. } => {
                let case = case.map_or_else(|| "without a case".to_owned(), |case| format!("by case {case}"));
                let mail = mail.as_ref().map(|mail| format!(" {mail}")).unwrap_or_default();
                format!("{who} {case}: {what}{mail}, {count} mails")
            }
            Self::ArchiveRefused { who, case, why } => format!("{who} may not read by case {case}: {why}"),
            _ => return None,
        })
    }

    fn sentence_about_keeping(&self) -> Option<String> {
        Some(match self {
            Self::Purged { class, month, mails, reason, by, .. } => {
                format!("{by} purged {mails} mails of {class} {month}: {reason}")
            }
            Self::RetentionLengthened { class, partitions, until } => {
                format!("class {class} is kept longer now: {partitions} partitions, the last until {until:.0}")
            }
            Self::ClockDoubted { before, after } => format!(
                "the clock went from {before:.0} to {after:.0}: nothing is purged until somebody runs `schoolgate archive purge \
                 --confirm-clock`"
            ),
            Self::ClockConfirmed { by, at } => format!("{by} confirmed the clock at {at:.0}"),
            Self::HoldSet { hold, by, owner, mails, .. } => format!("{by} set hold {hold} for {owner}: {mails} mails now"),
            Self::HoldLifted { hold, by, why, mails, grace } => {
                format!("{by} lifted hold {hold}: {why}; {mails} mails stay until {grace:.0} at least")
            }
            Self::HeldAside { hold, class, month, mails } => format!("{mails} mails of {class} {month} are kept by hold {hold}"),
            Self::Checkpoint { size, mails, key, .. } => format!("checkpoint of {size} entries and {mails} mails by {key}"),
            Self::ArchiveVerified { mails, copies, entries, faults } => {
                let verdict = match faults {
                    0 => "all as it was written".to_owned(),
                    some => format!("not as it was written: {some}"),
                };
                format!("{mails} mails, {copies} copies and {entries} entries of the ledger verified; {verdict}")
            }
            _ => return None,
        })
    }

    fn sentence_about_session(&self) -> Option<String> {
        Some(match self {
            Self::Connected { client, listener, refused: None } => format!("{client} connected to {listener:?}"),
            Self::Connected { client, listener, refused: Some(why) } => format!("{client} turned away at {listener:?}: {why}"),
            Self::Disconnected { client, mails, why, .. } => format!("{client} left after {mails} mails: {why}"),
            Self::SignedIn { client, account, .. } => format!("{account} signed in from {client}"),
            Self::SignInFailed { client, account } => format!("sign-in as {account} from {client} failed"),
            Self::Refused { client, account: None, code, why } => format!("{client} was refused: {code} {why}"),
            Self::Refused { client, account: Some(who), code, why } => format!("{who} at {client} was refused: {code} {why}"),
            _ => return None,
        })
    }

    fn sentence_about_mail(&self) -> Option<String> {
        Some(match self {
            Self::MailRefused { from, recipients, rule, code, why, .. } => {
                let rule = rule.as_ref().map(|rule| format!(" (rule {rule})")).unwrap_or_default();
                format!("refused from <{from}> to {}: {code} {why}{rule}", all(recipients))
            }
            Self::MailDeferred { from, recipients, code, why, .. } => {
                format!("put off from <{from}> to {}: {code} {why}", all(recipients))
            }
            Self::MailAccepted { from, recipients, size, rules, .. } => {
                format!("accepted from <{from}> to {}, {size} bytes, rules {}", all(recipients), all(rules))
            }
            Self::MailJournaled { from, recipients, size, form, why, .. } => {
                let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
                format!("archived from <{from}> to {}, {size} bytes ({form}{why})", all(recipients))
            }
            Self::MailImported { from, recipients, size, file, .. } => {
                format!("imported from <{from}> to {}, {size} bytes, out of {file}", all(recipients))
            }
            Self::VirusFound { from, recipients, client, account, part, virus, .. } => {
                let who = account.as_ref().map(|account| format!(", signed in as {account}")).unwrap_or_default();
                format!("virus {virus} in {}, from <{from}> ({client}{who}) to {}", place(part.as_ref()), all(recipients))
            }
            Self::Unscanned { part, why, .. } => format!("not scanned, {}: {why}", place(part.as_ref())),
            Self::DataFound { rule, found, .. } => format!("rule {rule} met personal data: {found}"),
            Self::RuleWatched { rule, recipients, .. } => format!("rule {rule} (watch) matches for {}", all(recipients)),
            Self::Notice { copy, disclaimer, outcome, why, .. } if why.is_empty() => {
                format!("copy {copy}: notice {disclaimer} {outcome}")
            }
            Self::Notice { copy, disclaimer, outcome, why, .. } => format!("copy {copy}: notice {disclaimer} {outcome}: {why}"),
            Self::Encrypted { copy, recipients, rule, method, .. } => {
                format!("copy {copy} to {} leaves encrypted ({method}) by rule {rule}", all(recipients))
            }
            Self::MailHeld { recipients, rule, whom, .. } => format!("held for {whom} by rule {rule}: {}", all(recipients)),
            Self::MailReleased { recipients, by, why, encrypt, .. } => {
                let encrypt = encrypt.as_ref().map(|way| format!(", encrypted ({way})")).unwrap_or_default();
                let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
                format!("{by} released it to {}{encrypt}{why}", all(recipients))
            }
            Self::MailHeldRefused { recipients, by, why, .. } => format!("{by} refused it to {}: {why}", all(recipients)),
            Self::Issued { to, about, kind, .. } => {
                format!("{kind} to {to}{}", about.as_ref().map(|about| format!(" about {about}")).unwrap_or_default())
            }
            Self::Dropped { recipients, by, why, .. } => format!("{by} dropped it for {}: {why}", all(recipients)),
            Self::Retried { by, .. } => format!("{by} asked for another try now"),
            _ => return None,
        })
    }

    fn sentence_about_delivery(&self) -> Option<String> {
        Some(match self {
            Self::Delivered { recipients, route, host, reply, tls, proof, .. } => {
                let tls = secured(tls.as_ref(), proof.as_ref());
                format!("delivered to {} by {route} ({host}{tls}): {reply}", all(recipients))
            }
            Self::DeliveryDeferred { recipients, route, why, next_try, .. } => {
                format!("not delivered yet to {} by {route}: {why}; next try {next_try}", all(recipients))
            }
            Self::DeliveryFailed { recipients, route, why, .. } => {
                format!("cannot be delivered to {} by {route}: {why}", all(recipients))
            }
            Self::DeliveryUncertain { recipients, route, host, .. } => {
                format!("the connection to {host} ({route}) broke before its answer: {} may get it twice", all(recipients))
            }
            _ => return None,
        })
    }
}

/// How a connection was encrypted, and how the other side was known.
fn secured(tls: Option<&TlsFacts>, proof: Option<&TlsProof>) -> String {
    let tls = tls.map(|tls| format!(", {} {}", tls.version, tls.cipher)).unwrap_or_default();
    let proof = proof.map(|proof| {
        let onward = if proof.onward { ", REQUIRETLS" } else { "" };
        format!(", verified as {} by {}{onward}", proof.peer, proof.by.as_str())
    });
    tls + &proof.unwrap_or_default()
}

impl Event {
    fn sentence_about_pickup(&self) -> Option<String> {
        Some(match self {
            Self::PickupMade { recipient, until, .. } => format!("{recipient} can pick it up until {until:.0}"),
            Self::PickupOpened { recipient, proof, .. } => format!("{recipient} opened it for the first time ({proof})"),
            Self::PickupReplied { recipient, reply, .. } => format!("{recipient} answered it on the page: {reply}"),
            Self::PickupRevoked { recipient, by, .. } => format!("{by} took it back from {recipient}"),
            Self::PickupExpired { recipient, .. } => format!("{recipient} can no longer pick it up: its time is over"),
            Self::NotMe { recipient, .. } => format!("whoever has the link for {recipient} says that they are somebody else"),
            _ => return None,
        })
    }
}

/// Where in a mail; the name of a file may say more than a log should.
fn place(part: Option<&String>) -> String {
    part.map_or_else(|| "the mail as a whole".to_owned(), |part| format!("part {part}"))
}

/// A few names, and how many more there are.
fn all(names: &[impl Display]) -> String {
    const SHOWN: usize = 5;
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut text = names.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
