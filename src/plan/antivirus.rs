//! What the gate does by itself with what the scanner says, whatever the rules are.
//!
//! A find is refused for everyone, never delivered, never held, and the postmaster is told; a rule may word the refusal, not soften
//! it. A scanner out of order puts the mail off with 451, so that it stays with the sender's client. What the scanner will never
//! read, being too large for it, waits for the technician. For the latter two a rule that asks for `attachment = "unscanned"` decides
//! instead, for the recipients for whom it matches. Where no scanner is asked (`clamd = "off"`) nothing follows by itself.

use super::fate::{By, Fate, Stop};
use super::{Desk, Notification};
use crate::base::Reply;
use crate::config::{AttachmentTest, Fields};
use crate::policy::Named;

/// What stands where a rule's id would.
pub(super) const ID: &str = "antivirus";
/// What stands where a rule's `about` would.
pub(super) const ABOUT: &str = "Attachments are scanned for viruses before they leave";

/// Stops what must not leave, or not yet.
pub(super) fn stop(desk: &Desk, fates: &mut [Fate]) {
    let scan = &desk.verdicts.scan;
    if !scan.infected.is_empty() {
        for fate in fates {
            fate.stop_at(Stop::Reject { by: By::Antivirus, text: FOUND.to_owned() });
        }
        return;
    }
    let Some(gap) = scan.unscanned.first().filter(|_| !scan.off) else { return };
    for (_, fate) in fates.iter_mut().enumerate().filter(|(at, _)| !is_ruled(desk, *at)) {
        if scan.is_outage() {
            fate.stop_at(Stop::Defer { by: By::Antivirus, text: OUT_OF_ORDER.to_owned() });
        } else {
            let what = if gap.file.is_empty() { "the mail" } else { gap.file.as_str() };
            fate.stop_at(Stop::for_technician(By::Antivirus, &format!("{what} could not be scanned for viruses: {}", gap.why)));
        }
    }
}

/// Filled in as the texts of rules are.
const FOUND: &str = "a virus was found in {attachment}: {virus}";
const OUT_OF_ORDER: &str = "The virus scanner does not answer now; the mail has not been taken, please send it again later";

/// Our own failure, so a 4yz of ours (RFC 3463 section 3.4: 4.3.0).
pub(super) fn out_of_order(desk: &Desk) -> Reply {
    Reply::new(451, "4.3.0", format!("{OUT_OF_ORDER} (ref {})", desk.submission.reference))
}

/// The postmaster hears of every find.
pub(super) fn notification(desk: &Desk) -> Option<Notification> {
    let Named { attachment, virus, .. } = named(desk);
    let (file, virus) = (attachment.unwrap_or_else(|| "an attachment".to_owned()), virus?);
    Some(Notification {
        to: desk.config.school.postmaster.clone(),
        rule: ID.to_owned(),
        about: format!("a virus was found in {file}: {virus}; the mail was refused and went to nobody"),
        recipients: desk.addresses(0..desk.submission.envelope.recipients.len()),
    })
}

/// The file and the virus of the find that is told.
pub(super) fn named(desk: &Desk) -> Named {
    let Some(find) = desk.verdicts.scan.infected.first() else { return Named::default() };
    let (attachment, virus) = ((!find.file.is_empty()).then(|| find.file.clone()), Some(find.virus.clone()));
    Named { attachment, virus, ..Named::default() }
}

/// Whether an enforced rule that asks for what is unscanned matches for a recipient, and so has decided.
fn is_ruled(desk: &Desk, recipient: usize) -> bool {
    desk.enforced().any(|(at, verdict)| {
        verdict.each.get(recipient).is_some_and(|opinion| opinion.matched)
            && desk.config.rules.get(at).is_some_and(|rule| asks_unscanned(&rule.when))
    })
}

/// Whether the fields of a `when` name it, at any depth.
fn asks_unscanned(fields: &Fields) -> bool {
    let mut branches = fields.any_of.iter().chain(&fields.all_of).flatten();
    fields.attachment.as_ref().is_some_and(|tests| tests.contains(&AttachmentTest::Unscanned)) || branches.any(asks_unscanned)
}

#[cfg(test)]
#[path = "antivirus_tests.rs"]
mod tests;
