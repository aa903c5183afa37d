//! Carries one copy: finds a connection for each way it goes, hands it over, gathers what became of it.
//!
//! In: a job and its bytes. Out: a [`Verdict`]. Invariants: a kept connection that turns out to be dead costs a second try at
//! once and nothing more; a next hop that cannot be reached is left to rest ([`super::circuit`]) and the operator is told once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use smtp_proto::EXT_REQUIRE_TLS;

use super::Office;
use super::circuit::{Circuit, Gate};
use super::command::Traits;
use super::connect::{self, Session, Wish};
use super::dialogue::{self, Carried, Fate, Load};
use super::pool::{Pool, Way};
use super::route::{self, Destination, Leg, NoHosts};
use super::verdict::{self, Verdict};
use super::warrant::Warrant;
use crate::base::hash::sha256_hex;
use crate::base::{Recipient, TlsFacts, TlsProof, limits};
use crate::config::{Config, RequireTls, Route, RouteTls};
use crate::ledger::Event;
use crate::queue::{Demand, Job, Outcome};

/// How long to wait for a session in use where no further one can be had.
const BORROW_TIME: Duration = Duration::from_secs(30);

/// What carries the mail of one route.
pub(super) struct Carrier {
    route: String,
    office: Arc<Office>,
    pool: Pool,
    /// By what is demanded too: a host without a certificate to verify still takes the mail that asks for none.
    circuits: Mutex<HashMap<(Destination, RouteTls), Circuit>>,
    /// Held by every session of the route that is open or being opened.
    mark: Arc<()>,
}

/// One copy on its way.
struct Trip<'a> {
    job: &'a Job,
    content: &'a [u8],
    traits: Traits,
    sha256: String,
    route: &'a Route,
    config: &'a Config,
    fates: Vec<Option<Fate>>,
    events: Vec<Event>,
    /// The next hop rests: for how long, and why.
    resting: Option<(Duration, String)>,
}

/// Why there is no session.
enum NoSession {
    Resting(Duration, String),
    Later(String),
    Never { status: &'static str, why: String },
}

impl Carrier {
    pub(super) fn new(route: &str, office: Arc<Office>) -> Self {
        Self { route: route.to_owned(), office, pool: Pool::default(), circuits: Mutex::default(), mark: Arc::default() }
    }

    /// Closes the connections that are kept.
    pub(super) fn close(&self) {
        self.pool.close();
    }

    /// Carries a copy to all its recipients.
    pub(super) async fn carry(&self, job: &Job, content: &[u8], route: &Route, config: &Config) -> Verdict {
        let mut trip = Trip {
            job,
            content,
            traits: Traits::of(content),
            sha256: sha256_hex(content),
            route,
            config,
            fates: vec![None; job.copy.recipients.len()],
            events: Vec::new(),
            resting: None,
        };
        for leg in route::legs(&route.next_hop, &job.copy.recipients) {
            // A stop ends a trip of many legs between two of them, so that what was done is written down in time.
            if self.office.stop.is_cancelled() && trip.fates.iter().any(Option::is_some) {
                break;
            }
            self.go(&leg, &mut trip).await;
        }
        let moment = self.office.moment();
        match (&trip.resting, trip.fates.iter().all(Option::is_none)) {
            (Some((pause, why)), true) => verdict::put_off(job, *pause, why, moment),
            _ => {
                let why = trip.resting.map_or_else(|| "the gateway stopped before its turn".to_owned(), |(_, why)| why);
                let fates = trip.fates.into_iter().map(|fate| fate.unwrap_or_else(|| Fate::deferred(why.clone())));
                verdict::judge(job, fates.collect(), moment, trip.events)
            }
        }
    }

    /// One leg, a hundred recipients at a time.
    async fn go(&self, leg: &Leg, trip: &mut Trip<'_>) {
        let way = Way { to: leg.to.clone(), tls: trip.tls(), rules: trip.config.hash.clone() };
        for places in leg.recipients.chunks(limits::RECIPIENTS_PER_TRANSACTION) {
            match self.hand_over(places, &way, trip).await {
                Ok(carried) => {
                    trip.take(places, carried.0, &carried.1);
                }
                Err(NoSession::Resting(pause, why)) => return trip.resting = Some((pause, why)),
                Err(NoSession::Later(why)) => return trip.all(&leg.recipients, &Fate::deferred(why)),
                Err(NoSession::Never { status, why }) => return trip.all(&leg.recipients, &Fate::failed(status, why)),
            }
        }
    }

