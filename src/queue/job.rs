//! One copy of a mail with the recipients who still wait for it.

use serde::{Deserialize, Serialize};

use crate::base::{Address, BodyKind, Envelope, Recipient, Ref, Ret, ReversePath, Timestamp};
use crate::config::{AfterHold, Holder};
use crate::message::Edits;

/// The route that a copy takes unless a rule names another.
const DEFAULT_ROUTE: &str = "default";

/// The queue's number of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub i64);

/// A copy to be queued or held; made by `plan`, written by the commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewJob {
    /// Number of the copy within its mail, from 1.
    pub copy: u32,
    pub reverse_path: ReversePath,
    pub recipients: Vec<Recipient>,
    pub body: BodyKind,
    pub smtputf8: bool,
    pub ret: Option<Ret>,
    pub envid: Option<String>,
    /// What this copy changes in the mail as archived, the `Received` field included.
    pub edits: Edits,
    /// What the archive has in place of these edits, where they put in a secret that nobody is to keep.
    #[serde(skip)]
    pub kept: Option<Edits>,
    pub route: String,
    /// What the connection must be like.
    pub demand: Demand,
    pub state: State,
}

/// What a copy demands of the connection it leaves by, beyond what its route says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// What the route says.
    #[default]
    AsRoute,
    /// A certificate verified for the host's name.
    VerifiedTls,
}

impl Demand {
    /// The word for it in rules and in the ledger, where it is a way of encryption.
    #[must_use]
    pub fn encryption(self) -> Option<&'static str> {
        match self {
            Self::AsRoute => None,
            Self::VerifiedTls => Some("tls-verified"),
        }
    }
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum State {
    /// Waits for its next try.
    Waiting { next_try: Timestamp, attempts: u32, last_error: Option<String>, delay_told: bool },
    /// Waits for a person.
    Held { rule: String, why: String, whom: Holder, until: Option<Timestamp>, then: AfterHold },
}

/// A job as the queue hands it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub reference: Ref,
    /// When the mail was received.
    pub received_at: Timestamp,
    /// Octets of the mail as archived.
    pub size: u64,
    pub copy: NewJob,
}

/// What a try did for one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The next hop took it over, and said this.
    Delivered { reply: String, dsn_supported: bool },
    /// Not now: a 4yz, a broken connection, no route to the host.
    Deferred { why: String },
    /// Never: a 5yz, or given up. `status` is the enhanced code (RFC 3463), such as `5.1.1`.
    Failed { status: String, why: String },
}

impl NewJob {
    /// The first copy for everyone in an envelope: nothing changed, by the default route, due at that time.
    #[must_use]
    pub fn new(envelope: Envelope, due: Timestamp) -> Self {
        let Envelope { reverse_path, recipients, body, smtputf8, ret, envid } = envelope;
        Self {
            copy: 1,
            reverse_path,
            recipients,
            body,
            smtputf8,
            ret,
            envid,
            edits: Edits::default(),
            kept: None,
            route: DEFAULT_ROUTE.to_owned(),
            demand: Demand::AsRoute,
            state: State::due(due),
        }
    }
}

impl State {
    /// Waits for its first try.
    #[must_use]
    pub fn due(next_try: Timestamp) -> Self {
        Self::Waiting { next_try, attempts: 0, last_error: None, delay_told: false }
    }
}

impl Job {
    /// The addresses that still wait.
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        self.copy.recipients.iter().map(|r| r.address.clone()).collect()
    }
}
