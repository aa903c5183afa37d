//! Virus scanning by clamd: the whole mail and each file in it.
//!
//! In: a mail's bytes, its files ([`Leaf`]), a deadline. Out: a [`Report`]. Invariants: clean is what clamd called clean; at most
//! `SCANS` scans at a time over all mails, each with its timeout; a scanner that gives no answer rests ([`circuit`]) and costs
//! nobody a wait; what is larger than clamd takes ([`bounds`]) is not sent to be cut off. It never fails: what went wrong is an
//! outcome. It decides nothing about the mail; `policy` does.

mod bounds;
mod circuit;
mod eicar;
mod look;
mod reply;
mod report;
mod wire;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ring::digest::{SHA256, digest};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

pub use bounds::Bounds;
use bounds::ClamdConf;
use circuit::Circuit;
pub use eicar::eicar;
pub use look::{Fault, Look};
pub use report::{Find, Outcome, Report, Scanned};

use crate::base::limits;
use crate::config::{Antivirus, ClamdAddress};
use crate::extract::Leaf;

/// The scanner of a configuration. Clones are the same one.
#[derive(Clone)]
pub struct Scanner(Arc<Shared>);

struct Shared {
    /// Nothing where it is off.
    clamd: Option<ClamdAddress>,
    timeout: Duration,
    conf: ClamdConf,
    places: Semaphore,
    circuit: Mutex<Circuit>,
    /// Why it rests, while it does.
    rest: watch::Sender<Option<String>>,
    seen: Mutex<Option<look::Seen>>,
}

impl Scanner {
    /// The scanner that `[antivirus]` names. Nothing is opened yet.
    #[must_use]
    pub fn new(antivirus: &Antivirus) -> Self {
        Self(Arc::new(Shared {
            clamd: antivirus.clamd.clone(),
            timeout: antivirus.timeout,
            conf: ClamdConf::of(antivirus),
            places: Semaphore::new(limits::SCANS),
            circuit: Mutex::default(),
            rest: watch::channel(None).0,
            seen: Mutex::default(),
        }))
    }

    /// Whether there is one.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.clamd.is_some()
    }

    /// Where clamd listens.
    #[must_use]
    pub fn address(&self) -> Option<&ClamdAddress> {
        self.0.clamd.as_ref()
    }

    /// clamd's own limits, where its configuration can be read here.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        self.0.clamd.as_ref().and_then(|_| self.0.conf.bounds())
    }

    /// Why the scanner rests, while it does: a change is what the ledger should know.
    #[must_use]
    pub fn rest(&self) -> watch::Receiver<Option<String>> {
        self.0.rest.subscribe()
    }

    /// Scans a mail and its files, equal files once. What has no answer at the deadline timed out.
    pub async fn scan(&self, mail: Bytes, leaves: Vec<Leaf>, deadline: Instant) -> Report {
        let bounds = self.bounds();
        let which = first_equals(&leaves);
        let mut scans = JoinSet::new();
        let mut begin = |at: usize, bytes: Bytes| {
            let shared = Arc::clone(&self.0);
            scans.spawn(async move { (at, shared.scan_one(&bytes, bounds, deadline).await) });
        };
        begin(leaves.len(), mail);
        for (at, leaf) in leaves.iter().enumerate().filter(|(at, _)| which.get(*at) == Some(at)) {
            begin(at, leaf.bytes.clone());
        }
        let mut outcomes: HashMap<usize, Outcome> = HashMap::new();
        while let Some(done) = scans.join_next().await {
            outcomes.extend(done.ok());
        }
        let outcome = |at: &usize| outcomes.get(at).cloned().unwrap_or_else(|| Outcome::Broken("the scan broke off".to_owned()));
        let whole = outcome(&leaves.len());
        let parts =
            leaves.into_iter().zip(&which).map(|(leaf, at)| Scanned { part: leaf.part, name: leaf.name, outcome: outcome(at) });
        Report { whole, parts: parts.collect() }
    }
}

