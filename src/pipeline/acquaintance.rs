//! Who knows whom: looked up before judging where a rule asks, and written down with every mail that people send outside.
//!
//! What counts as a contact: a mail that was accepted from a sender for somebody outside. Not what a program answered by itself, which
//! would make every stranger a contact, nor the copies that a rule sends.

use super::{Judged, Pipeline, RuleSet, addresses};
use crate::base::Submission;
use crate::config::MailKind;
use crate::contacts::{Lines, Met};
use crate::policy::{self, Side};
use crate::store::StoreError;

impl Pipeline {
    /// What is remembered about a mail's people; nothing where no rule asks.
    pub(super) async fn acquaintance(&self, set: &RuleSet, submission: &Submission) -> Result<policy::Contacts, StoreError> {
        let Some(sender) = submission.envelope.reverse_path.address().filter(|_| set.rules.asks_contacts()) else {
            return Ok(policy::Contacts::default());
        };
        let known = self.contacts.look(sender, addresses(submission)).await?;
        Ok(policy::Contacts {
            of_sender: known.of_sender,
            of_school: known.of_school,
            frequent: known.frequent,
            everybody: false,
        })
    }

    /// What an accepted mail adds to the memory.
    pub(super) fn met(&self, set: &RuleSet, submission: &Submission, judged: &Judged) -> Option<Lines> {
        let sender = submission.envelope.reverse_path.address()?;
        if judged.verdicts.kinds.iter().any(|kind| matches!(kind, MailKind::AutoReply | MailKind::Bounce)) {
            return None;
        }
        let copies = judged.plan.copies.iter().filter(|copy| copy.copied_by.is_none());
        let met = copies.flat_map(|copy| copy.job.recipients.iter().map(|to| (to.address.clone(), copy.is_held())));
        let outside = met.filter(|(to, _)| set.rules.side(to) != Side::Inside);
        let met: Vec<Met> = outside.map(|(recipient, waits)| Met { recipient, waits }).collect();
        self.contacts.lines(&submission.reference, submission.received_at, sender, &met)
    }
}
