//! A queue in memory, and a configuration of one route, for the tests of delivery.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use schoolgate::base::{Address, Domain, Envelope, Recipient, Ref, ReversePath, Timestamp};
use schoolgate::config::{Antivirus, Config, Limits, NextHop, Ops, RequireTls, Route, RouteTls, School, Store, UpstreamSignIn};
use schoolgate::deliver::{self, Answer, Exchangers, Lease, Names, Options, Settled, Source, Times};
use schoolgate::queue::{Job, JobId, NewJob};
use tokio::sync::{Mutex, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// How long a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Where the other end of every name is.
struct Loopback;

impl Names for Loopback {
    fn exchangers<'a>(&'a self, domain: &'a str) -> Answer<'a, Exchangers> {
        Box::pin(async move {
            Ok(match domain {
                "none.example" => Exchangers::Listed(vec![(0, String::new())]),
                "gone.example" => Exchangers::NoSuchDomain,
                _ => Exchangers::Listed(vec![(20, "localhost".into()), (10, "dead.example".into())]),
            })
        })
    }

    fn addresses<'a>(&'a self, host: &'a str) -> Answer<'a, Vec<IpAddr>> {
        // The first address of "two.example" answers nobody.
        let addresses: &[[u8; 4]] = match host {
            "dead.example" => &[],
            "two.example" => &[[127, 0, 0, 9], [127, 0, 0, 1]],
            _ => &[[127, 0, 0, 1]],
        };
        Box::pin(async move { Ok(addresses.iter().map(|octets| IpAddr::from(*octets)).collect()) })
    }
}

/// A queue of jobs in memory.
#[derive(Clone)]
pub struct Desk {
    jobs: Arc<Mutex<mpsc::UnboundedReceiver<Job>>>,
    content: Arc<Vec<u8>>,
    settled: mpsc::UnboundedSender<(Job, Settled)>,
    back: mpsc::UnboundedSender<Job>,
    /// How many more settlements the store cannot take.
    failures: Arc<AtomicUsize>,
}

/// A job in hand.
pub struct Slip {
    job: Job,
    desk: Desk,
}

impl Source for Desk {
    type Lease = Slip;

    async fn next(&self, _route: &str) -> Slip {
        match self.jobs.lock().await.recv().await {
            Some(job) => Slip { job, desk: self.clone() },
            None => std::future::pending().await,
        }
    }
}

impl Lease for Slip {
    type Error = String;

    fn job(&self) -> &Job {
        &self.job
    }

    async fn content(&self) -> Result<Vec<u8>, String> {
        Ok(self.desk.content.to_vec())
    }

    async fn settle(self, settled: Settled) -> Result<(), String> {
        let fails = self.desk.failures.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok();
        if fails {
            self.desk.back.send(self.job).unwrap();
            return Err("the disk is full".into());
        }
        self.desk.settled.send((self.job, settled)).map_err(|e| e.to_string())
    }
}

/// Delivery at work on a desk.
pub struct Delivery {
    jobs: mpsc::UnboundedSender<Job>,
    settled: mpsc::UnboundedReceiver<(Job, Settled)>,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<Result<(), String>>,
    _config: watch::Sender<Arc<Config>>,
    made: i64,
    failures: Arc<AtomicUsize>,
}

impl Delivery {
    /// Starts delivery of mails of one content by one route.
    pub fn start(route: Route, content: &[u8], times: Times) -> Self {
        Self::start_with(config_with(route), content, times)
    }

    /// As [`Delivery::start`], with a whole configuration.
    pub fn start_with(config: Config, content: &[u8], times: Times) -> Self {
        Self::start_over(config, content, Options { times, names: Arc::new(Loopback), ..Options::default() })
    }

    /// As [`Delivery::start_with`], with names of its own.
    pub fn start_over(config: Config, content: &[u8], options: Options) -> Self {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let (tell, settled) = mpsc::unbounded_channel();
        let failures = Arc::new(AtomicUsize::new(0));
        let desk = Desk {
            jobs: Arc::new(Mutex::new(waiting)),
            content: Arc::new(content.to_vec()),
            settled: tell,
            back: jobs.clone(),
            failures: failures.clone(),
        };
        let (config, seen) = watch::channel(Arc::new(config));
        let stop = CancellationToken::new();
        let running = tokio::spawn(deliver::run_over(seen, desk, options, stop.clone()));
        Self { jobs, settled, stop, running, _config: config, made: 0, failures }
    }

    /// Puts a mail for these recipients into the queue.
    pub fn post(&mut self, change: impl FnOnce(&mut Job), recipients: &[&str]) {
        self.made += 1;
        let received_at = Timestamp::now();
        let recipients = recipients.iter().map(|text| Recipient::new(address(text))).collect();
        let envelope = Envelope::new(ReversePath::Address(address("head@school.example")), recipients);
        let copy = NewJob::new(envelope, received_at);
        let mut job = Job { id: JobId(self.made), reference: Ref::new(received_at, [0, 0, 1]), received_at, size: 0, copy };
        change(&mut job);
        self.jobs.send(job).unwrap();
    }

    /// Makes the store fail to take the next settlements.
    pub fn fail_settlements(&self, count: usize) {
        self.failures.store(count, Relaxed);
    }

    /// What became of the next mail.
    pub async fn settled(&mut self) -> (Job, Settled) {
        tokio::time::timeout(PATIENCE, self.settled.recv()).await.expect("nothing was settled").unwrap()
    }

    /// What becomes of mails from here on, for a test that stops delivery.
    pub fn take_settled(&mut self) -> mpsc::UnboundedReceiver<(Job, Settled)> {
        std::mem::replace(&mut self.settled, mpsc::unbounded_channel().1)
    }

    /// Stops delivery as the gateway does.
    pub async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.running).await.expect("delivery did not stop").unwrap().unwrap();
    }
}

pub fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// A route to a port on loopback.
pub fn route_to(host: &str, port: u16, tls: RouteTls) -> Route {
    let next_hop = NextHop::Host { host: host.into(), port };
    Route {
        name: "default".into(),
        next_hop,
        tls,
        sign_in: None,
        ca_file: None,
        connections: 4,
        add_header: Vec::new(),
        pins: BTreeMap::new(),
        requiretls: RequireTls::default(),
    }
}

pub fn sign_in(file: PathBuf) -> UpstreamSignIn {
    UpstreamSignIn { user: "gateway@school.example".into(), password_file: file }
}

pub fn config_with(route: Route) -> Config {
    Config {
        file: "/nowhere/config.toml".into(),
        hash: "0".repeat(64),
        school: School {
            name: "Oakfield School".into(),
            domains: vec![Domain::parse("school.example").unwrap()],
            partners: Vec::new(),
            postmaster: address("it@school.example"),
            hostname: Domain::parse("gate.school.example").unwrap(),
            numbers: Vec::new(),
        },
        store: Store { path: "/nowhere".into(), key_file: "/nowhere".into() },
        listen: Vec::new(),
        routes: BTreeMap::from([("default".to_owned(), route)]),
        limits: Limits { message_size: 1 << 25, recipients: 500, messages_per_hour: Some(1000), recipients_per_hour: Some(1000) },
        senders: BTreeMap::new(),
        lists: BTreeMap::new(),
        disclaimers: BTreeMap::new(),
        antivirus: Antivirus { clamd: None, timeout: Duration::from_secs(30), clamd_conf: None },
        rules: Vec::new(),
        retention: Vec::new(),
        ops: Ops::default(),
        console: None,
        pickup: None,
        witness: None,
        sources: Vec::new(),
    }
}
