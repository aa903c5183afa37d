//! Certificates of every quality, made for one test.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use tokio_rustls::TlsAcceptor;

/// An authority and what it signs.
#[derive(Clone)]
pub struct Certificates {
    pub folder: Arc<tempfile::TempDir>,
    authority: Arc<CertifiedIssuer<'static, KeyPair>>,
}

impl Certificates {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = Arc::new(tempfile::tempdir().unwrap());
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        std::fs::write(folder.path().join("password"), "opensesame\n").unwrap();
        Self { folder, authority: Arc::new(authority) }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Certificate and key in PEM: `good`, `other-name`, `expired`, `self-signed`, `mta-sts`.
    pub fn make(&self, which: &str) -> (String, String) {
        let names: &[&str] = match which {
            "other-name" => &["elsewhere.example"],
            "mta-sts" => &["mta-sts.x.example"],
            _ => &["localhost", "mx.x.example"],
        };
        let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
        if which == "expired" {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2020, 12, 31);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = match which {
            "self-signed" => params.self_signed(&key).unwrap(),
            "good" | "other-name" | "expired" | "mta-sts" => params.signed_by(&key, &*self.authority).unwrap(),
            _ => panic!("no such certificate: {which}"),
        };
        (certificate.pem(), key.serialize_pem())
    }

    pub fn acceptor(&self, which: &str) -> TlsAcceptor {
        let (certificate, key) = self.make(which);
        let chain = vec![rustls::pki_types::CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
