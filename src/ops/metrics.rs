//! The numbers of `/metrics`, in the words of Prometheus.
//!
//! In: counters and histograms that events raise wherever they happen (`metrics::counter!` …), and once in a while a
//! [`Standing`] with what is read off: queue, sessions, disk, this process. Out: the text of `/metrics`. No listener is here;
//! `health` has it. Invariants: a name is described here before it is shown; labels are words of our own (a route, a rule,
//! a listener), never an address out of a mail, so their number is bounded.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
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
    /// Bytes free where the store lies.
    pub disk_free: u64,
}

/// A gauge by its name, unit and meaning. The table is what `docs/operating.md` shows.
pub const GAUGES: [(&str, Unit, &str); 10] = [
    ("schoolgate_queue_copies", Unit::Count, "copies waiting for delivery"),
    ("schoolgate_queue_oldest_seconds", Unit::Seconds, "age of the oldest copy waiting for delivery"),
    ("schoolgate_held_copies", Unit::Count, "copies held for a person's decision"),
    ("schoolgate_sessions", Unit::Count, "SMTP sessions open now"),
    ("schoolgate_disk_free_bytes", Unit::Bytes, "bytes free where the store lies"),
    ("schoolgate_disk_reserve_bytes", Unit::Bytes, "free bytes under which new mail is answered 452"),
    ("schoolgate_info", Unit::Count, "always 1; the label says which version runs"),
    ("process_resident_memory_bytes", Unit::Bytes, "memory of this process"),
    ("process_open_fds", Unit::Count, "files and sockets this process has open"),
    ("process_threads", Unit::Count, "threads of this process"),
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
    for (name, unit, meaning) in GAUGES {
        describe_gauge!(name, unit, meaning);
    }
    describe_counter!("process_cpu_seconds_total", Unit::Seconds, "CPU time of this process, whole seconds");
    gauge!("schoolgate_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!("schoolgate_disk_reserve_bytes").set(as_number(crate::base::limits::DISK_RESERVE));
}

/// Puts what was read off into the gauges.
pub fn show(standing: &Standing) {
    gauge!("schoolgate_queue_copies").set(as_number(standing.queued));
    gauge!("schoolgate_queue_oldest_seconds").set(standing.oldest.as_secs_f64());
    gauge!("schoolgate_held_copies").set(as_number(standing.held));
    gauge!("schoolgate_sessions").set(as_number(standing.sessions));
    gauge!("schoolgate_disk_free_bytes").set(as_number(standing.disk_free));
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
mod tests {
    use std::time::Duration;

    use tokio_util::sync::CancellationToken;

    use super::{GAUGES, Standing, install, keep};

    /// One test, for a process has one recorder.
    #[tokio::test]
    async fn every_gauge_is_described_and_shown() {
        let handle = install().unwrap();
        assert!(install().unwrap_err().contains("twice"));
        let stop = CancellationToken::new();
        let standing = Standing { queued: 3, oldest: Duration::from_secs(7), held: 2, sessions: 1, disk_free: 1 << 40 };
        let first_look = stop.clone();
        let read_off = move || {
            first_look.cancel();
            async move { standing }
        };
        tokio::time::timeout(Duration::from_secs(5), keep(handle.clone(), read_off, stop)).await.unwrap();
        let page = handle.render();
        for (name, _, meaning) in GAUGES {
            assert!(page.contains(&format!("# HELP {name} {meaning}")), "{name} in\n{page}");
        }
        assert!(page.contains("schoolgate_queue_copies 3\n") && page.contains("schoolgate_held_copies 2\n"), "{page}");
        assert!(page.contains("process_cpu_seconds_total"), "{page}");
    }
}
