//! The door that mail comes in by: SMTP listeners, and what they ask of the rest of the house.
//!
//! In: connections of clients. Out: one [`Submission`] for each mail that was taken in whole, handed to [`Gate::admit`] (at a
//! journal listener to [`Gate::journal`]), whose [`Reply`] goes back to the client; one [`Event`] for each connection, sign-in and refusal.
//!
//! The states of a session, one struct each in [`smtp::state`]; a command that does not fit its state is answered 503:
//!
//! ```text
//! Greeted ──EHLO──► Ready ──MAIL──► Mail ──RCPT──► Recipients ──DATA──► Ready
//!    ▲                │ ▲ └AUTH┘      │                │ └──BDAT──► Chunks ──BDAT LAST──► Ready
//!    └──STARTTLS──────┘ └──────RSET, EHLO, a refused mail──────────────┘
//! ```
//!
//! Invariants: a body ends at CRLF `.` CRLF and nowhere else, and a bare CR or LF ends the session, so no second reading of the
//! same bytes exists; nothing that was read before the TLS handshake is looked at after it; a transaction that ended, well or
//! badly, leaves nothing behind; memory and time of each session are bounded by `base::limits`.
//!
//! What can fail: the network (the session ends; the event says why), a certificate file (the old one stays, [`Event::Trouble`]).
//! It judges no mail, opens no mail and writes nothing to disk.

mod access;
mod listener;
mod proxy;
pub mod smtp;
mod tls;

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub use access::Turnstile;
pub use listener::{Listener, Shared};
pub use tls::{Certificates, TlsError};

use crate::base::{Address, Domain, ListenerKind, Ref, Reply, ReversePath, Secret, Submission, Timestamp, limits};
use crate::config::{Config, Journal, Listen, Network, Senders};
use crate::ledger::Event;

/// What the front asks of the rest of the house.
///
/// A method that answers with a [`Reply`] in `Err` refuses with exactly that reply; our own failure is always a 4yz.
pub trait Gate: Send + Sync + 'static {
    /// Names a mail that is about to be received, and says what time it is.
    fn draw(&self) -> (Ref, Timestamp);

    /// Whether there is room on disk for a mail of so many octets (0 where the client did not say): `452 4.3.1` otherwise.
    ///
    /// # Errors
    /// The reply to refuse with.
    fn room(&self, octets: u64) -> Result<(), Reply>;

    /// Whether a name and a password belong together. Unknown users and wrong passwords take the same time.
    fn sign_in(&self, user: &str, password: &Secret, client: IpAddr) -> impl Future<Output = SignIn> + Send;

    /// Whether this account (nobody, for a trusted network) may send as this reverse path now: `553 5.7.1`, or `450 4.7.1` over a
    /// limit, otherwise. `senders` is what the listener says of mail that nobody signs in for.
    ///
    /// # Errors
    /// The reply to refuse with.
    fn may_send(
        &self,
        account: Option<&Address>,
        senders: Senders,
        from: &ReversePath,
    ) -> impl Future<Output = Result<(), Reply>> + Send;

    /// How many recipients one mail of this sender may have, where that is not what the listener says.
    fn recipients(&self, _account: Option<&Address>, _from: &ReversePath) -> Option<usize> {
        None
    }

    /// Whether this sender may write to one more person within the hour, after those already in this mail: `450 4.7.1` otherwise.
    ///
    /// # Errors
    /// The reply to refuse with.
    fn may_add(&self, _account: Option<&Address>, _from: &ReversePath, _already: usize) -> Result<(), Reply> {
        Ok(())
    }

    /// Judges a whole mail and makes it durable. A 2yz answer means that the mail is safe on disk.
    fn admit(&self, mail: Submission, senders: Senders) -> impl Future<Output = Reply> + Send;

    /// Archives a mail that goes nowhere from here, and makes it durable; `journal` is what the listener says of what comes in.
    fn journal(&self, mail: Submission, journal: &Journal) -> impl Future<Output = Reply> + Send;

    /// Takes note of something that happened; must not wait.
    fn observe(&self, event: Event);
}

