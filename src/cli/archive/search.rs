//! `schoolgate archive search`: which mails are meant by a query, within what the leave to read covers.
//!
//! In: a query in the language of docs/search.md. Out: the newest hits with a piece of their text, or one JSON document. The search is in the
//! ledger before anything of it is shown. What may be a hit and cannot be searched is counted beside the hits.

use std::process::ExitCode;

use clap::Args;
use jiff::Zoned;
use serde::Serialize;

use super::texts::Texts;
use crate::access::Looked;
use crate::base::limits;
use crate::cli::beside::Beside;
use crate::cli::leave::Leave;
use crate::cli::{Config, extract, print};
use crate::ledger::Ledger;
use crate::search::{Cursor, Finder, Found, Hit, Page, Query, Shown};

#[derive(Debug, Args)]
pub struct Search {
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// Hits that are shown
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u16).range(1..=limits::HITS as i64))]
    limit: u16,
    /// The page after the one that ended so: what stood in "next"
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
    /// What is looked for, such as 'from:@example.com excursion'; nothing for all mails of the case
    #[arg(value_name = "QUERY", default_value = "")]
    query: String,
    #[command(flatten)]
    leave: Leave,
    #[command(flatten)]
    config: Config,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    /// The query, as it was understood.
    query: String,
    total: u64,
    took_ms: f64,
    /// Mails of the scope whose words could not all be read.
    unsearchable: u64,
    /// Mails of the archive that the index does not hold yet.
    unindexed: u64,
    /// For `--after`.
    next: Option<String>,
    hits: Vec<Line<'a>>,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    shown: &'a Shown,
    snippet: &'a str,
}

impl Search {
    pub fn run(self) -> ExitCode {
        // A query that cannot be read is said before anybody types a password or breaks the glass.
        match Query::parse_in(&self.query, &Zoned::now()) {
            Ok(query) => {
                let config = Config { file: self.config.file.clone() };
                Beside::run(&config, async |here: Beside| self.search(here, query).await)
            }
            Err(wrong) => print::refusal(&wrong.to_string()),
        }
    }

    async fn search(&self, here: Beside, query: Query) -> Result<(), String> {
        let ledger = Ledger::new(here.store.clone());
        let permit = self.leave.permit(&here, &ledger).await?;
        let finder = Finder::new(here.store.clone());
        let page = Page { limit: usize::from(self.limit), after: self.after.clone() };
        let found = finder.find(&permit, &query, &page).await.map_err(|error| error.to_string())?;
        let looked = Looked::Searched { query: query.to_string(), found: found.total };
        permit.record(&ledger, looked).await.map_err(|error| error.to_string())?;
        let texts = Texts::new(here, ledger);
        let mut snippets = Vec::with_capacity(found.hits.len());
        for hit in &found.hits {
            snippets.push(texts.snippet(&query, &hit.shown.reference).await.unwrap_or_default());
        }
        texts.close().await;
        if self.json {
            print::json(&answer(&query, &found, &snippets));
        } else {
            self.show(&query, &found, &snippets);
        }
        Ok(())
    }

    fn show(&self, query: &Query, found: &Found, snippets: &[String]) {
        let Found { hits, total, took, .. } = found;
        print::line(&format!("{}: {total} found in {} ms", query.sentence(), took.as_millis().max(1)));
        for (hit, snippet) in hits.iter().zip(snippets) {
            shown(hit, snippet);
        }
        print::line("");
        for note in notes(found) {
            print::line(&note);
        }
    }
}

fn answer<'a>(query: &Query, found: &'a Found, snippets: &'a [String]) -> Answer<'a> {
    let line = |(hit, snippet): (&'a Hit, &'a String)| Line { shown: &hit.shown, snippet };
    Answer {
        query: query.sentence(),
        total: found.total,
        took_ms: (found.took.as_secs_f64() * 1e5).round() / 100.0,
        unsearchable: found.unsearchable,
        unindexed: found.unindexed,
        next: found.next.as_ref().map(ToString::to_string),
        hits: found.hits.iter().zip(snippets).map(line).collect(),
    }
}

/// A hit in two lines and more: what and who, then the text.
fn shown(hit: &Hit, snippet: &str) {
    let Shown { reference, time, direction, from, to, subject, size, attachments, unread } = &hit.shown;
    let to = match to.as_slice() {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    };
    let time = time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M");
    print::line("");
    print::line(&format!("{reference}  {time}  {direction:8}  {}", extract::line(subject)));
    print::line(&format!("    {} to {}, {}", extract::line(from), extract::line(&to), print::octets(*size)));
    for file in attachments {
        print::line(&format!("    with {} ({}, {})", extract::line(&file.name), file.kind, print::octets(file.size)));
    }
    if !snippet.is_empty() {
        print::line(&format!("    {}", extract::line(snippet)));
    }
    if let Some(why) = unread {
        print::line(&format!("    not all of it can be searched: {}", extract::line(why)));
    }
}

/// What else is to be known of the result.
fn notes(found: &Found) -> Vec<String> {
    let mut notes = Vec::new();
    if found.unsearchable > 0 {
        notes.push(format!(
            "{} mails could not be read whole and may belong here: is:unsearchable lists them",
            found.unsearchable
        ));
    }
    if found.unindexed > 0 {
        notes.push(format!("{} mails of the archive cannot be searched yet; their index is being made", found.unindexed));
    }
    match &found.next {
        Some(next) => notes.push(format!("There are more: --after {next}")),
        None if notes.is_empty() => notes.push("That is all.".to_owned()),
        None => {}
    }
    notes
}
