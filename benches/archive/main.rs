//! The archive under load: how fast mail goes in with its index, what it costs on disk and in memory, and how soon a search answers.
//!
//! `cargo bench --bench archive`. `SCHOOLGATE_BENCH_ARCHIVE` is the number of mails (default 100,000; the project's goal is told for 1,000,000 and takes
//! a quarter of an hour and 15 GB); searches are timed at a tenth of them, at all of them, and when the months are
//! compacted; at last everything is verified. A sample of the same mails is given to notmuch and to PostgreSQL's full-text
//! search in the same run, where they are installed; `SCHOOLGATE_BENCH_PEERS=0` leaves them out. [`mails`] says what the mails are.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot go on stops, and says where")]

mod mails;
mod peers;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::SignedDuration;
use schoolgate::access::Permit;
use schoolgate::archive::verify;
use schoolgate::base::hash::sha256_hex;
use schoolgate::base::{Address, Envelope, Recipient, Ref, ReversePath, Timestamp};
use schoolgate::boxed::{Options, Pool};
use schoolgate::ledger::{Event, Ledger};
use schoolgate::message::Message;
use schoolgate::queue::{Post, Queue};
use schoolgate::search::find::{Finder, Page};
use schoolgate::search::intake::Intake;
use schoolgate::search::query::Query;
use schoolgate::search::reading::Reader;
use schoolgate::store::{Keeping, MasterKey, RecordHeader, Store};
use tokio::sync::watch;

use mails::{Mail, Mails};

/// Mails of one commit, as a busy gate's group commit gathers them.
const BATCH: usize = 50;
/// How often each query is asked.
const ROUNDS: usize = 60;
/// Mails that the peers get.
const SAMPLE: usize = 20_000;

/// A query and what it stands for.
pub struct Asked {
    pub what: &'static str,
    pub query: String,
    /// Words of it as the peers know them.
    pub words: Vec<String>,
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let count = std::env::var("SCHOOLGATE_BENCH_ARCHIVE").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let queries = queries();
    let bench = Bench::open(folder.path()).await;
    let mut all = Mails::new(count);
    bench.fill(&mut all, count / 10).await;
    bench.ask(&queries).await;
    bench.fill(&mut all, count - count / 10).await;
    bench.ask(&queries).await;
    bench.disk(folder.path(), count);
    let began = Instant::now();
    compact(bench.reader()).await;
    println!("\nthe months that are over, compacted in {:.0} s", began.elapsed().as_secs_f64());
    bench.ask(&queries).await;
    bench.disk(folder.path(), count);
    bench.verify().await;
    bench.store.close().await;
    if std::env::var("SCHOOLGATE_BENCH_PEERS").is_ok_and(|peers| peers == "0") {
        return;
    }
    let sample = Bench::open(&folder.path().join("sample")).await;
    sample.fill(&mut Mails::new(SAMPLE.min(count)), SAMPLE.min(count)).await;
    sample.ask(&queries).await;
    sample.store.close().await;
    peers::run(folder.path(), SAMPLE.min(count), &queries);
}

/// What an auditor asks, from the most frequent word to a rare one.
fn queries() -> Vec<Asked> {
    let mails = Mails::new(0);
    let word = |rank: usize| mails.word(rank).to_owned();
    let (common, medium, rare) = (word(0), word(60), word(20_000));
    let phrase = format!("{} {}", word(1), word(2));
    let prefix: String = word(3000).chars().take(4).collect();
    let sender = Mails::staff(7);
    let asked =
        |what, query: String, words: &[&String]| Asked { what, query, words: words.iter().map(|word| (*word).clone()).collect() };
    vec![
        asked("common word", common.clone(), &[&common]),
        asked("medium word", medium.clone(), &[&medium]),
        asked("rare word", rare.clone(), &[&rare]),
        asked("phrase", format!("\"{phrase}\""), &[&phrase]),
        asked("prefix", format!("{prefix}*"), &[&prefix]),
        asked("sender, word, dates", format!("from:{sender} {medium} after:2026-07-01 before:2026-09-01"), &[&medium]),
    ]
}

