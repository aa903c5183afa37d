//! Finds the parts of a mail.

use bytes::Bytes;

use super::Message;

/// Opens a mail.
pub(super) fn parse(raw: Bytes) -> Message {
    todo!("message room: {} bytes", raw.len())
}
