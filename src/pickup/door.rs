//! The way in: what the link shows to whoever has it, the code, the passphrase, and "this is not for me".
//!
//! A GET shows a page. Only a form mails a code, opens, or closes.

use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::page::{self, Proof};
use super::sessions::cookie;
use super::visit::{self, Instead, Visit, field, not_now};
use super::{Counter, answer, reading};
use crate::access::password;
use crate::base::{Secret, Timestamp};
use crate::ledger::Event;
use crate::ops::visitor::Asked;
use crate::pipeline::pickup as letters;
use crate::protect::pickup::{Closed, Shelf};
use crate::store::StoreError;

/// `GET /`.
pub(super) async fn front(State(counter): State<Counter>) -> Response {
    answer(StatusCode::OK, &counter.look(), page::front)
}

/// `GET /help`.
pub(super) async fn help(State(counter): State<Counter>) -> Response {
    let config = counter.config.borrow().clone();
    let own = config.pickup.as_ref().and_then(|pickup| pickup.help.as_deref());
    answer(StatusCode::OK, &counter.look(), |look| page::help(look, own))
}

/// `GET /logo`.
pub(super) async fn logo(State(counter): State<Counter>) -> Response {
    let config = counter.config.borrow().clone();
    match config.pickup.as_ref().and_then(|pickup| pickup.logo.clone()) {
        Some(logo) => ([(header::CONTENT_TYPE, logo.media)], logo.bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /p/LINK`: the message for whoever has proved their address, else how to.
pub(super) async fn show(State(counter): State<Counter>, asked: Asked) -> Response {
    match counter.visit(&asked).await {
        Ok(visit) if counter.is_known(&visit, &asked) => reading::message(&counter, &visit).await,
        Ok(visit) => answer(StatusCode::OK, &visit.look, |look| page::door(look, &visit.link, &visit.pickup, None)),
        Err(instead) => *instead,
    }
}

/// `GET /p/LINK/code`: where the code is typed. It mails nothing.
pub(super) async fn code_form(State(counter): State<Counter>, asked: Asked) -> Response {
    match counter.visit(&asked).await {
        Ok(visit) if visit.pickup.passphrase.is_some() => visit.go(""),
        Ok(visit) => answer(StatusCode::OK, &visit.look, |look| page::code(look, &visit.link, &visit.pickup, None)),
        Err(instead) => *instead,
    }
}

/// `POST /p/LINK/code`: mails a code, or does not where too many were asked for; the answer is the same.
pub(super) async fn mail_code(State(counter): State<Counter>, asked: Asked, body: Body) -> Response {
    counter.mail_code(&asked, body).await.unwrap_or_else(|instead| *instead)
}

/// `POST /p/LINK/open`: the code or the passphrase.
pub(super) async fn open(State(counter): State<Counter>, asked: Asked, body: Body) -> Response {
    counter.open(&asked, body).await.unwrap_or_else(|instead| *instead)
}

/// `POST /p/LINK/leave`: ends the session.
pub(super) async fn leave(State(counter): State<Counter>, asked: Asked, body: Body) -> Response {
    let visit = match counter.visit(&asked).await {
        Ok(visit) => visit,
        Err(instead) => return *instead,
    };
    if let Err(instead) = counter.form(&visit.look, &asked, body).await {
        return *instead;
    }
    counter.sessions.end(&asked.headers);
    let mut response = answer(StatusCode::OK, &visit.look, page::left);
    set_cookie(&mut response, &cookie("", &visit.look.of_message(&visit.link, "")));
    response
}

/// `GET /p/LINK/not-me`: the question.
pub(super) async fn not_me_form(State(counter): State<Counter>, asked: Asked) -> Response {
    match counter.visit(&asked).await {
        Ok(visit) => answer(StatusCode::OK, &visit.look, |look| page::not_me(look, &visit.link, &visit.pickup)),
        Err(instead) => *instead,
    }
}

/// `POST /p/LINK/not-me`: closes the message and tells its sender.
pub(super) async fn not_me(State(counter): State<Counter>, asked: Asked, body: Body) -> Response {
    counter.not_me(&asked, body).await.unwrap_or_else(|instead| *instead)
}

impl Counter {
    async fn mail_code(&self, asked: &Asked, body: Body) -> Result<Response, Instead> {
        let visit = self.visit(asked).await?;
        self.form(&visit.look, asked, body).await?;
        let pickup = &visit.pickup;
        if pickup.passphrase.is_some() {
            return Ok(visit.go(""));
        }
        if let Some(code) = self.codes.make(&visit.link.hash(), &pickup.recipient, Instant::now()) {
            let letter = letters::code(&visit.config, pickup, &code, Timestamp::now()).ok_or_else(|| not_now(&visit.look))?;
            self.queue.post(letter).await.map_err(|_| not_now(&visit.look))?;
        }
        Ok(visit.go("/code"))
    }

    async fn open(&self, asked: &Asked, body: Body) -> Result<Response, Instead> {
        let visit = self.visit(asked).await?;
        let form = self.form(&visit.look, asked, body).await?;
        let proof = if visit.pickup.passphrase.is_some() { Proof::Passphrase } else { Proof::Code };
        if !self.proves(&visit, &form).await {
            self.mistaken(asked);
            return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, &visit.look, |look| match proof {
                Proof::Code => page::code(look, &visit.link, &visit.pickup, Some(proof)),
                Proof::Passphrase => page::door(look, &visit.link, &visit.pickup, Some(proof)),
            }));
        }
        if visit.pickup.opened_at.is_none() {
            self.first_opening(&visit, proof).await?;
        }
        let session = self.sessions.begin(&visit.link.hash(), Instant::now()).ok_or_else(|| not_now(&visit.look))?;
        let mut response = visit.go("");
        set_cookie(&mut response, &cookie(session.reveal(), &visit.look.of_message(&visit.link, "")));
        Ok(response)
    }

    /// Whether what was typed is the code, or the passphrase where there is one.
    async fn proves(&self, visit: &Visit, form: &[u8]) -> bool {
        let name = visit.link.hash();
        let Some(hash) = visit.pickup.passphrase.clone() else {
            return self.codes.is_right(&name, &field(form, "code"), Instant::now());
        };
        // Hashing costs memory and time on purpose, so only a few at a time.
        let Ok(_place) = self.work.acquire().await else { return false };
        if !self.codes.may_try(&name, Instant::now()) {
            return false;
        }
        let typed = Secret::new(visit::plain_passphrase(&field(form, "passphrase")).into_bytes());
        let fits = tokio::task::spawn_blocking(move || password::fits(&typed, &hash)).await.unwrap_or(false);
        if !fits {
            self.codes.failed(&name, Instant::now());
        }
        fits
    }

    /// Notes it, with the receipt to the sender, in one commit.
    async fn first_opening(&self, visit: &Visit, proof: Proof) -> Result<(), Instead> {
        let (pickup, now) = (&visit.pickup, Timestamp::now());
        let (reference, recipient) = (pickup.reference.clone(), pickup.recipient.clone());
        let mut receipt = letters::receipt(&visit.config, pickup, now);
        receipt.events.push(Event::PickupOpened { reference, recipient, proof: proof.word().to_owned() });
        match self.queue.post_all_with(vec![receipt], Shelf::opened(&visit.link, now)).await {
            Ok(_) | Err(StoreError::Refused(_)) => Ok(()), // refused: somebody was a moment quicker, and the sender knows
            Err(_) => Err(not_now(&visit.look)),
        }
    }

    async fn not_me(&self, asked: &Asked, body: Body) -> Result<Response, Instead> {
        let visit = self.visit(asked).await?;
        self.form(&visit.look, asked, body).await?;
        let now = Timestamp::now();
        let was_open = self.shelf.close(&visit.pickup, Closed::NotMe, now).await.map_err(|_| not_now(&visit.look))?;
        if was_open {
            let letter = letters::not_me(&visit.config, &visit.pickup, now);
            self.queue.post(letter).await.map_err(|_| not_now(&visit.look))?;
        }
        Ok(answer(StatusCode::OK, &visit.look, page::thanks_not_me))
    }
}

fn set_cookie(response: &mut Response, cookie: &str) {
    response.headers_mut().extend(HeaderValue::from_str(cookie).ok().map(|cookie| (header::SET_COOKIE, cookie)));
}
