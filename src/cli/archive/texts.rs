//! The text of mails in the archive, for whoever has leave to read them. Files are opened in the box, which is started where one is needed.

use tokio::sync::{OnceCell, watch};

use std::sync::Arc;

use crate::base::Ref;
use crate::boxed::{Options, Pool};
use crate::cli::beside::Beside;
use crate::config::Config;
use crate::extract::{self, Place};
use crate::ledger::Ledger;
use crate::message::Message;
use crate::search::{Query, Reader, snippet};
use crate::store::{Record, Store};

/// Reads texts.
pub struct Texts {
    store: Store,
    ledger: Ledger,
    config: watch::Receiver<Arc<Config>>,
    pool: OnceCell<Pool>,
}

impl Texts {
    pub fn new(here: Beside, ledger: Ledger) -> Self {
        let Beside { config, store } = here;
        Self { store, ledger, config: watch::channel(Arc::new(config)).1, pool: OnceCell::new() }
    }

    /// What reads mails as the index does.
    pub async fn reader(&self) -> Result<Reader, String> {
        let open = async || Pool::open(Options::default()).await.map_err(|trouble| trouble.to_string());
        let pool = self.pool.get_or_try_init(open).await?;
        Ok(Reader::new(self.store.clone(), self.ledger.clone(), pool.clone(), self.config.clone()))
    }

    /// A mail as it is kept.
    pub async fn record(&self, reference: &Ref) -> Result<Record, String> {
        let place = self.store.place(reference).await.map_err(|error| error.to_string())?;
        self.store.fetch(&place).await.map_err(|error| error.to_string())
    }

    /// A piece of a mail's text around what was asked for: of its body, of its files, or else its beginning.
    pub async fn snippet(&self, query: &Query, reference: &Ref) -> Result<String, String> {
        let message = Message::parse(self.record(reference).await?.raw);
        let body = body(&message);
        if let Some(found) = snippet::around(query, &body) {
            return Ok(found);
        }
        if snippet::asks_words(query) && !extract::leaves(&message).is_empty() {
            let files = self.reader().await?.texts(&message).await.map_err(|error| error.to_string())?;
            if let Some(found) = files.iter().find_map(|file| snippet::around(query, &file.text)) {
                return Ok(found);
            }
        }
        Ok(snippet::beginning(&body))
    }

    pub async fn close(self) {
        if let Some(pool) = self.pool.into_inner() {
            pool.close().await;
        }
    }
}

/// What a mail says by itself, quotes after its own words.
pub fn body(message: &Message) -> String {
    let passages = extract::passages(message);
    let of = |place: Place| passages.iter().filter(move |passage| passage.place == place).map(|passage| passage.text.trim());
    of(Place::Body).chain(of(Place::Quoted)).collect::<Vec<_>>().join("\n\n")
}
