//! A recipient's S/MIME certificate (RFC 8550, RFC 5280): read from a file, and asked whether mail may be encrypted to it.
//!
//! In: PEM, DER or PKCS #7 (`.p7b`) as people are sent them. Out: the [`Certificate`]s of people; those of the authorities above
//! them are left out, for whoever imports a certificate says that it is the person's. A private key in the file is a
//! [`Fault`] of its own. Nothing here reads the clock.

use openssl::pkcs7::Pkcs7;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::x509::{X509, X509Ref};
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::Fault;
use crate::base::{Address, Timestamp, hash, one_line};

/// Bits of an RSA key that still keeps a secret (RFC 8551 section 4.2).
const RSA_BITS: usize = 2048;
/// `smimeCapabilities` in a certificate (RFC 4262): 1.2.840.113549.1.9.15.
const CAPABILITIES: &str = "1.2.840.113549.1.9.15";
/// The DER of id-aes256-GCM, 2.16.840.1.101.3.4.1.46 (RFC 5084).
const AES_256_GCM: [u8; 11] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e];

/// A certificate, and what it says.
#[derive(Clone, Debug)]
pub struct Certificate {
    x509: X509,
    fingerprint: String,
    addresses: Vec<String>,
    from: Timestamp,
    until: Timestamp,
    /// Why it may not be used to encrypt mail, whatever the time.
    unfit: Option<Fault>,
    knows_gcm: bool,
    is_authority: bool,
}

impl Certificate {
    /// Reads one certificate in DER.
    ///
    /// # Errors
    /// It is none.
    pub fn read(der: &[u8]) -> Result<Self, Fault> {
        let unreadable = |why: &str| Fault::Unreadable(one_line(why).collect());
        let x509 = X509::from_der(der).map_err(|error| unreadable(&error.to_string()))?;
        let (_, parsed) = X509Certificate::from_der(der).map_err(|error| unreadable(&error.to_string()))?;
        let time = |at: x509_parser::time::ASN1Time| Timestamp::from_second(at.timestamp()).unwrap_or(Timestamp::MAX);
        Ok(Self {
            fingerprint: hash::sha256_hex(der),
            addresses: addresses(&parsed),
            from: time(parsed.validity().not_before),
            until: time(parsed.validity().not_after),
            unfit: unfit(&parsed),
            knows_gcm: knows_gcm(&parsed),
            is_authority: parsed.is_ca(),
            x509,
        })
    }

    /// Reads a file of certificates: those of people, authorities only where there is nothing else.
    ///
    /// # Errors
    /// A private key is in it, or no certificate.
    pub fn read_file(file: &[u8]) -> Result<Vec<Self>, Fault> {
        if holds_private(file) {
            return Err(Fault::Private);
        }
        let all = x509s(file)?;
        let ders = all.iter().filter_map(|x509| x509.to_der().ok());
        let read = ders.map(|der| Self::read(&der)).collect::<Result<Vec<_>, _>>()?;
        let is_people = read.iter().any(|certificate| !certificate.is_authority);
        Ok(read.into_iter().filter(|certificate| !is_people || !certificate.is_authority).collect())
    }

    /// Whether mail may be encrypted to it at that time.
    ///
    /// # Errors
    /// Why not.
    pub fn usable(&self, now: Timestamp) -> Result<(), Fault> {
        if let Some(fault) = &self.unfit {
            return Err(fault.clone());
        }
        match () {
            () if now < self.from => Err(Fault::NotYet(self.from)),
            () if now > self.until => Err(Fault::Ended(self.until)),
            () => Ok(()),
        }
    }

    /// Whether it names this address.
    ///
    /// # Errors
    /// The addresses that it names.
    pub fn names(&self, address: &Address) -> Result<(), Fault> {
        let is_named = self.addresses.iter().any(|named| Address::parse(named).is_ok_and(|named| named.same_as(address)));
        if is_named { Ok(()) } else { Err(Fault::OtherAddress(self.addresses.clone())) }
    }

    /// SHA-256 over its DER, in lower-case hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// When it begins.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// When it ends.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Whether its owner's client reads AES-256 in GCM mode.
    #[must_use]
    pub fn knows_gcm(&self) -> bool {
        self.knows_gcm
    }

