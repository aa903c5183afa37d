//! The sentences for what goes wrong in setting up, each with the way out. `serve`, `check` and `doctor` all say the same.
//!
//! In: what was tried and what the system said. Out: a [`Fault`]: what is wrong, and how to mend it, in one line each, free of
//! control characters. Nothing here looks at anything but `/proc`, for the name of the program that holds a port.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use jiff::Timestamp;

use super::holder;
use crate::base::one_line;
use crate::config::UpstreamSignIn;

/// What is wrong, and the way to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub what: String,
    pub mend: String,
}

impl Fault {
    /// A fault in two sentences; control characters become spaces, for parts of them may come from another machine.
    #[must_use]
    pub fn new(what: impl AsRef<str>, mend: impl AsRef<str>) -> Self {
        Self { what: one_line(what.as_ref()).collect(), mend: one_line(mend.as_ref()).collect() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} — {}", self.what, self.mend)
    }
}

/// Why a port could not be opened, as one line.
#[must_use]
pub fn bind_error(address: SocketAddr, error: &io::Error) -> String {
    bind(address, error).to_string()
}

/// Why a port could not be opened.
#[must_use]
pub fn bind(address: SocketAddr, error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::AddrInUse => port_taken(address),
        io::ErrorKind::PermissionDenied => port_not_permitted(address),
        io::ErrorKind::AddrNotAvailable => Fault::new(
            format!("{address} cannot be opened: this machine has no address {}", address.ip()),
            format!("write one that `ip address` shows, or 0.0.0.0:{} for all of them", address.port()),
        ),
        _ => Fault::new(format!("{address} cannot be opened: {error}"), "choose another address or port in [[listen]]"),
    }
}

fn port_taken(address: SocketAddr) -> Fault {
    let port = address.port();
    match holder::of(address) {
        Some(who) if who.is_schoolgate() => Fault::new(
            format!("{address} is taken by a schoolgate that runs already (process {})", who.pid),
            "stop that one first (`systemctl stop schoolgate`), or send it SIGHUP to reload",
        ),
        Some(who) => Fault::new(
            format!("{address} is taken by {} (process {})", who.program, who.pid),
            "stop that program and keep it from starting again, or choose another port in [[listen]]",
        ),
        None => Fault::new(
            format!("{address} is taken by another program"),
            format!("`ss -ltnp 'sport = :{port}'` as root names it; stop it, or choose another port in [[listen]]"),
        ),
    }
}

fn port_not_permitted(address: SocketAddr) -> Fault {
    let port = address.port();
    if port >= 1024 {
        return Fault::new(
            format!("{address} may not be opened by this program"),
            "a security module (SELinux, AppArmor) forbids it; its log says which rule",
        );
    }
    let program = std::env::current_exe().map_or_else(|_| "schoolgate".to_owned(), |path| path.display().to_string());
    Fault::new(
        format!("port {port} is below 1024, and this user may not open it ({address})"),
        format!(
            "start it by the systemd unit, which grants AmbientCapabilities=CAP_NET_BIND_SERVICE; or once, as root: \
             setcap cap_net_bind_service=+ep {program}; or choose a port from 1024 up"
        ),
    )
}

/// A file that should be read and cannot be.
#[must_use]
pub fn file(purpose: &str, path: &Path, error: &io::Error) -> Fault {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            Fault::new(format!("the {purpose} {shown} does not exist"), "put it there, or mend the path in the config")
        }
        io::ErrorKind::PermissionDenied => Fault::new(
            format!("the {purpose} {shown} may not be read by this user"),
            format!("chown schoolgate {shown} && chmod 600 {shown}, and let every folder above it be entered"),
        ),
        _ => {
            Fault::new(format!("the {purpose} {shown} cannot be read: {error}"), "look at the disk and at the path in the config")
        }
    }
}

/// A key file that is not there yet.
#[must_use]
pub fn no_key_file(path: &Path) -> Fault {
    let shown = path.display();
    Fault::new(
        format!("the key file {shown} does not exist"),
        format!("make it: schoolgate key new {shown}, and keep a copy elsewhere"),
    )
}

