//! Schoolgate and Postfix relay the same mail to the same sink, in one run, on the same disk, one after the other.
//!
//! Both fsync before they say 250; Schoolgate also archives (encrypted), keeps its ledger and puts the notice on each mail.
//! Prints, for each size: mails a second accepted and delivered, p50 and p99 of the reply after the final dot, CPU and memory.
//! `SCHOOLGATE_BENCH_MAILS` sets the number of 5 KB mails (default 10,000); bigger mails come in smaller numbers.
//! `SCHOOLGATE_BENCH_SIZE` (`5 KB`, `100 KB`, `1 MB`, `attachments`) runs one size alone. The last is a mail with three files of 100 KB together:
//! as it is, with rules that open them, and with a clamd that both Schoolgate and Postfix (by clamav-milter) ask; that clamd has our own few
//! signatures, and its processor time is nobody's.

#![allow(clippy::panic, reason = "a benchmark that cannot go on stops, and says where")]

mod clamd;
mod gateway;
mod load;
mod postfix;
mod process;
mod sink;

use std::sync::Arc;
use std::time::Duration;

use load::Load;
use process::Usage;
use tokio::runtime::Runtime;

/// One server under test: where it listens, and how to look at it.
pub trait Peer {
    fn name(&self) -> &'static str;
    fn port(&self) -> u16;
    fn usage(&self) -> Usage;
}

struct Row {
    name: &'static str,
    accepted: f64,
    delivered: f64,
    p50: Duration,
    p99: Duration,
    cpu_ms: f64,
    memory_mb: f64,
}

const SESSIONS: usize = 20;

fn main() {
    let mails: usize = std::env::var("SCHOOLGATE_BENCH_MAILS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let run = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    println!("{SESSIONS} sessions, notice rule on; fsync of this disk: {}", process::fsync_time());
    let only = std::env::var("SCHOOLGATE_BENCH_SIZE").ok();
    let sizes = [("5 KB", 5 << 10, mails), ("100 KB", 100 << 10, mails / 5), ("1 MB", 1 << 20, mails / 20)];
    for (label, size, count) in sizes.into_iter().filter(|size| only.as_deref().is_none_or(|only| only == size.0)) {
        println!("\n{count} mails of {label}");
        head();
        let mail = load::text(size);
        let gate = run.block_on(measure(|sink| gateway::start(sink, ""), &mail, count));
        show(&gate);
        beside(&run, &gate, "", &mail, count);
    }
    if only.is_none_or(|only| only == "attachments") {
        with_attachments(&run, mails / 10);
    }
}

/// The same mail with nobody asking, with rules that open its files, and with a scanner too.
fn with_attachments(run: &Runtime, count: usize) {
    let mail = load::attached(&["python-docx.docx", "unicode.pdf", "impress.pptx"]);
    println!("\n{count} mails with a docx, a pdf and a pptx, {} KB in all", mail.len() >> 10);
    head();
    let plain = run.block_on(measure(|sink| gateway::start(sink, ""), &mail, count));
    show(&plain);
    beside(run, &plain, "", &mail, count);
    println!("  with rules that open them");
    let opened = run.block_on(measure(|sink| gateway::start(sink, gateway::ATTACHMENT_RULES), &mail, count));
    show(&opened);
    println!("  ratio to no such rules: {:.2}", opened.delivered / plain.delivered);
    let Some(clamd) = clamd::start() else { return println!("  clamd is not installed: nothing is scanned here") };
    println!("  with clamd");
    let scanned = run.block_on(measure(|sink| gateway::start(sink, &clamd.section()), &mail, count));
    show(&scanned);
    match clamd.milter() {
        Some(milter) => beside(run, &scanned, &milter.main_cf(), &mail, count),
        None => println!("  clamav-milter is not installed: no peer to compare with"),
    }
    println!("  with clamd, and rules that open them");
    let sections = clamd.section() + gateway::ATTACHMENT_RULES;
    let both = run.block_on(measure(|sink| gateway::start(sink, &sections), &mail, count));
    show(&both);
    println!("  ratio to clamd alone: {:.2}", both.delivered / scanned.delivered);
}

/// Postfix with the same mail, and the ratio.
fn beside(run: &Runtime, gate: &Row, main_cf: &str, mail: &Arc<[u8]>, count: usize) {
    if !postfix::available() {
        return println!("  Postfix is not installed: no peer to compare with");
    }
    let postfix = run.block_on(measure(|sink| postfix::start(sink, main_cf), mail, count));
    show(&postfix);
    println!("  ratio of delivered/s: {:.2}", gate.delivered / postfix.delivered);
}

fn head() {
    println!(
        "  {:<12} {:>10} {:>11} {:>9} {:>9} {:>9} {:>9}",
        "", "accepted/s", "delivered/s", "p50 ms", "p99 ms", "CPU ms", "MB"
    );
}

async fn measure<P: Peer>(start: impl FnOnce(u16) -> P, mail: &Arc<[u8]>, count: usize) -> Row {
    let sink = sink::Sink::start().await;
    let peer = start(sink.port);
    load::wait_for(peer.port()).await;
    Load { port: peer.port(), mail: mail.clone(), count: count / 20, sessions: SESSIONS }.run().await; // warm up
    sink.wait_for(count / 20).await;
    let before = peer.usage();
    let done = Load { port: peer.port(), mail: mail.clone(), count, sessions: SESSIONS }.run().await;
    let all = sink.wait_for(count / 20 + count).await.duration_since(done.started);
    let after = peer.usage();
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    Row {
        name: peer.name(),
        accepted: rate(done.took),
        delivered: rate(all),
        p50: done.percentile(50),
        p99: done.percentile(99),
        cpu_ms: (after.cpu - before.cpu).as_secs_f64() * 1e3 / count as f64,
        memory_mb: after.peak_memory as f64 / 1e6,
    }
}

fn show(row: &Row) {
    let ms = |d: Duration| d.as_secs_f64() * 1e3;
    println!(
        "  {:<12} {:>10.0} {:>11.0} {:>9.2} {:>9.2} {:>9.2} {:>9.0}",
        row.name,
        row.accepted,
        row.delivered,
        ms(row.p50),
        ms(row.p99),
        row.cpu_ms,
        row.memory_mb
    );
}
