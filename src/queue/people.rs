//! What people do with the queue: look, try again, release, refuse, drop. Works in the gateway and in commands beside it.

use serde::Serialize;

use super::job::{Demand, Job, JobId, State};
use super::post::Post;
use super::{Queue, jobs_sql};
use crate::base::{Address, Ref, Timestamp};
use crate::config::{AfterHold, Holder};
use crate::ledger::Event;
use crate::store::{Record, StoreError, Tx};

/// Which mails are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    All,
    Mail(Ref),
}

/// A job as `queue list --json` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    #[serde(rename = "ref")]
    pub reference: Ref,
    pub copy: u32,
    /// `waiting` or `held`.
    pub state: &'static str,
    /// Empty for the null reverse path.
    pub from: String,
    pub recipients: Vec<Address>,
    pub size: u64,
    pub received_at: Timestamp,
    pub route: String,
    pub next_try: Option<Timestamp>,
    pub attempts: u32,
    pub last_error: Option<String>,
    /// The rule that holds it.
    pub rule: Option<String>,
    pub why: Option<String>,
    /// Who decides.
    pub whom: Option<Holder>,
    /// When the hold ends by itself.
    pub until: Option<Timestamp>,
}

/// Who lets held mail go, why, and on what terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub by: String,
    pub why: Option<String>,
    /// What the connection must be like from now on; as it was where nothing is said.
    pub demand: Option<Demand>,
}

impl Release {
    /// Without a reason, on the terms it has.
    #[must_use]
    pub fn by(who: impl Into<String>) -> Self {
        Self { by: who.into(), why: None, demand: None }
    }

    /// With a reason, where there is one.
    #[must_use]
    pub fn because(self, why: Option<String>) -> Self {
        Self { why, ..self }
    }

    /// Lets these jobs go, and says so.
    pub(super) fn carry_out(&self, tx: &Tx<'_>, jobs: &mut [Job], now: Timestamp) -> Result<Vec<Event>, StoreError> {
        for job in &mut *jobs {
            job.copy.state = State::due(now);
            job.copy.demand = self.demand.unwrap_or(job.copy.demand);
            jobs_sql::change(tx.sql(), job.id, &job.copy)?;
        }
        let event = |job: &Job| Event::MailReleased {
            reference: job.reference.clone(),
            recipients: job.addresses(),
            by: self.by.clone(),
            why: self.why.clone(),
            encrypt: job.copy.demand.encryption().map(str::to_owned),
        };
        Ok(jobs.iter().map(event).collect())
    }
}

impl Which {
    /// Reads `all` or a reference.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("all") { Ok(Self::All) } else { Ref::parse(text).map(Self::Mail) }
    }

    fn reference(&self) -> Option<&Ref> {
        match self {
            Self::All => None,
            Self::Mail(reference) => Some(reference),
        }
    }
}

impl Queue {
    /// All jobs, in the order they came.
    ///
    /// # Errors
    /// What the store says.
    pub async fn list(&self) -> Result<Vec<Listed>, StoreError> {
        Ok(self.jobs(Which::All).await?.iter().map(Listed::of).collect())
    }

    /// The jobs themselves.
    ///
    /// # Errors
    /// What the store says.
    pub async fn jobs(&self, which: Which) -> Result<Vec<Job>, StoreError> {
        self.0.store.read(move |db| jobs_sql::of(db, which.reference())).await
    }

    /// A mail as it came.
    ///
    /// # Errors
    /// What the store says.
    pub async fn original(&self, reference: &Ref) -> Result<Record, StoreError> {
        let place = self.0.store.place(reference).await?;
        self.0.store.fetch(&place).await
    }

    /// Held jobs whose time is over, each to be released or refused as its `then` says.
    ///
    /// # Errors
    /// What the store says.
    pub async fn due_holds(&self, now: Timestamp) -> Result<Vec<Job>, StoreError> {
        self.0.store.read(move |db| jobs_sql::overdue(db, now)).await
    }

