//! The numbers of `/metrics`, in the words of Prometheus.
//!
//! In: counters and histograms that events raise wherever they happen (`metrics::counter!` …), and once in a while a
//! [`Standing`] with what is read off: queue and sessions; this process is read off here. Out: the text of `/metrics`. No listener is here;
//! `health` has it. Invariants: a name is described here before it is shown; labels are words of our own (a route, a rule,
//! a listener), never an address out of a mail, so their number is bounded.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

use super::process;

/// How often gauges are read off and histograms tidied.
const READ_OFF: Duration = Duration::from_secs(5);

/// Borders of every histogram of seconds: from a reply out of memory to the longest wait for an upstream.
const SECONDS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0];

/// What is read off rather than counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// Copies that wait for delivery.
    pub queued: u64,
    /// Age of the oldest of them.
    pub oldest: Duration,
    /// Copies that wait for a person.
    pub held: u64,
    /// SMTP sessions open now.
    pub sessions: u64,
}

/// What is shown of a number, besides its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only rises, from zero at each start.
    Counter,
    /// Rises and falls.
    Gauge,
    /// A count for each border, of seconds.
    Histogram,
}

/// Every number by its name, kind, unit and meaning, whichever room raises it. `docs/operating.md` shows the same; a test compares.
pub const NUMBERS: [(&str, Kind, Unit, &str); 23] = [
    ("schoolgate_events_total", Kind::Counter, Unit::Count, "what happened, by the event's name in the ledger"),
    ("schoolgate_accepted_bytes_total", Kind::Counter, Unit::Bytes, "bytes of mail accepted"),
    (
        "schoolgate_journaled_total",
        Kind::Counter,
        Unit::Count,
        "mails archived by journal listeners, by their form: copy, report, whole-report",
    ),
    ("schoolgate_store_commit_seconds", Kind::Histogram, Unit::Seconds, "time of one group commit, until it is safe on disk"),
    ("schoolgate_store_work_total", Kind::Counter, Unit::Count, "pieces of work made durable by group commits"),
    ("schoolgate_store_free_bytes", Kind::Gauge, Unit::Bytes, "bytes free where the store lies"),
    ("schoolgate_store_reserve_bytes", Kind::Gauge, Unit::Bytes, "free bytes under which new mail is answered 452"),
    ("schoolgate_scans_total", Kind::Counter, Unit::Count, "virus scans of mails and files, by their result"),
    ("schoolgate_scan_seconds", Kind::Histogram, Unit::Seconds, "time of one virus scan, from connecting to the answer"),
    ("schoolgate_queue_copies", Kind::Gauge, Unit::Count, "copies waiting for delivery"),
    ("schoolgate_queue_oldest_seconds", Kind::Gauge, Unit::Seconds, "age of the oldest copy waiting for delivery"),
    ("schoolgate_held_copies", Kind::Gauge, Unit::Count, "copies held for a person to decide"),
    ("schoolgate_archive_unindexed", Kind::Gauge, Unit::Count, "mails in the archive that cannot be searched for yet"),
    (
        "schoolgate_archive_faults",
        Kind::Gauge,
        Unit::Count,
        "things in the archive that were not as written when it was verified last",
    ),
    ("schoolgate_sessions", Kind::Gauge, Unit::Count, "SMTP sessions open now"),
    ("schoolgate_box_files_total", Kind::Counter, Unit::Count, "attachments given to the box, read or not"),
    (
        "schoolgate_box_deaths_total",
        Kind::Counter,
        Unit::Count,
        "attachments that killed their reader, took too long or said too much",
    ),
    (
        "schoolgate_box_seconds",
        Kind::Histogram,
        Unit::Seconds,
        "time of one attachment in the box, waiting for a reader included",
    ),
    ("schoolgate_info", Kind::Gauge, Unit::Count, "always 1; its label says which version runs"),
    ("process_cpu_seconds_total", Kind::Counter, Unit::Seconds, "CPU time of this process, in whole seconds"),
    ("process_resident_memory_bytes", Kind::Gauge, Unit::Bytes, "memory of this process"),
    ("process_open_fds", Kind::Gauge, Unit::Count, "files and sockets this process has open"),
    ("process_threads", Kind::Gauge, Unit::Count, "threads of this process"),
];

/// Starts counting in this process.
///
/// # Errors
/// A sentence, when counting was started before.
pub fn install() -> Result<PrometheusHandle, String> {
    let builder = PrometheusBuilder::new().set_buckets(&SECONDS).map_err(|e| e.to_string())?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| "the metrics were started twice".to_owned())?;
    describe();
    Ok(handle)
}

fn describe() {
    for (name, kind, unit, meaning) in NUMBERS {
        match kind {
            Kind::Counter => describe_counter!(name, unit, meaning),
            Kind::Gauge => describe_gauge!(name, unit, meaning),
            Kind::Histogram => describe_histogram!(name, unit, meaning),
        }
    }
    gauge!("schoolgate_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!("schoolgate_store_reserve_bytes").set(as_number(crate::base::limits::DISK_RESERVE));
}

/// Puts what was read off into the gauges.
pub fn show(standing: &Standing) {
    gauge!("schoolgate_queue_copies").set(as_number(standing.queued));
    gauge!("schoolgate_queue_oldest_seconds").set(standing.oldest.as_secs_f64());
    gauge!("schoolgate_held_copies").set(as_number(standing.held));
    gauge!("schoolgate_sessions").set(as_number(standing.sessions));
    let used = process::usage();
    gauge!("process_resident_memory_bytes").set(as_number(used.resident));
    gauge!("process_open_fds").set(as_number(used.open_files));
    gauge!("process_threads").set(as_number(used.threads));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of CPU, from zero up")]
    counter!("process_cpu_seconds_total").absolute(used.cpu_seconds as u64);
}

/// Keeps the gauges fresh until told to stop; without it histograms would grow when nobody asks for them.
pub async fn keep<S, F>(handle: PrometheusHandle, read_off: S, stop: CancellationToken)
where
    S: Fn() -> F + Send,
    F: Future<Output = Standing> + Send,
{
    let mut tick = tokio::time::interval(READ_OFF);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        show(&read_off().await);
        handle.run_upkeep();
    }
}

/// Prometheus knows floating numbers only; above 2^53 the last digits do not matter.
#[expect(clippy::cast_precision_loss, reason = "a gauge, not an account")]
fn as_number(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