    /// The certificate in DER.
    ///
    /// # Errors
    /// What OpenSSL says.
    pub fn to_der(&self) -> Result<Vec<u8>, Fault> {
        self.x509.to_der().map_err(|error| Fault::Unreadable(error.to_string()))
    }

    pub(super) fn x509(&self) -> &X509Ref {
        &self.x509
    }
}

/// Whether a private key is among it: in PEM, in DER, or in a PKCS #12 file (`.p12`, `.pfx`).
fn holds_private(file: &[u8]) -> bool {
    let in_pem = memchr::memmem::find(file, b"PRIVATE KEY-----").is_some();
    in_pem || PKey::private_key_from_der(file).is_ok() || Pkcs12::from_der(file).is_ok() || is_pkcs8(file)
}

/// A private key under a password, in DER: PKCS #8 EncryptedPrivateKeyInfo, a sequence whose first part is of PKCS #5.
fn is_pkcs8(file: &[u8]) -> bool {
    let pkcs5 = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05];
    file.first() == Some(&0x30) && file.get(..32).is_some_and(|start| memchr::memmem::find(start, &pkcs5).is_some())
}

fn x509s(file: &[u8]) -> Result<Vec<X509>, Fault> {
    if let Ok(one) = X509::from_der(file) {
        return Ok(vec![one]);
    }
    if let Ok(chain) = X509::stack_from_pem(file)
        && !chain.is_empty()
    {
        return Ok(chain);
    }
    let bundle = Pkcs7::from_der(file).or_else(|_| Pkcs7::from_pem(file)).ok();
    let bundled = bundle.as_ref().and_then(|bundle| bundle.signed()).and_then(|signed| signed.certificates());
    let bundled: Vec<_> = bundled.into_iter().flatten().map(ToOwned::to_owned).collect();
    if bundled.is_empty() { Err(Fault::Unreadable("there is none in it".to_owned())) } else { Ok(bundled) }
}

/// The mail addresses it names: in the alternative names, and in the subject of old ones (RFC 8550 section 3).
fn addresses(certificate: &X509Certificate<'_>) -> Vec<String> {
    let names = certificate.subject_alternative_name().ok().flatten().map(|names| &names.value.general_names);
    let alternative = names.into_iter().flatten().filter_map(|name| match name {
        GeneralName::RFC822Name(address) => Some(*address),
        _ => None,
    });
    let subject = certificate.subject().iter_email().filter_map(|email| email.as_str().ok());
    let mut all: Vec<String> = Vec::new();
    for address in alternative.chain(subject) {
        if !all.iter().any(|known| known.eq_ignore_ascii_case(address)) {
            all.push(one_line(address).collect());
        }
    }
    all
}

/// Whether its key and its purposes let mail be encrypted to it (RFC 8550 sections 4.4.2 and 4.4.4).
fn unfit(certificate: &X509Certificate<'_>) -> Option<Fault> {
    let not = |why: &str| Some(Fault::NotForMail(why.to_owned()));
    let key = certificate.public_key();
    let is_rsa = key.algorithm.algorithm == OID_PKCS1_RSAENCRYPTION;
    if !is_rsa && key.algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY {
        return not("its key is neither RSA nor on an elliptic curve that S/MIME knows");
    }
    let bits = key.parsed().map_or(0, |key| key.key_size());
    if is_rsa && bits < RSA_BITS {
        return Some(Fault::Weak(format!("its RSA key of {bits} bits")));
    }
    let (Ok(usage), Ok(extended)) = (certificate.key_usage(), certificate.extended_key_usage()) else {
        return not("what it says of its uses cannot be read");
    };
    let may = |usage: &x509_parser::extensions::KeyUsage| if is_rsa { usage.key_encipherment() } else { usage.key_agreement() };
    if usage.is_some_and(|usage| !may(usage.value)) {
        return not("it is for signing (its key usage has no encryption)");
    }
    if extended.is_some_and(|uses| !uses.value.email_protection && !uses.value.any) {
        return not("it is for something else than mail (its extended key usage has no e-mail protection)");
    }
    None
}

fn knows_gcm(certificate: &X509Certificate<'_>) -> bool {
    let said = certificate.iter_extensions().find(|extension| extension.oid.to_id_string() == CAPABILITIES);
    said.is_some_and(|said| memchr::memmem::find(said.value, &AES_256_GCM).is_some())
}

#[cfg(test)]
#[path = "certificate_tests.rs"]
mod tests;
