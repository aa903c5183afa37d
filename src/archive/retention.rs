//! When each partition may go, and that it is only ever put off.
//!
//! In: partitions as the store lists them, and the classes of the configuration. Out: a date for each, or the reason why there is none; and
//! longer dates in the store where a class's `keep` was lengthened. All counts from receipt by the gateway: no date that a mail bears
//! is asked.

use super::keeping_sql;
use crate::base::Timestamp;
use crate::config::Retention;
use crate::ledger::{self, Event};
use crate::store::{PartitionInfo, Store, StoreError};

/// When a partition may go. Nothing where nobody knows: a class of an earlier version that the configuration names no more.
#[must_use]
pub fn ends(partition: &PartitionInfo, classes: &[Retention]) -> Option<Timestamp> {
    if partition.expires_at.is_some() {
        return partition.expires_at;
    }
    let class = classes.iter().find(|class| class.id == partition.class)?;
    Some(class.ends(end_of(&partition.month)?))
}

/// The last moment of a month, in UTC.
fn end_of(month: &str) -> Option<Timestamp> {
    let first: jiff::civil::Date = format!("{month}-01").parse().ok()?;
    let end = first.last_of_month().tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    end.checked_sub(jiff::Span::new().milliseconds(1)).ok()
}

/// Puts off the end of what lies in classes whose `keep` is longer now than when its mails came. Nothing is ever shortened.
///
/// # Errors
/// What the store says.
pub async fn lengthen(store: &Store, classes: &[Retention], now: Timestamp) -> Result<Vec<Event>, StoreError> {
    let classes = classes.to_vec();
    let events = store
        .write(move |tx| {
            let mut events = Vec::new();
            for class in &classes {
                let mut latest = None;
                let mut partitions = 0;
                for (partition, last, expires_at) in keeping_sql::last_received(tx.sql(), &class.id)? {
                    let until = class.ends(last);
                    if expires_at.is_some_and(|at| until.as_millisecond() <= at) {
                        continue;
                    }
                    keeping_sql::put_off(tx.sql(), partition, until)?;
                    if expires_at.is_some() {
                        partitions += 1;
                        latest = latest.max(Some(until));
                    }
                }
                if let Some(until) = latest {
                    let event = Event::RetentionLengthened { class: class.id.clone(), partitions, until };
                    ledger::append(tx, now, &event)?;
                    events.push(event);
                }
            }
            Ok(events)
        })
        .await?;
    events.iter().for_each(Event::log);
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::end_of;

    #[test]
    fn retention_counts_from_the_last_moment_of_a_month() {
        assert_eq!(end_of("2024-02").unwrap().to_string(), "2024-02-29T23:59:59.999Z");
        assert_eq!(end_of("2026-12").unwrap().to_string(), "2026-12-31T23:59:59.999Z");
        assert_eq!(end_of("never"), None);
    }
}
