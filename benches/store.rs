//! How much the store carries: twenty callers post mails of 5 KB while twenty workers settle them, on a real disk.
//!
//! Prints pairs of post and settle a second, the time of a post (p50, p99) beside the disk's own sync, processor time for each
//! pair and memory. Run with `cargo bench --bench store`; `MAILS` and `BYTES` change the load.

use std::io::Write;
use std::time::{Duration, Instant};

use bytes::Bytes;
use schoolgate::base::{Address, Envelope, Recipient, Ref, ReversePath, Timestamp};
use schoolgate::ledger::Event;
use schoolgate::queue::{NewJob, Post, Queue, Settlement};
use schoolgate::store::{Keeping, MasterKey, RecordHeader, Store};

const CALLERS: usize = 20;

fn main() {
    let mails = number("MAILS", 20_000);
    let bytes = number("BYTES", 5 << 10);
    let folder = std::env::temp_dir().join(format!("schoolgate-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let sync = sync_time(&folder);
    let key_file = folder.join("master.key");
    MasterKey::create(&key_file).expect("a key");
    let options = schoolgate::config::Store { path: folder.join("store"), key_file };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(run(&options, mails, bytes, sync));
    let _ = std::fs::remove_dir_all(&folder);
}

async fn run(options: &schoolgate::config::Store, mails: usize, bytes: usize, sync: Duration) {
    let store = Store::open(options).expect("a store");
    let queue = Queue::open(store.clone()).await.expect("a queue");
    println!("idle: {} MB resident", status("VmRSS") / 1024);
    let (began, cpu) = (Instant::now(), cpu_time());
    let workers: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(settle_all(queue.clone()))).collect();
    let callers: Vec<_> =
        (0..CALLERS).map(|caller| tokio::spawn(post_all(queue.clone(), caller, mails / CALLERS, bytes))).collect();
    let mut times = Vec::new();
    for caller in callers {
        times.extend(caller.await.expect("posts"));
    }
    for worker in workers {
        worker.await.expect("settles");
    }
    let (took, cpu) = (began.elapsed(), cpu_time() - cpu);
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let pairs = times.len() as f64;
    println!("disk: one write and sync takes {:.2} ms", sync.as_secs_f64() * 1e3);
    println!("{:.0} pairs of post and settle a second, {bytes} bytes, {CALLERS} callers", pairs / took.as_secs_f64());
    println!("post: p50 {:.2} ms, p99 {:.2} ms, longest {:.2} ms", at(0.5), at(0.99), at(1.0));
    println!("processor: {:.3} ms for each pair", cpu.as_secs_f64() * 1e3 / pairs);
    println!("memory: {} MB resident, {} MB at most", status("VmRSS") / 1024, status("VmHWM") / 1024);
    store.close().await;
}

async fn post_all(queue: Queue, caller: usize, count: usize, bytes: usize) -> Vec<Duration> {
    let raw = Bytes::from(vec![b'x'; bytes]);
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        let post = post(caller * count + number, &raw);
        let began = Instant::now();
        queue.post(post).await.expect("posted");
        times.push(began.elapsed());
    }
    times
}

async fn settle_all(queue: Queue) {
    while let Ok(leased) = tokio::time::timeout(Duration::from_secs(1), queue.next("default")).await {
        assert!(!leased.content().await.expect("content").is_empty());
        let job = leased.job();
        let event = Event::Delivered {
            reference: job.reference.clone(),
            copy: job.copy.copy,
            recipients: job.addresses(),
            route: "default".into(),
            host: "smtp.example.com".into(),
            reply: "250 2.0.0 Ok: queued as 4FxYz".into(),
            tls: None,
            proof: None,
            sha256: "0".repeat(64),
        };
        let settlement = Settlement { done: job.addresses(), events: vec![event], ..Settlement::default() };
        leased.settle(settlement).await.expect("settled");
    }
}

fn post(number: usize, raw: &Bytes) -> Post {
    let at = Timestamp::now();
    let random = u32::try_from(number).unwrap_or(0).to_be_bytes();
    let reference = Ref::new(at, [random[1], random[2], random[3]]);
    let to = Address::parse("parent@example.com").expect("an address");
    let from = Address::parse("head@oakfield.example.sch.uk").expect("an address");
    let envelope = Envelope::new(ReversePath::Address(from.clone()), vec![Recipient::new(to.clone())]);
    let copy = NewJob::new(envelope.clone(), at);
    let event = Event::MailAccepted {
        reference: reference.clone(),
        from: from.to_string(),
        recipients: vec![to],
        size: raw.len() as u64,
        sha256: "0".repeat(64),
        class: "ordinary".into(),
        rules: vec!["notice".into()],
        rule_set: "0".repeat(64),
    };
    let header = RecordHeader {
        reference,
        received_at: at,
        envelope,
        origin: None,
        issued: None,
        provenance: None,
        sha256: "0".repeat(64),
    };
    Post {
        keep: Keeping::for_ever("ordinary"),
        header,
        raw: raw.clone(),
        shared: Vec::new(),
        copies: vec![copy],
        events: vec![event],
    }
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Median time of writing 8 KiB and syncing it, on the same disk.
fn sync_time(folder: &std::path::Path) -> Duration {
    let mut file = std::fs::File::create(folder.join("sync")).expect("a file");
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let began = Instant::now();
            file.write_all(&[1; 8192]).and_then(|()| file.sync_data()).expect("synced");
            began.elapsed()
        })
        .collect();
    times.sort();
    times[100]
}

/// A line of this process's status, in kilobytes.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0)
}

/// Processor time of this process so far, in ticks of a hundredth of a second.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
