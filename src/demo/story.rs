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
    let reference = words.rev().find_map(|word| Ref::parse(word).ok());
    let mut story = Story { title: sample.title, reply, happened: Vec::new(), reference, held: false };
    let Some(reference) = story.reference.clone().filter(|_| story.reply.starts_with('2')) else {
        story.happened.push(format!("refused: {}", sentence(&story.reply)));
        return Ok(story);
    };
    let _ = tokio::time::timeout(TIME, settled(gateway, &reference)).await; // what is still open then is told as it is
    let entries = gateway.ledger().about(&reference).await.map_err(|error| error.to_string())?;
    let events: Vec<Event> = entries.iter().filter_map(event).collect();
    story.happened = happened(&events);
    story.held = events.iter().any(|event| matches!(event, Event::MailHeld { .. }));
    Ok(story)
}

/// A refusal without its codes, which stand in a column of their own, and without its reference.
fn sentence(reply: &str) -> String {
    let text = reply.splitn(3, ' ').nth(2).unwrap_or(reply);
    text.rsplit_once(", ref ").map_or_else(|| text.to_owned(), |(before, _)| format!("{before})"))
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

/// The events in the words of the table: each copy with its notice, and the rule or the reason behind it.
fn happened(events: &[Event]) -> Vec<String> {
    let notice = |wanted: u32| {
        events.iter().find_map(|event| match event {
            Event::Notice { copy, outcome, why, .. } if *copy == wanted => Some((outcome.as_str(), why.as_str())),
            _ => None,
        })
    };
    let rules = events.iter().find_map(|event| match event {
        Event::MailAccepted { rules, .. } => Some(rules.join(", ")),
        _ => None,
    });
    let told = |event: &Event| match event {
        Event::Delivered { copy, recipients, .. } => {
            Some(format!("sent to {}{}", names(recipients), notice_words(notice(*copy), rules.as_deref().unwrap_or_default())))
        }
        Event::DeliveryFailed { why, .. } => {
            let said = why.rsplit_once(" with: ").map_or(why.as_str(), |(_, said)| said);
            Some(format!("refused by the upstream ({said}); a report went to the sender"))
        }
        Event::DeliveryDeferred { why, .. } => Some(format!("put off by the upstream ({why}); it is tried again")),
        Event::MailHeld { rule, whom, .. } => Some(format!("held for the {whom} (rule {rule}); the sender was told")),
        _ => None,
    };
    let mut told: Vec<(u32, String)> = events.iter().filter_map(|event| Some((copy_of(event), told(event)?))).collect();
    told.sort_by_key(|(copy, _)| *copy); // copies travel side by side, and come first or second as it happens
    told.into_iter().map(|(_, text)| text).collect()
}

fn copy_of(event: &Event) -> u32 {
    match event {
        Event::Delivered { copy, .. } | Event::DeliveryFailed { copy, .. } | Event::DeliveryDeferred { copy, .. } => *copy,
        _ => 0,
    }
}

fn names(recipients: &[crate::base::Address]) -> String {
    recipients.iter().map(|address| address.local().to_owned()).collect::<Vec<_>>().join(", ")
}

fn notice_words(notice: Option<(&str, &str)>, rules: &str) -> String {
    match notice {
        None => " as it came: no rule applies".to_owned(),
        Some(("added", _)) => format!(" with the notice (rule {rules})"),
        Some(("already there", _)) => " as it came: it has the notice already".to_owned(),
        Some(("exempt", why)) => format!(" as it came: spared the notice ({why})"),
        Some((_, why)) => format!(" as it came, since {why}"),
    }
}
