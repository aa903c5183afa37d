//! One transaction with a next hop: MAIL, RCPT, DATA, the mail, and the fate of each recipient (RFC 5321 section 3.3).
//!
//! In: an open [`Session`], a copy, some of its recipients, its bytes. Out: [`Carried`]: a fate for every recipient, always.
//! Invariants: nobody is told "delivered" but by a 2yz after the final dot; when the connection is lost after the dot may have
//! left and before the reply, the mail may have arrived: it will be sent again, and that is said (`uncertain`). The bytes arrive
//! as they are, dots and all. What can fail: everything on the other side; it ends in a fate, never in a panic.

use std::time::Duration;

use mail_send::Error;
use smtp_proto::{EXT_DSN, EXT_PIPELINING};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::Times;
use super::command::{self, Traits, Unfit};
use super::connect::{Session, why};
use super::said::Said;
use crate::base::Recipient;
use crate::config::RequireTls;
use crate::queue::{NewJob, Outcome};

/// Time to wait for a reply that a host may have sent before it stopped reading.
const EARLY_REPLY_TIME: Duration = Duration::from_secs(5);

/// What is to be carried.
pub(super) struct Load<'a> {
    pub(super) copy: &'a NewJob,
    pub(super) recipients: Vec<&'a Recipient>,
    pub(super) content: &'a [u8],
    pub(super) traits: Traits,
    pub(super) requiretls: RequireTls,
}

/// What became of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) outcome: Outcome,
    /// The host that said so, where one did.
    pub(super) host: Option<String>,
    pub(super) said: Option<Said>,
}

/// What became of a load.
pub(super) struct Carried {
    /// In the order of the load's recipients.
    pub(super) fates: Vec<Fate>,
    /// The session, where it can carry another mail.
    pub(super) session: Option<Session>,
    /// Whether the mail may have arrived although nobody said so.
    pub(super) uncertain: bool,
    /// Whether the host was gone before it answered anything, so that nothing speaks against another try at once.
    pub(super) stale: bool,
}

impl Fate {
    /// Not now, for a reason of our own finding.
    pub(super) fn deferred(why: impl Into<String>) -> Self {
        Self { outcome: Outcome::Deferred { why: why.into() }, host: None, said: None }
    }

    /// Never, for a reason of our own finding.
    pub(super) fn failed(status: &str, why: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed { status: status.into(), why: why.into() }, host: None, said: None }
    }

    /// What a refusal means for a recipient.
    fn refused(host: &str, stage: &str, said: &Said) -> Self {
        let why = format!("{host} answered {stage} with: {said}");
        let outcome = match said.code {
            // 530 to a mail says that the route lacks its sign-in: ours to mend, so nobody's mail is lost by it.
            530 => Outcome::Deferred { why: format!("{why}; give the route a user and a password_file") },
            // RFC 5321 section 4.5.3.1.10: 552 to RCPT is an old way to say "too many recipients for now".
            552 if stage == "RCPT" && said.enhanced.as_deref().is_none_or(|e| e == "5.5.3") => Outcome::Deferred { why },
            _ if said.is_never() => Outcome::Failed { status: said.status(), why },
            _ => Outcome::Deferred { why },
        };
        Self { outcome, host: Some(host.to_owned()), said: Some(said.clone()) }
    }
}

/// Carries one load over a session.
pub(super) async fn transact(session: Session, load: &Load<'_>, times: &Times) -> Carried {
    let fates = vec![None; load.recipients.len()];
    let mut talk = Talk { session, load, times, fates, answered: false, closed: false, open: false, uncertain: false };
    if let Err(lost) = talk.run().await {
        talk.closed = true;
        talk.rest(&Fate { host: Some(talk.session.host.clone()), ..Fate::deferred(lost) });
    }
    talk.end().await
}

/// A transaction under way.
struct Talk<'a> {
    session: Session,
    load: &'a Load<'a>,
    times: &'a Times,
    /// Decided so far.
    fates: Vec<Option<Fate>>,
    /// Whether the host has answered anything but a goodbye.
    answered: bool,
    /// Whether the session is spent.
    closed: bool,
    /// Whether the host holds an envelope that it did not carry out.
    open: bool,
    uncertain: bool,
}

/// A connection that is lost, in words.
type Lost = String;

