//! `/sent/LINK`: where the sender of a mail sees who opened it, takes it back, or sets a passphrase.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::page::{self, Look, SentFlaw};
use super::visit::{self, Instead, field, go, not_now};
use super::{Counter, answer};
use crate::access::password;
use crate::base::{Secret, Timestamp, limits};
use crate::ops::visitor::Asked;
use crate::protect::pickup::{Closed, Link, Pickup};

/// `GET`: how things stand.
pub(super) async fn show(State(counter): State<Counter>, asked: Asked) -> Response {
    match counter.visit_sent(&asked).await {
        Ok((look, link, all)) => answer(StatusCode::OK, &look, |look| page::sent(look, &link, &all, None)),
        Err(instead) => *instead,
    }
}

/// `POST`: `do` says what, `id` with which of the messages.
pub(super) async fn act(State(counter): State<Counter>, asked: Asked, body: Body) -> Response {
    counter.act(&asked, body).await.unwrap_or_else(|instead| *instead)
}

impl Counter {
    async fn act(&self, asked: &Asked, body: Body) -> Result<Response, Instead> {
        let (look, link, all) = self.visit_sent(asked).await?;
        let form = self.form(&look, asked, body).await?;
        let id = field(&form, "id");
        let pickup = all.iter().find(|pickup| pickup.id == id);
        let Some(pickup) = pickup else {
            return Err(Box::new(answer(StatusCode::UNPROCESSABLE_ENTITY, &look, page::not_from_here)));
        };
        let done = match field(&form, "do").as_str() {
            "revoke" => self.revoke(&look, pickup).await?,
            "passphrase" => self.passphrase(&look, pickup, &field(&form, "passphrase")).await?,
            _ => return Err(Box::new(answer(StatusCode::UNPROCESSABLE_ENTITY, &look, page::not_from_here))),
        };
        Ok(match done {
            Ok(()) => go(&look.of_sender(&link)),
            Err(flaw) => flawed(&look, &link, &all, (&id, flaw)),
        })
    }

    /// Closed already is as good as taken back now.
    async fn revoke(&self, look: &Look, pickup: &Pickup) -> Result<Result<(), SentFlaw>, Instead> {
        let closed = self.shelf.close(pickup, Closed::Revoked, Timestamp::now()).await;
        closed.map(|_| Ok(())).map_err(|_| not_now(look))
    }

    async fn passphrase(&self, look: &Look, pickup: &Pickup, typed: &str) -> Result<Result<(), SentFlaw>, Instead> {
        let plain = visit::plain_passphrase(typed);
        let length = plain.chars().count();
        if !limits::PASSPHRASE_CHARACTERS.contains(&length) {
            return Ok(Err(SentFlaw::Length));
        }
        let _place = self.work.acquire().await.map_err(|_| not_now(look))?;
        let hashed = tokio::task::spawn_blocking(move || password::hash(&Secret::new(plain.into_bytes()))).await;
        let hash = hashed.ok().flatten().ok_or_else(|| not_now(look))?;
        let is_set = self.shelf.set_passphrase(pickup, Some(hash)).await.map_err(|_| not_now(look))?;
        Ok(if is_set { Ok(()) } else { Err(SentFlaw::TooLate) })
    }
}

fn flawed(look: &Look, link: &Link, all: &[Pickup], flaw: (&str, SentFlaw)) -> Response {
    answer(StatusCode::UNPROCESSABLE_ENTITY, look, |look| page::sent(look, link, all, Some(flaw)))
}
