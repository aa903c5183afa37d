//! Builds all rooms, joins them, starts and stops them.
//!
//! In: a configuration file. Out: a running gateway, or a sentence why not. Nothing is half up: the configuration with its tests, the
//! key, the store, the certificates and every port are tried before the first client is answered.
//!
//! At a stop the order is that of the flow: no new clients, open mails finished, deliveries under way ended, the ledger written,
//! the store closed. What can fail after the start is told by events; a reload that fails leaves everything as it is.

mod chores;
mod doors;
mod keeping;
mod lookout;
mod nightly;
mod reload;
mod scanner;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::{Allowance, People};
use crate::base::Timestamp;
use crate::boxed::{self, Pool};
use crate::config::Config;
use crate::deliver::{self, SystemNames, Warrants};
use crate::front::Shared;
use crate::ledger::{Event, Ledger};
use crate::ops::health::{Checks, Pages, Readiness};
use crate::ops::{remedy, systemd};
use crate::pipeline::issue::Issuer;
use crate::pipeline::{Inspector, Pipeline, RuleSet};
use crate::protect::pickup::Shelf;
use crate::queue::Queue;
use crate::scan::Scanner;
use crate::search;
use crate::store::Store;
use doors::Doors;
pub use lookout::Watch;

/// A gateway that runs.
pub struct Gateway {
    store: Store,
    ledger: Ledger,
    queue: Queue,
    rules: watch::Sender<RuleSet>,
    config: watch::Sender<Arc<Config>>,
    /// Another one after a reload that changed `[antivirus]`.
    scanner: watch::Sender<Scanner>,
    /// Where attachments are opened.
    boxes: Pool,
    doors: Doors,
    shared: Shared,
    /// Why the last reload was refused, where it was.
    refusal: Mutex<Option<String>>,
    ready: Readiness,
    /// What vouches for next hops that the DNS names.
    warrants: Arc<Warrants>,
    /// No new clients.
    stop_front: CancellationToken,
    /// No more deliveries.
    stop_rest: CancellationToken,
    fronts: TaskTracker,
    rest: TaskTracker,
}

