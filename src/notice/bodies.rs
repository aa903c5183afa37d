//! Why a mail shows no text that could take the notice.

use crate::message::Message;

/// For a mail without a displayed body: the reason, for the ledger and for people.
pub(super) fn why_none(message: &Message) -> String {
    let has = |names: &[&str]| message.parts().iter().any(|part| names.contains(&part.content_type.media.as_str()));
    let why = if has(&["multipart/encrypted"]) {
        "it is encrypted"
    } else if has(&["multipart/signed"]) {
        "it is signed"
    } else if has(&["application/pkcs7-mime", "application/x-pkcs7-mime"]) {
        "it is signed or encrypted as a whole"
    } else if has(&["multipart/report"]) {
        "it is a report"
    } else if has(&["text/calendar"]) {
        "it is a calendar message without a text"
    } else {
        "it has no text body"
    };
    why.to_owned()
}
