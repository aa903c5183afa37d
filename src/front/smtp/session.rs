//! One session from the greeting to its end: reads a command, obeys it, and again.
//!
//! Signing in and STARTTLS are in `sign_in`, mails in `transaction`. Every reply of 400 and more that the front gives is an event, but
//! for failed sign-ins, which have their own. A method that gives `Err` has ended the session; [`Session::run`] says why to the
//! client and to the ledger.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::BytesMut;
use tokio_util::sync::CancellationToken;

use super::command::{Command, CommandError};
use super::replies;
use super::state::{Hello, Ready, State};
use super::wire::{Ending, Wire};
use crate::base::{ListenerKind, Reply, ReversePath, Room, TlsFacts, limits};
use crate::front::{Gate, Settings};
use crate::ledger::Event;

/// A client that was let in.
pub struct Visitor {
    pub wire: Wire,
    /// Its address, from the PROXY header where there is one.
    pub client: SocketAddr,
}

/// One session.
pub struct Session<G> {
    pub(super) gate: Arc<G>,
    pub(super) settings: Arc<Settings>,
    pub(super) room: Arc<Room>,
    stop: CancellationToken,
    pub(super) wire: Wire,
    pub(super) client: SocketAddr,
    pub(super) tls: Option<TlsFacts>,
    pub(super) state: State,
    pub(super) tally: Tally,
}

/// What has been counted in a session, against `base::limits`.
#[derive(Debug, Default)]
pub struct Tally {
    pub bad: u32,
    pub idle: u32,
    pub refused_recipients: u32,
    pub excess_recipients: u32,
    pub failed_sign_ins: u32,
    pub mails: u32,
}

impl<G: Gate> Session<G> {
    /// A session that has not begun.
    pub fn new(visitor: Visitor, gate: Arc<G>, settings: Arc<Settings>, room: Arc<Room>, stop: CancellationToken) -> Self {
        let Visitor { wire, client } = visitor;
        Self { gate, settings, room, stop, wire, client, tls: None, state: State::Greeted, tally: Tally::default() }
    }

    /// Talks to the client until one of the two has had enough.
    pub async fn run(mut self) {
        let Err(ending) = self.talk().await;
        let last_words = match &ending {
            Ending::TurnedAway(reply) => Some(reply.clone()),
            Ending::BareLineEnd => Some(replies::bare_line_end()),
            Ending::LongLine => Some(replies::long_line()),
            Ending::TimedOut => Some(replies::timed_out()),
            Ending::Stopping => Some(replies::stopping()),
            Ending::Quit | Ending::Left | Ending::Handshake(_) | Ending::Broken(_) => None,
        };
        let refused = matches!(ending, Ending::TurnedAway(_) | Ending::BareLineEnd | Ending::LongLine);
        if let Some(reply) = last_words {
            self.wire.say(&reply);
            if refused {
                self.tell_refusal(&reply);
            }
        }
        let (listener, mails) = (self.settings.kind, self.tally.mails);
        self.gate.observe(Event::Disconnected { client: self.client.ip(), listener, mails, why: ending.to_string() });
        self.wire.close(refused).await;
    }

    async fn talk(&mut self) -> Result<Infallible, Ending> {
        if self.settings.kind == ListenerKind::Submissions {
            self.begin_tls().await?;
        }
        if self.wire.speaks_first(self.settings.patience.greeting).await? {
            return Err(Ending::TurnedAway(replies::spoke_first()));
        }
        self.wire.say(&replies::greeting(&self.settings.hostname));
        loop {
            let line = self.line().await?;
            match Command::parse(&line) {
                Ok(command) => self.obey(command, line).await?,
                Err(why) => self.misread(&why)?,
            }
            self.wire.relieve().await?;
        }
    }

    /// The next command. A gateway that stops lets a mail under way come to its end, and asks for no more.
    async fn line(&mut self) -> Result<BytesMut, Ending> {
        tokio::select! {
            biased;
            () = self.stop.cancelled(), if !self.state.in_mail() => Err(Ending::Stopping),
            line = self.wire.line() => line,
        }
    }