    /// Hands the copy over for some recipients. A kept connection that is found dead is replaced once.
    async fn hand_over(&self, places: &[usize], way: &Way, trip: &mut Trip<'_>) -> Result<(Carried, Seen), NoSession> {
        let recipients: Vec<&Recipient> = places.iter().filter_map(|&place| trip.job.copy.recipients.get(place)).collect();
        let load =
            Load { copy: &trip.job.copy, recipients, content: trip.content, traits: trip.traits, requiretls: trip.requiretls() };
        if let Some(session) = self.pool.take(way) {
            let seen = Seen::of(&session, load.requiretls);
            let mut carried = dialogue::transact(session, &load, &self.office.times).await;
            self.keep(way, &mut carried);
            if !carried.stale {
                return Ok((carried, seen));
            }
        }
        let session = self.open(way, trip).await?;
        let seen = Seen::of(&session, load.requiretls);
        let mut carried = dialogue::transact(session, &load, &self.office.times).await;
        self.keep(way, &mut carried);
        Ok((carried, seen))
    }

    fn keep(&self, way: &Way, carried: &mut Carried) {
        if let Some(session) = carried.session.take() {
            self.pool.give(way.clone(), session, self.office.times.idle);
        }
    }

    /// Opens a connection, unless the next hop rests.
    async fn open(&self, way: &Way, trip: &mut Trip<'_>) -> Result<Session, NoSession> {
        if let Gate::Rest(pause, why) = self.circuit(way, |circuit| circuit.ask(Instant::now())) {
            return self.borrow(way).await.ok_or(NoSession::Resting(pause, why));
        }
        match self.connect(way, trip).await {
            Ok(session) => {
                if self.circuit(way, Circuit::reached) && matches!(way.to, Destination::Host { .. }) {
                    trip.events.push(Event::Recovered { part: self.part() });
                }
                Ok(session)
            }
            Err(NoSession::Later(why)) => {
                let is_news = self.circuit(way, |circuit| circuit.failed(Instant::now(), &why));
                if is_news && matches!(way.to, Destination::Host { .. }) {
                    trip.events.push(Event::Trouble { part: self.part(), what: why.clone() });
                }
                Err(NoSession::Later(why))
            }
            Err(other) => {
                self.circuit(way, Circuit::reached);
                Err(other)
            }
        }
    }

    /// The hosts to try, and what they are held against where they must be verified.
    async fn hosts(&self, way: &Way, trip: &Trip<'_>) -> Result<(Vec<String>, Warrant), NoSession> {
        let own_name = &trip.config.school.hostname;
        let mut hosts = route::hosts(&way.to, self.office.names.as_ref(), own_name).await.map_err(|no| match no {
            NoHosts::Later(why) => NoSession::Later(why),
            NoHosts::Never { status, why } => NoSession::Never { status, why },
        })?;
        let Destination::Exchangers { domain, .. } = &way.to else { return Ok((hosts, Warrant::Name)) };
        if way.tls != RouteTls::Verified {
            return Ok((hosts, Warrant::Name));
        }
        let warrant = self.office.warrants.warrant(domain, trip.route).await;
        let warrant = warrant.map_err(|no| NoSession::Later(no.to_string()))?;
        hosts.retain(|host| warrant.admits(host));
        if hosts.is_empty() {
            return Err(NoSession::Later(warrant.refusal(domain)));
        }
        Ok((hosts, warrant))
    }

    async fn connect(&self, way: &Way, trip: &Trip<'_>) -> Result<Session, NoSession> {
        let names = self.office.names.as_ref();
        let own_name = &trip.config.school.hostname;
        let (hosts, warrant) = self.hosts(way, trip).await?;
        let own_ports: Vec<u16> = trip.config.listen.iter().map(|listen| listen.address.port()).collect();
        let wish = Wish {
            port: way.to.port(),
            tls: way.tls,
            ca_file: trip.route.ca_file.clone(),
            warrant: &warrant,
            sign_in: trip.route.sign_in.as_ref(),
            own_name,
            own_ports: &own_ports,
            greets_as_us_is_loop: matches!(way.to, Destination::Exchangers { .. }),
        };
        let mark = self.mark.clone();
        match connect::connect(&hosts, &wish, names, &self.office.warrants.trust, &self.office.times).await {
            Ok(session) => Ok(Session { _mark: mark, ..session }),
            Err(e) if e.is_crowded() => {
                drop(mark);
                self.borrow(way).await.ok_or_else(|| NoSession::Later(e.to_string()))
            }
            Err(e) => Err(NoSession::Later(e.to_string())),
        }
    }