    /// Lets what waits be tried now. Answers how many copies.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where nothing of that mail waits.
    pub async fn retry(&self, which: Which, by: &str) -> Result<usize, StoreError> {
        let by = by.to_owned();
        let act = move |tx: &Tx<'_>, jobs: &mut [Job], now| {
            for job in &mut *jobs {
                if let State::Waiting { next_try, .. } = &mut job.copy.state {
                    *next_try = now;
                }
                jobs_sql::change(tx.sql(), job.id, &job.copy)?;
            }
            Ok(mails(jobs).into_iter().map(|reference| Event::Retried { reference, by: by.clone() }).collect())
        };
        self.act(Chosen::mail(which, Kind::Waiting), Vec::new(), act).await
    }

    /// Holds for the technician all that waits for delivery, until somebody decides. Answers how many copies.
    ///
    /// # Errors
    /// What the store says.
    pub async fn hold_all(&self, rule: &str, why: &str) -> Result<usize, StoreError> {
        let (rule, why) = (rule.to_owned(), why.to_owned());
        let act = move |tx: &Tx<'_>, jobs: &mut [Job], _| {
            let whom = Holder::Technician;
            for job in &mut *jobs {
                job.copy.state = State::Held { rule: rule.clone(), why: why.clone(), whom, until: None, then: AfterHold::Refuse };
                jobs_sql::change(tx.sql(), job.id, &job.copy)?;
            }
            let event = |job: &Job| Event::MailHeld {
                reference: job.reference.clone(),
                recipients: job.addresses(),
                rule: rule.clone(),
                whom: whom.as_str().to_owned(),
            };
            Ok(jobs.iter().map(event).collect())
        };
        self.act(Chosen::mail(Which::All, Kind::Waiting), Vec::new(), act).await
    }

    /// Lets held mail go. Answers how many copies.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where nothing of that mail is held.
    pub async fn release(&self, which: Which, release: Release) -> Result<usize, StoreError> {
        self.release_these(Chosen::mail(which, Kind::Held), release).await
    }

    /// Lets one held copy go: what its `then` asks for when its time is over.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where it is not held any more.
    pub async fn release_copy(&self, job: &Job, by: &str) -> Result<usize, StoreError> {
        self.release_these(Chosen::copies(&[job]), Release::by(by)).await
    }

    /// Refuses held copies of one mail, with the reports about it, in one commit. Answers how many copies.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where one of them is not held any more; then nothing is done and no report is posted.
    pub async fn refuse(&self, jobs: &[Job], by: &str, why: &str, reports: Vec<Post>) -> Result<usize, StoreError> {
        let (by, why) = (by.to_owned(), why.to_owned());
        let wanted = jobs.len();
        let act = move |tx: &Tx<'_>, jobs: &mut [Job], _| {
            if jobs.len() != wanted {
                return Err(StoreError::Refused("somebody has decided about it meanwhile".to_owned()));
            }
            turn_down(tx, jobs, &by, &why)
        };
        self.act(Chosen::copies(&jobs.iter().collect::<Vec<_>>()), reports, act).await
    }

    /// Takes a mail off the queue without a report. It stays in the archive. Answers how many copies.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where nothing of it is in the queue.
    pub async fn drop_mail(&self, reference: &Ref, by: &str, why: &str) -> Result<usize, StoreError> {
        let (by, why) = (by.to_owned(), why.to_owned());
        let act = move |tx: &Tx<'_>, jobs: &mut [Job], _| {
            remove(tx, jobs)?;
            let event = |job: &Job| Event::Dropped {
                reference: job.reference.clone(),
                recipients: job.addresses(),
                by: by.clone(),
                why: why.clone(),
            };
            Ok(jobs.iter().map(event).collect())
        };
        let chosen = Chosen::mail(Which::Mail(reference.clone()), Kind::Any);
        self.act(chosen, Vec::new(), act).await
    }

    async fn release_these(&self, chosen: Chosen, release: Release) -> Result<usize, StoreError> {
        self.act(chosen, Vec::new(), move |tx, jobs, now| release.carry_out(tx, jobs, now)).await
    }

    /// Does something to the chosen jobs, with the events it gives, in one commit.
    async fn act<A>(&self, chosen: Chosen, reports: Vec<Post>, act: A) -> Result<usize, StoreError>
    where
        A: FnOnce(&Tx<'_>, &mut [Job], Timestamp) -> Result<Vec<Event>, StoreError> + Send + 'static,
    {
        let work = move |tx: &Tx<'_>| {
            let mut jobs = jobs_sql::of(tx.sql(), chosen.which.reference())?;
            jobs.retain(|job| chosen.takes(job));
            if jobs.is_empty() && chosen.which != Which::All {
                return Err(chosen.nothing());
            }
            let events = act(tx, &mut jobs, Timestamp::now())?;
            Ok((jobs.len(), events))
        };
        let (count, _) = self.0.commit(reports, Vec::new(), work).await?;
        if self.0.running {
            self.0.refresh().await?;
        }
        Ok(count)
    }
}

