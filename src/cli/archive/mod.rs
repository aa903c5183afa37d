//! `schoolgate archive`: the retention archive. One file for each sub-command.

mod import;
pub mod progress;

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Archive {
    /// Take in mail out of files, mboxes, Maildirs and folders of them; a second run takes nothing twice
    #[command(after_help = "Example:\n  schoolgate archive import --received header /srv/old-mail/")]
    Import(import::Import),
}

impl Archive {
    pub fn run(self) -> ExitCode {
        match self {
            Self::Import(import) => import.run(),
        }
    }
}
