//! MAIL, RCPT, DATA and BDAT: from the envelope to the answer of the gate.

use bytes::Bytes;

use super::body::{self, Body, Read};
use super::command::{MailFrom, RcptTo};
use super::path::ForwardPath;
use super::replies;
use super::session::Session;
use super::state::{Chunks, Ready, Recipients, State};
use super::wire::Ending;
use crate::base::{Address, Envelope, Origin, Recipient, Ref, Reply, Submission, Timestamp, limits};
use crate::front::Gate;

impl<G: Gate> Session<G> {
    pub(super) async fn mail(&mut self, from: MailFrom) -> Result<(), Ending> {
        let State::Ready(ready) = &self.state else {
            let greeted = matches!(self.state, State::Greeted);
            return self.bad(&replies::out_of_order(if greeted { "say EHLO first" } else { "a mail is under way" }));
        };
        if self.tally.mails >= limits::MAILS_PER_SESSION {
            return Err(Ending::TurnedAway(replies::too_many_mails()));
        }
        if let Err(reply) = self.accept_sender(ready, &from).await {
            self.refuse(&reply);
            return self.count_refused_sender();
        }
        self.state = match std::mem::take(&mut self.state) {
            State::Ready(ready) => State::Mail(ready.mail(from)),
            other => other,
        };
        self.wire.say(&replies::sender_ok());
        Ok(())
    }

    async fn accept_sender(&self, ready: &Ready, from: &MailFrom) -> Result<(), Reply> {
        if self.settings.wants_sign_in() && ready.account.is_none() {
            return Err(if self.tls.is_none() { replies::tls_needed() } else { replies::sign_in_needed() });
        }
        let size = from.parameters.size.unwrap_or(0);
        if size > self.settings.message_size {
            return Err(replies::too_big(self.settings.message_size)); // RFC 1870 section 6.1
        }
        self.gate.room(size)?;
        if self.settings.is_journal() {
            return Ok(());
        }
        self.gate.may_send(ready.account.as_ref(), self.settings.senders, &from.path).await
    }

    /// Refused senders cost as much as idle commands: a client may try again, but not for ever.
    fn count_refused_sender(&mut self) -> Result<(), Ending> {
        self.tally.idle += 1;
        if self.tally.idle > limits::IDLE_COMMANDS {
            return Err(Ending::TurnedAway(replies::too_many_errors()));
        }
        Ok(())
    }

    pub(super) fn rcpt(&mut self, to: RcptTo) -> Result<(), Ending> {
        let (smtputf8, count) = match &self.state {
            State::Mail(mail) => (mail.from.parameters.smtputf8, 0),
            State::Recipients(recipients) => (recipients.from().parameters.smtputf8, recipients.count()),
            _ => return self.bad(&replies::out_of_order("say MAIL first, and RCPT before the mail")),
        };
        if !self.may_send_here() {
            return self.refuse_recipient(&replies::relay_denied());
        }
        if !to.ascii && !smtputf8 {
            return self.refuse_recipient(&replies::utf8_needed());
        }
        let address = match to.path {
            ForwardPath::Address(address) => address,
            ForwardPath::Postmaster => self.settings.postmaster.clone(),
        };
        if !self.is_journaled_for(&address) {
            return self.refuse_recipient(&replies::not_the_journal());
        }
        let known = matches!(&self.state, State::Recipients(recipients) if recipients.has(&address));
        if known {
            return self.idle(&replies::recipient_ok()); // RFC 5321 has no word against it, but it does no work
        }
        if let Err(reply) = self.room_for_recipient(count) {
            return self.refuse_excess_recipient(&reply);
        }
        let recipient = Recipient { address, notify: to.parameters.notify, orcpt: to.parameters.orcpt };
        self.state = match std::mem::take(&mut self.state) {
            State::Mail(mail) => State::Recipients(mail.recipient(recipient)),
            State::Recipients(mut recipients) => {
                recipients.add(recipient);
                State::Recipients(recipients)
            }
            other => other,
        };
        self.wire.say(&replies::recipient_ok());
        Ok(())
    }

