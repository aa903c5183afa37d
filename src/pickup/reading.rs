//! The message itself: its page, its text in a frame, its files one by one or all in a zip.
//!
//! In: a visit of somebody who has proved their address. The text is the mail's own, sanitised, in a frame that may neither run nor
//! fetch anything; a file is always saved, never shown, whatever it says it is.

use std::io::{Cursor, Write};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::page::{self, Facts};
use super::visit::{Instead, Visit, not_now};
use super::{Counter, answer};
use crate::message::Message;
use crate::ops::visitor::Asked;
use crate::protect::page as mail;

/// What the frame may do: show the mail's own pictures and styles, and open links in another window, without a script.
const FRAME: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// The page of an open message.
pub(super) async fn message(counter: &Counter, visit: &Visit) -> Response {
    let shown = counter.opened(visit, |message| Facts::of(message, &mail::attachments(message))).await;
    match shown {
        Ok(facts) => answer(StatusCode::OK, &visit.look, |look| page::message(look, &visit.link, &visit.pickup, &facts)),
        Err(instead) => *instead,
    }
}

/// `GET /p/LINK/text`: what stands in the frame.
pub(super) async fn text(State(counter): State<Counter>, asked: Asked) -> Response {
    let shown = async {
        let visit = counter.known(&asked).await?;
        counter.opened(&visit, |message| page::frame(&mail::fragment(message)).into_string()).await
    };
    match shown.await {
        Ok(html) => {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            let mut response = (kind, html).into_response();
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAME));
            response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
            response
        }
        Err(instead) => *instead,
    }
}

/// `GET /p/LINK/file/NUMBER`, from 1.
pub(super) async fn file(State(counter): State<Counter>, asked: Asked) -> Response {
    let saved = async {
        let visit = counter.known(&asked).await?;
        let number = asked.uri.path().rsplit('/').next().and_then(|number| number.parse::<usize>().ok());
        let found = counter.opened(&visit, move |message| one(message, number?)).await?;
        found.ok_or_else(|| Box::new(answer(StatusCode::NOT_FOUND, &visit.look, page::nothing_here)))
    };
    match saved.await {
        Ok((name, bytes)) => download(&name, bytes),
        Err(instead) => *instead,
    }
}

/// `GET /p/LINK/all`: the text and all files in one.
pub(super) async fn all(State(counter): State<Counter>, asked: Asked) -> Response {
    let saved = async {
        let visit = counter.known(&asked).await?;
        let zipped = counter.opened(&visit, |message| zipped(message).ok()).await?;
        zipped.ok_or_else(|| not_now(&visit.look))
    };
    match saved.await {
        Ok(bytes) => download("message.zip", bytes),
        Err(instead) => *instead,
    }
}

impl Counter {
    /// Opens the message and looks at it, away from the threads that serve everybody else; few at a time.
    pub(super) async fn opened<T: Send + 'static>(
        &self,
        visit: &Visit,
        look: impl FnOnce(&Message) -> T + Send + 'static,
    ) -> Result<T, Instead> {
        let _place = self.work.acquire().await.map_err(|_| not_now(&visit.look))?;
        let raw = self.shelf.open(&visit.link, &visit.pickup).await.map_err(|_| not_now(&visit.look))?;
        let looked = tokio::task::spawn_blocking(move || look(&mail::unsealed(&Message::parse(Bytes::from(raw)))));
        looked.await.map_err(|_| not_now(&visit.look))
    }
}

fn one(message: &Message, number: usize) -> Option<(String, Vec<u8>)> {
    let file = mail::attachments(message).into_iter().nth(number.checked_sub(1)?)?;
    let part = message.parts().get(file.part)?;
    Some((file.name, message.decoded(part).into_owned()))
}

fn zipped(message: &Message) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    zip.start_file("message.html", packed)?;
    zip.write_all(mail::document(message).as_bytes())?;
    for file in mail::attachments(message) {
        let Some(part) = message.parts().get(file.part) else { continue };
        zip.start_file(&file.name, packed)?;
        zip.write_all(&message.decoded(part))?;
    }
    Ok(zip.finish()?.into_inner())
}

/// A file to be saved (RFC 6266), under a name of safe ASCII for old programs and the whole name for others (RFC 8187).
fn download(name: &str, bytes: Vec<u8>) -> Response {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' }).collect();
    let coded: String = name.bytes().map(coded).collect();
    let mut response = Response::new(Body::from(bytes));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{coded}"));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
    headers
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'"));
    response
}

fn coded(byte: u8) -> String {
    let is_plain = byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if is_plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

#[cfg(test)]
mod tests {
    use super::download;

    #[test]
    fn a_name_adds_nothing_to_the_answer() {
        let response = download("Zo\u{eb}'s \"plan\";\r\nSet-Cookie: a=b.pdf", vec![1]);
        let headers = response.headers();
        assert_eq!(headers.len(), 3);
        let disposition = headers["content-disposition"].to_str().unwrap();
        assert_eq!(
            disposition,
            "attachment; filename=\"Zo__s _plan____Set-Cookie_ a_b.pdf\"; \
             filename*=UTF-8''Zo%C3%AB%27s%20%22plan%22%3B%0D%0ASet-Cookie%3A%20a%3Db.pdf"
        );
    }
}
