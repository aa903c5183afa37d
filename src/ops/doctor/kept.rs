//! What is kept already: whether the key opens the store, what the newest entry of the ledger says of the clock, whether the archive was as it was
//! written when it was verified last, and which recipients' keys end soon.
//!
//! A store that nobody has opened yet is left alone; so is one that is not there.

use jiff::Timestamp;

use super::Finding;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::ops::remedy::{self, Fault};
use crate::protect::{Key, Keyring};
use crate::store::{Store, StoreError};

/// Days without a verification that are too many: it is done each night, or once a week.
const OVERDUE_DAYS: i64 = 14;

/// Findings about the ledger and the recipients' keys where there is a store, and the time of the ledger's newest entry.
pub(super) async fn look(config: &Config, now: Timestamp) -> (Vec<Finding>, Option<Timestamp>) {
    if !config.store.path.join("store.db").exists() {
        return (Vec::new(), None);
    }
    let Read { newest, verified, keys } = match read(config).await {
        Ok(read) => read,
        Err(error) => return (vec![Finding::bad("ledger", unopened(&error))], None),
    };
    let says = newest.map_or_else(|| "it has no entry yet".to_owned(), |at| format!("its newest entry is of {at:.0}"));
    let ledger = Finding::ok("ledger", format!("opened with the key; {says}"));
    (std::iter::once(ledger).chain(archive(verified, now)).chain(recipients(&keys, now)).collect(), newest)
}

/// What the store says.
struct Read {
    newest: Option<Timestamp>,
    /// When the archive was verified last, and how many faults it had.
    verified: Option<(Timestamp, u64)>,
    keys: Vec<Key>,
}

async fn read(config: &Config) -> Result<Read, StoreError> {
    let store = Store::open_beside(&config.store)?;
    let ledger = Ledger::new(store.clone());
    let (entries, verified, keys) =
        (ledger.recent(1).await, ledger.last_verified().await, Keyring::new(store.clone()).list().await);
    store.close().await;
    Ok(Read { newest: entries?.last().map(|entry| entry.at), verified: verified?, keys: keys? })
}

/// Nothing is said of a gateway that is too young to have done it.
pub(super) fn archive(verified: Option<(Timestamp, u64)>, now: Timestamp) -> Option<Finding> {
    let (at, faults) = verified?;
    let days = now.duration_since(at).as_hours() / 24;
    Some(match faults {
        0 if days < OVERDUE_DAYS => Finding::ok("archive", format!("all as it was written, verified at {at:.0}")),
        0 => Finding::warn(
            "archive",
            Fault::new(
                format!("not verified for {days} days"),
                "the gateway does it at half past two at night, or an hour after a start; `schoolgate archive verify` does it now",
            ),
        ),
        _ => Finding::bad(
            "archive",
            Fault::new(
                format!("not all was as it was written when it was verified at {at:.0}"),
                "`schoolgate archive verify` says what; take it from the backup",
            ),
        ),
    })
}

/// One line for each key that something is to be said of, and one for all others; none where there are no keys.
pub(super) fn recipients(keys: &[Key], now: Timestamp) -> Vec<Finding> {
    let warned = keys.iter().filter_map(|key| key.warnings(now).into_iter().next().map(|warning| (key, warning)));
    let mut findings: Vec<_> = warned.map(|(key, warning)| warn(key, warning)).collect();
    let well = keys.len() - findings.len();
    if well > 0 {
        findings.push(Finding::ok("recipients' keys", format!("{} in force", remedy::count(well, "key"))));
    }
    findings
}

fn warn(key: &Key, warning: String) -> Finding {
    let begins = key.fingerprint.get(..16).unwrap_or(&key.fingerprint);
    let mend = format!(
        "then `schoolgate key import {} FILE`; `schoolgate key forget {} {begins}` ends this warning",
        key.address, key.address
    );
    Finding::warn(format!("{} key of {}", key.kind.as_str(), key.address), Fault::new(warning, mend))
}

fn unopened(error: &StoreError) -> Fault {
    Fault::new(
        format!("the store cannot be opened: {error}"),
        "nothing can be kept until it can; if the key file was replaced, put the one back that the store was made with",
    )
}
