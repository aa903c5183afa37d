//! Whether the clock can be believed before mail is destroyed by it.
//!
//! The ledger says when each thing happened. A pause of more than two days between two entries, or between the last one and now, is what a
//! clock that has jumped looks like (and a gateway that was off: then a person says so once). What was looked at and found well is noted,
//! so that each entry is walked once. In: the ledger and the time now. Out: [`Clock`]. What can fail: the store.

use super::keeping_sql;
use crate::base::Timestamp;
use crate::ledger::{self, Event};
use crate::store::{Store, StoreError};

/// A pause in the ledger that is longer is a jump.
pub const JUMP: jiff::SignedDuration = jiff::SignedDuration::from_hours(48);
/// So far behind the ledger's last entry a clock may be: small corrections are none.
const BACK: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    Believed,
    /// It went on by more than two days at once. `news` where nobody was told of it yet.
    Jumped {
        before: Timestamp,
        after: Timestamp,
        news: bool,
    },
    /// It stands before what was already written down.
    Back {
        last: Timestamp,
    },
}

/// Looks at the clock. A jump becomes an event only where it is in the way of something (`due`).
///
/// # Errors
/// What the store says.
pub async fn look(store: &Store, due: bool, now: Timestamp) -> Result<Clock, StoreError> {
    let (found, event) = store
        .write(move |tx| {
            let trusted = keeping_sql::clock(tx.sql())?;
            let mut last = trusted.at;
            let mut jump = None;
            let mut seq = trusted.seq;
            keeping_sql::times_after(tx.sql(), trusted.seq, |entry, at| {
                if last > 0 && at - last > millis(JUMP) {
                    jump = Some((last, at));
                    return false;
                }
                last = last.max(at);
                seq = entry;
                true
            })?;
            let today = now.as_millisecond();
            if jump.is_none() && last > 0 && today - last > millis(JUMP) {
                jump = Some((last, today));
            }
            keeping_sql::trust_clock(tx.sql(), seq, last)?;
            let Some((before, after)) = jump else {
                let back = last - today > millis(BACK);
                return Ok((if back { Clock::Back { last: keeping_sql::time(last) } } else { Clock::Believed }, None));
            };
            let news = due && trusted.doubted != Some(before);
            let (earlier, later) = (keeping_sql::time(before), keeping_sql::time(after));
            let event = Event::ClockDoubted { before: earlier, after: later };
            if news {
                keeping_sql::doubt_clock(tx.sql(), before)?;
                ledger::append(tx, now, &event)?;
            }
            Ok((Clock::Jumped { before: earlier, after: later, news }, news.then_some(event)))
        })
        .await?;
    event.iter().for_each(Event::log);
    Ok(found)
}

/// A person says that the clock is right now.
///
/// # Errors
/// What the store says.
pub async fn confirm(store: &Store, by: &str, now: Timestamp) -> Result<(), StoreError> {
    let event = Event::ClockConfirmed { by: by.to_owned(), at: now };
    let written = event.clone();
    store
        .write(move |tx| {
            ledger::append(tx, now, &written)?;
            let last = keeping_sql::last_entry(tx.sql())?;
            keeping_sql::trust_clock(tx.sql(), last, now.as_millisecond())
        })
        .await?;
    event.log();
    Ok(())
}

fn millis(span: jiff::SignedDuration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
