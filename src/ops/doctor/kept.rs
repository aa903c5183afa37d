//! What is kept already: whether the key opens the store, what the newest entry of the ledger says of the clock, and which
//! recipients' keys end soon.
//!
//! A store that nobody has opened yet is left alone; so is one that is not there.

use jiff::Timestamp;

use super::Finding;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::ops::remedy::{self, Fault};
use crate::protect::{Key, Keyring};
use crate::store::{Store, StoreError};

/// Findings about the ledger and the recipients' keys where there is a store, and the time of the ledger's newest entry.
pub(super) async fn look(config: &Config, now: Timestamp) -> (Vec<Finding>, Option<Timestamp>) {
    if !config.store.path.join("store.db").exists() {
        return (Vec::new(), None);
    }
    let (ledger, newest, keys) = match read(config).await {
        Ok((None, keys)) => (Finding::ok("ledger", "opened with the key; it has no entry yet"), None, keys),
        Ok((Some(at), keys)) => {
            (Finding::ok("ledger", format!("opened with the key; its newest entry is of {at:.0}")), Some(at), keys)
        }
        Err(error) => (Finding::bad("ledger", unopened(&error)), None, Vec::new()),
    };
    (std::iter::once(ledger).chain(recipients(&keys, now)).collect(), newest)
}

async fn read(config: &Config) -> Result<(Option<Timestamp>, Vec<Key>), StoreError> {
    let store = Store::open_beside(&config.store)?;
    let entries = Ledger::new(store.clone()).recent(1).await;
    let keys = Keyring::new(store.clone()).list().await;
    store.close().await;
    Ok((entries?.last().map(|entry| entry.at), keys?))
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
