//! `schoolgate archive`: the retention archive. One file for each sub-command.

mod hold;
mod import;
mod progress;
mod purge;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Archive {
    /// Take in mail out of files, mboxes, Maildirs and folders of them; a second run takes nothing twice
    #[command(after_help = "Example:\n  schoolgate archive import --received header /srv/old-mail/")]
    Import(import::Import),
    /// Recompute all that is kept and say exactly what is wrong
    #[command(after_help = "Example:\n  schoolgate archive verify --checkpoint from-the-witness.txt")]
    Verify(verify::Verify),
    /// Let go of mail whose time is over, as the running gateway does each day
    #[command(after_help = "Example:\n  schoolgate archive purge --dry-run")]
    Purge(purge::Purge),
    /// Mails kept beyond their time
    #[command(subcommand)]
    #[command(after_help = "Example:\n  schoolgate archive hold list")]
    Hold(hold::Hold),
    /// Print the newest signed checkpoint of ledger and archive, for a witness to keep
    #[command(after_help = "Example:\n  schoolgate archive checkpoint --new")]
    Checkpoint(verify::Checkpoint),
}

impl Archive {
    pub fn run(self) -> ExitCode {
        match self {
            Self::Import(import) => import.run(),
            Self::Verify(verify) => verify.run(),
            Self::Purge(purge) => purge.run(),
            Self::Hold(hold) => hold.run(),
            Self::Checkpoint(checkpoint) => checkpoint.run(),
        }
    }
}