/// A secret file that others than its owner may read or change.
#[must_use]
pub fn open_to_others(purpose: &str, path: &Path, mode: u32) -> Fault {
    let shown = path.display();
    let who = if mode & 0o007 == 0 { "its group" } else { "everyone on this machine" };
    let may = if mode & 0o022 == 0 { "read" } else { "changed" };
    Fault::new(
        format!("the {purpose} {shown} can be {may} by {who} (mode {:03o})", mode & 0o777),
        format!("chmod 600 {shown}; if others use this machine, make a new one"),
    )
}

/// A certificate whose time is over.
#[must_use]
pub fn certificate_expired(path: &Path, end: Timestamp) -> Fault {
    Fault::new(
        format!("the certificate {} ended on {}", path.display(), day(end)),
        "renew it (`certbot renew`, or whoever gave it to you); it is read again as soon as the file changes",
    )
}

/// A certificate whose time is nearly over.
#[must_use]
pub fn certificate_ends_soon(path: &Path, end: Timestamp, days: i64) -> Fault {
    Fault::new(
        format!("the certificate {} ends in {days} days, on {}", path.display(), day(end)),
        "see that it is renewed in time; it is read again as soon as the file changes",
    )
}

/// A certificate whose time has not come.
#[must_use]
pub fn certificate_not_yet(path: &Path, start: Timestamp) -> Fault {
    Fault::new(
        format!("the certificate {} is not valid before {}", path.display(), day(start)),
        "either the clock of this machine is wrong (`timedatectl` shows it), or the certificate is for later",
    )
}

/// A certificate that does not name the gateway.
#[must_use]
pub fn certificate_names(path: &Path, hostname: &str, names: &str) -> Fault {
    let names = if names.is_empty() { "nothing" } else { names };
    Fault::new(
        format!("the certificate {} names {names}, not {hostname}", path.display()),
        format!("get one for {hostname}, or set school.hostname to the name that mail clients are given"),
    )
}

/// Certificate and key that do not belong together.
#[must_use]
pub fn certificate_and_key(certificate: &Path, key: &Path, why: &str) -> Fault {
    Fault::new(
        format!("the key {} does not fit the certificate {}: {why}", key.display(), certificate.display()),
        "take both from the same issue, the server's own certificate first in its file",
    )
}

/// An upstream that refuses the sign-in.
#[must_use]
pub fn upstream_sign_in(route: &str, host: &str, who: &UpstreamSignIn, reply: &str) -> Fault {
    Fault::new(
        format!("route {route}: {host} refuses the sign-in of {}: {reply}", who.user),
        format!(
            "write the right password into {} (one line; many providers want an app password, or relaying to be switched on \
             for the account)",
            who.password_file.display()
        ),
    )
}

/// An upstream that cannot be reached.
#[must_use]
pub fn upstream_unreachable(route: &str, host: &str, why: &str) -> Fault {
    Fault::new(
        format!("route {route}: {host} cannot be reached: {why}"),
        "see that host and port are right, and that the firewall lets this machine out to that port",
    )
}

/// An upstream that offers no encryption where the route demands it.
#[must_use]
pub fn upstream_without_tls(route: &str, host: &str) -> Fault {
    Fault::new(
        format!("route {route}: {host} does not offer STARTTLS"),
        "use port 587, or tls = \"implicit\" with port 465; ask the provider, for mail waits until it is encrypted",
    )
}

/// An upstream whose certificate does not hold.
#[must_use]
pub fn upstream_certificate(route: &str, host: &str, why: &str) -> Fault {
    Fault::new(
        format!("route {route}: the certificate of {host} does not hold: {why}"),
        "write the host name that the provider gives (not an address), update ca-certificates, or name your own authority in ca_file",
    )
}

/// A clock that cannot be right.
#[must_use]
pub fn clock(what: &str) -> Fault {
    Fault::new(
        format!("the clock is wrong: {what}"),
        "set it and keep it right: `timedatectl set-ntp true`, or set the time of the machine that hosts this one",
    )
}

/// A disk that is nearly full.
#[must_use]
pub fn disk_full(path: &Path, free: u64, reserve: u64) -> Fault {
    Fault::new(
        format!(
            "{} MB are free at {}, and {} MB are kept in reserve: new mail is answered 452",
            free >> 20,
            path.display(),
            reserve >> 20
        ),
        "make room, or move the store to a larger disk",
    )
}

/// A number of things, such as `1 rule` or `3 rules`.
#[must_use]
pub fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
#[path = "remedy_tests.rs"]
mod tests;
