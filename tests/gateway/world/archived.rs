//! What a gateway's archive holds, read by the library beside whatever runs.

use schoolgate::config;
use schoolgate::ledger::{Ledger, Verified};
use schoolgate::store::{MailRow, Record, Store};

use super::Gateway;

/// The archive of one gateway.
pub struct Archived {
    store: Store,
    runtime: tokio::runtime::Runtime,
}

impl Archived {
    pub fn of(gateway: &Gateway) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let config = config::read(&gateway.config()).expect("a sound configuration").config;
        let store = runtime.block_on(async { Store::open_beside(&config.store) }).expect("a store");
        Self { store, runtime }
    }

    /// All mails, in the order they were kept.
    pub fn rows(&self) -> Vec<MailRow> {
        self.runtime.block_on(self.store.rows(0, 1_000_000)).expect("rows")
    }

    /// How many mails the index does not hold yet.
    pub fn awaiting_index(&self) -> u64 {
        self.runtime.block_on(self.store.awaiting_index()).expect("a number")
    }

    pub fn records(&self) -> Vec<Record> {
        let rows = self.rows();
        self.runtime.block_on(async {
            let mut records = Vec::new();
            for row in rows {
                records.push(self.store.fetch(&row.place).await.expect("a record"));
            }
            records
        })
    }

    /// The class that each mail lies in, in the order they were kept.
    pub fn classes(&self) -> Vec<String> {
        let partitions = self.runtime.block_on(self.store.partitions()).expect("partitions");
        let class = |id: i64| partitions.iter().find(|one| one.id == id).map(|one| one.class.clone()).unwrap_or_default();
        self.rows().iter().map(|row| class(row.place.partition)).collect()
    }

    /// Names of the events in the ledger, oldest first; its chain is whole.
    pub fn events(&self) -> Vec<(String, String)> {
        self.runtime.block_on(async {
            let ledger = Ledger::new(self.store.clone());
            let verified = ledger.verify().await.expect("a ledger");
            assert!(matches!(verified, Verified::Whole { .. }), "{verified:?}");
            let entries = ledger.recent(1_000_000).await.expect("entries");
            entries.into_iter().map(|entry| (entry.name, entry.body)).collect()
        })
    }
}

impl Drop for Archived {
    fn drop(&mut self) {
        self.runtime.block_on(self.store.close());
    }
}