impl Talk<'_> {
    async fn run(&mut self) -> Result<(), Lost> {
        let (offers, size) = (self.session.offers, self.session.size);
        let mail = command::mail(self.load.copy, &self.load.recipients, self.load.traits, offers, size);
        let mail = match mail.and_then(|line| command::onward(line, self.load.requiretls, offers)) {
            Ok(line) => line,
            Err(unfit) => {
                self.rest(&unfit.into());
                return Ok(());
            }
        };
        let mut lines = Vec::with_capacity(self.load.recipients.len());
        for (place, recipient) in self.load.recipients.iter().enumerate() {
            match command::rcpt(recipient, offers) {
                Ok(line) => lines.push((place, line)),
                Err(unfit) => self.decide(place, unfit.into()),
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let accepted = self.envelope(&mail, &lines).await?;
        if !accepted.is_empty() {
            self.content(&accepted).await?;
        }
        Ok(())
    }

    /// MAIL, RCPT and DATA, together where the host allows (RFC 2920). Gives the recipients that the mail can now be sent for.
    async fn envelope(&mut self, mail: &str, lines: &[(usize, String)]) -> Result<Vec<usize>, Lost> {
        let pipelining = self.session.offers & EXT_PIPELINING != 0;
        if pipelining {
            let all = std::iter::once(mail).chain(lines.iter().map(|(_, line)| line.as_str())).chain(["DATA\r\n"]);
            self.say(all).await?;
        }
        let unsaid = |line| (!pipelining).then_some(line);
        let said = self.answer("MAIL", unsaid(mail), self.times.command).await?;
        self.open = true;
        let willing = said.is_yes();
        if !willing {
            self.rest(&Fate::refused(&self.session.host, "MAIL", &said));
            if !pipelining {
                return Ok(Vec::new());
            }
        }
        let mut accepted = Vec::new();
        for (place, line) in lines {
            let said = self.answer("RCPT", unsaid(line), self.times.command).await?;
            if said.is_yes() && willing {
                accepted.push(*place);
            } else {
                self.decide(*place, Fate::refused(&self.session.host, "RCPT", &said));
            }
        }
        if accepted.is_empty() && !pipelining {
            return Ok(accepted);
        }
        self.go_ahead(unsaid("DATA\r\n"), accepted).await
    }

    async fn go_ahead(&mut self, line: Option<&str>, accepted: Vec<usize>) -> Result<Vec<usize>, Lost> {
        let said = self.answer("DATA", line, self.times.data).await?;
        if said.code != 354 {
            for place in accepted {
                self.decide(place, Fate::refused(&self.session.host, "DATA", &said));
            }
            return Ok(Vec::new());
        }
        if accepted.is_empty() {
            // RFC 2920 section 3.1: a host that goes ahead for nobody gets an empty mail, which goes to nobody.
            self.answer("the empty mail", Some(".\r\n"), self.times.last).await?;
        }
        Ok(accepted)
    }

    /// Sends the mail and hears what became of it.
    async fn content(&mut self, accepted: &[usize]) -> Result<(), Lost> {
        if !self.session.client.stream.in_step() {
            return Err(format!("{} said more than it was asked at DATA", self.session.host));
        }
        if let Err(lost) = self.write().await {
            self.uncertain = self.session.client.stream.all_sent();
            // A host that refuses in the middle says why before it closes.
            let Ok(said) = self.hear("the mail", EARLY_REPLY_TIME).await else { return Err(lost) };
            self.closed = true;
            if said.is_yes() {
                return Err(lost);
            }
            self.uncertain = false;
            self.conclude(accepted, &said);
            return Ok(());
        }
        self.uncertain = true;
        let said = self.hear("the mail", self.times.last).await?;
        if said.code / 100 == 3 {
            return Err(format!("{} answered the mail with: {said}", self.session.host));
        }
        self.uncertain = false;
        self.open = false;
        self.conclude(accepted, &said);
        Ok(())
    }

    async fn write(&mut self) -> Result<(), Lost> {
        // mail-send ends every mail with a CRLF of its own, and looks for dots only after a line end.
        let content = self.load.content;
        let content = content.strip_suffix(b"\r\n").unwrap_or(content);
        let megabytes = u32::try_from(content.len() >> 20).unwrap_or(u32::MAX);
        let time = self.times.block.saturating_mul(megabytes.saturating_add(1));
        let client = &mut self.session.client;
        let write = async {
            if !has_dotted_line(content) {
                // mail-send looks at every byte for dots; most mails have none to double, and go out as they are.
                client.stream.write_all(content).await?;
                client.stream.write_all(b"\r\n.\r\n").await?;
                return client.stream.flush().await;
            }
            if content.first() == Some(&b'.') {
                client.stream.write_all(b".").await?;
            }
            client.write_message(content).await
        };
        match timeout(time, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(e)) => Err(self.lost("the mail", &Error::Io(e))),
            Err(_) => Err(self.lost("the mail", &Error::Timeout)),
        }
    }

    fn conclude(&mut self, accepted: &[usize], said: &Said) {
        self.closed |= said.is_goodbye();
        let dsn_supported = self.session.offers & EXT_DSN != 0;
        for &place in accepted {
            let fate = if said.is_yes() {
                let outcome = Outcome::Delivered { reply: said.to_string(), dsn_supported };
                Fate { outcome, host: Some(self.session.host.clone()), said: Some(said.clone()) }
            } else {
                Fate::refused(&self.session.host, "the mail", said)
            };
            self.decide(place, fate);
        }
    }

    async fn say<'l>(&mut self, lines: impl Iterator<Item = &'l str>) -> Result<(), Lost> {
        let stream = &mut self.session.client.stream;
        let write = async {
            for line in lines {
                stream.write_all(line.as_bytes()).await?;
            }
            stream.flush().await
        };
        match timeout(self.times.command, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(e)) => Err(self.lost("MAIL", &Error::Io(e))),
            Err(_) => Err(self.lost("MAIL", &Error::Timeout)),
        }
    }

    /// Says a line, where it has not been said yet, and hears the answer. A goodbye ends the talk.
    async fn answer(&mut self, stage: &str, line: Option<&str>, time: Duration) -> Result<Said, Lost> {
        if let Some(line) = line {
            self.say(std::iter::once(line)).await?;
        }
        let said = self.hear(stage, time).await?;
        if said.is_goodbye() {
            return Err(format!("{} closed the session at {stage}: {said}", self.session.host));
        }
        self.answered = true;
        Ok(said)
    }

    async fn hear(&mut self, stage: &str, time: Duration) -> Result<Said, Lost> {
        let read = timeout(time, self.session.client.read()).await.unwrap_or(Err(Error::Timeout));
        match read {
            Ok(_) => Ok(Said::read(self.session.client.stream.last_reply())),
            Err(e) => Err(self.lost(stage, &e)),
        }
    }

    fn lost(&self, stage: &str, error: &Error) -> Lost {
        format!("the connection to {} was lost at {stage}: {}", self.session.host, why(error))
    }

    fn decide(&mut self, place: usize, fate: Fate) {
        if let Some(slot) = self.fates.get_mut(place) {
            slot.get_or_insert(fate);
        }
    }

    /// Decides all that are not decided yet.
    fn rest(&mut self, fate: &Fate) {
        for slot in &mut self.fates {
            slot.get_or_insert_with(|| fate.clone());
        }
    }

    async fn end(mut self) -> Carried {
        let stale = self.closed && !self.answered && !self.uncertain;
        self.session.mails += 1;
        if self.open && !self.closed {
            self.session.client.timeout = self.times.command;
            self.closed = self.session.client.rset().await.is_err();
        }
        let nothing = Fate::deferred("the transaction ended before this recipient's turn");
        let fates = self.fates.into_iter().map(|fate| fate.unwrap_or_else(|| nothing.clone())).collect();
        Carried { fates, session: (!self.closed).then_some(self.session), uncertain: self.uncertain, stale }
    }
}

impl From<Unfit> for Fate {
    fn from(unfit: Unfit) -> Self {
        Self::failed(unfit.status, unfit.why)
    }
}

/// Whether any line begins with a dot (RFC 5321 section 4.5.2).
fn has_dotted_line(content: &[u8]) -> bool {
    content.first() == Some(&b'.') || [b"\n.", b"\r."].iter().any(|start| memchr::memmem::find(content, *start).is_some())
}
