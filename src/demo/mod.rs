//! A whole gateway on loopback with sample mail, for `schoolgate demo`: no root, no configuration, nothing left behind.
//!
//! In: nothing. Out: the real gateway with an upstream that keeps what it takes, some mails sent through it by a signed-in
//! client, and what became of each, read from the ledger. Everything lives in one temporary folder that goes when the demo does.

mod client;
mod samples;
mod story;
mod upstream;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::access::{People, Role};
use crate::base::{Address, Secret};
use crate::gateway::Gateway;
use crate::ops::metrics;
use crate::pipeline::RuleSet;
use crate::store::MasterKey;

pub use story::Story;
use upstream::Upstream;

/// The account that the samples are sent by.
pub const OFFICE: &str = "office@oakfield.example.sch.uk";
/// Its password; the demo listens on loopback only.
pub const PASSWORD: &str = "a demo has no secrets";

const CONFIG: &str = include_str!("config.toml");
const HOST: &str = "localhost";

/// A gateway with its little world.
pub struct Demo {
    gateway: Gateway,
    upstream: Upstream,
    certificate: String,
    pages: Option<SocketAddr>,
    folder: TempDir,
}

impl Demo {
    /// Builds the folder and starts everything.
    ///
    /// # Errors
    /// A sentence.
    pub async fn start() -> Result<Self, String> {
        let folder = TempDir::with_prefix("schoolgate-demo-").map_err(|error| format!("no temporary folder: {error}"))?;
        let upstream = Upstream::start(&folder.path().join("upstream"))?;
        let certificate = write_certificate(folder.path())?;
        MasterKey::create(&folder.path().join("master.key")).map_err(|error| error.to_string())?;
        let file = folder.path().join("config.toml");
        write(&file, &config(upstream.address)?)?;
        let set = RuleSet::read(&file).map_err(|mistakes| mistakes.to_string())?;
        let pages = set.config.ops.address;
        let gateway = Gateway::start(set, metrics::install()?).await?;
        let demo = Self { gateway, upstream, certificate, pages, folder };
        demo.add_account().await?;
        Ok(demo)
    }

    async fn add_account(&self) -> Result<(), String> {
        let office: Address = OFFICE.parse().map_err(|error| format!("{OFFICE}: {error}"))?;
        let password = Secret::new(PASSWORD.as_bytes().to_vec());
        let people = People::new(self.gateway.store());
        people.add(office, Role::Sender, &password, "the demo").await.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Sends every sample and tells what became of each.
    ///
    /// # Errors
    /// A sentence, where the gateway does not answer.
    pub async fn play(&self) -> Result<Vec<Story>, String> {
        let mut stories = Vec::new();
        for sample in samples::ALL {
            let reply = client::send(self.submission(), &self.certificate, sample).await?;
            stories.push(story::of(&self.gateway, sample, reply).await?);
        }
        Ok(stories)
    }

    /// Where signed-in clients connect.
    #[must_use]
    pub fn submission(&self) -> SocketAddr {
        self.gateway.addresses()[0]
    }

    /// Where programs of this machine connect, without signing in.
    #[must_use]
    pub fn relay(&self) -> SocketAddr {
        self.gateway.addresses()[1]
    }

    /// Where `/metrics` and the health pages are.
    #[must_use]
    pub fn pages(&self) -> Option<SocketAddr> {
        self.pages
    }

    /// The configuration in force.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    /// Where the upstream puts each mail it takes.
    #[must_use]
    pub fn upstream_folder(&self) -> &Path {
        &self.upstream.folder
    }

    /// Stops everything and removes the folder.
    pub async fn stop(self) {
        self.gateway.stop().await;
        self.upstream.stop().await;
    }
}

fn config(upstream: SocketAddr) -> Result<String, String> {
    let mut text = CONFIG.replace("@UPSTREAM@", &upstream.port().to_string());
    let ports = free_ports::<3>()?;
    for (name, port) in ["@SUBMISSION@", "@RELAY@", "@OPS@"].iter().zip(ports) {
        text = text.replace(name, &port.to_string());
    }
    Ok(text)
}

/// Ports that nobody listens on at this moment, all different: each is held until the last is found.
fn free_ports<const N: usize>() -> Result<[u16; N], String> {
    let trouble = |error: std::io::Error| format!("no free port on loopback: {error}");
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(trouble)?;
        *port = listener.local_addr().map_err(trouble)?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// A certificate for `localhost`, made afresh; the client trusts just this one.
fn write_certificate(folder: &Path) -> Result<String, String> {
    let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).map_err(|error| format!("no certificate: {error}"))?;
    let certificate = made.cert.pem();
    write(&folder.join("certificate.pem"), &certificate)?;
    write(&folder.join("certificate.key"), &made.signing_key.serialize_pem())?;
    Ok(certificate)
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text).map_err(|error| format!("{} cannot be written: {error}", file.display()))
}