    async fn obey(&mut self, command: Command, line: BytesMut) -> Result<(), Ending> {
        match command {
            Command::Hello { name, esmtp } => self.hello(Hello { name, esmtp }),
            Command::StartTls => self.start_tls().await,
            Command::Auth { mechanism, initial } => self.auth(&mechanism, initial, line).await,
            Command::Mail(from) => self.mail(from).await,
            Command::Rcpt(to) => self.rcpt(to),
            Command::Data => self.data().await,
            Command::Bdat { octets, last } => self.bdat(octets, last).await,
            Command::Rset => {
                self.abandon();
                self.idle(&replies::ok())
            }
            Command::Noop => self.idle(&replies::ok()),
            Command::Help => self.idle(&replies::help()),
            Command::Vrfy => self.idle(&replies::cannot_verify()),
            Command::Expn => self.bad(&replies::not_offered()),
            Command::Quit => {
                self.wire.say(&replies::goodbye());
                Err(Ending::Quit)
            }
        }
    }

    fn misread(&mut self, why: &CommandError) -> Result<(), Ending> {
        let binary = *why == CommandError::NotText && matches!(self.state, State::Greeted);
        if binary {
            return Err(Ending::TurnedAway(replies::not_smtp()));
        }
        if why.ends_session() {
            return Err(Ending::TurnedAway(why.reply()));
        }
        if matches!(why, CommandError::Recipient(_)) {
            return self.refuse_recipient(&why.reply());
        }
        self.bad(&why.reply())
    }

    /// EHLO or HELO, which also gives up a mail under way (RFC 5321 section 4.1.4).
    fn hello(&mut self, hello: Hello) -> Result<(), Ending> {
        let account = self.state.account().cloned();
        self.abandon();
        let esmtp = hello.esmtp;
        self.state = State::Ready(Ready::new(hello, account));
        self.count_idle()?;
        if esmtp {
            self.wire.say_lines(250, &self.extensions());
        } else {
            self.wire.say(&Reply::new(250, "", self.settings.hostname.to_string()));
        }
        Ok(())
    }

    fn extensions(&self) -> Vec<String> {
        let Settings { hostname, message_size, .. } = &*self.settings;
        let own = self.state.account().and_then(|account| self.gate.recipients(Some(account), &ReversePath::Null));
        let recipients = own.unwrap_or(self.settings.recipients);
        let mut lines = vec![
            hostname.to_string(),
            "PIPELINING".to_owned(),
            format!("SIZE {message_size}"),
            "8BITMIME".to_owned(),
            "SMTPUTF8".to_owned(),
            "ENHANCEDSTATUSCODES".to_owned(),
            "DSN".to_owned(),
            "CHUNKING".to_owned(),
            format!("LIMITS RCPTMAX={recipients} MAILMAX={}", limits::MAILS_PER_SESSION), // RFC 9422
        ];
        if self.tls.is_none() && self.settings.certificates.is_some() {
            lines.push("STARTTLS".to_owned());
        }
        if self.tls.is_some() && self.settings.wants_sign_in() {
            lines.push("AUTH PLAIN LOGIN".to_owned());
        }
        lines
    }

    /// Gives up the mail under way.
    pub(super) fn abandon(&mut self) {
        self.state = std::mem::take(&mut self.state).abandon();
        self.wire.mail_ends();
    }

    /// Answers a command that does no work.
    pub(super) fn idle(&mut self, reply: &Reply) -> Result<(), Ending> {
        self.count_idle()?;
        self.wire.say(reply);
        Ok(())
    }

    fn count_idle(&mut self) -> Result<(), Ending> {
        self.tally.idle += 1;
        if self.tally.idle > limits::IDLE_COMMANDS {
            return Err(Ending::TurnedAway(replies::too_many_idle_commands()));
        }
        Ok(())
    }

    /// Refuses what a client that knows SMTP would not have sent.
    pub(super) fn bad(&mut self, reply: &Reply) -> Result<(), Ending> {
        self.refuse(reply);
        self.tally.bad += 1;
        if self.tally.bad >= limits::BAD_COMMANDS {
            return Err(Ending::TurnedAway(replies::too_many_errors()));
        }
        Ok(())
    }

    /// Refuses something, and tells of it.
    pub(super) fn refuse(&mut self, reply: &Reply) {
        self.wire.say(reply);
        self.tell_refusal(reply);
    }

    fn tell_refusal(&self, reply: &Reply) {
        let why = format!("{} {}", reply.enhanced, reply.text);
        let account = self.state.account().cloned();
        self.gate.observe(Event::Refused { client: self.client.ip(), account, code: reply.code, why });
    }
}
