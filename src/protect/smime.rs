//! S/MIME: a mail as enveloped data (RFC 8551 section 3.3), through the system's OpenSSL.
//!
//! In: a mail, the certificates of those who shall read it, the clock. Out: the bytes of an `application/pkcs7-mime` mail.
//! AES-256 in CBC mode, which Outlook, Apple Mail, Thunderbird and openssl all read; GCM only where every certificate says that
//! its owner's client knows it (RFC 4262). Fails where a certificate is not valid at that time or may not encrypt, and then
//! nothing is encrypted to anybody.

use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::stack::Stack;
use openssl::symm::Cipher;

use super::{Certificate, Cover, Why, columns};
use crate::base::Timestamp;
use crate::message::Message;

/// The mail, readable for the owners of these certificates alone.
///
/// # Errors
/// Why it cannot be done: no certificate, one that is not valid now, or what OpenSSL says.
pub fn encrypt(message: &Message, recipients: &[Certificate], cover: &Cover, now: Timestamp) -> Result<Vec<u8>, Why> {
    if recipients.is_empty() {
        return Err(Why::NoKeys);
    }
    let mut readers = Stack::new().map_err(Why::failed)?;
    for certificate in recipients {
        certificate.usable(now).map_err(|fault| Why::key(certificate.fingerprint(), fault))?;
        readers.push(certificate.x509().to_owned()).map_err(Why::failed)?;
    }
    let is_gcm = recipients.iter().all(Certificate::knows_gcm);
    let cipher = if is_gcm { Cipher::aes_256_gcm() } else { Cipher::aes_256_cbc() };
    let entity = cover.inside(message);
    // BINARY: the entity is in its final form, and its line ends are not to be touched.
    let envelope = CmsContentInfo::encrypt(&readers, &entity, cipher, CMSOptions::BINARY).map_err(Why::failed)?;
    drop(entity);
    let der = envelope.to_der().map_err(Why::failed)?;
    drop(envelope);
    Ok(wrapped(cover.outside(message), &der, is_gcm))
}

/// RFC 8551 section 3.2: the names by which clients know what it is.
fn wrapped(mut mail: Vec<u8>, der: &[u8], is_gcm: bool) -> Vec<u8> {
    let kind = if is_gcm { "authEnveloped-data" } else { "enveloped-data" };
    mail.extend_from_slice(format!("Content-Type: application/pkcs7-mime; smime-type={kind};\r\n").as_bytes());
    mail.extend_from_slice(
        b" name=\"smime.p7m\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n",
    );
    columns::base64(&mut mail, der);
    mail
}

#[cfg(test)]
#[path = "smime_tests.rs"]
mod tests;
