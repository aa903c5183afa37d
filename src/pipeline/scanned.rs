//! What the ledger hears of the scanner's words about a mail.

use super::{Judged, addresses};
use crate::base::Submission;
use crate::ledger::Event;
use crate::policy::{Find, Gap};

/// Every find, and whatever nobody has seen the inside of. A scanner out of order is told with the mail that is put off for it.
pub(super) fn events(submission: &Submission, judged: &Judged) -> Vec<Event> {
    let scan = &judged.verdicts.scan;
    let finds = scan.infected.iter().map(|find| found(submission, find));
    let gaps = scan.unscanned.iter().filter(|gap| !gap.for_now).map(|gap| unscanned(submission, gap));
    finds.chain(gaps).collect()
}

fn found(submission: &Submission, find: &Find) -> Event {
    Event::VirusFound {
        reference: submission.reference.clone(),
        from: submission.envelope.reverse_path.to_string(),
        recipients: addresses(submission),
        client: submission.origin.client.ip(),
        account: submission.origin.account.clone(),
        part: known(&find.part),
        file: known(&find.file),
        virus: find.virus.clone(),
    }
}

fn unscanned(submission: &Submission, gap: &Gap) -> Event {
    Event::Unscanned { reference: submission.reference.clone(), part: known(&gap.part), why: gap.why.clone() }
}

fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
