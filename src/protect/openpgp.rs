//! PGP/MIME: a mail as multipart/encrypted (RFC 3156 section 4), through rPGP.
//!
//! In: a mail, the public keys of those who shall read it, the clock. Out: the bytes of the protected mail. AES-256; the first
//! form of encrypted data with its modification check (RFC 9580 section 5.13.1), which every program reads, and the second
//! only where every key asks for it. It goes to each valid key for encryption of each recipient, since nobody can tell which of them
//! lies on the device at hand. Fails where a key has ended, is revoked or has no such subkey, and then nothing is encrypted.

use std::io::{self, Write};

use pgp::composed::{ArmorOptions, Encryption, MessageBuilder};
use pgp::crypto::aead::{AeadAlgorithm, ChunkSize};
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use rand_core::OsRng;

use super::openpgp_key::Encrypting;
use super::{Cover, PublicKey, Why, columns};
use crate::base::Timestamp;
use crate::message::Message;

/// Calls a method with whichever key it is.
macro_rules! encrypt_to {
    ($builder:expr, $keys:expr) => {
        for key in $keys {
            match key {
                Encrypting::Primary(key) => $builder.encrypt_to_key(OsRng, *key).map_err(Why::failed)?,
                Encrypting::Subkey(key) => $builder.encrypt_to_key(OsRng, *key).map_err(Why::failed)?,
            };
        }
    };
}

/// The mail, readable for the owners of these keys alone.
///
/// # Errors
/// Why it cannot be done: no key, one that is not valid now, or what the library says.
pub fn encrypt(message: &Message, recipients: &[PublicKey], cover: &Cover, now: Timestamp) -> Result<Vec<u8>, Why> {
    if recipients.is_empty() {
        return Err(Why::NoKeys);
    }
    let mut keys = Vec::new();
    for recipient in recipients {
        keys.extend(recipient.encrypting(now).map_err(|fault| Why::key(recipient.fingerprint(), fault))?);
    }
    let boundary = columns::boundary()?;
    let mut mail = cover.outside(message);
    mail.extend_from_slice(before(&boundary).as_bytes());
    let entity = cover.inside(message);
    mail.reserve(entity.len() / 64 * 89 + 4096); // base64 with its line ends, so that the mail does not grow by doubling
    let entity = MessageBuilder::from_bytes("", entity);
    if recipients.iter().all(PublicKey::knows_v2) {
        let mut builder = entity.seipd_v2(OsRng, SymmetricKeyAlgorithm::AES256, AeadAlgorithm::Ocb, ChunkSize::default());
        encrypt_to!(builder, &keys);
        write(builder, false, &mut mail)?;
    } else {
        let mut builder = entity.seipd_v1(OsRng, SymmetricKeyAlgorithm::AES256);
        encrypt_to!(builder, &keys);
        write(builder, true, &mut mail)?;
    }
    mail.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Ok(mail)
}

/// Adds the armoured message. The checksum is for old readers; the second form must not have it (RFC 9580 section 6.1).
fn write<R: io::Read, E: Encryption>(
    builder: pgp::composed::MessageBuilder<'_, R, E>,
    checksum: bool,
    mail: &mut Vec<u8>,
) -> Result<(), Why> {
    let options = ArmorOptions { headers: None, include_checksum: checksum };
    builder.to_armored_writer(OsRng, options, Crlf(mail)).map_err(Why::failed)
}

/// RFC 3156 section 4: the part that says the version, and the header of the part that holds the message.
fn before(boundary: &str) -> String {
    format!(
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n boundary=\"{boundary}\"\r\n\r\n\
         --{boundary}\r\nContent-Type: application/pgp-encrypted\r\nContent-Description: PGP/MIME version identification\r\n\r\n\
         Version: 1\r\n\r\n\
         --{boundary}\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\
         Content-Description: OpenPGP encrypted message\r\nContent-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n"
    )
}

/// Takes lines that end in LF, and gives them CRLF.
struct Crlf<'m>(&'m mut Vec<u8>);

impl Write for Crlf<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|b| *b == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(line) => {
                    self.0.extend_from_slice(line);
                    self.0.extend_from_slice(b"\r\n");
                }
                None => self.0.extend_from_slice(piece),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "openpgp_tests.rs"]
mod tests;
