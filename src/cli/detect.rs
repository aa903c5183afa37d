//! `schoolgate detect`: what the detectors see in a text, masked.
//!
//! In: files, or standard input; with `--jsonl` lines `{"id","text"}`. Out: a table for people, or lines of JSON. `--config` adds the
//! school's roll and its own domains. Mails and files are opened in the box, as those that come are; nothing is kept.

use std::io::{BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use super::{beside, extract, print};
use crate::boxed::{Options, Pool};
use crate::config;
use crate::detect::{Detectors, Finding, Known, Place};
use crate::extract::contents::Content;
use crate::extract::{File, file_name};
use crate::pipeline::roll;

#[derive(Debug, Args)]
pub struct Detect {
    /// Read lines {"id","text"} and write lines {"id","findings"}; offsets count characters of the text
    #[arg(long)]
    jsonl: bool,
    /// The configuration that names the school's roll; none is read where this is left out
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Texts, mails or files; standard input where there are none
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
        let done = if self.jsonl { self.each_line(&detectors, today) } else { self.each_file(&detectors, today) };
        done.map_or_else(|why| print::refusal(&why), |()| ExitCode::SUCCESS)
    }

    /// Where no file is named, standard input.
    fn inputs(&self) -> Vec<PathBuf> {
        if self.files.is_empty() { vec![PathBuf::from("-")] } else { self.files.clone() }
    }

    fn each_line(&self, detectors: &Detectors, today: Date) -> Result<(), String> {
        for input in self.inputs() {
            if input.as_os_str() == "-" {
                lines(detectors, today, std::io::stdin().lock())?;
                continue;
            }
            let file = std::fs::File::open(&input).map_err(|error| format!("{}: {error}", input.display()))?;
            lines(detectors, today, std::io::BufReader::new(file))?;
        }
        Ok(())
    }

    fn each_file(&self, detectors: &Detectors, today: Date) -> Result<(), String> {
        beside::runtime()?.block_on(async {
            let pool = Pool::open(Options::default()).await.map_err(|trouble| trouble.to_string())?;
            for input in self.inputs() {
                let files = extract::opened(&pool, &input).await?;
                let name = if input.as_os_str() == "-" { "standard input".to_owned() } else { input.display().to_string() };
                show(detectors, today, &name, &files);
            }
            pool.close().await;
            Ok(())
        })
    }
}

/// One line of JSON for each that comes. A closed pipe is no mistake.
fn lines(detectors: &Detectors, today: Date, input: impl BufRead) -> Result<(), String> {
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
fn show(detectors: &Detectors, today: Date, name: &str, files: &[File]) {
    let rows: Vec<Vec<String>> = files.iter().flat_map(|file| of_file(detectors, today, file)).collect();
    if rows.is_empty() {
        print::line(&format!("{name}: nothing found"));
    } else {
        print::line(&format!("{name}:"));
        print::table(&["what", "how sure", "evidence", "where"], &rows, 60);
    }
    for file in files.iter().filter(|file| file.unread.is_some()) {
        let why = file.unread.as_ref().map(ToString::to_string).unwrap_or_default();
        print::line(&format!("{} was not read: {why}", file_name::shown(&file.path.join(" / "))));
    }
}

/// What is in one file, at any depth of what was given, and in its name.
fn of_file(detectors: &Detectors, today: Date, file: &File) -> Vec<Vec<String>> {
    let inner = file_name::shown(&file.path[1.min(file.path.len())..].join(" / "));
    let within = if inner.is_empty() { String::new() } else { format!("{inner}, ") };
    let mut rows = Vec::new();
    for block in &file.blocks {
        let (found, text) = match &block.content {
            Content::Table(cells) => {
                let lines: Vec<String> = cells.iter().map(|row| row.join("\t")).collect();
                (detectors.read_rows(cells, today), lines.join("\n"))
            }
            Content::Text(text) => {
                let text = block.label.as_ref().map_or_else(|| text.clone(), |label| format!("{label}: {text}"));
                (detectors.read(&text, today), text)
            }
        };
        rows.extend(found.iter().map(|finding| row(finding, &within, &text)));
    }
    rows
}

fn row(finding: &Finding, within: &str, text: &str) -> Vec<String> {
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
        format!("{within}line {line}{spot}"),
    ]
}

/// What the configuration says of the school.
fn known(path: &Path) -> Result<Known, String> {
    let config = config::read(path).map_err(|mistakes| mistakes.to_string())?.config;
    roll::known(&config)
}
