//! What became of a sample, read from the ledger: the reply, what happened, and why.

use std::time::Duration;

use super::samples::Sample;
use crate::base::Ref;
use crate::gateway::Gateway;
use crate::ledger::{Entry, Event};

/// How long a sample may be on its way.
const TIME: Duration = Duration::from_secs(20);

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    pub title: &'static str,
    /// The whole reply.
    pub reply: String,
    /// What happened, one line for each copy.
    pub happened: Vec<String>,
    /// The mail's name, where the reply tells it.
    pub reference: Option<Ref>,
    pub held: bool,
}

/// Waits until nothing of a mail is on its way any more, and tells its story.
///
/// # Errors
/// A sentence, where the ledger cannot be read.
pub async fn of(gateway: &Gateway, sample: &Sample, reply: String) -> Result<Story, String> {
    let words = reply.split(|c: char| !c.is_ascii_alphanumeric());
    let reference = words.filter_map(|word| Ref::parse(word).ok()).next_back();
    let mut story = Story { title: sample.title, reply, happened: Vec::new(), reference, held: false };
    let Some(reference) = story.reference.clone().filter(|_| story.reply.starts_with('2')) else {
        story.happened.push("refused; the sender's mail program shows why".to_owned());
        return Ok(story);
    };
    let _ = tokio::time::timeout(TIME, settled(gateway, &reference)).await; // what is still open then is told as it is
    let entries = gateway.ledger().about(&reference).await.map_err(|error| error.to_string())?;
    let events: Vec<Event> = entries.iter().filter_map(event).collect();
    story.happened = happened(&events);
    story.held = events.iter().any(|event| matches!(event, Event::MailHeld { .. }));
    Ok(story)
}

async fn settled(gateway: &Gateway, reference: &Ref) {
    loop {
        let jobs = gateway.queue().list().await.unwrap_or_default();
        if !jobs.iter().any(|job| job.reference == *reference && job.state == "waiting") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn event(entry: &Entry) -> Option<Event> {
    serde_json::from_str(&entry.body).ok()
}

/// The events in the words of the table: each copy with its notice.
fn happened(events: &[Event]) -> Vec<String> {
    let notice = |wanted: u32| {
        events.iter().find_map(|event| match event {
            Event::Notice { copy, outcome, why, .. } if *copy == wanted => Some((outcome.as_str(), why.as_str())),
            _ => None,
        })
    };
    let told = |event: &Event| match event {
        Event::Delivered { copy, recipients, .. } => {
            Some(format!("sent to {}: {}", names(recipients), notice_words(notice(*copy))))
        }
        Event::DeliveryFailed { why, .. } => Some(format!("the next hop refused it ({why}); the sender got a report")),
        Event::DeliveryDeferred { why, .. } => Some(format!("put off by the next hop ({why})")),
        Event::MailHeld { rule, whom, .. } => Some(format!("held for the {whom} by the rule `{rule}`; the sender was told")),
        _ => None,
    };
    events.iter().filter_map(told).collect()
}

fn names(recipients: &[crate::base::Address]) -> String {
    recipients.iter().map(|address| address.local().to_owned()).collect::<Vec<_>>().join(", ")
}

fn notice_words(notice: Option<(&str, &str)>) -> String {
    match notice {
        None => "unchanged, as no rule asks for more".to_owned(),
        Some(("added", _)) => "with the notice".to_owned(),
        Some(("already there", _)) => "its notice was there already, so not repeated".to_owned(),
        Some((outcome, "")) => format!("notice {outcome}"),
        Some((outcome, why)) => format!("notice {outcome}: {why}"),
    }
}
