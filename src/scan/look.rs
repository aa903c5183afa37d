//! Whether the scanner finds what it should: for `doctor` and `/healthz`.
//!
//! In: nothing but the scanner. Out: a [`Look`], or the [`Fault`]. A scanner that answers and finds nothing would be worse than none, so the
//! test file of eicar.org is scanned too. It goes past the places and the rest of the circuit, which are for mail.

use std::io;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Outcome, Scanner, eicar, reply, wire};
use crate::base::{limits, one_line};

/// What was seen of a clamd that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Such as `ClamAV 1.4.3`.
    pub version: String,
    /// When its signatures were made; nothing where it has none of its makers.
    pub signatures: Option<Timestamp>,
    /// What it said of the test file.
    pub test_file: Outcome,
}

/// Why it could not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: io::ErrorKind,
    pub why: String,
}

/// What `/healthz` saw last, and when.
pub(super) type Seen = (Instant, Result<(), String>);

impl Scanner {
    /// Connects, asks for the version, scans the test file. Nothing where the scanner is off.
    ///
    /// # Errors
    /// It cannot be asked, or not within the time.
    pub async fn look(&self, most: Duration) -> Result<Option<Look>, Fault> {
        let Some(clamd) = self.address() else { return Ok(None) };
        let looking = async {
            wire::ping(clamd).await?;
            let version = wire::version(clamd).await?;
            let heard = wire::instream(clamd, &eicar()).await?;
            io::Result::Ok((version, reply::read(&heard.reply)))
        };
        match tokio::time::timeout(most, looking).await {
            Ok(Ok((version, test_file))) => Ok(Some(Look { signatures: made(&version), version: program(&version), test_file })),
            Ok(Err(error)) => Err(Fault { kind: error.kind(), why: wire::why(clamd, &error) }),
            Err(_) => {
                let why = format!("{clamd} takes the connection and gives no answer within {} seconds", most.as_secs_f32());
                Err(Fault { kind: io::ErrorKind::TimedOut, why })
            }
        }
    }

    /// Whether it works, asked anew only when the last answer is old. A scanner that is off works.
    ///
    /// # Errors
    /// One sentence why it does not.
    pub async fn health(&self) -> Result<(), String> {
        if let Some(seen) = self.seen_lately() {
            return seen;
        }
        let seen = match self.look(limits::SCANNER_LOOK_TIME).await {
            Ok(None) => return Ok(()),
            Ok(Some(Look { test_file: Outcome::Infected(_), .. })) => Ok(()),
            Ok(Some(look)) => Err(format!("clamd does not find the EICAR test file; it says: {}", look.test_file)),
            Err(fault) => Err(fault.why),
        };
        *self.0.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), seen.clone()));
        seen
    }

    fn seen_lately(&self) -> Option<Result<(), String>> {
        let seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, result) = seen.as_ref()?;
        let lasts = if result.is_ok() { limits::SCANNER_WELL_FOR } else { limits::SCANNER_ILL_FOR };
        (at.elapsed() < lasts).then(|| result.clone())
    }
}

/// The part in front of the first slash.
fn program(version: &str) -> String {
    let name = version.split('/').next().unwrap_or_default();
    one_line(name).take(limits::VIRUS_NAME).collect()
}

/// The date at the end of `ClamAV 1.4.3/27000/Mon Nov 23 10:24:33 2026`, which is in the time of clamd's machine; the few hours by which
/// that may be wrong do not matter to days.
fn made(version: &str) -> Option<Timestamp> {
    let date = version.split('/').nth(2)?;
    let date = DateTime::strptime("%a %b %e %H:%M:%S %Y", date.trim()).ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::{made, program};

    #[test]
    fn the_date_of_the_signatures_stands_at_the_end_of_the_version() {
        let version = "ClamAV 1.4.3/27000/Mon Nov 23 10:24:33 2026";
        assert_eq!(program(version), "ClamAV 1.4.3");
        assert_eq!(made(version), "2026-11-23T10:24:33Z".parse().ok());
        assert_eq!(made("ClamAV 1.4.3/27000/Tue Dec  1 07:04:03 2026"), "2026-12-01T07:04:03Z".parse().ok());
        for odd in ["", "ClamAV 1.4.3", "ClamAV 1.4.3/27000/", "a/b/Mon Foo 99 2026", "////"] {
            assert_eq!(made(odd), None, "{odd}");
        }
    }
}
