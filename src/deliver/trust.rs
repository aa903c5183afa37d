//! Whom a connection to a next hop trusts: the TLS settings for each policy.
//!
//! In: a route's `ca_file`. Out: a connector that verifies, or one that takes any certificate (opportunistic only, RFC 7435:
//! encryption against listeners, not against impostors), or one that verifies by what [`super::warrant`] has found. Verified
//! settings are kept as long as the file stays the same, so that TLS sessions can be resumed. What can fail: the files, with a
//! sentence for the operator.

use std::collections::HashMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_rustls::TlsConnector;

use super::names::Tlsa;
use super::warrant::{ByNames, ByRecords};
use crate::base::Domain;

/// TLS settings for all routes.
pub(super) struct Trust {
    provider: Arc<CryptoProvider>,
    any: Arc<ClientConfig>,
    /// By `ca_file`.
    verified: Mutex<HashMap<PathBuf, Verified>>,
}

/// Settings that verify, and when their `ca_file` was last changed.
struct Verified {
    changed: Option<SystemTime>,
    config: Arc<ClientConfig>,
}

/// Says whether a certificate is the one that is wanted.
pub(super) trait Judge: Debug + Send + Sync {
    /// # Errors
    /// Why it is not.
    fn judge(
        &self,
        end: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), rustls::Error>;
}

/// A verifier for rustls: a judge of certificates; the handshake's signature must be made with the certificate's key in every case.
#[derive(Debug)]
struct Judged<J> {
    provider: Arc<CryptoProvider>,
    judge: J,
}

/// Takes any certificate.
#[derive(Debug)]
struct AnyCertificate;

impl Trust {
    /// Settings over ring.
    ///
    /// # Errors
    /// When the provider offers no protocol version; it does.
    pub(super) fn new() -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let any = judged_by(&provider, AnyCertificate)?;
        Ok(Self { provider, any, verified: Mutex::default() })
    }

    /// A connector that takes any certificate.
    pub(super) fn any(&self) -> TlsConnector {
        TlsConnector::from(self.any.clone())
    }

    /// A connector that takes a certificate for one of some names, and where to read which name it was.
    ///
    /// # Errors
    /// As [`Trust::verified`].
    pub(super) fn pinned(
        &self,
        ca_file: Option<&Path>,
        names: &[Domain],
    ) -> Result<(TlsConnector, Arc<OnceLock<String>>), String> {
        let roots = Arc::new(anchors(ca_file)?);
        let inner =
            WebPkiServerVerifier::builder_with_provider(roots, self.provider.clone()).build().map_err(|e| e.to_string())?;
        let matched = Arc::new(OnceLock::new());
        let names = names.iter().filter_map(|name| server_name(name.as_str())).collect();
        let config = judged_by(&self.provider, ByNames { inner, names, matched: matched.clone() })?;
        Ok((TlsConnector::from(config), matched))
    }

    /// A connector that takes a certificate that TLSA records name, of a host of a domain.
    ///
    /// # Errors
    /// As [`Trust::new`].
    pub(super) fn by_records(&self, records: &[Tlsa], host: &str, domain: &Domain) -> Result<TlsConnector, String> {
        let names = [host, domain.as_str()].into_iter().filter_map(server_name).collect();
        let judge = ByRecords { provider: self.provider.clone(), records: records.to_vec(), names };
        Ok(TlsConnector::from(judged_by(&self.provider, judge)?))
    }

    /// A connector that verifies against the system's trust anchors and those of `ca_file`.
    ///
    /// # Errors
    /// A sentence, when there is no anchor at all or the file cannot be read.
    pub(super) fn verified(&self, ca_file: Option<&Path>) -> Result<TlsConnector, String> {
        let key = ca_file.map(Path::to_path_buf).unwrap_or_default();
        let changed = ca_file.and_then(|file| std::fs::metadata(file).ok()?.modified().ok());
        let mut kept = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verified) = kept.get(&key).filter(|verified| verified.changed == changed) {
            return Ok(TlsConnector::from(verified.config.clone()));
        }
        let config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .with_root_certificates(anchors(ca_file)?)
            .with_no_client_auth();
        let config = Arc::new(config);
        kept.insert(key, Verified { changed, config: config.clone() });
        Ok(TlsConnector::from(config))
    }
}

/// Settings under which a judge decides about certificates.
fn judged_by<J: Judge + 'static>(provider: &Arc<CryptoProvider>, judge: J) -> Result<Arc<ClientConfig>, String> {
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Judged { provider: provider.clone(), judge }))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn server_name(name: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(name.to_owned()).ok()
}

fn anchors(ca_file: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = ca_file {
        let named = |e: &dyn std::fmt::Display| format!("ca_file {} cannot be read as PEM certificates: {e}", file.display());
        for certificate in CertificateDer::pem_file_iter(file).map_err(|e| named(&e))? {
            let certificate = certificate.map_err(|e| named(&e))?;
            roots.add(certificate).map_err(|e| named(&e))?;
        }
    }
    if roots.is_empty() {
        return Err("this machine has no trusted certificate authorities: install the package ca-certificates".into());
    }
    Ok(roots)
}

impl Judge for AnyCertificate {
    fn judge(&self, _: &CertificateDer<'_>, _: &[CertificateDer<'_>], _: &[u8], _: UnixTime) -> Result<(), rustls::Error> {
        Ok(())
    }
}

impl<J: Judge> ServerCertVerifier for Judged<J> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.judge.judge(end_entity, intermediates, ocsp_response, now).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;