/// For each file the first that has the same content. Digests are made only where lengths are the same.
fn first_equals(leaves: &[Leaf]) -> Vec<usize> {
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    leaves.iter().for_each(|leaf| *lengths.entry(leaf.bytes.len()).or_default() += 1);
    let mut firsts: HashMap<Vec<u8>, usize> = HashMap::new();
    let first = |(at, leaf): (usize, &Leaf)| match lengths.get(&leaf.bytes.len()) {
        Some(0 | 1) | None => at,
        Some(_) => *firsts.entry(digest(&SHA256, &leaf.bytes).as_ref().to_vec()).or_insert(at),
    };
    leaves.iter().enumerate().map(first).collect()
}

impl Shared {
    async fn scan_one(&self, bytes: &[u8], bounds: Option<Bounds>, deadline: Instant) -> Outcome {
        let Some(clamd) = &self.clamd else { return Outcome::Off };
        let is_too_big = bytes.len() as u64 > bounds.map_or(limits::SCAN_ASSUMED_OCTETS, |bounds| bounds.largest());
        let outcome = if is_too_big { Outcome::TooBig } else { self.in_turn(clamd, bytes, bounds.is_some(), deadline).await };
        metrics::counter!("schoolgate_scans_total", "result" => outcome.word()).increment(1);
        outcome
    }

    /// Waits for a place, unless the scanner rests, and asks clamd.
    async fn in_turn(&self, clamd: &ClamdAddress, bytes: &[u8], bounds_are_known: bool, deadline: Instant) -> Outcome {
        if let Some(why) = self.circuit().resting(std::time::Instant::now()) {
            return Outcome::Down(why.to_owned());
        }
        let Ok(Ok(_place)) = timeout_at(deadline, self.places.acquire()).await else { return Outcome::TimedOut };
        if let Err(why) = self.circuit().ask(std::time::Instant::now()) {
            return Outcome::Down(why);
        }
        let mut under_way = UnderWay { shared: self, has_ended: false };
        let began = Instant::now();
        let own_end = began + self.timeout;
        let answer = timeout_at(own_end.min(deadline), ask(clamd, bytes, bounds_are_known)).await;
        metrics::histogram!("schoolgate_scan_seconds").record(began.elapsed().as_secs_f64());
        under_way.has_ended = answer.is_ok() || own_end <= deadline;
        match answer {
            Err(_) if !under_way.has_ended => Outcome::TimedOut,
            Err(_) => {
                self.note_failure(&format!("no answer from {clamd} within {} seconds", self.timeout.as_secs_f32()));
                Outcome::TimedOut
            }
            Ok(Err(why)) => {
                self.note_failure(&why);
                Outcome::Down(why)
            }
            Ok(Ok(outcome)) => {
                self.note_answer();
                outcome
            }
        }
    }

    fn note_failure(&self, why: &str) {
        let mut circuit = self.circuit();
        if circuit.failed(std::time::Instant::now(), why) {
            self.rest.send_replace(Some(why.to_owned()));
        }
    }

    fn note_answer(&self) {
        let mut circuit = self.circuit();
        if circuit.reached() {
            self.rest.send_replace(None);
        }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A scan that the circuit let through: it says so where the mail's time ended first, or its client left.
struct UnderWay<'s> {
    shared: &'s Shared,
    has_ended: bool,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.shared.circuit().given_up();
        }
    }
}

/// Asks clamd, once more where it broke off: it may have been restarted in between.
async fn ask(clamd: &ClamdAddress, bytes: &[u8], bounds_are_known: bool) -> Result<Outcome, String> {
    let unreachable = |error: io::Error| wire::why(clamd, &error);
    for _ in 0..2 {
        let heard = match wire::instream(clamd, bytes).await {
            Ok(heard) => heard,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(Outcome::Broken(error.to_string())),
            Err(error) => return Err(unreachable(error)),
        };
        match reply::read(&heard.reply) {
            _ if heard.reply.is_empty() => {}
            Outcome::Clean if heard.cut => {
                return Ok(Outcome::Broken("it was called clean before all of it was seen".to_owned()));
            }
            outcome => return Ok(outcome),
        }
    }
    // Twice cut off without a word: it is the length where nobody could know the limit and clamd is well otherwise.
    wire::ping(clamd).await.map_err(unreachable)?;
    if bounds_are_known { Err(format!("{clamd} broke off without an answer")) } else { Ok(Outcome::TooBig) }
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
