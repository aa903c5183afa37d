//! Mails whose words lie inside their signature (opaque S/MIME, RFC 8551 section 3.5.2), which nobody reads without S/MIME.
//!
//! In: a mail. Out: the same mail with what was signed in place of the signature. Whether the signature holds is not asked: the
//! page is for reading, and the original stays as it is.

use std::borrow::Cow;

use bytes::Bytes;
use openssl::pkcs7::{Pkcs7, Pkcs7Flags};
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;

use crate::message::Message;

/// The mail as its reader is to see it; the mail itself where nothing lies inside a signature.
#[must_use]
pub fn unsealed(message: &Message) -> Cow<'_, Message> {
    match content(message) {
        Some(content) => Cow::Owned(under_its_header(message, &content)),
        None => Cow::Borrowed(message),
    }
}

/// What was signed: an entity with its own `Content-` fields.
fn content(message: &Message) -> Option<Vec<u8>> {
    let root = message.root();
    let is_sealed = matches!(root.content_type.media.as_str(), "application/pkcs7-mime" | "application/x-pkcs7-mime");
    if !is_sealed {
        return None;
    }
    let signature = Pkcs7::from_der(&message.decoded(root)).ok()?;
    let (none, store) = (Stack::new().ok()?, X509StoreBuilder::new().ok()?.build());
    let mut content = Vec::new();
    let flags = Pkcs7Flags::BINARY | Pkcs7Flags::NOSIGS | Pkcs7Flags::NOVERIFY;
    signature.verify(&none, &store, None, Some(&mut content), flags).ok()?;
    Some(content)
}

fn under_its_header(message: &Message, content: &[u8]) -> Message {
    let own = message.root().fields.iter().filter(|field| !field.name.starts_with("content-"));
    let mut raw = Vec::with_capacity(content.len() + message.root().header.len());
    for field in own {
        raw.extend_from_slice(message.raw().get(field.whole.clone()).unwrap_or_default());
    }
    raw.extend_from_slice(content);
    Message::parse(Bytes::from(raw))
}
