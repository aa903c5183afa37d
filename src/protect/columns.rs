//! Base64 in lines of 76 columns (RFC 2045 section 6.8), random bytes, and boundaries made of them.

use ring::rand::{SecureRandom, SystemRandom};

use super::Why;
use crate::base::{base64_lines, hash};

/// Adds bytes in base64, each line with its CRLF.
pub(super) fn base64(out: &mut Vec<u8>, bytes: &[u8]) {
    base64_lines::add(out, bytes, base64_lines::COLUMNS);
    if !bytes.is_empty() {
        out.extend_from_slice(b"\r\n");
    }
}

/// Random bytes of the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Why> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Why::failed("the system gives no random numbers"))?;
    Ok(bytes)
}

/// A boundary that stands in no mail; the `=_` keeps it out of quoted-printable and base64 (RFC 2045 section 6.7).
pub(super) fn boundary() -> Result<String, Why> {
    Ok(format!("=_{}", hash::hex(&random::<16>()?)))
}
