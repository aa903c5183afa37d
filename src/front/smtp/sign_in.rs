//! STARTTLS (RFC 3207) and AUTH (RFC 4954) with PLAIN (RFC 4616) and LOGIN.
//!
//! Nothing is kept from before the handshake, and a client that sent more before it is turned away, so nobody on the way can put
//! words into the encrypted session. Responses are wiped once read. Which part of a sign-in was wrong is never said.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::BytesMut;
use zeroize::{Zeroize, Zeroizing};

use super::replies;
use super::session::Session;
use super::state::State;
use super::wire::Ending;
use crate::base::{Reply, Secret, limits};
use crate::front::{Gate, SignIn};
use crate::ledger::Event;

/// Why a sign-in did not come as far as the accounts.
enum Failure {
    Refused(Reply),
    Ended(Ending),
}

impl From<Ending> for Failure {
    fn from(ending: Ending) -> Self {
        Self::Ended(ending)
    }
}

/// What a client signs in with.
struct Credentials {
    user: String,
    password: Secret,
}

impl<G: Gate> Session<G> {
    pub(super) async fn start_tls(&mut self) -> Result<(), Ending> {
        if self.settings.certificates.is_none() {
            return self.bad(&replies::not_offered());
        }
        if self.tls.is_some() {
            return self.bad(&replies::out_of_order("the session is encrypted already"));
        }
        if !matches!(self.state, State::Ready(_)) {
            return self.bad(&replies::out_of_order("say STARTTLS after EHLO and before MAIL"));
        }
        if !self.wire.input().is_empty() {
            return Err(Ending::TurnedAway(replies::spoke_out_of_turn()));
        }
        self.wire.say(&Reply::new(220, "2.0.0", "ready to start TLS"));
        self.begin_tls().await
    }

    /// Does the handshake; the session starts anew (RFC 3207 section 4.2).
    pub(super) async fn begin_tls(&mut self) -> Result<(), Ending> {
        let missing = || Ending::Handshake(std::io::Error::other("the listener has no certificate"));
        let acceptor = self.settings.certificates.as_ref().ok_or_else(missing)?.acceptor();
        let tls = self.wire.handshake(acceptor).await?;
        self.tls = Some(tls);
        self.state = State::Greeted;
        Ok(())
    }

    pub(super) async fn auth(&mut self, mechanism: &str, initial: Option<Secret>, mut line: BytesMut) -> Result<(), Ending> {
        line.zeroize();
        if let Some(reply) = self.cannot_sign_in() {
            return self.bad(&reply);
        }
        let credentials = match mechanism {
            "PLAIN" => self.plain(initial).await,
            "LOGIN" => self.login(initial).await,
            _ => Err(Failure::Refused(replies::unknown_mechanism())),
        };
        match credentials {
            Ok(credentials) => self.sign_in(credentials).await,
            Err(Failure::Refused(reply)) => self.bad(&reply),
            Err(Failure::Ended(ending)) => Err(ending),
        }
    }

    fn cannot_sign_in(&self) -> Option<Reply> {
        if !self.settings.wants_sign_in() {
            return Some(replies::not_offered());
        }
        if self.tls.is_none() {
            return Some(replies::sign_in_needs_tls());
        }
        match &self.state {
            State::Ready(ready) if ready.account.is_none() => None,
            State::Ready(_) => Some(replies::out_of_order("you are signed in already")),
            State::Greeted => Some(replies::out_of_order("say EHLO first")),
            _ => Some(replies::out_of_order("finish the mail first")),
        }
    }

    /// RFC 4616: an identity to act as, NUL, the user, NUL, the password. Acting as somebody else is not offered.
    async fn plain(&mut self, initial: Option<Secret>) -> Result<Credentials, Failure> {
        let response = self.response(initial, "").await?;
        let malformed = || Failure::Refused(replies::sign_in_malformed());
        let mut fields = response.split(|&octet| octet == 0);
        let (Some(act_as), Some(user), Some(password), None) = (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(malformed());
        };
        let user = std::str::from_utf8(user).ok().filter(|user| !user.is_empty()).ok_or_else(malformed)?;
        if !act_as.is_empty() && !act_as.eq_ignore_ascii_case(user.as_bytes()) {
            return Err(Failure::Refused(replies::sign_in_refused()));
        }
        Ok(Credentials { user: user.to_owned(), password: Secret::new(password.to_vec()) })
    }

    /// The prompts are `Username:` and `Password:`, in base64, as clients of LOGIN expect them.
    async fn login(&mut self, initial: Option<Secret>) -> Result<Credentials, Failure> {
        let user = self.response(initial, "VXNlcm5hbWU6").await?;
        let password = self.response(None, "UGFzc3dvcmQ6").await?;
        let user = std::str::from_utf8(&user).ok().filter(|user| !user.is_empty() && !user.contains('\0'));
        let user = user.ok_or_else(|| Failure::Refused(replies::sign_in_malformed()))?;
        Ok(Credentials { user: user.to_owned(), password: Secret::new(password.to_vec()) })
    }

    /// What the client answers to a challenge, or has answered with the command itself.
    async fn response(&mut self, initial: Option<Secret>, challenge: &'static str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if let Some(initial) = initial {
            // RFC 4954 section 4: `=` is an initial response of no octets.
            return if initial.reveal() == b"=" { Ok(Zeroizing::default()) } else { decode(initial.reveal()) };
        }
        self.wire.say(&replies::challenge(challenge));
        let mut line = self.wire.line().await?;
        let response = if &line[..] == b"*" { Err(Failure::Refused(replies::sign_in_cancelled())) } else { decode(&line) };
        line.zeroize();
        response
    }

    async fn sign_in(&mut self, credentials: Credentials) -> Result<(), Ending> {
        let Credentials { user, password } = credentials;
        let client = self.client.ip();
        let delay = match self.gate.sign_in(&user, &password, client).await {
            SignIn::Welcome(account) => {
                self.gate.observe(Event::SignedIn { client, account: account.clone(), tls: self.tls.clone() });
                self.state = match std::mem::take(&mut self.state) {
                    State::Ready(ready) => State::Ready(ready.sign_in(account)),
                    other => other,
                };
                self.tally.idle = 0;
                self.wire.say(&replies::welcome());
                return Ok(());
            }
            SignIn::Unavailable => {
                self.refuse(&replies::sign_in_unavailable());
                return Ok(());
            }
            SignIn::Refused => std::time::Duration::ZERO,
            SignIn::SlowDown(delay) => delay,
        };
        self.gate.observe(Event::SignInFailed { client, account: shown(&user) });
        tokio::time::sleep(delay.min(self.settings.patience.sign_in)).await;
        self.wire.say(&replies::sign_in_refused());
        self.tally.failed_sign_ins += 1;
        if self.tally.failed_sign_ins >= limits::FAILED_SIGN_INS {
            return Err(Ending::TurnedAway(replies::too_many_errors()));
        }
        Ok(())
    }
}

fn decode(base64: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    BASE64.decode(base64).map(Zeroizing::new).map_err(|_| Failure::Refused(replies::sign_in_malformed()))
}

/// A name as it was typed, fit for the ledger: no longer than an address, no control characters.
fn shown(user: &str) -> String {
    let room = limits::LOCAL_PART_OCTETS + 1 + limits::DOMAIN_OCTETS;
    user.chars().take(room).map(|c| if c.is_control() { '?' } else { c }).collect()
}
