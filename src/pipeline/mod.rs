//! The doors of the house: [`Pipeline::admit`] for others' mail, [`issue::issue`] for our own, and [`Pipeline::journal`] and [`intake`] for
//! mail that others carried and that is only to be kept.
//!
//! In: a [`Submission`] of the front. Out: the [`Reply`] to it, said after everything it promises is on disk.
//! `admit` is the whole product in a handful of calls: open, judge, draw, commit. Everything before the commit is pure, and `explain`
//! calls the same functions; only the commit touches the disk.
//!
//! Invariants: a 250 is made out of a [`Stored`] alone; our own failure is a 4yz; every refusal and every mail put off is an event.
//! What can fail: the store, which is told to the client as 451 or 452 and to the operator by the store's own trouble.

mod acquaintance;
pub mod filing;
mod gate;
pub mod inspection;
pub mod intake;
pub mod issue;
mod journal;
pub mod letter;
pub mod name;
pub mod pickup;
mod pickup_letter;
pub mod pickup_reply;
mod posts;
pub mod review;
pub mod roll;
mod ruleset;
pub mod sealing;
mod senders;
mod sightings;
pub mod vouching;

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

pub use inspection::Inspector;
pub use ruleset::{Rehearsal, RuleSet};

use self::inspection::Seen;
use crate::access::{Allowance, People, Reserved};
use crate::base::{Address, Reply, Submission};
use crate::boxed::Trouble;
use crate::config::{Config, Senders};
use crate::contacts::Contacts;
use crate::deliver::Warrants;
use crate::extract::{self, Leaf};
use crate::ledger::{Event, Ledger};
use crate::message::Message;
use crate::plan::{self, Decision, Plan};
use crate::policy::honesty::{self, Owner};
use crate::policy::{Known, Verdicts};
use crate::protect::Keyring;
use crate::protect::pickup::Shelf;
use crate::queue::{Post, Queue};
use crate::store::{Store, StoreError, Stored, Tx};
use crate::threads::{self, Threads};

use sealing::{Made, Ring};

/// Octets from which on judging leaves the async threads.
const LARGE: usize = 128 << 10;

/// What the fronts hand mail to.
pub struct Pipeline {
    store: Store,
    ledger: Ledger,
    queue: Queue,
    people: People,
    allowance: Allowance,
    contacts: Contacts,
    keyring: Keyring,
    threads: Threads,
    shelf: Shelf,
    rules: watch::Receiver<RuleSet>,
    inspector: Inspector,
    warrants: Arc<Warrants>,
}

/// A mail opened, judged and planned; nothing has happened yet.
pub struct Judged {
    pub message: Message,
    pub verdicts: Verdicts,
    pub plan: Plan,
}

/// Judges and plans a mail; `senders` is what the listener it came by says of mail without a sign-in, `known` what was found out
/// about it beforehand.
#[must_use]
pub fn judge(set: &RuleSet, submission: &Submission, message: Message, senders: Senders, known: &Known) -> Judged {
    let verdicts = set.rules.judge_knowing(submission, &message, known);
    let owner = Owner::of(&set.config, submission.origin.account.as_ref(), senders);
    let plan = match honesty::judge(owner, submission, &message) {
        Ok(()) => plan::draw(&set.config, submission, &message, &verdicts, &plan::SchoolNotices),
        Err(dishonest) => plan::turned_away(&set.config, submission, &message, &verdicts, dishonest.reply()),
    };
    Judged { message, verdicts, plan }
}

/// The same, with the reasons of every rule, also of those that do not match. Mail without a sign-in counts as come by the strictest
/// way that all relay listeners share.
#[must_use]
pub fn judge_aloud(set: &RuleSet, submission: &Submission, message: Message, known: &Known) -> Judged {
    let judged = judge(set, submission, message, set.config.relay_senders(), known);
    Judged { verdicts: set.rules.judge_aloud_knowing(submission, &judged.message, known), ..judged }
}

impl Pipeline {
    /// Joins the rooms that mail passes through.
    #[must_use]
    pub fn new(
        (store, ledger, queue): (Store, Ledger, Queue),
        people: People,
        allowance: Allowance,
        rules: watch::Receiver<RuleSet>,
        inspector: Inspector,
        warrants: Arc<Warrants>,
    ) -> Self {
        let (contacts, keyring, threads) =
            (Contacts::new(store.clone()), Keyring::new(store.clone()), Threads::new(store.clone()));
        let shelf = Shelf::new(store.clone());
        Self { store, ledger, queue, people, allowance, contacts, keyring, threads, shelf, rules, inspector, warrants }
    }

