//! The virus scanner: reached, finds the test file of eicar.org, has new signatures, and takes what the gateway takes.

use std::io;
use std::time::Duration;

use jiff::Timestamp;

use super::Finding;
use crate::base::limits;
use crate::config::{ClamdAddress, Config};
use crate::ops::remedy::{self, Fault};
use crate::scan::{self, Bounds, Look, Outcome, Scanner};

/// Time for the look. A person waits; a clamd that has just been started reads its signatures first.
const LOOK_TIME: Duration = Duration::from_secs(10);
/// Age of signatures from which they are old: new ones come every day.
const OLD: Duration = Duration::from_secs(7 * 24 * 3600);

/// What is found of the scanner; one line where it is off.
pub(super) async fn look(config: &Config, now: Timestamp) -> Vec<Finding> {
    let scanner = Scanner::new(&config.antivirus);
    let Some(address) = scanner.address() else {
        return vec![Finding::ok("clamd", "off, as the configuration says; attachments are not scanned")];
    };
    match scanner.look(LOOK_TIME).await {
        Err(fault) => vec![Finding::bad("clamd", unreached(address, &fault))],
        Ok(None) => Vec::new(),
        Ok(Some(look)) => {
            let mut findings = vec![test_file(address, &look), signatures(&look, now)];
            findings.extend(limits_of(scanner.bounds(), config.limits.message_size));
            findings
        }
    }
}

fn unreached(address: &ClamdAddress, fault: &scan::Fault) -> Fault {
    let local = matches!(address, ClamdAddress::Unix(_));
    let mend = match fault.kind {
        io::ErrorKind::PermissionDenied => "usermod -aG clamav schoolgate, and restart the gateway",
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused if local => {
            "systemctl start clamav-daemon (apt install clamav-daemon, where it is not there), or mend the path in [antivirus]"
        }
        io::ErrorKind::ConnectionRefused => {
            "start clamd there, with TCPSocket and TCPAddr in its clamd.conf, or mend the address in [antivirus]"
        }
        io::ErrorKind::TimedOut => "systemctl restart clamav-daemon; a clamd that just started reads its signatures first",
        io::ErrorKind::InvalidData => "another program has this address: mend clamd in [antivirus]",
        _ => "mend the address in [antivirus], or what lies between",
    };
    Fault::new(&fault.why, mend)
}

fn test_file(address: &ClamdAddress, look: &Look) -> Finding {
    match &look.test_file {
        Outcome::Infected(virus) => {
            Finding::ok("clamd", format!("{} at {address} finds the EICAR test file ({virus})", look.version))
        }
        other => {
            let what = format!("{} at {address} does not find the EICAR test file; it says: {other}", look.version);
            Finding::bad(
                "clamd",
                Fault::new(what, "it has no signatures, or broken ones: run freshclam, then systemctl restart clamav-daemon"),
            )
        }
    }
}

fn signatures(look: &Look, now: Timestamp) -> Finding {
    let name = "signatures of clamd";
    let mend = "run freshclam, and let clamav-freshclam run always: systemctl enable --now clamav-freshclam";
    let Some(made) = look.signatures else {
        return Finding::warn(name, Fault::new("it has none of its makers (no daily database)", mend));
    };
    let age = now.duration_since(made);
    let text = format!("made {} ago", remedy::count(usize::try_from(age.as_hours() / 24).unwrap_or_default(), "day"));
    match age.unsigned_abs() > OLD && age.is_positive() {
        true => Finding::warn(name, Fault::new(text, mend)),
        false => Finding::ok(name, text),
    }
}

/// What clamd's own limits mean for mail, where they can be read here.
fn limits_of(bounds: Option<Bounds>, message_size: u64) -> Vec<Finding> {
    let name = "limits of clamd";
    let Some(bounds) = bounds else {
        let assumed = limits::SCAN_ASSUMED_OCTETS;
        let what = format!("not known here, so what is larger than {} counts as too big", megabytes(assumed));
        let mend = "copy its clamd.conf to this machine and name the copy in [antivirus]: clamd_conf = \"…\"";
        return vec![match message_size > assumed {
            true => Finding::warn(name, Fault::new(what, mend)),
            false => Finding::ok(name, what),
        }];
    };
    let mut findings = Vec::new();
    if bounds.stream < message_size {
        let what = format!(
            "StreamMaxLength is {}, less than message_size: larger mail is too big to scan whole",
            megabytes(bounds.stream)
        );
        let mend = format!("write StreamMaxLength {} in clamd.conf and restart clamd", megabytes_up(message_size));
        findings.push(Finding::warn(name, Fault::new(what, mend)));
    }
    if bounds.file < message_size || bounds.scan < message_size {
        let what = format!("MaxFileSize or MaxScanSize is {}, less than message_size", megabytes(bounds.file.min(bounds.scan)));
        findings.push(Finding::warn(name, Fault::new(what, "raise them in clamd.conf and restart clamd")));
    }
    if !bounds.alerts_exceeds_max {
        let what = "AlertExceedsMax is off: clamd calls what exceeds MaxScanSize clean";
        findings.push(Finding::warn(name, Fault::new(what, "write AlertExceedsMax yes in clamd.conf and restart clamd")));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(name, format!("it looks at mail up to {}", megabytes(bounds.largest()))));
    }
    findings
}

fn megabytes(octets: u64) -> String {
    if octets == u64::MAX { "without limit".to_owned() } else { format!("{}M", octets >> 20) }
}

fn megabytes_up(octets: u64) -> String {
    format!("{}M", octets.div_ceil(1 << 20))
}

#[cfg(test)]
#[path = "clamd_tests.rs"]
mod tests;
