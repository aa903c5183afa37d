//! The box: strangers' files are opened in child processes of this program, which can read no file, reach no network, start nothing, and
//! hold, use and say no more than a bound.
//!
//! In: the name and the octets of a file. Out: what `extract` finds in it, as [`crate::extract::File`]s. [`Pool`] keeps the children and
//! hands out the work; [`child`] is what runs in one, behind the walls of [`lockdown`]; [`frame`] is what they say to each other.
//! Invariants: no reader of `extract` runs in the gateway's own process; a file that kills its child or keeps it too long costs that one
//! file ("the reader died of it", "took too long") and nothing else. What can fail is ours alone: no child could be started
//! ([`Trouble`]), which the caller turns into a 451.

mod attempts;
pub mod child;
mod filter;
mod frame;
mod lockdown;
mod pool;
mod reader;
mod starter;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use attempts::Attempt;
pub use lockdown::{Landlock, Walls};
pub use pool::{Options, Pool};

/// The argument by which this program becomes a child.
pub const COMMAND: &str = "box";

/// Why a file could not be given to any child: our own failure, never the file's.
#[derive(Debug)]
pub enum Trouble {
    /// No child could be started, tried twice.
    Start(std::io::Error),
    /// The pool is closed.
    Closed,
    /// What is in the attachments of all mails that are being judged takes all the memory that it may (`limits::CONTENTS_IN_FLIGHT`).
    Room,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Start(why) => write!(f, "no process to read files in could be started: {why}"),
            Self::Room => f.write_str("the attachments of other mails take all the memory that there is for them"),
            Self::Closed => f.write_str("files are read no more, for the gateway stops"),
        }
    }
}

impl std::error::Error for Trouble {}

/// How strong the box is on this machine: which walls the kernel gave, and what a child could not do when it tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strength {
    pub walls: Walls,
    pub attempts: Vec<Attempt>,
}

impl Strength {
    /// What is missing, in words; empty where every wall stands.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        if !self.walls.filter {
            gaps.push("the kernel has no seccomp filter".to_owned());
            if self.walls.inherited > 0 {
                gaps.push(format!("a child has {} files open that it was not given", self.walls.inherited));
            }
        }
        match self.walls.landlock {
            Landlock::None => gaps.push("the kernel has no Landlock".to_owned()),
            // Each kernel since 5.13 knows a little more of it; what one lacks, the filter forbids.
            Landlock::Partly | Landlock::Fully => (),
        }
        let open = self.attempts.iter().filter(|attempt| !attempt.refused);
        gaps.extend(open.map(|attempt| format!("a child can {}", attempt.what)));
        gaps
    }
}

/// Starts one child of a program and asks it how strong its walls are. For `doctor`.
///
/// # Errors
/// No child could be started, or it does not answer.
pub async fn strength(program: &Path) -> Result<Strength, Trouble> {
    let starter = starter::Starter::new(program).map_err(Trouble::Start)?;
    let (mut reader, walls) = starter.start().await.map_err(Trouble::Start)?;
    let asked = tokio::time::timeout(crate::base::limits::BOX_START, reader.attempts()).await;
    let attempts = match asked {
        Ok(answer) => answer.map_err(Trouble::Start),
        Err(_) => Err(Trouble::Start(std::io::ErrorKind::TimedOut.into())),
    };
    reader.end().await;
    Ok(Strength { walls, attempts: attempts? })
}
