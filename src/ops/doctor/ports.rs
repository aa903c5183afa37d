//! Whether each port can be opened, or is open already by a gateway that runs.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::Finding;
use crate::base::{Domain, ListenerKind};
use crate::config::Config;
use crate::ops::{holder, remedy};

/// Time for a listener to say who it is.
const GREETING_TIME: Duration = Duration::from_secs(3);

/// One finding for each port.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for listen in &config.listen {
        let speaks_first = listen.kind != ListenerKind::Submissions && listen.proxy_from.is_empty();
        findings.push(port(listen.address, speaks_first.then_some(&config.school.hostname)).await);
    }
    let console = config.console.as_ref().map(|console| console.address);
    let pickup = config.pickup.as_ref().map(|pickup| pickup.address);
    for address in [config.ops.address, console, pickup].into_iter().flatten() {
        findings.push(port(address, None).await);
    }
    findings
}

/// Opens and closes a port. `greets_as` is the name a gateway of ours would greet with, where it greets first.
async fn port(address: SocketAddr, greets_as: Option<&Domain>) -> Finding {
    let name = format!("port {address}");
    let error = match std::net::TcpListener::bind(address) {
        Ok(_) => return Finding::ok(name, "free, and this user may open it"),
        Err(error) => error,
    };
    if error.kind() == io::ErrorKind::AddrInUse {
        if let Some(who) = holder::of(address).filter(holder::Holder::is_schoolgate) {
            return Finding::ok(name, format!("held by schoolgate itself (process {})", who.pid));
        }
        if let Some(hostname) = greets_as.filter(|_| holder::of(address).is_none())
            && greeting(address).await.is_some_and(|line| line.starts_with(&format!("220 {hostname} ")))
        {
            return Finding::ok(name, format!("answers as {hostname}, so it is held by schoolgate itself"));
        }
    }
    Finding::bad(name, remedy::bind(address, &error))
}

/// The first line that a listener says.
async fn greeting(address: SocketAddr) -> Option<String> {
    let mut line = vec![0; 512];
    let read = async {
        let mut stream = TcpStream::connect(reachable(address)).await?;
        stream.read(&mut line).await
    };
    let length = tokio::time::timeout(GREETING_TIME, read).await.ok()?.ok()?;
    line.truncate(length);
    String::from_utf8(line).ok()
}

/// Where to reach a listener on all addresses.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => (std::net::Ipv4Addr::LOCALHOST, v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, v6.port()).into(),
        other => other,
    }
}