    /// Waits for a session that another mail is using, where there is one: the host is there, it only takes no more connections.
    async fn borrow(&self, way: &Way) -> Option<Session> {
        let others = Arc::strong_count(&self.mark) - 1;
        if others == 0 || !matches!(way.to, Destination::Host { .. }) {
            return None;
        }
        self.pool.wait(way, BORROW_TIME).await
    }

    fn circuit<T>(&self, way: &Way, act: impl FnOnce(&mut Circuit) -> T) -> T {
        let mut circuits = self.circuits.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (way.to.clone(), way.tls);
        let circuit = circuits.entry(key.clone()).or_default();
        let result = act(circuit);
        if circuit.is_well() {
            circuits.remove(&key);
        }
        result
    }

    fn part(&self) -> String {
        format!("route {}", self.route)
    }
}

/// What the ledger says of a connection.
struct Seen {
    host: String,
    tls: Option<TlsFacts>,
    proof: Option<TlsProof>,
}

impl Seen {
    fn of(session: &Session, requiretls: RequireTls) -> Self {
        let onward = requiretls != RequireTls::Off && session.offers & EXT_REQUIRE_TLS != 0;
        let proof = session.proof.clone().map(|proof| TlsProof { onward, ..proof });
        Self { host: session.host.clone(), tls: session.tls.clone(), proof }
    }
}

impl Trip<'_> {
    /// What the route says, or more where the copy demands it.
    fn tls(&self) -> RouteTls {
        match (self.job.copy.demand, self.route.tls) {
            (Demand::VerifiedTls, RouteTls::None | RouteTls::Opportunistic) => RouteTls::Verified,
            (_, tls) => tls,
        }
    }

    /// Whether the demand of the copy goes along to the next hop.
    fn requiretls(&self) -> RequireTls {
        match self.job.copy.demand {
            Demand::VerifiedTls => self.route.requiretls,
            Demand::AsRoute => RequireTls::Off,
        }
    }

    fn all(&mut self, places: &[usize], fate: &Fate) {
        for &place in places {
            self.set(place, fate.clone());
        }
    }

    fn set(&mut self, place: usize, fate: Fate) {
        if let Some(slot) = self.fates.get_mut(place) {
            slot.get_or_insert(fate);
        }
    }

    /// Takes in what became of some recipients, with the events of it.
    fn take(&mut self, places: &[usize], carried: Carried, seen: &Seen) {
        let mut reply = None;
        let mut delivered = Vec::new();
        let mut unsure = Vec::new();
        for (&place, fate) in places.iter().zip(carried.fates) {
            let Some(recipient) = self.job.copy.recipients.get(place) else { continue };
            match &fate.outcome {
                Outcome::Delivered { reply: said, .. } => {
                    reply = Some(said.clone());
                    delivered.push(recipient.address.clone());
                }
                // Who was put off by a reply of his own was not among those the mail was sent for.
                Outcome::Deferred { .. } if fate.said.is_none() => unsure.push(recipient.address.clone()),
                Outcome::Deferred { .. } | Outcome::Failed { .. } => {}
            }
            self.set(place, fate);
        }
        let (reference, copy, route) = (self.job.reference.clone(), self.job.copy.copy, self.job.copy.route.clone());
        if carried.uncertain {
            let event = Event::DeliveryUncertain { reference, copy, recipients: unsure, route, host: seen.host.clone() };
            self.events.push(event);
        } else if let Some(reply) = reply {
            self.events.push(Event::Delivered {
                reference,
                copy,
                recipients: delivered,
                route,
                host: seen.host.clone(),
                reply,
                tls: seen.tls.clone(),
                proof: seen.proof.clone(),
                sha256: self.sha256.clone(),
            });
        }
    }
}
