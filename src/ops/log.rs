//! The log: one line for each event on standard error, as sentences or as JSON.
//!
//! In: `tracing` events of every room. Out: whole lines, written by a thread of their own from a bounded queue, many lines
//! to one write when it is busy, so that a slow reader of standard error never holds up a mail. Invariants: an event is one
//! line, whatever stands in it (control characters become spaces); colour only on a terminal; no time stamp where the journal
//! adds its own. What can fail: `SCHOOLGATE_LOG` holds a word that is no level ([`LogError`]); the queue is full, then lines
//! are lost and their number is said in the next line. The ledger, not the log, is the record; so losing a line is allowed.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::LogFormat;

/// The environment variable that sets the level: `error`, `warn`, `info` (when unset) or `debug`.
pub const LEVEL_VARIABLE: &str = "SCHOOLGATE_LOG";

/// Lines that may wait for the writer. At some 300 bytes a line this is under 3 MB.
const LINES_WAITING: usize = 8192;
/// Lines gathered into one write.
const LINES_PER_WRITE: usize = 256;
/// Longest wait for the last lines to be written when the program ends.
const FLUSH_TIME: Duration = Duration::from_secs(2);

/// Keeps the writer alive. Dropping it writes what still waits; so hold it until the end of `main`.
#[must_use = "the log ends when this is dropped"]
pub struct Log {
    lines: Lines,
    writer: Option<JoinHandle<()>>,
}

/// Why the log cannot start.
#[derive(Debug, PartialEq, Eq)]
pub enum LogError {
    /// `SCHOOLGATE_LOG` holds something else than a level.
    Level(String),
    /// There is a log already; only a second call can do this.
    Twice,
    /// No thread could be started.
    NoThread(String),
}

impl std::fmt::Display for LogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Level(word) => {
                write!(f, "{LEVEL_VARIABLE}={word} is not a level — set it to error, warn, info or debug, or unset it")
            }
            Self::Twice => f.write_str("the log was started twice"),
            Self::NoThread(why) => write!(f, "the log's thread could not be started: {why} — raise the limit on processes"),
        }
    }
}

impl std::error::Error for LogError {}

/// Starts the log of this process.
///
/// # Errors
/// [`LogError`].
pub fn init(format: LogFormat) -> Result<Log, LogError> {
    let level = level(std::env::var(LEVEL_VARIABLE).ok().as_deref())?;
    let (log, lines) = start(io::stderr())?;
    let look = Look {
        colour: io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        time: std::env::var_os("JOURNAL_STREAM").is_none(),
    };
    tracing_subscriber::registry()
        .with(layer(format, look, lines).with_filter(targets(level)))
        .try_init()
        .map_err(|_| LogError::Twice)?;
    Ok(log)
}

/// What depends on where standard error leads.
#[derive(Clone, Copy)]
struct Look {
    colour: bool,
    time: bool,
}

/// Reads a level; nothing means `info`.
fn level(word: Option<&str>) -> Result<LevelFilter, LogError> {
    match word.map(str::trim).unwrap_or("") {
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "" | "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        other => Err(LogError::Level(other.chars().filter(|c| !c.is_control()).take(40).collect())),
    }
}

/// Our own events at the level asked for; libraries speak only of trouble, for their finer lines may quote the wire.
fn targets(level: LevelFilter) -> Targets {
    Targets::new().with_target("schoolgate", level).with_default(level.min(LevelFilter::WARN))
}

fn layer<S>(format: LogFormat, look: Look, lines: Lines) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let base = tracing_subscriber::fmt::layer().with_writer(lines).with_ansi(look.colour).with_target(false);
    match (format, look.time) {
        (LogFormat::Human, true) => base.boxed(),
        (LogFormat::Human, false) => base.without_time().boxed(),
        (LogFormat::Json, true) => base.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
        (LogFormat::Json, false) => {
            base.json().flatten_event(true).with_current_span(false).with_span_list(false).without_time().boxed()
        }
    }
}

/// The way of a line to the writer.
#[derive(Clone)]
struct Lines {
    queue: SyncSender<Word>,
    lost: Arc<AtomicU64>,
}

/// What the writer is told.
enum Word {
    Line(Vec<u8>),
    /// Write what there is and end.
    End,
}

fn start(out: impl Write + Send + 'static) -> Result<(Log, Lines), LogError> {
    let (queue, waiting) = sync_channel(LINES_WAITING);
    let lines = Lines { queue, lost: Arc::new(AtomicU64::new(0)) };
    let lost = Arc::clone(&lines.lost);
    let writer = std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || write_lines(out, &waiting, &lost))
        .map_err(|e| LogError::NoThread(e.to_string()))?;
    Ok((Log { lines: lines.clone(), writer: Some(writer) }, lines))
}

/// Writes lines until told to end. A standard error that is closed is no reason to stop a mail gateway: errors are passed over.
fn write_lines(mut out: impl Write, waiting: &Receiver<Word>, lost: &AtomicU64) {
    let mut page = Vec::new();
    while let Ok(word) = waiting.recv() {
        let go_on = gather(word, waiting, &mut page);
        let missing = lost.swap(0, Ordering::Relaxed);
        if missing > 0 {
            page.extend_from_slice(format!("{missing} log lines were lost: standard error is not read fast enough\n").as_bytes());
        }
        let _ = out.write_all(&page).and_then(|()| out.flush());
        page.clear();
        if !go_on {
            return;
        }
    }
}

/// Adds what waits to the page; false when the end has been called.
fn gather(first: Word, waiting: &Receiver<Word>, page: &mut Vec<u8>) -> bool {
    let mut next = Some(first);
    for _ in 0..LINES_PER_WRITE {
        match next {
            Some(Word::Line(line)) => page.extend_from_slice(&line),
            Some(Word::End) => return false,
            None => return true,
        }
        next = waiting.try_recv().ok();
    }
    match next {
        Some(Word::Line(line)) => page.extend_from_slice(&line),
        Some(Word::End) => return false,
        None => {}
    }
    true
}

impl Write for Lines {
    /// `tracing-subscriber` hands over one whole event at a time.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Word::Line(one_line(event))).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// One event as one line: control characters inside become spaces. ESC stays, for colour is made with it; `tracing-subscriber`
/// has already escaped any that came from an event's values.
fn one_line(event: &[u8]) -> Vec<u8> {
    let text = event.strip_suffix(b"\n").unwrap_or(event);
    let mut line: Vec<u8> = text.iter().map(|&b| if (b < b' ' && b != 0x1b) || b == 0x7f { b' ' } else { b }).collect();
    line.push(b'\n');
    line
}

impl Drop for Log {
    fn drop(&mut self) {
        // A stuck reader must not keep the program from ending: the thread is joined only when it can get the word.
        let (done, ended) = sync_channel::<()>(1);
        let (queue, writer) = (self.lines.queue.clone(), self.writer.take());
        let closing = std::thread::Builder::new().name("log-end".to_owned()).spawn(move || {
            let _ = queue.send(Word::End);
            if let Some(writer) = writer {
                let _ = writer.join();
            }
            let _ = done.send(());
        });
        if closing.is_ok() {
            let _: Result<(), RecvTimeoutError> = ended.recv_timeout(FLUSH_TIME);
        }
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
