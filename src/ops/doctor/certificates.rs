//! The certificates of the listeners: whether they can be read, their time, their names, their keys, and who trusts them.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::Finding;
use crate::config::{Config, TlsFiles};
use crate::ops::remedy::{self, Fault};

/// Days before its end from which a certificate is spoken of; certbot renews 30 days before.
const SPOKEN_OF_DAYS: i64 = 21;

/// What is said of each pair of files, each pair once.
pub(super) fn look(config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut seen: Vec<&TlsFiles> = Vec::new();
    let mut findings = Vec::new();
    for files in config.listen.iter().filter_map(|listen| listen.tls.as_ref()) {
        if !seen.contains(&files) {
            seen.push(files);
            findings.extend(pair(files, config.school.hostname.as_str(), now));
        }
    }
    findings
}

/// What is said of one certificate and its key.
fn pair(files: &TlsFiles, hostname: &str, now: Timestamp) -> Vec<Finding> {
    let name = format!("certificate {}", files.certificate.display());
    let chain = match read_chain(&files.certificate) {
        Ok(chain) => chain,
        Err(fault) => return vec![Finding::bad(name, fault)],
    };
    let Some((Ok((_, own)), _)) = chain.split_first().map(|(own, rest)| (X509Certificate::from_der(own), rest)) else {
        return vec![Finding::bad(name, not_a_certificate(&files.certificate, "it is not X.509"))];
    };
    let mut findings = Vec::new();
    let end = time_of(own.validity().not_after);
    findings.extend(in_time(&name, &files.certificate, time_of(own.validity().not_before), end, now));
    let names = names_of(&own);
    if !names.iter().any(|pattern| covers(pattern, hostname)) {
        findings.push(Finding::bad(&name, remedy::certificate_names(&files.certificate, hostname, &names.join(", "))));
    }
    findings.extend(key(&name, files, &chain));
    if findings.is_empty() {
        findings.extend(trusted(&name, &chain, hostname));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(name, format!("names {hostname}, fits its key, is trusted, and lasts until {}", day(end))));
    }
    findings
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let pem = std::fs::read(path).map_err(|error| remedy::file("certificate", path, &error))?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| not_a_certificate(path, &error.to_string()))?;
    if chain.is_empty() { Err(not_a_certificate(path, "it holds no CERTIFICATE block")) } else { Ok(chain) }
}

fn not_a_certificate(path: &Path, why: &str) -> Fault {
    Fault::new(
        format!("{} is not a certificate in PEM: {why}", path.display()),
        "name the file that begins with -----BEGIN CERTIFICATE----- (certbot calls it fullchain.pem)",
    )
}

fn in_time(name: &str, path: &Path, start: Timestamp, end: Timestamp, now: Timestamp) -> Option<Finding> {
    let days = (end.as_second() - now.as_second()).div_euclid(86_400);
    if end < now {
        Some(Finding::bad(name, remedy::certificate_expired(path, end)))
    } else if start > now {
        Some(Finding::bad(name, remedy::certificate_not_yet(path, start)))
    } else if days < SPOKEN_OF_DAYS {
        Some(Finding::warn(name, remedy::certificate_ends_soon(path, end, days)))
    } else {
        None
    }
}

/// Whether the key can be read and belongs to the certificate.
fn key(name: &str, files: &TlsFiles, chain: &[CertificateDer<'static>]) -> Option<Finding> {
    let pem = match std::fs::read(&files.key) {
        Ok(pem) => zeroize::Zeroizing::new(pem),
        Err(error) => return Some(Finding::bad(name, remedy::file("certificate key", &files.key, &error))),
    };
    let why = match PrivateKeyDer::from_pem_slice(&pem) {
        Err(_) => "it holds no private key in PEM without a password".to_owned(),
        Ok(key) => match rustls::sign::CertifiedKey::from_der(chain.to_vec(), key, &ring::default_provider()) {
            Ok(_) => return None,
            Err(rustls::Error::InconsistentKeys(_)) => "they are of different pairs".to_owned(),
            Err(error) => error.to_string(),
        },
    };
    Some(Finding::bad(name, remedy::certificate_and_key(&files.certificate, &files.key, &why)))
}

/// Whether a mail client that knows the public authorities will trust it. A private authority may be meant, so this only warns.
fn trusted(name: &str, chain: &[CertificateDer<'static>], hostname: &str) -> Option<Finding> {
    let (own, others) = chain.split_first()?;
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
    let server = ServerName::try_from(hostname.to_owned()).ok()?;
    let error =
        rustls::client::danger::ServerCertVerifier::verify_server_cert(&*verifier, own, others, &server, &[], UnixTime::now())
            .err()?;
    let fault = Fault::new(
        format!("mail clients will not trust it: {error}"),
        "put the issuer's intermediate certificates behind it in the same file (fullchain.pem); a private authority must be known to every client",
    );
    Some(Finding::warn(name, fault))
}

/// The DNS names it is for; where there are none, none (clients no longer read the common name: RFC 9525 section 2).
fn names_of(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let dns = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        _ => None,
    });
    dns.collect()
}

/// Whether a name of a certificate covers a host: as it is, or with `*` for the first label alone (RFC 9525 section 6.3).
fn covers(pattern: &str, hostname: &str) -> bool {
    match pattern.strip_prefix("*.") {
        None => pattern == hostname,
        Some(parent) => hostname.split_once('.').is_some_and(|(first, rest)| !first.is_empty() && rest == parent),
    }
}

fn time_of(time: x509_parser::time::ASN1Time) -> Timestamp {
    Timestamp::from_second(time.timestamp()).unwrap_or(Timestamp::MAX)
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
#[path = "certificates_tests.rs"]
mod tests;
