use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing_subscriber::layer::SubscriberExt;

use super::*;

#[derive(Clone, Default)]
struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is written when `say` is said.
fn written(format: LogFormat, time: bool, say: impl FnOnce()) -> String {
    let sheet = Sheet::default();
    let (log, lines) = start(sheet.clone()).unwrap();
    let look = Look { colour: false, time };
    let subscriber = tracing_subscriber::registry().with(layer(format, look, lines).with_filter(targets(LevelFilter::INFO)));
    tracing::subscriber::with_default(subscriber, say);
    drop(log);
    let bytes = sheet.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_level_is_one_of_four_words() {
    assert_eq!(level(None), Ok(LevelFilter::INFO));
    assert_eq!(level(Some("debug")), Ok(LevelFilter::DEBUG));
    assert_eq!(level(Some("")), Ok(LevelFilter::INFO));
    let error = level(Some("trace\n")).unwrap_err();
    assert!(error.to_string().contains("error, warn, info or debug"), "{error}");
}

#[test]
fn an_event_is_one_line_whatever_stands_in_it() {
    let text = written(LogFormat::Human, false, || tracing::info!(from = "a\r\nb", "two\nlines\u{7}"));
    assert_eq!(text.lines().count(), 1, "{text:?}");
    assert!(!text.trim_end().contains(char::is_control), "{text:?}");
}

#[test]
fn json_is_one_object_a_line_with_its_fields_at_the_top() {
    let text = written(LogFormat::Json, true, || {
        tracing::info!(reference = "abc", "mail accepted");
        tracing::warn!("disk\nfull");
    });
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["reference"], "abc");
    assert_eq!(lines[0]["message"], "mail accepted");
    assert!(lines[0]["timestamp"].is_string());
    assert_eq!(lines[1]["level"], "WARN");
}

#[test]
fn under_the_journal_there_is_no_second_time_stamp() {
    let text = written(LogFormat::Human, false, || tracing::info!("started"));
    assert_eq!(text.trim(), "INFO started");
}

#[test]
fn libraries_speak_only_of_trouble() {
    let text = written(LogFormat::Human, false, || {
        tracing::info!(target: "rustls::client", "chatter");
        tracing::warn!(target: "rustls::client", "trouble");
        tracing::debug!("ours, too fine");
    });
    assert_eq!(text.trim(), "WARN trouble");
}

#[test]
fn the_last_lines_are_written_when_the_log_ends() {
    let text = written(LogFormat::Human, false, || (0..3000).for_each(|n| tracing::info!("line {n}")));
    assert_eq!(text.lines().count(), 3000);
}

#[test]
fn a_reader_that_is_stuck_costs_lines_and_never_time() {
    struct Stuck {
        reached: SyncSender<()>,
        held: Receiver<()>,
    }
    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.reached.try_send(());
            let _ = self.held.recv();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let ((free, held), (reached, stuck)) = (sync_channel(0), sync_channel(1));
    let (log, mut lines) = start(Stuck { reached, held }).unwrap();
    lines.write_all(b"the line that it is stuck at\n").unwrap();
    stuck.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
    for _ in 0..LINES_WAITING * 2 {
        lines.write_all(b"line\n").unwrap();
    }
    assert_eq!(lines.lost.load(Ordering::Relaxed), LINES_WAITING as u64);
    drop(free);
    drop(log);
}
