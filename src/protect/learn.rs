//! Certificates learnt from signed mail (RFC 8551 section 3.5).
//!
//! In: a mail, whose word is good for a certificate, the clock. Out: the signer's certificate, where the signature holds over
//! the mail as it stands, the certificate names the one address of `From`, may encrypt, and is valid now. Nothing fails: what does not hold teaches
//! nothing. An `Autocrypt` field is not believed, for nothing signs it.

use openssl::pkcs7::{Pkcs7, Pkcs7Flags};
use openssl::stack::Stack;
use openssl::x509::X509;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyParam;

use super::Certificate;
use super::keys::Public;
use crate::base::{Address, Timestamp, limits};
use crate::message::{Message, Part};

/// Whose word is good for a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust<'a> {
    /// The certificate authorities of the system.
    System,
    /// These authorities, in PEM.
    Authorities(&'a [u8]),
    /// Nobody's: any certificate that fits the signature and the address. Whoever can send mail as somebody can then plant a key.
    Anyone,
}

/// What a mail teaches: for whom, and the key.
#[must_use]
pub fn learn(message: &Message, trust: Trust<'_>, now: Timestamp) -> Vec<(Address, Public)> {
    let from = message.mailboxes("from");
    let [only] = from.as_slice() else { return Vec::new() };
    let Some(from) = &only.address else { return Vec::new() };
    let signers = signers(message, trust, now).unwrap_or_default();
    let certificates = signers.iter().filter_map(|x509| Certificate::read(&x509.to_der().ok()?).ok());
    let fitting = certificates.filter(|c| c.names(from).is_ok() && c.usable(now).is_ok());
    fitting.map(|certificate| (from.clone(), Public::Smime(certificate))).collect()
}

/// The certificates whose signatures hold over the mail.
fn signers(message: &Message, trust: Trust<'_>, now: Timestamp) -> Option<Vec<X509>> {
    let (content, signature) = signed(message)?;
    let signature = Pkcs7::from_der(&signature).ok()?;
    let authorities = authorities(trust, now)?;
    // BINARY: the mail's line ends are those that were signed.
    let flags = Pkcs7Flags::BINARY | if trust == Trust::Anyone { Pkcs7Flags::NOVERIFY } else { Pkcs7Flags::empty() };
    let none = Stack::new().ok()?;
    signature.verify(&none, &authorities, content, None, flags).ok()?;
    let signers = signature.signers(&none, Pkcs7Flags::empty()).ok()?;
    Some(signers.iter().map(ToOwned::to_owned).collect())
}

/// What is signed, where it stands apart (RFC 8551 section 3.5.3), and the signature.
fn signed(message: &Message) -> Option<(Option<&[u8]>, Vec<u8>)> {
    let root = message.root();
    let child = |at: usize| root.children.get(at).and_then(|id| message.parts().get(*id));
    let decoded = |part: &Part| (part.body.len() <= limits::SIGNATURE_OCTETS).then(|| message.decoded(part).into_owned());
    match root.content_type.media.as_str() {
        "multipart/signed" => {
            let (first, second) = (child(0)?, child(1)?);
            let is_seal = second.content_type.media.ends_with("pkcs7-signature");
            let content = message.raw().get(first.header.start..first.body.end).filter(|_| is_seal)?;
            Some((Some(content), decoded(second)?))
        }
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => Some((None, message.decoded(root).into_owned())),
        _ => None,
    }
}

fn authorities(trust: Trust<'_>, now: Timestamp) -> Option<X509Store> {
    let mut store = X509StoreBuilder::new().ok()?;
    match trust {
        Trust::System => store.set_default_paths().ok()?,
        Trust::Authorities(pem) => {
            for x509 in X509::stack_from_pem(pem).ok()? {
                store.add_cert(x509).ok()?;
            }
        }
        Trust::Anyone => {}
    }
    let mut at = X509VerifyParam::new().ok()?;
    at.set_time(now.as_second());
    store.set_param(&at).ok()?;
    Some(store.build())
}

#[cfg(test)]
#[path = "learn_tests.rs"]
mod tests;
