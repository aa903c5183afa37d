//! Mail that people outside pick up on a page: made ready here, opened in the room of that name.
//!
//! In: the mail as one recipient is to see it. Out: [`Shelved`]: the messages, sealed; the notice that leaves in each one's place; and the
//! letter to the sender. Nothing leads to a sealed message before the commit in which [`NewPickup::write`] runs.
//! What can fail: randomness; then the way is closed, and the next one is tried.

use super::issue::issue_letter;
use super::letter::Letter;
use super::pickup_letter::{self as words, Secret, SecretLetter};
use crate::base::{Address, Ref, ReversePath, Timestamp};
use crate::config::{Config, Pickup as Options};
use crate::message::Message;
use crate::protect::Why;
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

/// What one mail puts on the shelf, and the link by which its sender looks after it.
pub(super) struct Shelved {
    sent: Link,
    /// When it is made, and when it can no longer be picked up.
    times: (Timestamp, Timestamp),
    pickups: Vec<NewPickup>,
    /// Whether a notice waits for somebody's decision yet.
    waits: bool,
}

/// What leaves in a message's place.
pub(super) struct Notice {
    pub(super) mail: Vec<u8>,
    /// The same without the link, for the archive.
    pub(super) kept: Vec<u8>,
}

impl Shelved {
    pub(super) fn new(config: &Config, now: Timestamp) -> Result<Self, Why> {
        let options = options(config)?;
        let sent = Link::new().ok_or_else(no_randomness)?;
        Ok(Self { sent, times: (now, end(options, now)), pickups: Vec::new(), waits: false })
    }

    /// Seals the mail for one recipient; `mail` is as they are to see it.
    pub(super) fn add(&mut self, config: &Config, mail: Outgoing<'_>, recipient: &Address, waits: bool) -> Result<Notice, Why> {
        let options = options(config)?;
        let whose = (mail.reference, mail.sender, recipient);
        let sealed = NewPickup::seal(mail.message.raw().to_vec(), whose, &self.sent, self.times);
        let (link, pickup) = sealed.ok_or_else(no_randomness)?;
        let letter = words::notice(config, options, mail, recipient, (&link, self.times.1));
        let kept = letter.write(&config.school, self.times.0, &words::name_of(mail, config));
        let notice = letter.with_secrets(&kept).ok_or_else(|| Why::Failed("the link has no place in the notice".to_owned()))?;
        self.pickups.push(pickup);
        self.waits |= waits;
        Ok(Notice { mail: notice, kept })
    }

    /// Puts the sealed bytes on the disk, before the commit.
    pub(super) async fn put(&mut self, shelf: &Shelf) -> Result<(), StoreError> {
        for pickup in &mut self.pickups {
            shelf.put(pickup).await?;
        }
        Ok(())
    }

    /// What is to be written in the commit of the mail.
    pub(super) fn pickups(&self) -> &[NewPickup] {
        &self.pickups
    }

    /// The letter to the sender.
    pub(super) fn letter(&self, config: &Config, mail: Outgoing<'_>) -> Option<Post> {
        let options = config.pickup.as_ref()?;
        let recipients: Vec<Address> = self.pickups.iter().map(|pickup| pickup.recipient().clone()).collect();
        let letter = words::sent(options, mail, &recipients, (&self.sent, self.times.1, self.waits));
        letter.post(config, Some(mail.reference), self.times.0)
    }
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

fn options(config: &Config) -> Result<&Options, Why> {
    config.pickup.as_ref().ok_or_else(|| Why::Failed("there are no [pickup] pages".to_owned()))
}

fn no_randomness() -> Why {
    Why::Failed("the system has no randomness to give, so no link can be made".to_owned())
}
