//! The certificates of a listener, and the TLS configuration made of them (rustls with ring; TLS 1.2 and 1.3; no 0-RTT, no ALPN).
//!
//! In: two PEM files. Out: [`Certificates::acceptor`], always of the last good pair. The files are looked at every few seconds;
//! a new pair that is broken, mismatched or past its end leaves the old one in use and is told once as [`Event::Trouble`], and
//! [`Event::Recovered`] follows when it is mended. A pair is judged at the second look, since renewals replace one file after the other.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::config::TlsFiles;
use crate::ledger::Event;

/// A listener's certificate chain and key, renewed when their files change.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    current: RwLock<Arc<ServerConfig>>,
    seen: Mutex<Seen>,
}

/// What the last looks at the files found.
#[derive(Debug)]
struct Seen {
    in_use: Mark,
    bad: Option<Mark>,
    told: bool,
}

/// What changes when a file is replaced: modification time, size and inode of both.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark([Option<(i64, i64, u64, u64)>; 2]);

/// Why a certificate pair cannot be used.
#[derive(Debug)]
pub enum TlsError {
    Unreadable(PathBuf, io::Error),
    NotPem(PathBuf, pem::Error),
    NoCertificate(PathBuf),
    Expired(PathBuf),
    Unusable(TlsFiles, rustls::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(file, why) if why.kind() == io::ErrorKind::NotFound => {
                write!(f, "{} does not exist; put it there, or mend the path in [[listen]]", file.display())
            }
            Self::Unreadable(file, why) => write!(f, "{} cannot be read ({why}); let the gateway's user read it", file.display()),
            Self::NotPem(file, why) => write!(f, "{} is not as expected ({why}); it must be PEM", file.display()),
            Self::NoCertificate(file) => write!(f, "{} holds no certificate; give the full chain as PEM", file.display()),
            Self::Expired(file) => write!(f, "the certificate in {} is past its end or not yet valid; renew it", file.display()),
            Self::Unusable(files, why) => write!(
                f,
                "{} and {} cannot be used together ({why}); give the chain and the key that belongs to its first certificate",
                files.certificate.display(),
                files.key.display()
            ),
        }
    }
}

impl std::error::Error for TlsError {}

impl Certificates {
    /// Loads a pair. One past its end is taken: a gateway that starts and says so is worth more than none.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        let in_use = Mark::of(files);
        let current = RwLock::new(Arc::new(server_config(files, false)?));
        Ok(Self { files: files.clone(), current, seen: Mutex::new(Seen { in_use, bad: None, told: false }) })
    }

    /// The files it was loaded from.
    #[must_use]
    pub fn files(&self) -> &TlsFiles {
        &self.files
    }

    /// Accepts TLS with the pair in use.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Looks at the files every so often until stopped.
    pub async fn watch(&self, every: Duration, stop: CancellationToken, observe: impl Fn(Event)) {
        if server_config(&self.files, true).is_err_and(|why| matches!(why, TlsError::Expired(_))) {
            let what =
                "it is past its end or not yet valid, and mail clients will refuse it; renew it, it is read again by itself";
            observe(Event::Trouble { part: self.part(), what: what.to_owned() });
        }
        while stop.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
            if let Some(event) = self.look() {
                observe(event);
            }
        }
    }

    /// Looks at the files once: takes a new good pair, keeps the old one beside a bad pair. What there is to tell, if anything.
    pub fn look(&self) -> Option<Event> {
        let mark = Mark::of(&self.files);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if mark == seen.in_use && seen.bad.is_none() {
            return None;
        }
        match server_config(&self.files, true) {
            Ok(config) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                let told = std::mem::replace(&mut *seen, Seen { in_use: mark, bad: None, told: false }).told;
                told.then(|| Event::Recovered { part: self.part() })
            }
            Err(_) if seen.bad.as_ref() != Some(&mark) => {
                seen.bad = Some(mark);
                None
            }
            Err(why) => (!std::mem::replace(&mut seen.told, true)).then(|| self.trouble(&why)),
        }
    }

    fn part(&self) -> String {
        format!("certificate {}", self.files.certificate.display())
    }

    fn trouble(&self, why: &TlsError) -> Event {
        Event::Trouble { part: self.part(), what: format!("{why}. The certificate loaded before stays in use") }
    }
}

impl Mark {
    fn of(files: &TlsFiles) -> Self {
        let one = |file: &Path| fs::metadata(file).ok().map(|m| (m.mtime(), m.mtime_nsec(), m.size(), m.ino()));
        Self([one(&files.certificate), one(&files.key)])
    }
}

fn server_config(files: &TlsFiles, in_time_only: bool) -> Result<ServerConfig, TlsError> {
    let chain = chain(&files.certificate)?;
    if in_time_only && !chain.first().is_some_and(in_time) {
        return Err(TlsError::Expired(files.certificate.clone()));
    }
    let key = PrivateKeyDer::from_pem_slice(&contents(&files.key)?).map_err(|why| TlsError::NotPem(files.key.clone(), why))?;
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|why| TlsError::Unusable(files.clone(), why))
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = contents(file)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|why| TlsError::NotPem(file.to_owned(), why))?;
    if chain.is_empty() { Err(TlsError::NoCertificate(file.to_owned())) } else { Ok(chain) }
}

fn contents(file: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, TlsError> {
    fs::read(file).map(Into::into).map_err(|why| TlsError::Unreadable(file.to_owned(), why))
}

fn in_time(certificate: &CertificateDer<'_>) -> bool {
    x509_parser::parse_x509_certificate(certificate).is_ok_and(|(_, parsed)| parsed.validity().is_valid())
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
