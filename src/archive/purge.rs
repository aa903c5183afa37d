//! Letting go: partitions whose time is over are destroyed, with a certificate in the ledger.
//!
//! In: the store, the classes of the configuration, and the time now. Out: what went, what stayed and why; or, for a dry run, the calendar of
//! what goes when. First the clock is looked at; then, for each partition whose time is over, what holds name is moved out of it; then one
//! commit writes the certificate and takes the key and the rows, if nothing has changed meanwhile.
//!
//! Invariants: only the time of receipt by the gateway counts; a mail that is on its way or held in the queue keeps its partition; a hold
//! keeps what it names. What can fail: the store; what was not purged is tried again by the next run.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::clock::{self, Clock};
use super::holds::{self, CLASS, Hold, Searched};
use super::{keeping_sql, retention};
use crate::base::hash::hex;
use crate::base::{Ref, Timestamp};
use crate::config::Retention;
use crate::ledger::{self, Event, tree};
use crate::store::{Move, PartitionInfo, Removed, Store, StoreError, Tx};

/// Mails that are looked at between two answers to whoever stops us.
const LOOKED_AT: u32 = 256;
/// Mails that are moved in one commit.
const MOVED: usize = 32;

/// What a run has come to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub purged: Vec<Removed>,
    /// Mails that holds kept, moved out before.
    pub held_aside: u64,
    pub skipped: Vec<Skipped>,
    /// The clock was not believed, and there was something to purge.
    pub doubt: Option<Clock>,
}

/// A partition whose time is over and that stayed.
#[derive(Clone, Debug)]
pub struct Skipped {
    pub class: String,
    pub month: String,
    pub why: String,
}

/// One line of the calendar.
#[derive(Clone, Debug, Serialize)]
pub struct Day {
    pub class: String,
    pub month: String,
    pub mails: u64,
    pub bytes: u64,
    /// Nothing where no date is known, or a hold stands.
    pub goes: Option<Timestamp>,
    /// Its time is over: it goes with the next run.
    pub due: bool,
    /// Mails in it that holds name now; they are moved out before it goes.
    pub held: u64,
}