impl Gateway {
    /// Starts a gateway with a rule set that has passed its tests.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub async fn start(set: RuleSet, metrics: PrometheusHandle) -> Result<Self, String> {
        let store = Store::open(&set.config.store).map_err(|error| error.to_string())?; // key and lock, before any port
        let started = Self::start_on(store.clone(), set, metrics).await;
        if started.is_err() {
            store.close().await;
        }
        started
    }

    async fn start_on(store: Store, set: RuleSet, metrics: PrometheusHandle) -> Result<Self, String> {
        let config = set.config.clone();
        let allowance = Allowance::open(&store, Timestamp::now()).await.map_err(|error| error.to_string())?;
        let doors = Doors::open(&config)?;
        let pages = open(config.ops.address).await?;
        let console = open(config.console.as_ref().map(|console| console.address)).await?;
        let pickup = open(config.pickup.as_ref().map(|pickup| pickup.address)).await?;
        let queue = Queue::open(store.clone()).await.map_err(|error| error.to_string())?;
        let boxes = Pool::open(boxed::Options::default()).await.map_err(|trouble| trouble.to_string())?;
        let warrants = Warrants::new(Arc::new(SystemNames::new()), Some(store.clone()), Arc::new(Timestamp::now))?;
        let warrants = Arc::new(warrants);
        let (rules, _) = watch::channel(set);
        let gateway = Self {
            ledger: Ledger::new(store.clone()),
            store,
            queue,
            rules,
            scanner: watch::channel(Scanner::new(&config.antivirus)).0,
            boxes,
            config: watch::channel(config).0,
            doors,
            shared: Shared::default(),
            refusal: Mutex::default(),
            ready: Readiness::default(),
            warrants,
            stop_front: CancellationToken::new(),
            stop_rest: CancellationToken::new(),
            fronts: TaskTracker::new(),
            rest: TaskTracker::new(),
        };
        gateway.run((pages, console, pickup), allowance, metrics).await?;
        Ok(gateway)
    }

    async fn run(
        &self,
        (pages, console, pickup): (Option<TcpListener>, Option<TcpListener>, Option<TcpListener>),
        allowance: Allowance,
        metrics: PrometheusHandle,
    ) -> Result<(), String> {
        let config = self.config.borrow().clone();
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let started = Event::Started { version, rules: config.hash.clone() };
        self.ledger.write(vec![started]).await.map_err(|error| error.to_string())?;
        self.deliver();
        self.chores();
        let reader = search::Reader::new(self.store.clone(), self.ledger.clone(), self.boxes.clone(), self.config.subscribe());
        self.rest.spawn(search::intake::run(reader, self.ledger.clone(), self.stop_rest.clone()));
        self.rest.spawn(scanner::tell(self.scanner.subscribe(), self.ledger.clone(), self.stop_rest.clone()));
        let people = People::new(self.store.clone());
        let (store, ledger, queue) = (self.store.clone(), self.ledger.clone(), self.queue.clone());
        let (rules, warrants) = (self.rules.subscribe(), self.warrants.clone());
        let pipeline = Arc::new(Pipeline::new((store, ledger, queue), people, allowance, rules, self.inspector(), warrants));
        self.doors.serve(&pipeline, &self.shared, &self.stop_front, &self.fronts);
        self.show_console(console);
        self.show_pickup(pickup, pipeline);
        self.ready.set(true);
        self.show_health(pages, metrics); // who asks before waits for the answer, and hears no "not yet" of a moment
        systemd::ready(&format!("{} listeners, rule set {:.12}", config.listen.len(), config.hash));
        Ok(())
    }

    fn inspector(&self) -> Inspector {
        Inspector::new(self.boxes.clone(), self.scanner.subscribe())
    }

    fn deliver(&self) {
        let config = self.config.subscribe();
        let issuer = Arc::new(Issuer::new(config.clone()));
        let (queue, stop, ledger) = (self.queue.clone(), self.stop_rest.clone(), self.ledger.clone());
        let options = deliver::Options { warrants: Some(self.warrants.clone()), ..deliver::Options::default() };
        self.rest.spawn(async move {
            if let Err(what) = deliver::run(config, queue, issuer, options, stop).await {
                ledger.note(Event::Trouble { part: "delivery".to_owned(), what });
            }
        });
    }

    /// `/metrics`, `/healthz` and `/readyz`, where there is a listener for them.
    fn show_health(&self, listener: Option<TcpListener>, metrics: PrometheusHandle) {
        let (handle, stop) = (metrics.clone(), self.stop_rest.clone());
        let (queue, shared) = (self.queue.clone(), self.shared.clone());
        self.rest.spawn(crate::ops::metrics::keep(handle, move || chores::standing(queue.clone(), shared.clone()), stop));
        let Some(listener) = listener else { return };
        let pages = Pages { checks: self.checks(), ready: self.ready.clone(), metrics };
        let (stop, ledger) = (self.stop_rest.clone(), self.ledger.clone());
        self.rest.spawn(async move {
            if let Err(error) = crate::ops::health::serve(listener, pages, stop).await {
                ledger.note(Event::Trouble { part: "health pages".to_owned(), what: error.to_string() });
            }
        });
    }

    /// The pages for staff, where there is a listener for them. They are a front like the others: what comes in is finished first.
    fn show_console(&self, listener: Option<TcpListener>) {
        let Some(listener) = listener else { return };
        let (config, desk) = (self.config.subscribe(), (self.queue.clone(), People::new(self.store.clone())));
        let (stop, ledger) = (self.stop_front.clone(), self.ledger.clone());
        self.fronts.spawn(async move {
            if let Err(error) = crate::console::serve(listener, config, desk, stop).await {
                ledger.note(Event::Trouble { part: "console".to_owned(), what: error.to_string() });
            }
        });
    }

    /// The pages for people outside, where there is a listener for them. A front too: replies come in there.
    fn show_pickup(&self, listener: Option<TcpListener>, pipeline: Arc<Pipeline>) {
        let Some(listener) = listener else { return };
        let (config, shelf) = (self.config.subscribe(), Shelf::new(self.store.clone()));
        let desk = (shelf, self.queue.clone(), self.ledger.clone());
        let (stop, ledger) = (self.stop_front.clone(), self.ledger.clone());
        self.fronts.spawn(async move {
            if let Err(error) = crate::pickup::serve(listener, config, desk, pipeline, stop).await {
                ledger.note(Event::Trouble { part: "pickup pages".to_owned(), what: error.to_string() });
            }
        });
    }

    fn checks(&self) -> Checks {
        let (store, room, scanner) = (self.store.clone(), self.store.clone(), self.scanner.subscribe());
        Checks::default()
            .with("store", move || {
                let store = store.clone();
                async move { store.wrong().map_or(Ok(()), |error| Err(error.to_string())) }
            })
            .with("disk", move || {
                let room = room.clone();
                async move { room.room(0).map_err(|error| error.to_string()) }
            })
            .with("clamd", move || {
                let scanner = scanner.borrow().clone();
                async move { scanner.health().await }
            })
    }

    /// Stops in the order of the flow, and returns when all is safe and closed.
    pub async fn stop(self) {
        systemd::stopping();
        self.ready.set(false);
        self.stop_front.cancel();
        self.fronts.close();
        self.fronts.wait().await;
        self.stop_rest.cancel();
        self.rest.close();
        self.rest.wait().await;
        self.boxes.close().await;
        self.ledger.note(Event::Stopped);
        if let Err(error) = self.ledger.flush().await {
            tracing::error!(%error, "the last ledger entries could not be written");
        }
        self.store.close().await;
    }

    /// Reads the configuration again, and says whether it was taken; what is wrong leaves the last good one in force. `asked` is
    /// whether somebody asked for it: else what is not news is not told.
    pub fn reload(&self, file: &Path, asked: bool) -> bool {
        systemd::reloading();
        let old = self.rules.borrow().clone();
        let event = match reload::read(&old, file) {
            Ok(new) => {
                let changed = old.changed(&new);
                let event = Event::Reloaded { rules: new.config.hash.clone(), changed };
                self.put_in_force(new);
                event
            }
            Err(why) => Event::ReloadRefused { why },
        };
        let refusal = if let Event::ReloadRefused { why } = &event { Some(why.clone()) } else { None };
        let accepted = refusal.is_none();
        let same = accepted && self.config.borrow().hash == old.config.hash;
        let told = std::mem::replace(&mut *self.refusal.lock().unwrap_or_else(PoisonError::into_inner), refusal.clone());
        if asked || told != refusal || (accepted && !same) {
            self.ledger.note(event);
        }
        systemd::ready(&format!("rule set {:.12}", self.config.borrow().hash));
        accepted
    }

    /// The files that the configuration in force was read from.
    #[must_use]
    pub fn sources(&self) -> Vec<PathBuf> {
        self.config.borrow().sources.clone()
    }

    fn put_in_force(&self, new: RuleSet) {
        self.doors.settle(&new.config);
        if self.config.borrow().antivirus != new.config.antivirus {
            self.scanner.send_replace(Scanner::new(&new.config.antivirus));
        }
        self.config.send_replace(new.config.clone());
        self.rules.send_replace(new);
    }

    /// The store, for whoever works beside it in this process.
    #[must_use]
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The queue.
    #[must_use]
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Where the listeners really listen, in the order of the configuration.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.doors.addresses()
    }
}

/// Opens the port of some pages, where the configuration gives an address for them.
async fn open(address: Option<SocketAddr>) -> Result<Option<TcpListener>, String> {
    let Some(address) = address else { return Ok(None) };
    TcpListener::bind(address).await.map(Some).map_err(|error| remedy::bind_error(address, &error))
}
