//! Mail that people outside pick up on a page: made ready here, opened in the room of that name.
//!
//! In: a mail with the edits of one recipient's copy. Out: [`Prepared`]: the message, sealed and on the disk; the notice to its
//! recipient; the letter to its sender. All of it counts from the commit on in which
//! [`NewPickup::write`] runs.
//! What can fail: the store; then nothing leads to what was sealed, and it is swept away.

use super::issue::issue_letter;
use super::letter::Letter;
use super::pickup_letter::{self as words, Secret, SecretLetter};
use crate::base::{Address, Ref, ReversePath, Timestamp};
use crate::config::{Config, Pickup as Options};
use crate::message::{Edits, Message};
use crate::protect::pickup::{Link, NewPickup, Pickup, Shelf};
use crate::queue::Post;
use crate::store::StoreError;

/// A mail of which some recipients get a link instead.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    pub reference: &'a Ref,
    /// When it was received.
    pub at: Timestamp,
    /// Who hears of it, and who may take it back.
    pub sender: &'a Address,
    pub message: &'a Message,
}

/// What one commit must make durable.
#[derive(Debug, Default)]
pub struct Prepared {
    /// Notices to the recipients, and the letter to the sender.
    pub posts: Vec<Post>,
    /// To be written in the commit of the posts ([`NewPickup::write`]).
    pub pickups: Vec<NewPickup>,
}

/// Seals a mail for each of these recipients, each with the edits of their copy.
///
/// # Errors
/// What the store says; or that there are no `[pickup]` pages, or no randomness.
pub async fn prepare(
    config: &Config,
    shelf: &Shelf,
    mail: Outgoing<'_>,
    copies: &[(Address, &Edits)],
    now: Timestamp,
) -> Result<Prepared, StoreError> {
    let options = config.pickup.as_ref().ok_or_else(|| StoreError::Refused("there are no [pickup] pages".to_owned()))?;
    let sent = Link::new().ok_or_else(no_randomness)?;
    let ends = end(options, now);
    let mut prepared = Prepared::default();
    for (recipient, edits) in copies {
        let (post, pickup) = seal(config, options, shelf, mail, (recipient, edits), &sent, (now, ends)).await?;
        prepared.posts.push(post);
        prepared.pickups.push(pickup);
    }
    let recipients: Vec<Address> = copies.iter().map(|(recipient, _)| recipient.clone()).collect();
    let letter = words::sent(options, mail, &recipients, (&sent, ends));
    prepared.posts.push(letter.post(config, Some(mail.reference), now).ok_or_else(no_randomness)?);
    Ok(prepared)
}

/// One recipient's message, and the notice to them.
async fn seal(
    config: &Config,
    options: &Options,
    shelf: &Shelf,
    mail: Outgoing<'_>,
    (recipient, edits): (&Address, &Edits),
    sent: &Link,
    (now, ends): (Timestamp, Timestamp),
) -> Result<(Post, NewPickup), StoreError> {
    let copy = edits.apply(mail.message.raw());
    let whose = (mail.reference, mail.sender, recipient);
    let (link, pickup) = shelf.seal(copy, whose, sent, (now, ends)).await?;
    let notice = words::notice(config, options, mail, recipient, (&link, ends));
    let mut post = notice.post(config, Some(mail.reference), now).ok_or_else(no_randomness)?;
    post.events.push(pickup.event());
    Ok((post, pickup))
}

/// The mail that brings a one-time code.
#[must_use]
pub fn code(config: &Config, pickup: &Pickup, code: &str, now: Timestamp) -> Option<Post> {
    let school = &config.school.name;
    let text = format!(
        "Your code to open the secure message from {school} is\n\n    {}\n\nPlease type it on the page that you have open. It is good for \
         15 minutes.\n\nNobody at the school will ever ask you for this code. If you did not ask for it, somebody else has the link that we \
         sent you; without the code they cannot open the message, so please keep it to yourself.\n",
        Secret::mark(0)
    );
    let letter = SecretLetter {
        to: pickup.recipient.clone(),
        kind: "pickup-code",
        reverse_path: ReversePath::Null,
        reply_to: None,
        subject: format!("Your code for a secure message from {school}"),
        text,
        secrets: vec![Secret::new(code.to_owned())],
    };
    letter.post(config, Some(&pickup.reference), now)
}

/// To the sender: it was opened.
#[must_use]
pub fn receipt(config: &Config, pickup: &Pickup, now: Timestamp) -> Post {
    issue_letter(config, &words::opened(pickup, now), &pickup.reference, now)
}

/// To the sender: it came to somebody else.
#[must_use]
pub fn not_me(config: &Config, pickup: &Pickup, now: Timestamp) -> Post {
    let letter: Letter = words::not_me(pickup);
    issue_letter(config, &letter, &pickup.reference, now)
}

/// When a message made now can no longer be picked up.
fn end(options: &Options, now: Timestamp) -> Timestamp {
    let zoned = now.to_zoned(jiff::tz::TimeZone::system());
    zoned.checked_add(options.keep.0).map_or(now, |end| end.timestamp())
}

fn no_randomness() -> StoreError {
    StoreError::Damaged("the system has no randomness to give, so no link can be made".to_owned())
}
