//! The store's folder, its disk and its key file; and the clock, which retention and the ledger lean on.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;

use super::Finding;
use crate::base::limits;
use crate::config::Config;
use crate::ops::process;
use crate::ops::remedy::{self, Fault};

/// No clock is right before this: the program is younger.
const EARLIEST: &str = "2026-01-01T00:00:00Z";
/// Nor after this.
const LATEST: &str = "2100-01-01T00:00:00Z";
/// What the store's key file is called in sentences.
const KEY_FILE: &str = "key file";
/// How far two clocks may differ before one of them is called wrong.
const CLOCK_PLAY: Duration = Duration::from_secs(60);

/// Folder, disk, key file, and the other secret files.
pub(super) fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![folder(&config.store.path), disk(&config.store.path), key_file(&config.store.key_file)];
    for tls in config.listen.iter().filter_map(|listen| listen.tls.as_ref()) {
        findings.extend(secret("certificate key", &tls.key));
    }
    for sign_in in config.routes.values().filter_map(|route| route.sign_in.as_ref()) {
        findings.extend(secret("upstream password", &sign_in.password_file));
    }
    findings.dedup();
    findings
}

/// Writes a scrap file, makes it durable, and removes it.
fn folder(path: &Path) -> Finding {
    let name = format!("store {}", path.display());
    match try_to_write(path) {
        Ok(took) => Finding::ok(name, format!("can be written; to make it durable took {:.1} ms", took.as_secs_f64() * 1e3)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && can_be_made(path) => {
            Finding::ok(name, "is not there yet; serve makes it")
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Finding::bad(
            name,
            Fault::new(
                "the folder does not exist",
                format!(
                    "install -d -o schoolgate -g schoolgate -m 700 {} (as root; the systemd unit does it by itself)",
                    path.display()
                ),
            ),
        ),
        Err(error) => Finding::bad(
            name,
            Fault::new(
                format!("this user cannot write there: {error}"),
                format!("chown -R schoolgate {0} && chmod 700 {0}; and see that the disk is not read-only", path.display()),
            ),
        ),
    }
}

/// Whether a folder could be made: the nearest one above it can be written.
fn can_be_made(folder: &Path) -> bool {
    let above = folder.ancestors().skip(1).find(|place| place.exists());
    above.is_some_and(|place| rustix::fs::access(place, rustix::fs::Access::WRITE_OK).is_ok())
}

/// The folder, or where it will be.
fn nearest(folder: &Path) -> &Path {
    folder.ancestors().find(|place| place.exists()).unwrap_or(folder)
}

fn try_to_write(folder: &Path) -> io::Result<Duration> {
    let scrap = folder.join(format!(".doctor-{}", std::process::id()));
    let began = Instant::now();
    let written = fs::File::create(&scrap).and_then(|mut file| {
        file.write_all(b"written by schoolgate doctor\n")?;
        file.sync_all()
    });
    let took = began.elapsed();
    let removed = if scrap.exists() { fs::remove_file(&scrap) } else { Ok(()) };
    written.and(removed).map(|()| took)
}

fn disk(path: &Path) -> Finding {
    let name = format!("disk of {}", path.display());
    match process::disk_free(nearest(path)) {
        Ok(free) if free < limits::DISK_RESERVE => Finding::bad(name, remedy::disk_full(path, free, limits::DISK_RESERVE)),
        Ok(free) if free < limits::DISK_RESERVE * 4 => Finding::warn(
            name,
            Fault::new(
                format!("{} MB free, of which {} MB are kept in reserve", free >> 20, limits::DISK_RESERVE >> 20),
                "make room before it is full",
            ),
        ),
        Ok(free) => Finding::ok(name, format!("{} MB free", free >> 20)),
        Err(error) => Finding::bad(name, Fault::new(format!("cannot be looked at: {error}"), "make the folder first")),
    }
}

fn key_file(path: &Path) -> Finding {
    let name = format!("key file {}", path.display());
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Finding::bad(name, remedy::no_key_file(path)),
        Err(error) => Finding::bad(name, remedy::file(KEY_FILE, path, &error)),
        Ok(_) => secret(KEY_FILE, path).unwrap_or_else(|| {
            Finding::ok(name, "there, and closed to others; without a copy of it elsewhere a broken disk costs the archive")
        }),
    }
}

/// A finding where a secret file cannot be read, or can be read by others; nothing where it is well.
fn secret(purpose: &str, path: &Path) -> Option<Finding> {
    let name = format!("{purpose} {}", path.display());
    let mode = match fs::File::open(path).and_then(|file| file.metadata()) {
        Ok(about) => about.permissions().mode(),
        Err(error) => return Some(Finding::bad(name, remedy::file(purpose, path, &error))),
    };
    // Debian keeps TLS keys readable by the group `ssl-cert`, and service managers hand secrets over by group; the store's own
    // key is for one user alone, and `serve` insists on it.
    let forbidden = if purpose == KEY_FILE { 0o077 } else { 0o027 };
    (mode & forbidden != 0).then(|| Finding::bad(name, remedy::open_to_others(purpose, path, mode)))
}

/// Whether the clock can be right: the year, the disk's clock, the newest entry of the ledger, the time service.
pub(super) fn clock(store: &Path, now: Timestamp, newest_entry: Option<Timestamp>) -> Finding {
    match clock_fault(store, now, newest_entry) {
        Some(fault) => Finding::bad("clock", fault),
        None if !is_kept_right() => Finding::warn(
            "clock",
            Fault::new(
                format!("{now:.0}, but the time service has not reached a server"),
                "`timedatectl timesync-status` shows why; retention and the ledger lean on the clock",
            ),
        ),
        None => Finding::ok("clock", format!("{now:.0}")),
    }
}

fn clock_fault(store: &Path, now: Timestamp, newest_entry: Option<Timestamp>) -> Option<Fault> {
    let is = |text: &str| text.parse::<Timestamp>().ok();
    if is(EARLIEST).is_some_and(|first| now < first) || is(LATEST).is_some_and(|last| now > last) {
        return Some(remedy::clock(&format!("it says {now:.0}")));
    }
    if let Some(entry) = newest_entry.filter(|entry| entry.duration_since(now) > CLOCK_PLAY.try_into().unwrap_or_default()) {
        return Some(remedy::clock(&format!("it says {now:.0}, and the ledger already has an entry of {entry:.0}")));
    }
    let apart = disk_clock_apart(store)?;
    (apart > CLOCK_PLAY)
        .then(|| remedy::clock(&format!("the store's disk differs from this machine by {} seconds", apart.as_secs())))
}

/// How far the time that the disk writes on a file is from this machine's; a disk over the network has a clock of its own.
fn disk_clock_apart(store: &Path) -> Option<Duration> {
    let scrap = store.join(format!(".doctor-clock-{}", std::process::id()));
    let file = fs::File::create(&scrap).ok()?;
    let written = file.metadata().and_then(|about| about.modified());
    let _ = fs::remove_file(&scrap);
    let (written, now) = (written.ok()?, SystemTime::now());
    Some(now.duration_since(written).or_else(|_| written.duration_since(now)).unwrap_or_default())
}

/// False only where systemd keeps the clock and has not heard from a time server since the start.
fn is_kept_right() -> bool {
    let timesync = Path::new("/run/systemd/timesync");
    !timesync.is_dir() || timesync.join("synchronized").exists()
}
