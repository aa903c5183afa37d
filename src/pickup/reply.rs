//! `/p/LINK/reply`: an answer to the sender alone, through the gateway's own rules and scanner.

use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;

use super::page::{self, Flaw};
use super::upload::{self, Part};
use super::visit::{Instead, Visit, not_now};
use super::{Counter, answer};
use crate::base::{Reply, Timestamp, limits};
use crate::config::{Config, Senders};
use crate::ledger::Event;
use crate::ops::visitor::Asked;
use crate::pipeline::pickup_reply::{self, File, Written};

/// `GET`: the form.
pub(super) async fn form(State(counter): State<Counter>, asked: Asked) -> Response {
    match counter.known(&asked).await {
        Ok(visit) => ask(&visit, StatusCode::OK, "", None),
        Err(instead) => *instead,
    }
}

/// `POST`: sends it.
pub(super) async fn send(State(counter): State<Counter>, asked: Asked, body: Body) -> Response {
    counter.reply(&asked, body).await.unwrap_or_else(|instead| *instead)
}

impl Counter {
    async fn reply(&self, asked: &Asked, body: Body) -> Result<Response, Instead> {
        let visit = self.known(asked).await?;
        let written = self.written(&visit, asked, body).await?;
        let text = written.text.clone();
        if let Err(flaw) = judge(&written) {
            return Ok(ask(&visit, StatusCode::UNPROCESSABLE_ENTITY, &text, Some(flaw)));
        }
        if !self.codes.replied(&visit.link.hash(), Instant::now()) {
            return Ok(ask(&visit, StatusCode::TOO_MANY_REQUESTS, &text, Some(Flaw::TooOften)));
        }
        let (config, pickup) = (visit.config.clone(), visit.pickup.clone());
        let from = asked.peer.0;
        let make = move |original: &crate::message::Message| {
            pickup_reply::submission(&config, (&pickup, original), written, from, Timestamp::now())
        };
        let mail = self.opened(&visit, make).await?;
        let reference = mail.reference.clone();
        let said = self.pipeline.admit(mail, Senders::Any).await;
        if said.code == 250 {
            let (about, recipient) = (visit.pickup.reference.clone(), visit.pickup.recipient.clone());
            self.ledger.note(Event::PickupReplied { reference: about, recipient, reply: reference });
            return Ok(answer(StatusCode::OK, &visit.look, |look| page::replied(look, &visit.link)));
        }
        Ok(not_taken(&visit, &text, &said))
    }

    /// What was sent with the form.
    async fn written(&self, visit: &Visit, asked: &Asked, body: Body) -> Result<Written, Instead> {
        self.own(&visit.look, asked)?;
        let headers = &asked.headers;
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let boundary = upload::boundary(kind);
        let boundary = boundary.ok_or_else(|| instead(visit, StatusCode::UNSUPPORTED_MEDIA_TYPE))?;
        let most = room(&visit.config);
        if headers.get(header::CONTENT_LENGTH).and_then(length).is_some_and(|length| length > most) {
            return Err(Box::new(ask(visit, StatusCode::PAYLOAD_TOO_LARGE, "", Some(Flaw::TooLarge(most)))));
        }
        let body = to_bytes(body, most).await;
        let body = body.map_err(|_| Box::new(ask(visit, StatusCode::PAYLOAD_TOO_LARGE, "", Some(Flaw::TooLarge(most)))))?;
        let parts = upload::read(&body, boundary).ok_or_else(|| instead(visit, StatusCode::BAD_REQUEST))?;
        Ok(gather(parts))
    }
}

/// Octets of a reply: what fits into a mail once its files are in base64, with room for the rest of it.
fn room(config: &Config) -> usize {
    let most = usize::try_from(config.limits.message_size / 10 * 7).unwrap_or(usize::MAX);
    most.min(limits::PICKUP_REPLY_OCTETS)
}

fn length(value: &HeaderValue) -> Option<usize> {
    value.to_str().ok()?.parse().ok()
}

fn gather(parts: Vec<Part>) -> Written {
    let mut written = Written::default();
    for part in parts {
        match part {
            // An empty field for files comes as one file without a name.
            Part { file_name: Some(name), bytes, .. } if !(name.is_empty() && bytes.is_empty()) => {
                let name = if name.trim().is_empty() { "attachment".to_owned() } else { last(&name) };
                written.files.push(File { name, bytes });
            }
            Part { file_name: None, name, bytes } if name == "text" => written.text = text(&bytes),
            _ => {}
        }
    }
    written
}

/// Old browsers send the whole path.
fn last(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn judge(written: &Written) -> Result<(), Flaw> {
    if written.text.trim().is_empty() && written.files.is_empty() {
        return Err(Flaw::Empty);
    }
    if written.text.chars().count() > limits::PICKUP_REPLY_CHARACTERS {
        return Err(Flaw::TooLong);
    }
    if written.files.len() > limits::PICKUP_REPLY_FILES {
        return Err(Flaw::TooManyFiles);
    }
    Ok(())
}

/// The gateway did not take it: later, or never. What a rule says is for people to read, without its codes.
fn not_taken(visit: &Visit, text: &str, said: &Reply) -> Response {
    if said.code < 500 {
        return *not_now(&visit.look);
    }
    ask(visit, StatusCode::UNPROCESSABLE_ENTITY, text, Some(Flaw::Refused(said.text.to_string())))
}

fn ask(visit: &Visit, code: StatusCode, text: &str, flaw: Option<Flaw>) -> Response {
    answer(code, &visit.look, |look| page::reply(look, &visit.link, &visit.pickup, (text, flaw.as_ref())))
}

fn instead(visit: &Visit, code: StatusCode) -> Instead {
    Box::new(answer(code, &visit.look, page::not_from_here))
}
