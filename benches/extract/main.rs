//! What the box costs a mail, and how fast each kind of file is read in it, by a warm child.
//!
//! `cargo bench --bench extract`; `SCHOOLGATE_BENCH_FORMAT=xlsx` reads one kind alone. Prints the round trip of a small and of a long
//! text, what of the long one is the reading and what the answer's way, and a row for each kind: MB/s of the file as it lies in the
//! mail and of the text that comes out. [`samples`] says what the files are.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on stops, and says where")]

mod samples;

use std::time::Duration;

use bytes::Bytes;
use samples::Sample;
use schoolgate::boxed::{Options, Pool};
use schoolgate::extract::contents::Content;
use schoolgate::extract::{File, Leaf, read};
use tokio::time::Instant;

const ROUNDS: usize = 2000;
/// What the box may add to a mail.
const ALLOWED: Duration = Duration::from_millis(2);
/// How long each kind is read, at least, and how often.
const EACH: Duration = Duration::from_millis(500);
const TIMES: usize = 20;
/// Reading slower than this wants a reason, in MB/s of the file.
const SLOW: f64 = 5.0;

#[tokio::main]
async fn main() {
    let options = Options { program: env!("CARGO_BIN_EXE_schoolgate").into(), jobs: u32::MAX, ..Options::default() };
    let began = Instant::now();
    let pool = Pool::open(options).await.unwrap();
    println!("first child            {:>9.3} ms", millis(began.elapsed()));
    let half = round_trip(&pool, "10 KB of text", samples::prose(10 << 10), ROUNDS).await;
    println!("  {}: {} ms are allowed", if half < ALLOWED { "ok" } else { "TOO SLOW" }, millis(ALLOWED));
    let long = samples::prose(1 << 20);
    shares(&long);
    round_trip(&pool, "1 MB of text", long, ROUNDS / 20).await;
    println!("\n{:<6} {:>8} {:>9} {:>9} {:>9} {:>9} {:>11}", "", "KB", "p50 ms", "p99 ms", "MB/s", "text KB", "text MB/s");
    let only = std::env::var("SCHOOLGATE_BENCH_FORMAT").ok();
    for sample in samples::all().into_iter().filter(|sample| only.as_deref().is_none_or(|only| only == sample.format)) {
        speed(&pool, &sample).await;
    }
    pool.close().await;
}

/// A mail with one text attached, there and back.
async fn round_trip(pool: &Pool, what: &str, text: String, rounds: usize) -> Duration {
    let text = Bytes::from(text);
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let leaf = Leaf { part: "2".to_owned(), name: "letter.txt".to_owned(), bytes: text.clone() };
        let began = Instant::now();
        pool.examine(vec![leaf], began + Duration::from_secs(60)).await.unwrap();
        times.push(began.elapsed());
    }
    let (half, most) = (percentile(&mut times, 50), percentile(&mut times, 99));
    println!("{what:<22} {:>9.3} ms p50, {:.3} ms p99", millis(half), millis(most));
    half
}

/// What of a round trip is reading, writing the answer and taking it apart, each by itself in this process.
fn shares(text: &str) {
    let bytes = text.as_bytes().to_vec();
    let (files, reading) = timed(|| read::read("letter.txt", bytes.clone()));
    let (json, writing) = timed(|| serde_json::to_vec(&files).unwrap());
    let (_, parsing) = timed(|| serde_json::from_slice::<Vec<File>>(&json).unwrap());
    let (reading, writing, parsing) = (millis(reading), millis(writing), millis(parsing));
    println!("1 MB of text, no box   reading {reading:.3} ms, answer written {writing:.3} ms, taken apart {parsing:.3} ms");
}

/// The median of some runs.
fn timed<T>(mut work: impl FnMut() -> T) -> (T, Duration) {
    let mut times = Vec::new();
    loop {
        let began = Instant::now();
        let done = work();
        times.push(began.elapsed());
        if times.len() == TIMES {
            return (done, percentile(&mut times, 50));
        }
    }
}

async fn speed(pool: &Pool, sample: &Sample) {
    let (started, mut times, mut text) = (Instant::now(), Vec::new(), 0);
    while started.elapsed() < EACH || times.len() < TIMES {
        let began = Instant::now();
        let files = pool.read(&sample.name, sample.bytes.clone(), began + Duration::from_secs(60)).await.unwrap();
        times.push(began.elapsed());
        let unread = files.iter().find(|file| file.is_unreadable());
        assert!(unread.is_none(), "{}: {unread:?}", sample.name);
        text = files.iter().map(octets).sum();
    }
    assert!(text > 0, "{}: nothing was read", sample.name);
    let half = percentile(&mut times, 50);
    #[allow(clippy::cast_precision_loss)]
    let rate = |octets: usize| octets as f64 / 1e6 / half.as_secs_f64();
    let (size, speed) = (sample.bytes.len(), rate(sample.bytes.len()));
    println!(
        "{:<6} {:>8} {:>9.2} {:>9.2} {speed:>9.1} {:>9} {:>11.1}{}",
        sample.format,
        size >> 10,
        millis(half),
        millis(percentile(&mut times, 99)),
        text >> 10,
        rate(text),
        if speed < SLOW { "  slow" } else { "" },
    );
}

/// Octets of text.
fn octets(file: &File) -> usize {
    let of = |content: &Content| match content {
        Content::Text(text) => text.len(),
        Content::Table(rows) => rows.iter().flatten().map(|cell| cell.len() + 1).sum(),
    };
    file.blocks.iter().map(|block| of(&block.content)).sum()
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[times.len() * percent / 100]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