    /// Whether the mail under way may have one recipient more.
    fn room_for_recipient(&self, count: usize) -> Result<(), Reply> {
        let from = match &self.state {
            State::Mail(mail) => &mail.from.path,
            State::Recipients(recipients) => &recipients.from().path,
            _ => return Ok(()),
        };
        let account = self.state.account();
        let own = if self.settings.is_journal() { None } else { self.gate.recipients(account, from) };
        let limit = own.unwrap_or(self.settings.recipients);
        if count >= limit {
            return Err(replies::too_many_recipients(limit));
        }
        if self.settings.is_journal() { Ok(()) } else { self.gate.may_add(account, from, count) }
    }

    /// Relay and journal listeners are for their trusted networks; elsewhere MAIL has asked for the sign-in.
    fn may_send_here(&self) -> bool {
        !self.settings.trusts_networks() || self.settings.trusted.iter().any(|net| net.contains(self.client.ip()))
    }

    /// A journal listener may be for the journal's own address alone: where strangers send from the trusted networks too, it is what they
    /// do not know.
    fn is_journaled_for(&self, address: &Address) -> bool {
        let only = &self.settings.journal.only_to;
        !self.settings.is_journal() || only.is_empty() || only.iter().any(|own| own.same_as(address))
    }

    pub(super) fn refuse_recipient(&mut self, reply: &Reply) -> Result<(), Ending> {
        self.refuse(reply);
        self.tally.refused_recipients += 1;
        if self.tally.refused_recipients >= limits::REFUSED_RECIPIENTS {
            return Err(Ending::TurnedAway(replies::too_many_errors()));
        }
        Ok(())
    }

    /// RFC 5321 section 4.5.3.1.10: the client sends to the rest in a further mail, so this is no sign of bad faith.
    fn refuse_excess_recipient(&mut self, reply: &Reply) -> Result<(), Ending> {
        self.refuse(reply);
        self.tally.excess_recipients += 1;
        if self.tally.excess_recipients >= limits::EXCESS_RECIPIENTS {
            return Err(Ending::TurnedAway(replies::too_many_errors()));
        }
        Ok(())
    }

    /// DATA. It must be the last of its group (RFC 2920 section 3.1): what follows it unasked could be read as the mail or as
    /// commands, so the session ends.
    pub(super) async fn data(&mut self) -> Result<(), Ending> {
        if !self.wire.input().is_empty() {
            return Err(Ending::TurnedAway(replies::spoke_out_of_turn()));
        }
        let recipients = match std::mem::take(&mut self.state) {
            State::Recipients(recipients) => recipients,
            other => {
                let reply = match other {
                    State::Mail(_) => replies::no_recipients(),
                    State::Chunks(_) => replies::out_of_order("BDAT has begun; go on with BDAT, or say RSET"),
                    _ => replies::out_of_order("say MAIL and RCPT first"),
                };
                self.state = other;
                return self.bad(&reply);
            }
        };
        let name = self.gate.draw();
        if let Err(reply) = self.gate.room(recipients.from().parameters.size.unwrap_or(0)) {
            self.state = State::Recipients(recipients).abandon();
            self.refuse(&reply);
            return Ok(());
        }
        self.wire.mail_begins();
        self.wire.say(&replies::go_ahead());
        let mut body = self.empty_body(true, &recipients);
        match body.read_dotted(&mut self.wire).await? {
            Read::Whole => self.finish(recipients, body, name).await,
            Read::Hopeless(reply) => {
                self.state = State::Recipients(recipients); // so that the event of the end can say whose mail it was
                Err(Ending::TurnedAway(reply))
            }
        }
    }