    /// Judges a whole mail and makes it durable.
    pub async fn admit(&self, submission: Submission, senders: Senders) -> Reply {
        if let Some(account) = &submission.origin.account
            && let Err(reply) = self.is_welcome(account).await
        {
            self.ledger.note(turned_back(&submission, &reply));
            return reply; // suspended since MAIL, or the store is in trouble
        }
        let set = self.rules.borrow().clone();
        let Some((message, leaves)) = open_aside(submission.raw.clone(), self.inspector.looks(&set)).await else {
            return own_failure(&StoreError::Stopped);
        };
        let (known, ring) = match self.remembered(&set, &submission, &message).await {
            Ok(remembered) => remembered,
            Err(error) => return self.failed(&submission, &error),
        };
        let Seen { contents, scan, room: _until_done } = match self.inspector.inspect(&set, submission.raw.clone(), leaves).await
        {
            Ok(seen) => seen,
            Err(trouble) => return self.unopened(&submission, &trouble),
        };
        let known = Known { contents, scan, ..known };
        let (submission, judged) = judge_aside(set.clone(), submission, message, senders, known).await;
        let Some(judged) = judged else { return own_failure(&StoreError::Stopped) };
        let judged = vouching::vouch(&self.warrants, &set, &submission, judged).await;
        let Some((judged, made)) = self.seal_aside(set.clone(), &submission, judged, ring).await else {
            return own_failure(&StoreError::Stopped);
        };
        sightings::events(&set.config, &submission, &judged).into_iter().for_each(|event| self.ledger.note(event));
        match &judged.plan.decision {
            Decision::Accepted => self.keep(&set, &submission, judged, made).await,
            Decision::Refused { rule, why } => self.turn_down(&set.config, &submission, &judged, rule.clone(), why).await,
            Decision::Deferred { why, .. } => {
                self.ledger.note(put_off(&submission, judged.plan.reply.code, why));
                judged.plan.reply
            }
        }
    }

    /// What the store remembers about a mail's people and its thread, and the keys that rules ask for.
    async fn remembered(&self, set: &RuleSet, submission: &Submission, message: &Message) -> Result<(Known, Ring), StoreError> {
        let contacts = self.acquaintance(set, submission).await?;
        let ring = match set.rules.asks_keys() {
            true => Ring::look(&self.keyring, set, submission, submission.received_at).await?,
            false => Ring::default(),
        };
        let thread_protected_by = self.threads.protected_by(message, set.rules.encrypting().to_vec()).await?;
        Ok((Known { contacts, keys: ring.known(), thread_protected_by, ..Known::default() }, ring))
    }

    /// What an accepted mail that had to be encrypted adds to the memory of threads.
    fn thread(&self, set: &RuleSet, submission: &Submission, judged: &Judged) -> Vec<threads::Line> {
        let own = || plan::message_id(&set.config, submission);
        let id = || judged.message.values("message-id").into_iter().next().unwrap_or_else(own);
        match judged.plan.protected_by.as_slice() {
            [] => Vec::new(),
            rules => self.threads.lines(&id(), rules, judged.plan.keep.until),
        }
    }

