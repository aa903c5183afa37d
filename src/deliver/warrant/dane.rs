//! Certificates against TLSA records (RFC 7672, RFC 7671), and against pinned names.
//!
//! In: records that DNSSEC has proven, or names out of the configuration. Out: judges of certificates (`deliver::trust`). Invariants: records of usage 0 and 1 prove nothing here (RFC 7672 section 3.1.3), nor do those that
//! cannot be read; of several records one that matches is enough.

use std::sync::{Arc, OnceLock};

use ring::digest;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::deliver::names::Tlsa;
use crate::deliver::trust::Judge;

/// A trust anchor: the certificate must lead to it, and name the host (RFC 7671 section 5.2).
const DANE_TA: u8 = 2;
/// The host's own certificate; its names and dates say nothing (RFC 7672 section 3.1.1).
const DANE_EE: u8 = 3;

/// Verifies by TLSA records.
#[derive(Debug)]
pub(in crate::deliver) struct ByRecords {
    pub(in crate::deliver) provider: Arc<CryptoProvider>,
    pub(in crate::deliver) records: Vec<Tlsa>,
    /// Names that a certificate under a trust anchor may have: the host's, and the recipient domain's.
    pub(in crate::deliver) names: Vec<ServerName<'static>>,
}

/// Verifies by authorities, for any of some names.
#[derive(Debug)]
pub(in crate::deliver) struct ByNames {
    pub(in crate::deliver) inner: Arc<WebPkiServerVerifier>,
    pub(in crate::deliver) names: Vec<ServerName<'static>>,
    /// The name that it was.
    pub(in crate::deliver) matched: Arc<OnceLock<String>>,
}

impl Tlsa {
    /// Whether it can prove anything here.
    pub(in crate::deliver) fn is_usable(&self) -> bool {
        let fits = match self.matching {
            0 => !self.data.is_empty(),
            1 => self.data.len() == digest::SHA256.output_len(),
            2 => self.data.len() == digest::SHA512.output_len(),
            _ => false,
        };
        fits && self.selector <= 1 && matches!(self.usage, DANE_TA | DANE_EE)
    }

    /// Whether it is about this certificate.
    fn matches(&self, certificate: &CertificateDer<'_>) -> bool {
        let whole: &[u8] = certificate.as_ref();
        let chosen = match self.selector {
            0 => Some(whole),
            1 => X509Certificate::from_der(whole).ok().map(|(_, read)| read.tbs_certificate.subject_pki.raw),
            _ => None,
        };
        chosen.is_some_and(|chosen| match self.matching {
            0 => chosen == self.data,
            1 => digest::digest(&digest::SHA256, chosen).as_ref() == self.data,
            2 => digest::digest(&digest::SHA512, chosen).as_ref() == self.data,
            _ => false,
        })
    }
}

impl ByRecords {
    /// Whether the chain leads to a certificate that a record of usage 2 names.
    fn leads_to_anchor(&self, end: &CertificateDer<'_>, chain: &[CertificateDer<'_>], now: UnixTime) -> Result<(), Error> {
        let anchors: Vec<&Tlsa> = self.records.iter().filter(|record| record.is_usable() && record.usage == DANE_TA).collect();
        let mut roots = RootCertStore::empty();
        for certificate in chain.iter().filter(|certificate| anchors.iter().any(|record| record.matches(certificate))) {
            roots.add(certificate.clone().into_owned())?;
        }
        if roots.is_empty() {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone()).build();
        let verifier = verifier.map_err(|e| Error::General(e.to_string()))?;
        for_any(&self.names, |name| verifier.verify_server_cert(end, chain, name, &[], now)).map(|_| ())
    }
}

/// The first of some names that holds.
fn for_any(
    names: &[ServerName<'static>],
    verify: impl Fn(&ServerName<'static>) -> Result<ServerCertVerified, Error>,
) -> Result<usize, Error> {
    let mut last = CertificateError::ApplicationVerificationFailure.into();
    for (place, name) in names.iter().enumerate() {
        match verify(name) {
            Ok(_) => return Ok(place),
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Judge for ByRecords {
    fn judge(&self, end: &CertificateDer<'_>, chain: &[CertificateDer<'_>], _: &[u8], now: UnixTime) -> Result<(), Error> {
        let own = self.records.iter().filter(|record| record.is_usable() && record.usage == DANE_EE);
        if own.into_iter().any(|record| record.matches(end)) {
            return Ok(());
        }
        self.leads_to_anchor(end, chain, now)
    }
}

impl Judge for ByNames {
    fn judge(&self, end: &CertificateDer<'_>, chain: &[CertificateDer<'_>], ocsp: &[u8], now: UnixTime) -> Result<(), Error> {
        let place = for_any(&self.names, |name| self.inner.verify_server_cert(end, chain, name, ocsp, now))?;
        if let Some(name) = self.names.get(place) {
            self.matched.set(name.to_str().into_owned()).ok();
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "dane_tests.rs"]
mod tests;
