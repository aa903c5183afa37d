//! `schoolgate detect`: what the detectors see in a text, masked.
//!
//! In: files, or standard input; with `--jsonl` lines `{"id","text"}`. Out: a table for people, or lines of JSON. `--config` adds the
//! school's roll and its own domains. Files are read as text, mails by their bodies; nothing is kept.

use std::io::{BufRead, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::print;
use crate::config;
use crate::detect::{Detectors, Finding, Known, Place};
use crate::extract;
use crate::message::Message;
use crate::pipeline::roll;

#[derive(Debug, Args)]
pub struct Detect {
    /// Read lines {"id","text"} and write lines {"id","findings"}; offsets count characters of the text
    #[arg(long)]
    jsonl: bool,
    /// The configuration that names the school's roll; none is read where this is left out
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Texts or mails; standard input where there are none
    files: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Line {
    id: serde_json::Value,
    text: String,
}

impl Detect {
    pub fn run(&self) -> ExitCode {
        let known = match self.config.as_deref().map(known).unwrap_or_else(|| Ok(Known::default())) {
            Ok(known) => known,
            Err(why) => return print::refusal(&why),
        };
        let Some(detectors) = Detectors::compile(known) else {
            return print::refusal("the detectors' own lists cannot be compiled");
        };
        let today = jiff::Zoned::now().date();
        let inputs: Vec<Option<&Path>> =
            if self.files.is_empty() { vec![None] } else { self.files.iter().map(|file| Some(file.as_path())).collect() };
        for input in inputs {
            let done = match (self.jsonl, input) {
                (true, None) => lines(&detectors, today, std::io::stdin().lock()),
                (true, Some(path)) => std::fs::File::open(path)
                    .map_err(|error| format!("{}: {error}", path.display()))
                    .and_then(|file| lines(&detectors, today, std::io::BufReader::new(file))),
                (false, input) => read(input).map(|bytes| show(&detectors, today, input, &bytes)),
            };
            if let Err(why) = done {
                return print::refusal(&why);
            }
        }
        ExitCode::SUCCESS
    }
}

fn read(path: Option<&Path>) -> Result<Vec<u8>, String> {
    let Some(path) = path else {
        let mut bytes = Vec::new();
        return std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map(|_| bytes)
            .map_err(|error| format!("standard input: {error}"));
    };
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// One line of JSON for each that comes. A closed pipe is no mistake.
fn lines(detectors: &Detectors, today: jiff::civil::Date, input: impl BufRead) -> Result<(), String> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for (number, line) in (1..).zip(input.lines()) {
        let line = line.map_err(|error| format!("line {number}: {error}"))?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line =
            serde_json::from_str(&line).map_err(|error| format!("line {number} is not {{\"id\",\"text\"}}: {error}"))?;
        let findings: Vec<_> = detectors.read(&line.text, today).iter().map(as_json).collect();
        if writeln!(out, "{}", json!({"id": line.id, "findings": findings})).is_err() {
            return Ok(());
        }
    }
    let _ = out.flush();
    Ok(())
}

fn as_json(finding: &Finding) -> serde_json::Value {
    json!({
        "kind": finding.kind.word(),
        "start": finding.start,
        "end": finding.end,
        "confidence": finding.confidence.word(),
        "masked": finding.masked,
    })
}

/// A table for people: what, how sure, masked, where; a row of the roll only by its number.
fn show(detectors: &Detectors, today: jiff::civil::Date, input: Option<&Path>, bytes: &[u8]) {
    let name = input.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
    let mut rows = Vec::new();
    for (place, text) in texts(input, bytes) {
        for finding in detectors.read(&text, today) {
            rows.push(row(&finding, &place, &text));
        }
    }
    if rows.is_empty() {
        return print::line(&format!("{name}: nothing found"));
    }
    print::line(&format!("{name}:"));
    print::table(&["what", "how sure", "evidence", "where"], &rows, 60);
}

fn row(finding: &Finding, place: &str, text: &str) -> Vec<String> {
    let line = text.chars().take(finding.start).filter(|c| *c == '\n').count() + 1;
    let spot = match finding.place {
        Place::Own => "",
        Place::Quoted => ", quoted",
        Place::Hidden => ", hidden",
    };
    let pupil = finding.pupil.map_or_else(String::new, |pupil| format!(" (row {} of the roll)", pupil.0));
    vec![
        finding.kind.word().to_owned(),
        finding.confidence.word().to_owned(),
        format!("{}{pupil}", finding.masked),
        format!("{place}line {line}{spot}"),
    ]
}

/// The texts of an input: of a mail its subject and bodies as they came, else all of it.
fn texts(input: Option<&Path>, bytes: &[u8]) -> Vec<(String, String)> {
    let is_mail = input.and_then(Path::extension).is_some_and(|ending| ending.eq_ignore_ascii_case("eml"));
    if !is_mail {
        return vec![(String::new(), String::from_utf8_lossy(bytes).into_owned())];
    }
    let message = Message::parse(bytes::Bytes::copy_from_slice(bytes));
    let passages = extract::passages(&message).into_iter();
    passages.map(|passage| (format!("{}, ", place_word(passage.place)), passage.text)).collect()
}

fn place_word(place: extract::Place) -> &'static str {
    match place {
        extract::Place::Body => "body",
        extract::Place::FileName => "name of an attachment",
        extract::Place::Unshown => "body with what it hides",
        extract::Place::Quoted => "quoted",
        extract::Place::Attachment => "attachment",
    }
}

/// What the configuration says of the school.
fn known(path: &Path) -> Result<Known, String> {
    let config = config::read(path).map_err(|mistakes| mistakes.to_string())?.config;
    roll::known(&config)
}
