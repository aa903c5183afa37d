//! clamd's own limits, out of its configuration (clamd.conf(5)): what it will not look at is not sent to it as if it would.
//!
//! In: the file that `[antivirus] clamd_conf` names, or the usual one where it speaks of the clamd that is asked. Out: [`Bounds`], or
//! nothing where no such file can be read (clamd on another machine). The file is read again when it has changed, so that
//! mending a limit and restarting clamd is enough. What is not understood in it has clamd's default.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use crate::base::limits;
use crate::config::{Antivirus, ClamdAddress};

/// Where Debian and Ubuntu have it.
const USUAL: &str = "/etc/clamav/clamd.conf";

/// What clamd looks at. A limit that is switched off (0) is the largest number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// `StreamMaxLength`: octets sent for one scan.
    pub stream: u64,
    /// `MaxFileSize`: octets of a file, the one sent or one inside it.
    pub file: u64,
    /// `MaxScanSize`: octets of a file and all that is inside it.
    pub scan: u64,
    /// `AlertExceedsMax`: without it, what exceeds a limit inside a file is called clean.
    pub alerts_exceeds_max: bool,
    /// `AlertEncrypted`: whether what has a password is told.
    pub alerts_encrypted: bool,
}

/// The file, and what was read of it when.
#[derive(Debug)]
pub(super) struct ClamdConf {
    path: PathBuf,
    /// The clamd that the file must speak of; nothing where the school named the file.
    must_describe: Option<ClamdAddress>,
    read: Mutex<Option<(Stamp, Option<Bounds>)>>,
}

type Stamp = (Option<SystemTime>, u64);

/// What a file says: the limits, and where its clamd listens.
struct Described {
    bounds: Bounds,
    socket: Option<PathBuf>,
    port: Option<u16>,
}

impl Bounds {
    /// clamd's defaults (clamd.conf(5), 1.4).
    const DEFAULT: Self =
        Self { stream: 100 << 20, file: 100 << 20, scan: 400 << 20, alerts_exceeds_max: false, alerts_encrypted: false };

    /// The largest that is looked at whole.
    #[must_use]
    pub fn largest(&self) -> u64 {
        self.stream.min(self.file).min(self.scan)
    }
}

impl ClamdConf {
    pub(super) fn of(antivirus: &Antivirus) -> Self {
        let (path, must_describe) = match &antivirus.clamd_conf {
            Some(path) => (path.clone(), None),
            None => (PathBuf::from(USUAL), antivirus.clamd.clone()),
        };
        Self { path, must_describe, read: Mutex::default() }
    }

    /// The limits as they stand in the file now.
    pub(super) fn bounds(&self) -> Option<Bounds> {
        let facts = std::fs::metadata(&self.path).ok().filter(|facts| facts.len() <= limits::CLAMD_CONF_OCTETS)?;
        let stamp = (facts.modified().ok(), facts.len());
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, bounds)) = *read
            && of == stamp
        {
            return bounds;
        }
        let described = std::fs::read(&self.path).ok().map(|bytes| parse(&String::from_utf8_lossy(&bytes)));
        let bounds = described.filter(|described| self.fits(described)).map(|described| described.bounds);
        *read = Some((stamp, bounds));
        bounds
    }

    fn fits(&self, described: &Described) -> bool {
        match &self.must_describe {
            None => true,
            Some(ClamdAddress::Unix(path)) => described.socket.as_deref().is_some_and(|socket| plain(socket) == plain(path)),
            Some(ClamdAddress::Tcp { host, port }) => {
                ["127.0.0.1", "::1", "localhost"].contains(&host.as_str()) && described.port == Some(*port)
            }
        }
    }
}

/// `/var/run` is another name of `/run`.
fn plain(path: &Path) -> PathBuf {
    path.strip_prefix("/var/run").map_or_else(|_| path.to_owned(), |rest| Path::new("/run").join(rest))
}

/// One option a line, name and value; `#` begins a comment. A name that is not known here is somebody else's business.
fn parse(text: &str) -> Described {
    let mut described = Described { bounds: Bounds::DEFAULT, socket: None, port: None };
    let options = text.lines().map(str::trim).filter(|line| !line.starts_with('#')).filter_map(|l| l.split_once([' ', '\t']));
    for (name, value) in options {
        let value = value.trim().trim_matches('"');
        let bounds = &mut described.bounds;
        match name.to_ascii_lowercase().as_str() {
            "streammaxlength" => bounds.stream = size(value).unwrap_or(bounds.stream),
            "maxfilesize" => bounds.file = size(value).unwrap_or(bounds.file),
            "maxscansize" => bounds.scan = size(value).unwrap_or(bounds.scan),
            "alertexceedsmax" => bounds.alerts_exceeds_max = is_yes(value),
            "alertencrypted" => bounds.alerts_encrypted = is_yes(value),
            "localsocket" => described.socket = Some(PathBuf::from(value)),
            "tcpsocket" => described.port = value.parse().ok(),
            _ => {}
        }
    }
    described
}

/// `25M`, `100k`, `2G` or a number of octets; 0 switches the limit off.
fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text.get(digits.len()..)?.to_ascii_lowercase().as_str() {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        _ => return None,
    };
    match digits.parse::<u64>().ok()? {
        0 => Some(u64::MAX),
        number => Some(number.saturating_mul(1 << shift)),
    }
}

fn is_yes(text: &str) -> bool {
    ["yes", "true", "1"].iter().any(|yes| text.eq_ignore_ascii_case(yes))
}

#[cfg(test)]
#[path = "bounds_tests.rs"]
mod tests;
