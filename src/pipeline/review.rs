//! What is decided about held mail: refused by a person, or by time when nobody decided.

use super::issue::issue_letter;
use super::letter::Letter;
use super::posts::is_automatic;
use crate::base::{Ref, Timestamp};
use crate::config::{AfterHold, Config};
use crate::message::Message;
use crate::queue::{Job, Post, Queue, State, Which};
use crate::store::StoreError;

/// Refuses the held copies of a mail and tells its sender why, in one commit. Answers how many copies.
///
/// # Errors
/// [`StoreError::Refused`] where nothing of that mail is held; else what the store says.
pub async fn refuse(queue: &Queue, config: &Config, reference: &Ref, by: &str, why: &str) -> Result<usize, StoreError> {
    let mut jobs = queue.jobs(Which::Mail(reference.clone())).await?;
    jobs.retain(|job| matches!(job.copy.state, State::Held { .. }));
    if jobs.is_empty() {
        return Err(StoreError::Refused(format!(
            "nothing of the mail {reference} is held; `schoolgate queue list` shows what there is"
        )));
    }
    let reports = reports(queue, config, &jobs, why).await;
    queue.refuse(&jobs, by, why, reports).await
}

/// Carries out what held mail waits for when its time is over. Answers how many copies.
///
/// # Errors
/// What the store says.
pub async fn let_time_decide(queue: &Queue, config: &Config, now: Timestamp) -> Result<usize, StoreError> {
    let due = queue.due_holds(now).await?;
    for job in &due {
        let why = "nobody decided in time";
        match &job.copy.state {
            State::Held { then: AfterHold::Release, .. } => queue.release_copy(job, why).await?,
            _ => {
                let jobs = std::slice::from_ref(job);
                queue.refuse(jobs, why, why, reports(queue, config, jobs, why).await).await?
            }
        };
    }
    Ok(due.len())
}

/// The letter to the sender; none where there is nobody to tell, or where no person sent the mail.
async fn reports(queue: &Queue, config: &Config, jobs: &[Job], why: &str) -> Vec<Post> {
    let Some((job, sender)) = jobs.first().and_then(|job| Some((job, job.copy.reverse_path.address()?))) else {
        return Vec::new();
    };
    // A mail that cannot be read back may have been anybody's: its sender is told, by a letter that nothing answers.
    let original = queue.original(&job.reference).await;
    if original.is_ok_and(|mail| is_automatic(&Message::parse(mail.raw), &job.copy.reverse_path)) {
        return Vec::new();
    }
    let recipients: Vec<_> = jobs.iter().flat_map(Job::addresses).collect();
    let letter = Letter::refused(sender.clone(), &job.reference, job.received_at, &recipients, why);
    vec![issue_letter(config, &letter, &job.reference, Timestamp::now())]
}
