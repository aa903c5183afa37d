//! What is kept already: whether the key opens the store, and what the newest entry of the ledger says of the clock.
//!
//! A store that nobody has opened yet is left alone; so is one that is not there.

use jiff::Timestamp;

use super::Finding;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::ops::remedy::Fault;
use crate::store::{Store, StoreError};

/// A finding about the ledger where there is one, and the time of its newest entry.
pub(super) async fn look(config: &Config) -> (Option<Finding>, Option<Timestamp>) {
    if !config.store.path.join("store.db").exists() {
        return (None, None);
    }
    match newest(config).await {
        Ok(None) => (Some(Finding::ok("ledger", "opened with the key; it has no entry yet")), None),
        Ok(Some(at)) => (Some(Finding::ok("ledger", format!("opened with the key; its newest entry is of {at:.0}"))), Some(at)),
        Err(error) => (Some(Finding::bad("ledger", unopened(&error))), None),
    }
}

async fn newest(config: &Config) -> Result<Option<Timestamp>, StoreError> {
    let store = Store::open_beside(&config.store)?;
    let entries = Ledger::new(store.clone()).recent(1).await;
    store.close().await;
    Ok(entries?.last().map(|entry| entry.at))
}

fn unopened(error: &StoreError) -> Fault {
    Fault::new(
        format!("the store cannot be opened: {error}"),
        "nothing can be kept until it can; if the key file was replaced, put the one back that the store was made with",
    )
}