/// Destroys what may go.
///
/// # Errors
/// What the store says; what was purged before that stays purged, and is in the ledger.
pub async fn run(store: &Store, classes: &[Retention], by: &str, now: Timestamp) -> Result<Outcome, StoreError> {
    let mut outcome = Outcome::default();
    let holds = holds::all(store).await?;
    let due: Vec<PartitionInfo> =
        store.partitions().await?.into_iter().filter(|partition| is_due(partition, classes, &holds, now)).collect();
    let clock = clock::look(store, !due.is_empty(), now).await?; // also where nothing is due: what is well is noted
    if due.is_empty() {
        return Ok(outcome);
    }
    if clock != Clock::Believed {
        outcome.doubt = Some(clock);
        return Ok(outcome);
    }
    for partition in due {
        match one(store, &partition, (&holds, classes), by, now).await {
            Ok((removed, aside)) => {
                outcome.purged.push(removed);
                outcome.held_aside += aside;
            }
            // A held mail that cannot be read cannot be moved: its partition waits until it is mended.
            Err(StoreError::Refused(why) | StoreError::Damaged(why) | StoreError::Missing(why)) => {
                outcome.skipped.push(Skipped { class: partition.class, month: partition.month, why });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(outcome)
}

/// The partitions whose time is over. What holds name in them is moved out before they go.
///
/// # Errors
/// What the store says.
pub async fn due(store: &Store, classes: &[Retention], now: Timestamp) -> Result<Vec<PartitionInfo>, StoreError> {
    let holds = holds::all(store).await?;
    Ok(store.partitions().await?.into_iter().filter(|partition| is_due(partition, classes, &holds, now)).collect())
}

/// Destroys a partition that was purged before: it came back with an older copy of the store, and another ledger has its certificate.
///
/// # Errors
/// What the store says.
pub async fn again(store: &Store, partition: i64, by: &str, now: Timestamp) -> Result<Removed, StoreError> {
    let by = by.to_owned();
    let reason = "purged before, as another ledger certifies";
    certified(store, partition, now, move |_, removed| Ok(certificate_of(removed, reason.to_owned(), &by))).await
}

/// What goes when, the next first. Nothing is changed.
///
/// # Errors
/// What the store says.
pub async fn calendar(store: &Store, classes: &[Retention], now: Timestamp) -> Result<Vec<Day>, StoreError> {
    let holds = holds::all(store).await?;
    let mut days = Vec::new();
    for partition in store.partitions().await? {
        let held = held(store, &partition, &protecting(&holds, now)).await?.kept.len() as u64;
        let goes = ends(&partition, classes, &holds);
        let due = goes.is_some_and(|at| at <= now);
        let PartitionInfo { class, month, mails, bytes, .. } = partition;
        days.push(Day { class, month, mails, bytes, goes, due, held });
    }
    days.sort_by_key(|day| (day.goes.unwrap_or(Timestamp::MAX), day.month.clone(), day.class.clone()));
    Ok(days)
}

/// How many mails a hold names now, wherever they lie.
///
/// # Errors
/// What the store says.
pub async fn count_named(store: &Store, hold: &Hold) -> Result<u64, StoreError> {
    let mut count = 0;
    for partition in store.partitions().await? {
        count += held(store, &partition, &[hold]).await?.kept.len() as u64;
    }
    Ok(count)
}

fn is_due(partition: &PartitionInfo, classes: &[Retention], holds: &[Hold], now: Timestamp) -> bool {
    ends(partition, classes, holds).is_some_and(|at| at <= now)
}

/// When a partition may go. That of a hold goes with the original time of its mails, but not while the hold stands or its grace lasts.
fn ends(partition: &PartitionInfo, classes: &[Retention], holds: &[Hold]) -> Option<Timestamp> {
    let Some(hold) = hold_of(partition, holds) else { return retention::ends(partition, classes) };
    let lifted = hold.lifted.as_ref()?;
    let grace = lifted.at.checked_add(holds::GRACE).unwrap_or(Timestamp::MAX);
    Some(partition.expires_at?.max(grace))
}

fn hold_of<'h>(partition: &PartitionInfo, holds: &'h [Hold]) -> Option<&'h Hold> {
    let id: u64 = partition.class.strip_prefix(CLASS)?.parse().ok()?;
    holds.iter().find(|hold| hold.id == id)
}

fn protecting(holds: &[Hold], now: Timestamp) -> Vec<&Hold> {
    holds.iter().filter(|hold| hold.protects(now)).collect()
}

/// Moves out what is held and lets the rest go.
async fn one(
    store: &Store,
    partition: &PartitionInfo,
    (holds, classes): (&[Hold], &[Retention]),
    by: &str,
    now: Timestamp,
) -> Result<(Removed, u64), StoreError> {
    let id = partition.id;
    store.read(move |db| not_on_their_way(keeping_sql::on_their_way(db, id)?)).await?;
    let Held { kept, seen, unindexed } = held(store, partition, &protecting(holds, now)).await?;
    if unindexed > 0 {
        let why = format!("{unindexed} of its mails are not in the index yet, and a hold by a query may name them");
        return Err(StoreError::Refused(why));
    }
    let aside = kept.len() as u64;
    set_aside(store, partition, kept, holds, now).await?;

    let (known, classes, by) = (holds.to_vec(), classes.to_vec(), by.to_owned());
    let removed = certified(store, id, now, move |tx, removed| {
        is_as_it_was(tx, removed, (&known, &classes), seen, now)?;
        Ok(certificate_of(removed, reason(removed, now), &by))
    });
    Ok((removed.await?, aside))
}

/// Lets a partition go with the certificate that `write` makes, in one commit.
async fn certified<W>(store: &Store, partition: i64, now: Timestamp, write: W) -> Result<Removed, StoreError>
where
    W: FnOnce(&Tx<'_>, &Removed) -> Result<Event, StoreError> + Send + 'static,
{
    let written = Arc::new(Mutex::new(None));
    let certificate = written.clone();
    let removed = store.purge(partition, move |tx, removed| {
        let event = write(tx, removed)?;
        ledger::append(tx, now, &event)?;
        *certificate.lock().unwrap_or_else(PoisonError::into_inner) = Some(event);
        Ok(())
    });
    let removed = removed.await?;
    written.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(Event::log);
    Ok(removed)
}

fn not_on_their_way(mails: u64) -> Result<(), StoreError> {
    match mails {
        0 => Ok(()),
        some => Err(StoreError::Refused(format!("{some} of its mails are still on their way or held in the queue"))),
    }
}

/// In the commit itself: whether all that was found before it still holds.
fn is_as_it_was(
    tx: &Tx<'_>,
    removed: &Removed,
    (known, classes): (&[Hold], &[Retention]),
    seen: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    not_on_their_way(keeping_sql::on_their_way(tx.sql(), removed.partition)?)?;
    let changed = |what: &str| Err(StoreError::Refused(format!("{what} just now; it goes with the next run")));
    let Removed { partition, class, month, expires_at, last, .. } = removed.clone();
    let info = PartitionInfo { id: partition, class, month, expires_at, mails: 0, bytes: 0 };
    if !is_due(&info, classes, known, now) {
        return changed("it was put off");
    }
    if last > seen {
        return changed("mail came to it");
    }
    if holds::read_all(tx.sql())? != known {
        return changed("a hold was set or lifted");
    }
    Ok(())
}

fn reason(removed: &Removed, now: Timestamp) -> String {
    match removed.class.starts_with(CLASS) {
        true => format!("the hold was lifted and its grace is over on {now:.0}"),
        false => format!("kept until {:.0}", removed.expires_at.unwrap_or(now)),
    }
}

fn certificate_of(removed: &Removed, reason: String, by: &str) -> Event {
    Event::Purged {
        partition: removed.partition,
        class: removed.class.clone(),
        month: removed.month.clone(),
        first: removed.span.map(|(first, _)| first),
        last: removed.span.map(|(_, last)| last),
        mails: removed.leaves.len() as u64,
        bytes: removed.bytes,
        root: hex(&tree::root(&removed.leaves)),
        reason,
        by: by.to_owned(),
    }
}

/// What holds keep of a partition.
struct Held {
    /// Each mail with the first hold that names it.
    kept: Vec<(Ref, u64)>,
    /// The number of the last mail looked at.
    seen: u64,
    /// Mails that a hold by a query may name: the index does not hold them yet.
    unindexed: u64,
}

/// The mails of a partition that one of these holds names.
async fn held(store: &Store, partition: &PartitionInfo, holds: &[&Hold]) -> Result<Held, StoreError> {
    let id = partition.id;
    let seen = store.read(move |db| keeping_sql::last_mail(db, id)).await?;
    let searched = Searched::look(store, id, holds).await?;
    let mut held = Held { kept: Vec::new(), seen, unindexed: searched.unindexed };
    if holds.is_empty() {
        return Ok(held);
    }
    let own = partition.class.strip_prefix(CLASS).and_then(|id| id.parse().ok());
    let mut last = 0;
    loop {
        let mails = store.read(move |db| keeping_sql::references(db, id, last, LOOKED_AT)).await?;
        // What came after the index was asked is left for the next run.
        let mails: Vec<(u64, Ref)> = mails.into_iter().filter(|(seq, _)| *seq <= seen).collect();
        let Some((newest, _)) = mails.last() else { return Ok(held) };
        last = *newest;
        for (seq, reference) in mails {
            if let Some(hold) = first_that_names(store, (seq, &reference), (holds, &searched), own).await? {
                held.kept.push((reference, hold));
            }
        }
    }
}

/// The hold that a mail is kept by; the one whose partition it is in comes before all others, so that none goes to and fro.
async fn first_that_names(
    store: &Store,
    (seq, reference): (u64, &Ref),
    (holds, searched): (&[&Hold], &Searched),
    own: Option<u64>,
) -> Result<Option<u64>, StoreError> {
    let by_content = holds.iter().any(|hold| matches!(hold.asked.named, holds::Named::Address(_)));
    let record = match by_content {
        true => match store.fetch(&store.place(reference).await?).await {
            Ok(record) => Some(record),
            Err(StoreError::Damaged(_)) => None,
            Err(error) => return Err(error),
        },
        false => None,
    };
    let mut naming = holds.iter().filter(|hold| hold.names((seq, reference), searched, || record.clone())).map(|hold| hold.id);
    let first = naming.next();
    Ok(if own.is_some() && (first == own || naming.any(|id| Some(id) == own)) { own } else { first })
}

/// Moves mails to the partitions of the holds that name them.
async fn set_aside(
    store: &Store,
    partition: &PartitionInfo,
    kept: Vec<(Ref, u64)>,
    holds: &[Hold],
    now: Timestamp,
) -> Result<(), StoreError> {
    let until = partition.expires_at.unwrap_or(now);
    for hold in holds {
        let mine: Vec<&Ref> = kept.iter().filter(|(_, id)| *id == hold.id).map(|(reference, _)| reference).collect();
        if mine.is_empty() {
            continue;
        }
        if hold.class() == partition.class {
            return Err(StoreError::Refused(format!("hold {} keeps its mails", hold.id)));
        }
        for batch in mine.chunks(MOVED) {
            let mut moves = Vec::with_capacity(batch.len());
            for reference in batch {
                let row = store.row_of(reference).await?;
                moves.push(Move { row, until });
            }
            store.move_mails(moves, &hold.class()).await?;
        }
        let (class, month) = (partition.class.clone(), partition.month.clone());
        let event = Event::HeldAside { hold: hold.id, class, month, mails: mine.len() as u64 };
        let written = event.clone();
        store.write(move |tx| ledger::append(tx, now, &written)).await?;
        event.log();
    }
    Ok(())
}
