//! The files of the configuration, looked at every second, so that a saved change is taken without a signal.
//!
//! In: the paths of everything that was read. Out: [`Watch::changed`] returns when their content has changed and has stood still from
//! one look to the next, so that a file half written is not read. A file is read again only when its times, length or inode say
//! that it may have changed. While the last reload was refused it returns from time to time without a change, since what was missing may be a
//! file that no sound configuration names yet. What cannot be read looks like nothing; the reload says what is wrong with it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ring::digest::{SHA256, digest};
use tokio::time::{Instant, sleep};

/// From one look to the next: a change is taken within two of them.
const LOOK: Duration = Duration::from_secs(1);
/// Until a refused configuration is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// The files as they were when last read.
pub struct Watch {
    /// When the reload before this look happened.
    settled: Vec<Sight>,
    /// At the last look.
    last: Vec<Sight>,
    try_again: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Sight {
    path: PathBuf,
    stamp: Option<Stamp>,
    content: Option<Vec<u8>>,
}

/// What changes whenever content does: inode, length, and both times with their nanoseconds.
type Stamp = (u64, u64, [i64; 4]);

impl PartialEq for Sight {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.content == other.content
    }
}

impl Watch {
    /// Looks at the files for the first time.
    #[must_use]
    pub fn new(sources: &[PathBuf]) -> Self {
        let settled: Vec<Sight> = sources.iter().map(|path| Sight::of(path, None)).collect();
        Self { last: settled.clone(), settled, try_again: None }
    }

    /// Waits for a change. May be dropped at any time without missing one.
    pub async fn changed(&mut self) {
        loop {
            sleep(LOOK).await;
            let before = self.last.clone();
            let look = move || -> Vec<Sight> { before.iter().map(|sight| Sight::of(&sight.path, Some(sight))).collect() };
            let Ok(now) = tokio::task::spawn_blocking(look).await else { continue };
            let still = now == self.last;
            self.last = now;
            let tired = self.try_again.is_some_and(|at| at <= Instant::now());
            if (still && self.last != self.settled) || tired {
                return;
            }
        }
    }

    /// A reload was tried: what was there at the last look, or is there now of files that are new, counts as read. What changed since
    /// that look is a change still to come, and a reload too many does no harm.
    pub fn settle(&mut self, sources: &[PathBuf], accepted: bool) {
        let seen = |path: &PathBuf| self.last.iter().find(|sight| sight.path == *path).cloned();
        let settled: Vec<Sight> = sources.iter().map(|path| seen(path).unwrap_or_else(|| Sight::of(path, None))).collect();
        self.last.clone_from(&settled);
        self.settled = settled;
        self.try_again = (!accepted).then(|| Instant::now() + TRY_AGAIN);
    }
}

impl Sight {
    fn of(path: &Path, before: Option<&Self>) -> Self {
        let stamp =
            std::fs::metadata(path).ok().map(|m| (m.ino(), m.len(), [m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec()]));
        let known = before.filter(|before| before.stamp == stamp && stamp.is_some());
        let content = match known {
            Some(before) => before.content.clone(),
            None => std::fs::read(path).ok().map(|bytes| digest(&SHA256, &bytes).as_ref().to_vec()),
        };
        Self { path: path.to_owned(), stamp, content }
    }
}

#[cfg(test)]
#[path = "lookout_tests.rs"]
mod tests;