/// Jobs that an act is about.
struct Chosen {
    which: Which,
    /// These alone, where given.
    ids: Option<Vec<JobId>>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Any,
    Waiting,
    Held,
}

impl Chosen {
    fn mail(which: Which, kind: Kind) -> Self {
        Self { which, ids: None, kind }
    }

    /// Held copies of one mail.
    fn copies(jobs: &[&Job]) -> Self {
        let which = jobs.first().map_or(Which::All, |job| Which::Mail(job.reference.clone()));
        Self { which, ids: Some(jobs.iter().map(|job| job.id).collect()), kind: Kind::Held }
    }

    fn takes(&self, job: &Job) -> bool {
        let held = matches!(job.copy.state, State::Held { .. });
        let kind = match self.kind {
            Kind::Any => true,
            Kind::Waiting => !held,
            Kind::Held => held,
        };
        kind && self.ids.as_ref().is_none_or(|ids| ids.contains(&job.id))
    }

    fn nothing(&self) -> StoreError {
        let what = match self.kind {
            Kind::Any => "is in the queue",
            Kind::Waiting => "waits for delivery",
            Kind::Held => "is held",
        };
        let which = self.which.reference().map(|reference| format!(" of the mail {reference}")).unwrap_or_default();
        StoreError::Refused(format!("nothing{which} {what}; `schoolgate queue list` shows what there is"))
    }
}

impl Listed {
    fn of(job: &Job) -> Self {
        let mut listed = Self {
            reference: job.reference.clone(),
            copy: job.copy.copy,
            state: "waiting",
            from: job.copy.reverse_path.to_string(),
            recipients: job.addresses(),
            size: job.size,
            received_at: job.received_at,
            route: job.copy.route.clone(),
            next_try: None,
            attempts: 0,
            last_error: None,
            rule: None,
            why: None,
            whom: None,
            until: None,
        };
        match job.copy.state.clone() {
            State::Waiting { next_try, attempts, last_error, .. } => {
                listed.next_try = Some(next_try);
                listed.attempts = attempts;
                listed.last_error = last_error;
            }
            State::Held { rule, why, whom, until, .. } => {
                listed.state = "held";
                listed.rule = Some(rule);
                listed.why = Some(why);
                listed.whom = Some(whom);
                listed.until = until;
            }
        }
        listed
    }
}

/// Takes held copies off the queue, and says who refused them and why.
pub(super) fn turn_down(tx: &Tx<'_>, jobs: &[Job], by: &str, why: &str) -> Result<Vec<Event>, StoreError> {
    remove(tx, jobs)?;
    let event = |job: &Job| Event::MailHeldRefused {
        reference: job.reference.clone(),
        recipients: job.addresses(),
        by: by.to_owned(),
        why: why.to_owned(),
    };
    Ok(jobs.iter().map(event).collect())
}

fn remove(tx: &Tx<'_>, jobs: &[Job]) -> Result<(), StoreError> {
    jobs.iter().try_for_each(|job| jobs_sql::remove(tx.sql(), job.id))
}

/// The mails of these jobs, none twice.
fn mails(jobs: &[Job]) -> Vec<Ref> {
    let mut mails: Vec<Ref> = jobs.iter().map(|job| job.reference.clone()).collect();
    mails.sort();
    mails.dedup();
    mails
}