struct Bench {
    store: Store,
    queue: Queue,
    ledger: Ledger,
    pool: Pool,
    finder: Finder,
    permit: Permit,
    config: watch::Receiver<Arc<schoolgate::config::Config>>,
    filled: std::cell::Cell<(usize, u64)>,
}

impl Bench {
    async fn open(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let key_file = folder.join("master.key");
        MasterKey::create(&key_file).unwrap();
        let store = Store::open(&schoolgate::config::Store { path: folder.join("store"), key_file }).unwrap();
        let ledger = Ledger::new(store.clone());
        let options = Options { program: env!("CARGO_BIN_EXE_schoolgate").into(), jobs: u32::MAX, ..Options::default() };
        let permit = Permit::break_glass(&ledger, "bench", "a benchmark").await.unwrap();
        Self {
            queue: Queue::open(store.clone()).await.unwrap(),
            pool: Pool::open(options).await.unwrap(),
            finder: Finder::new(store.clone()),
            permit,
            config: config(folder),
            filled: std::cell::Cell::new((0, 0)),
            store,
            ledger,
        }
    }

    /// Puts mails in, the index at work beside; until both are done.
    async fn fill(&self, mails: &mut Mails, count: usize) {
        let (began, cpu) = (Instant::now(), cpu());
        let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let indexing = tokio::spawn(index(self.reader(), done.clone()));
        let (mut octets, mut left) = (0_u64, count);
        while left > 0 {
            let batch: Vec<Mail> = mails.by_ref().take(BATCH.min(left)).collect();
            left -= batch.len();
            octets += batch.iter().map(|mail| mail.raw.len() as u64).sum::<u64>();
            self.queue.post_all(batch.into_iter().map(post).collect()).await.unwrap();
        }
        let kept = began.elapsed();
        done.store(true, std::sync::atomic::Ordering::Release);
        indexing.await.unwrap();
        let (took, used) = (began.elapsed(), self::cpu() - cpu);
        let rate = |time: Duration| count as f64 / time.as_secs_f64();
        println!(
            "\n{count} mails more, {:.2} GB: {:.0} a second kept, {:.0} a second kept and indexed; {:.2} ms of processor each; {} MB at most",
            octets as f64 / 1e9,
            rate(kept),
            rate(took),
            used.as_secs_f64() * 1e3 / count as f64,
            peak_mb()
        );
        let (before, raw) = self.filled.get();
        self.filled.set((before + count, raw + octets));
    }

    fn reader(&self) -> Reader {
        Reader::new(self.store.clone(), self.ledger.clone(), self.pool.clone(), self.config.clone())
    }

    async fn ask(&self, queries: &[Asked]) {
        println!("{} mails; milliseconds p50 / p99", self.filled.get().0);
        println!("{:<22} {:>10} {:>18} {:>22}", "", "hits", "newest 50", "with the exact total");
        let page = Page { limit: 50, after: None };
        for asked in queries {
            let query = Query::parse(&asked.query, Timestamp::now()).unwrap();
            let (mut pages, mut totals, mut hits) = (Vec::new(), Vec::new(), 0);
            for _ in 0..ROUNDS {
                let began = Instant::now();
                self.finder.page_of(&self.permit, &query, &page).await.unwrap();
                pages.push(began.elapsed());
                let began = Instant::now();
                hits = self.finder.find(&self.permit, &query, &page).await.unwrap().total;
                totals.push(began.elapsed());
            }
            println!("{:<22} {hits:>10} {:>18} {:>22}", asked.what, spread(&mut pages), spread(&mut totals));
        }
    }

    async fn verify(&self) {
        let began = Instant::now();
        let report = verify::run(&self.store, None, &Arc::default()).await.unwrap();
        assert!(report.is_whole(), "{:?}", report.faults);
        println!(
            "\n{} mails verified in {:.0} s: what a night's verification takes; {} MB at most",
            report.mails,
            began.elapsed().as_secs_f64(),
            peak_mb()
        );
    }