    /// Accepts: archive, ledger, queue and our own letters about it in one commit, then the 250.
    async fn keep(&self, set: &RuleSet, submission: &Submission, judged: Judged, mut made: Made) -> Reply {
        let place = match senders::reserve(&self.allowance, &set.config, submission) {
            Ok(place) => place,
            Err(reply) => {
                self.ledger.note(put_off(submission, reply.code, &reply.text));
                return reply;
            }
        };
        if let Some(shelved) = &mut made.shelved
            && let Err(error) = shelved.put(&self.shelf).await
        {
            return self.failed(submission, &error);
        }
        let met = self.met(set, submission, &judged);
        let thread = self.thread(set, submission, &judged);
        let (posts, link) = posts::of_accepted(&set.config, submission, &judged, &made);
        let pickups = made.shelved.map(|shelved| shelved.pickups().to_vec()).unwrap_or_default();
        let (count, lines) = (place.as_ref().map(Reserved::write), met.clone());
        let also = move |tx: &Tx<'_>| {
            count.map_or(Ok(()), |count| count(tx))?;
            link.map_or(Ok(()), |link| link.write(tx))?;
            thread.iter().try_for_each(|line| line.write(tx))?;
            pickups.iter().try_for_each(|pickup| pickup.write(tx))?;
            lines.map_or(Ok(()), |lines| lines.write(tx))
        };
        match self.queue.post_all_with(posts, also).await {
            Ok(stored) => {
                if let Some(place) = place {
                    place.keep();
                }
                met.iter().for_each(|lines| self.contacts.written(lines));
                accepted(&stored, judged.plan)
            }
            Err(error) => self.failed(submission, &error),
        }
    }

    /// Our own failure: the sender tries again, and the ledger says why.
    fn failed(&self, submission: &Submission, error: &StoreError) -> Reply {
        let reply = own_failure(error);
        self.ledger.note(put_off(submission, reply.code, &error.to_string()));
        reply
    }

    /// Its attachments cannot be opened by us now: the sender tries again, and the ledger says why.
    fn unopened(&self, submission: &Submission, trouble: &Trouble) -> Reply {
        let text = "The attachments cannot be looked at now; please try again later";
        self.ledger.note(put_off(submission, 451, &trouble.to_string()));
        Reply::new(451, "4.3.0", text)
    }

    /// Refuses: the ledger and whoever is to be told first, then the 550. Nothing is archived, for nothing was taken.
    async fn turn_down(
        &self,
        config: &Config,
        submission: &Submission,
        judged: &Judged,
        rule: Option<String>,
        why: &str,
    ) -> Reply {
        let reply = judged.plan.reply.clone();
        self.ledger.note(Event::MailRefused {
            reference: submission.reference.clone(),
            from: submission.envelope.reverse_path.to_string(),
            recipients: addresses(submission),
            rule,
            code: reply.code,
            why: why.to_owned(),
        });
        let told: Vec<Post> = posts::notifications(config, submission, judged);
        if told.is_empty() {
            return reply;
        }
        match self.queue.post_all(told).await {
            Ok(_) => reply,
            Err(error) => own_failure(&error), // the client comes again, and so does the chance to tell
        }
    }
}

/// Opening and judging a large mail takes milliseconds: away from the threads that serve everybody else.
async fn open_aside(raw: Bytes, with_leaves: bool) -> Option<(Message, Vec<Leaf>)> {
    let is_large = raw.len() >= LARGE;
    let open = move || {
        let message = Message::parse(raw);
        let leaves = if with_leaves { extract::leaves(&message) } else { Vec::new() };
        (message, leaves)
    };
    if is_large { tokio::task::spawn_blocking(open).await.ok() } else { Some(open()) }
}

async fn judge_aside(
    set: RuleSet,
    submission: Submission,
    message: Message,
    senders: Senders,
    known: Known,
) -> (Submission, Option<Judged>) {
    if submission.raw.len() < LARGE && known.contents.files.is_empty() {
        let judged = judge(&set, &submission, message, senders, &known);
        return (submission, Some(judged));
    }
    let copy = submission.clone();
    let judged = tokio::task::spawn_blocking(move || judge(&set, &copy, message, senders, &known)).await;
    (submission, judged.ok())
}

/// The only way to a 250 for a mail: what the commit gave.
fn accepted(stored: &[Stored], plan: Plan) -> Reply {
    match stored.first() {
        Some(_) => plan.reply,
        None => own_failure(&StoreError::Stopped),
    }
}

/// Our own failure is never the sender's: come again. What is wrong is for the operator, not for the client.
fn own_failure(error: &StoreError) -> Reply {
    match error {
        StoreError::Full => Reply::new(452, "4.3.1", "There is no room for more mail now; please try again later"),
        _ => Reply::new(451, "4.3.0", "The mail cannot be kept safely now; please try again later"),
    }
}

/// A mail that was not looked at.
fn turned_back(submission: &Submission, reply: &Reply) -> Event {
    if reply.code < 500 {
        return put_off(submission, reply.code, &reply.text);
    }
    Event::MailRefused {
        reference: submission.reference.clone(),
        from: submission.envelope.reverse_path.to_string(),
        recipients: addresses(submission),
        rule: None,
        code: reply.code,
        why: reply.text.clone().into_owned(),
    }
}

fn put_off(submission: &Submission, code: u16, why: &str) -> Event {
    Event::MailDeferred {
        reference: submission.reference.clone(),
        from: submission.envelope.reverse_path.to_string(),
        recipients: addresses(submission),
        code,
        why: why.to_owned(),
    }
}

fn addresses(submission: &Submission) -> Vec<Address> {
    submission.envelope.recipients.iter().map(|recipient| recipient.address.clone()).collect()
}
