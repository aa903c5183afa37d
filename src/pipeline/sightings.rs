//! What the ledger hears of what was seen in a mail: viruses, what nobody could look into, personal data that a rule met.

use super::{Judged, addresses};
use crate::base::Submission;
use crate::config::{Config, Mode, Rule};
use crate::ledger::Event;
use crate::policy::{Find, Gap, Verdict};

/// Every find, whatever nobody has seen the inside of (a scanner out of order is told with the mail that is put off for it), and for each
/// rule in force or watched the kinds of data that it met, never a value.
pub(super) fn events(config: &Config, submission: &Submission, judged: &Judged) -> Vec<Event> {
    let scan = &judged.verdicts.scan;
    let finds = scan.infected.iter().map(|find| found(submission, find));
    let gaps = scan.unscanned.iter().filter(|gap| !gap.for_now).map(|gap| unscanned(submission, gap));
    finds.chain(gaps).chain(data(config, submission, judged)).collect()
}

fn data(config: &Config, submission: &Submission, judged: &Judged) -> Vec<Event> {
    let live =
        config.rules.iter().zip(&judged.verdicts.rules).filter(|(rule, verdict)| rule.mode != Mode::Off && verdict.matched());
    let event = |(rule, verdict): (&Rule, &Verdict)| {
        let found = verdict.record()?.to_owned();
        Some(Event::DataFound { reference: submission.reference.clone(), rule: rule.id.clone(), found })
    };
    live.filter_map(event).collect()
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
