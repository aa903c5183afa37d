//! What the box costs: a text of 10 KB there and back by a warm child, and how fast each kind of file in `fixtures/attachments` is read.
//!
//! `cargo bench --bench extract`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on stops, and says where")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use schoolgate::boxed::{Options, Pool};
use schoolgate::extract::Leaf;
use tokio::time::Instant;

const ROUNDS: usize = 2000;
/// What the box may add to a mail.
const ALLOWED: Duration = Duration::from_millis(2);
/// How long each kind is read, at least.
const EACH: Duration = Duration::from_millis(500);

#[tokio::main]
async fn main() {
    let options = Options { program: env!("CARGO_BIN_EXE_schoolgate").into(), jobs: u32::MAX, ..Options::default() };
    let began = Instant::now();
    let pool = Pool::open(options).await.unwrap();
    println!("first child                {:>8.2} ms", millis(began.elapsed()));
    round_trip(&pool).await;
    let files = samples(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/attachments")));
    for (kind, files) in by_kind(&pool, files).await {
        speed(&pool, kind, &files).await;
    }
    pool.close().await;
}

async fn round_trip(pool: &Pool) {
    let line = "Dear parents, the trip to the museum is on Friday; please send a packed lunch.\r\n";
    let text = Bytes::from(line.repeat((10 << 10) / line.len()));
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let leaf = Leaf { part: "2".to_owned(), name: "letter.txt".to_owned(), bytes: text.clone() };
        let began = Instant::now();
        pool.examine(vec![leaf], began + Duration::from_secs(60)).await.unwrap();
        times.push(began.elapsed());
    }
    times.sort();
    let (half, most) = (times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
    println!("10 KB of text, p50         {:>8.3} ms", millis(half));
    println!("10 KB of text, p99         {:>8.3} ms", millis(most));
    println!("{}: {} ms are allowed", if half < ALLOWED { "ok" } else { "TOO SLOW" }, millis(ALLOWED));
}

fn samples(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { samples(&path) } else { vec![path] }).collect()
}

type Sample = (String, Bytes);

/// By what the reader says they are; what is not read at all is left out.
async fn by_kind(pool: &Pool, files: Vec<PathBuf>) -> BTreeMap<&'static str, Vec<Sample>> {
    let mut kinds: BTreeMap<&str, Vec<Sample>> = BTreeMap::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = Bytes::from(std::fs::read(&file).unwrap());
        let found = pool.read(&name, bytes.clone(), Instant::now() + Duration::from_secs(60)).await.unwrap();
        if found[0].unread.is_none() {
            kinds.entry(found[0].kind.word()).or_default().push((name, bytes));
        }
    }
    kinds
}

async fn speed(pool: &Pool, kind: &str, files: &[Sample]) {
    let (began, mut octets, mut times) = (Instant::now(), 0, 0_u32);
    while began.elapsed() < EACH {
        for (name, bytes) in files {
            pool.read(name, bytes.clone(), Instant::now() + Duration::from_secs(60)).await.unwrap();
            octets += bytes.len();
            times += 1;
        }
    }
    let took = began.elapsed();
    #[allow(clippy::cast_precision_loss)]
    let speed = octets as f64 / 1e6 / took.as_secs_f64();
    println!("{kind:<24} {speed:>8.2} MB/s   {:>8.3} ms a file, {} files", millis(took / times), files.len());
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