/// The answer to a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// The account that signed in.
    Welcome(Address),
    /// Name and password do not belong together.
    Refused,
    /// Refused without a look, since too many failed before. The answer waits for this time, up to [`Patience::sign_in`], and is the
    /// same as for a wrong password.
    SlowDown(Duration),
    /// Accounts cannot be read at present: `454 4.7.0`.
    Unavailable,
}

/// What one listener goes by. A reload replaces it whole; sessions under way keep what they began with.
#[derive(Clone, Debug)]
pub struct Settings {
    pub kind: ListenerKind,
    /// In the greeting.
    pub hostname: Domain,
    /// Who `<postmaster>` is (RFC 5321 section 4.5.1).
    pub postmaster: Address,
    /// Octets of one mail.
    pub message_size: u64,
    /// Recipients of one mail.
    pub recipients: usize,
    /// Networks that may send without signing in.
    pub trusted: Vec<Network>,
    /// Balancers that must begin with a PROXY header.
    pub proxy_from: Vec<Network>,
    /// Whose mail is taken where nobody signs in.
    pub senders: Senders,
    /// What of a mail at a journal listener is the mail.
    pub journal: Journal,
    pub certificates: Option<Arc<Certificates>>,
    pub patience: Patience,
}

/// How long a session waits for its client.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the client to speak out of turn before the greeting is sent; zero looks without waiting.
    pub greeting: Duration,
    /// For one whole command line.
    pub command: Duration,
    /// For the next byte of a body.
    pub block: Duration,
    /// For one mail, from DATA or the first BDAT to its end.
    pub mail: Duration,
    /// For the client to read what was said to it.
    pub reply: Duration,
    /// For the TLS handshake, and for the PROXY header.
    pub handshake: Duration,
    /// For the answer to a failed sign-in, at most.
    pub sign_in: Duration,
    /// For a client that was turned away to stop sending, so that it can read why.
    pub linger: Duration,
    /// For mails under way when the gateway stops.
    pub stop: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            greeting: Duration::ZERO,
            command: limits::COMMAND_TIME,
            block: limits::DATA_BLOCK_TIME,
            mail: limits::MAIL_TIME,
            reply: limits::REPLY_TIME,
            handshake: limits::HANDSHAKE_TIME,
            sign_in: limits::SIGN_IN_DELAY,
            linger: limits::LINGER_TIME,
            stop: limits::STOP_TIME,
        }
    }
}

impl Settings {
    /// The settings of one `[[listen]]`. The certificates are loaded beforehand, so that a reload can keep them.
    #[must_use]
    pub fn new(config: &Config, listen: &Listen, certificates: Option<Arc<Certificates>>) -> Self {
        Self {
            kind: listen.kind,
            hostname: config.school.hostname.clone(),
            postmaster: config.school.postmaster.clone(),
            message_size: config.limits.message_size,
            recipients: config.limits.recipients,
            trusted: listen.trusted.clone(),
            proxy_from: listen.proxy_from.clone(),
            senders: listen.senders,
            journal: listen.journal.clone(),
            certificates,
            patience: Patience::default(),
        }
    }

    /// Whether a client must sign in before it may send.
    #[must_use]
    pub fn wants_sign_in(&self) -> bool {
        !self.trusts_networks()
    }

    /// Whether it is for its trusted networks alone.
    #[must_use]
    pub fn trusts_networks(&self) -> bool {
        matches!(self.kind, ListenerKind::Relay | ListenerKind::Journal)
    }

    /// Whether what comes in is archived and goes nowhere: then who sends it, and how much, is nobody's to limit.
    #[must_use]
    pub fn is_journal(&self) -> bool {
        self.kind == ListenerKind::Journal
    }
}
