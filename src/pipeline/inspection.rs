//! Looks into a mail before it is judged: the box opens its attachments, the scanner looks for viruses, both at once.
//!
//! In: an opened mail. Out: its [`Contents`] and what the scanner says, for the rules to judge. What cannot be read or scanned is
//! said there, and the rules or the plan decide; only a box that cannot be started, or no room for what it says, is a failure, and our own: then the mail is put off.
//! Attachments are opened where a rule asks for it; everything is scanned where there is a scanner.

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;

use super::RuleSet;
use crate::base::{Ration, limits};
use crate::boxed::{Pool, Trouble};
use crate::extract::{Contents, Leaf, file_name};
use crate::policy::{Find, Gap, Scan};
use crate::scan::{Outcome, Report, Scanner};

/// The box and the scanner. A clone has the same.
#[derive(Clone)]
pub struct Inspector {
    pool: Pool,
    /// Another one after a reload that changed `[antivirus]`.
    scanner: watch::Receiver<Scanner>,
}

/// What was seen in a mail.
#[derive(Debug)]
pub struct Seen {
    pub contents: Contents,
    pub scan: Scan,
    /// The room in memory that the contents take, given back when this is dropped.
    pub room: Option<Ration>,
}

impl Inspector {
    /// Joins the two.
    #[must_use]
    pub fn new(pool: Pool, scanner: watch::Receiver<Scanner>) -> Self {
        Self { pool, scanner }
    }

    /// Whether anybody wants the attachments: otherwise they need not be decoded.
    #[must_use]
    pub fn looks(&self, set: &RuleSet) -> bool {
        set.rules.asks_contents() || self.scanner.borrow().is_on()
    }

    /// Scans the attachments of a mail, and opens them where a rule asks for it.
    ///
    /// # Errors
    /// No box could be started, or there is no room for what is in them.
    pub async fn inspect(&self, set: &RuleSet, raw: Bytes, leaves: Vec<Leaf>) -> Result<Seen, Trouble> {
        self.look(set.rules.asks_contents(), raw, leaves).await
    }

    /// Opens and scans them whatever the rules ask.
    ///
    /// # Errors
    /// As [`Self::inspect`].
    pub async fn inspect_all(&self, raw: Bytes, leaves: Vec<Leaf>) -> Result<Seen, Trouble> {
        self.look(true, raw, leaves).await
    }

    /// Opens the attachments of a mail that is only kept; nothing is scanned, for nobody would act on it.
    ///
    /// # Errors
    /// As [`Self::inspect`].
    pub async fn open(&self, leaves: Vec<Leaf>) -> Result<(Contents, Option<Ration>), Trouble> {
        if leaves.is_empty() {
            return Ok((Contents::default(), None));
        }
        let (contents, room) = self.pool.examine(leaves, Instant::now() + limits::INSPECTION_TIME).await?;
        Ok((contents, Some(room)))
    }

    async fn look(&self, opens: bool, raw: Bytes, leaves: Vec<Leaf>) -> Result<Seen, Trouble> {
        let scanner = self.scanner.borrow().clone();
        let deadline = Instant::now() + limits::INSPECTION_TIME;
        let opened = async {
            match opens && !leaves.is_empty() {
                true => self.pool.examine(leaves.clone(), deadline).await.map(|(contents, room)| (contents, Some(room))),
                false => Ok((Contents::default(), None)),
            }
        };
        let scanned = async {
            match scanner.is_on() {
                true => said(&scanner.scan(raw, leaves.clone(), deadline).await),
                false => Scan::none(),
            }
        };
        let (opened, scan) = tokio::join!(opened, scanned);
        let (contents, room) = opened?;
        Ok(Seen { contents, scan, room })
    }
}

/// A report in the words of the rules. What the scanner calls protected is known to be so, and no gap of the scanner's.
fn said(report: &Report) -> Scan {
    let find = report.infected().map(|find| Find {
        part: find.part.unwrap_or_default().to_owned(),
        file: file_name::shown(find.file.unwrap_or_default()),
        virus: file_name::shown(find.virus),
    });
    let gap = |part: &str, name: &str, outcome: &Outcome| Gap {
        part: part.to_owned(),
        file: file_name::shown(name),
        why: outcome.to_string(),
        for_now: outcome.is_outage(),
    };
    let is_gap = |outcome: &Outcome| outcome.is_unscanned() && *outcome != Outcome::Protected;
    let files = report.unscanned().filter(|file| is_gap(&file.outcome));
    let mut unscanned: Vec<Gap> = files.map(|file| gap(&file.part, &file.name, &file.outcome)).collect();
    if unscanned.is_empty()
        && let Some(outcome) = report.unscanned_because().filter(|outcome| is_gap(outcome))
    {
        unscanned.push(gap("", "", outcome));
    }
    Scan { off: false, infected: find.into_iter().collect(), unscanned }
}
