//! What the detectors find: precision and recall of each kind and of whole mails on labelled school mail, and their speed.
//!
//! Reads `../shared/corpora/personal-data/dev.jsonl` (or the file that `LABELS` names) and scores as the corpus's own tool does: spans that
//! overlap match one to one; the school's own published details and codes of one letter are neither hit nor miss; a mail is flagged when it
//! has a finding at medium or above of a kind that describes a person by itself. Speed is that of one core on the mails' text.
//! Where `python3` (or the one that `PYTHON` names) has presidio-analyzer, its stock recognisers are scored beside, without a language
//! model: it then finds no names, and a school would add patterns of its own. `cargo bench --bench detect`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on stops, and says where")]

mod score;

use std::process::{Command, Stdio};
use std::time::Instant;

use schoolgate::detect::{Confidence, Detectors, Known};
use score::{Mail, Score, Span};

/// Mails that Presidio is tried on: it takes some three milliseconds for each.
const PRESIDIO_MAILS: usize = 1500;

fn main() {
    let path = std::env::var("LABELS").unwrap_or_else(|_| "../shared/corpora/personal-data/dev.jsonl".to_owned());
    let Ok(labels) = std::fs::read_to_string(&path) else {
        println!("{path} is not there: nothing to score");
        return;
    };
    let mails: Vec<Mail> = labels.lines().map(Mail::of).collect();
    let detectors = Detectors::compile(Known::default()).unwrap();
    let today = jiff::Zoned::now().date();
    let ours: Vec<Vec<Span>> = mails
        .iter()
        .map(|mail| {
            let findings = detectors.read(&mail.text, today);
            let sure = findings.iter().filter(|finding| finding.confidence >= Confidence::Medium);
            sure.map(|finding| Span::new(finding.kind.word(), finding.start, finding.end)).collect()
        })
        .collect();
    println!("{} mails of {path}", mails.len());
    let theirs = presidio(&mails);
    let theirs = theirs.as_ref().map(|found| Score::of(&mails, found));
    Score::of(&mails, &ours).print(theirs.as_ref());
    if theirs.is_none() {
        println!("presidio-analyzer is not installed for python3: no figures beside (PYTHON names another python)");
    }
    speed(&detectors, &mails, today);
}

/// Megabytes a second on one core, and whether ten times the text costs ten times the time.
fn speed(detectors: &Detectors, mails: &[Mail], today: jiff::civil::Date) {
    let all: String = mails.iter().map(|mail| mail.text.as_str()).collect::<Vec<_>>().join("\n\n");
    let of = |octets: usize| {
        let text = all.repeat(octets / all.len() + 1);
        text[..text.floor_char_boundary(octets)].to_owned()
    };
    let median = |octets: usize, rounds: usize| {
        let text = of(octets);
        let mut times: Vec<f64> = (0..rounds)
            .map(|_| {
                let began = Instant::now();
                std::hint::black_box(detectors.read(&text, today));
                began.elapsed().as_secs_f64()
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times[rounds / 2]
    };
    let (small, large) = (median(100_000, 9), median(1_000_000, 5));
    let began = Instant::now();
    let found: usize = mails.iter().map(|mail| detectors.read(&mail.text, today).len()).sum();
    let octets: usize = mails.iter().map(|mail| mail.text.len()).sum();
    let each = began.elapsed().as_secs_f64();
    println!("speed: {:.1} MB/s mail by mail ({found} findings)", octets as f64 / each / 1e6);
    println!("       100 KB in {:.1} ms, 1 MB in {:.1} ms: {:.1} times", small * 1e3, large * 1e3, large / small);
}

/// What Presidio finds, by the script beside this file; `None` where it is not installed.
fn presidio(mails: &[Mail]) -> Option<Vec<Vec<Span>>> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let installed = Command::new(&python).args(["-c", "import presidio_analyzer"]).stderr(Stdio::null()).status().ok()?.success();
    if !installed {
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/detect/presidio.py");
    let mut child =
        Command::new(&python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut input = child.stdin.take()?;
    let lines: String =
        mails.iter().take(PRESIDIO_MAILS).map(|mail| serde_json::json!({"text": mail.text}).to_string() + "\n").collect();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut input, lines.as_bytes()));
    let began = Instant::now();
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    let found: Vec<Vec<Span>> = String::from_utf8(output.stdout).ok()?.lines().map(score::spans).collect();
    println!("presidio-analyzer took {:.1} s with its start, one process", began.elapsed().as_secs_f64());
    (found.len() == mails.len()).then_some(found)
}