    /// BDAT (RFC 3030). The octets that it announces are read in any case, so that none of them is taken for a command.
    pub(super) async fn bdat(&mut self, octets: u64, last: bool) -> Result<(), Ending> {
        self.wire.mail_begins();
        if octets / 2 > self.settings.message_size {
            return Err(Ending::TurnedAway(replies::too_big(self.settings.message_size)));
        }
        let mut chunks = match self.chunks(octets) {
            Ok(chunks) => chunks,
            Err(reply) => return self.skip_chunk(octets, &reply).await,
        };
        if let Read::Hopeless(reply) = chunks.body.read_chunk(&mut self.wire, octets).await? {
            self.state = State::Chunks(chunks);
            return Err(Ending::TurnedAway(reply));
        }
        if last {
            let Chunks { recipients, body, name } = *chunks;
            return self.finish(recipients, body, name).await;
        }
        if let Some(reply) = chunks.body.refusal() {
            self.state = State::Chunks(chunks);
            self.abandon();
            self.refuse(&reply);
            return Ok(());
        }
        self.wire.say(&replies::chunk_ok(octets));
        self.state = State::Chunks(chunks);
        Ok(())
    }

    /// The mail that a chunk belongs to: the one under way, or one that begins with it.
    fn chunks(&mut self, octets: u64) -> Result<Box<Chunks>, Reply> {
        match std::mem::take(&mut self.state) {
            State::Chunks(chunks) => Ok(chunks),
            State::Recipients(recipients) => {
                if let Err(reply) = self.gate.room(recipients.from().parameters.size.unwrap_or(octets)) {
                    self.state = State::Recipients(recipients);
                    return Err(reply);
                }
                let body = self.empty_body(false, &recipients);
                Ok(Box::new(Chunks { recipients, body, name: self.gate.draw() }))
            }
            other => {
                let mail = matches!(other, State::Mail(_));
                self.state = other;
                Err(if mail { replies::no_recipients() } else { replies::out_of_order("say MAIL and RCPT first") })
            }
        }
    }

    /// Reads a chunk that cannot be taken, and gives up the mail.
    async fn skip_chunk(&mut self, octets: u64, reply: &Reply) -> Result<(), Ending> {
        body::skip(&mut self.wire, octets).await?;
        self.abandon();
        self.bad(reply)
    }

    fn empty_body(&self, stuffed: bool, recipients: &Recipients) -> Body {
        Body::new(stuffed, self.settings.message_size, recipients.from().parameters.size, self.room.ration())
    }

    /// The mail has come in whole: the transaction is over, whatever the answer.
    async fn finish(&mut self, recipients: Recipients, body: Body, name: (Ref, Timestamp)) -> Result<(), Ending> {
        let (envelope, ready) = recipients.finish();
        self.wire.mail_ends();
        self.tally.mails += 1;
        self.tally.idle = 0;
        let whole = body.finish();
        let reply = match whole {
            Ok((raw, _ration)) => {
                let mail = self.submission(envelope, &ready, raw, name);
                match self.settings.is_journal() {
                    true => self.gate.journal(mail, &self.settings.journal).await,
                    false => self.gate.admit(mail, self.settings.senders).await,
                }
            }
            Err(reply) => {
                self.state = State::Ready(ready);
                self.refuse(&reply);
                return Ok(());
            }
        };
        self.state = State::Ready(ready);
        if reply.code == 421 {
            return Err(Ending::TurnedAway(reply));
        }
        self.wire.say(&reply);
        Ok(())
    }

    fn submission(&self, envelope: Envelope, ready: &Ready, raw: Bytes, name: (Ref, Timestamp)) -> Submission {
        let (reference, received_at) = name;
        let origin = Origin {
            listener: self.settings.kind,
            client: self.client,
            helo: ready.hello.name.clone(),
            esmtp: ready.hello.esmtp,
            tls: self.tls.clone(),
            account: ready.account.clone(),
        };
        Submission { reference, received_at, envelope, origin, raw }
    }
}