    fn disk(&self, folder: &Path, count: usize) {
        let raw = self.filled.get().1 as f64;
        let of = |name: &str| size(&folder.join("store").join(name)) as f64;
        let (segments, index, database) = (of("segments"), of("index"), of("store.db") + of("store.db-wal"));
        println!(
            "on disk for {count} mails: {:.2} of the raw octets (mails {:.2}, index {:.2}, ledger and places {:.2})",
            (segments + index + database) / raw,
            segments / raw,
            index / raw,
            database / raw
        );
    }
}

async fn index(reader: Reader, done: Arc<std::sync::atomic::AtomicBool>) {
    let mut intake = Intake::new(reader);
    loop {
        let last = done.load(std::sync::atomic::Ordering::Acquire);
        match intake.step().await.unwrap() {
            0 if last => break,
            0 => tokio::time::sleep(Duration::from_millis(20)).await,
            _ => {}
        }
    }
    intake.close().await;
}

/// Compacts what the gateway would compact while no mail waits.
async fn compact(reader: Reader) {
    let mut intake = Intake::new(reader);
    while intake.compact().await.unwrap() {}
    intake.close().await;
}

fn post(mail: Mail) -> Post {
    let first: Timestamp = "2026-05-04T06:00:00Z".parse().unwrap();
    let received_at = first + SignedDuration::from_millis(mail.after_ms);
    let random: [u8; 4] = u32::try_from(mail.after_ms & 0x00ff_ffff).unwrap_or(0).to_be_bytes();
    let reference = Ref::new(received_at, [random[1], random[2], random[3]]);
    let (from, to) = (Address::parse(&mail.from).unwrap(), Address::parse(&mail.to).unwrap());
    let envelope = Envelope::new(ReversePath::Address(from), vec![Recipient::new(to.clone())]);
    let (sha256, size) = (sha256_hex(&mail.raw), mail.raw.len() as u64);
    let event = Event::MailAccepted {
        reference: reference.clone(),
        from: mail.from,
        recipients: vec![to],
        size,
        sha256: sha256.clone(),
        class: "ordinary".into(),
        rules: vec!["notice".into()],
        rule_set: "0".repeat(64),
    };
    let raw = Bytes::from(mail.raw);
    let shared = Message::parse(raw.clone()).attachments();
    let header = RecordHeader { reference, received_at, envelope, origin: None, issued: None, provenance: None, sha256 };
    Post { keep: Keeping::for_ever("ordinary"), header, raw, shared, copies: Vec::new(), events: vec![event] }
}

/// The smallest school that `check` accepts.
fn config(folder: &Path) -> watch::Receiver<Arc<schoolgate::config::Config>> {
    let text = "schema = 1\n[school]\nname = \"Oakfield School\"\ndomains = [\"oakfield.example.sch.uk\"]\npostmaster = \
                \"it@oakfield.example.sch.uk\"\nhostname = \"mail.oakfield.example.sch.uk\"\n[store]\npath = \"store\"\nkey_file = \
                \"master.key\"\n[antivirus]\nclamd = \"off\"\n[[listen]]\nkind = \"relay\"\naddress = \"127.0.0.1:2525\"\ntrusted = \
                [\"127.0.0.0/8\"]\n[[route]]\nname = \"default\"\nhost = \"127.0.0.1\"\nport = 25\ntls = \"none\"\n";
    let file = folder.join("config.toml");
    std::fs::write(&file, text).unwrap();
    let loaded = schoolgate::config::read(&file).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    watch::channel(Arc::new(loaded.config)).1
}

/// p50 / p99 in milliseconds.
fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    format!("{:.2} / {:.2}", at(50), at(99))
}

fn size(path: &Path) -> u64 {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| size(&entry.path())).sum(),
        Err(_) => path.metadata().map_or(0, |about| about.len()),
    }
}

fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1024
}

/// Processor time of this process and its children.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    Duration::from_millis(fields[11..15].iter().map(|ticks| ticks.parse::<u64>().unwrap() * 10).sum())
}
