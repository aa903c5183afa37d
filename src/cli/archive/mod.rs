//! `schoolgate archive`: the retention archive. One file for each sub-command.

mod export;
mod hold;
mod import;
pub mod progress;
mod purge;
mod reindex;
mod search;
mod show;
mod stats;
mod texts;
mod verify;
mod verify_export;

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Archive {
    /// Take in mail out of files, mboxes, Maildirs and folders of them; a second run takes nothing twice
    #[command(after_help = "Example:\n  schoolgate archive import --received header /srv/old-mail/")]
    Import(import::Import),
    /// Show what the archive holds in numbers: how much, of which class, from whom, with whom, and how it grows
    #[command(after_help = "Example:\n  schoolgate archive stats --json")]
    Stats(stats::StatsOf),
    /// Find mails, within what a case or a broken glass lets you read
    #[command(
        after_help = "Example:\n  schoolgate archive search --case 7 --as dsl@oakfield.example.sch.uk \\\n      'from:parent@example.com after:2026-09-01 excursion'\n\nThe language of queries: docs/search.md"
    )]
    Search(search::Search),
    /// Show one mail: how it came, what became of it and its text; or its bytes
    #[command(
        after_help = "Example:\n  schoolgate archive show --case 7 --as dsl@oakfield.example.sch.uk 5m2c9q0wk3t7h\n  schoolgate archive show --case 7 --as dsl@oakfield.example.sch.uk --raw 5m2c9q0wk3t7h > mail.eml"
    )]
    Show(show::Show),
    /// Take mails out of the archive: a bag with checksums and proofs, and prints and an mbox where asked for
    #[command(
        after_help = "Example:\n  schoolgate archive export --case 7 --as dsl@oakfield.example.sch.uk --to case-7.zip --with pdf,copies \\\n      'from:parent@example.com'"
    )]
    Export(export::ExportTo),
    /// Make the index of the archive anew
    #[command(after_help = "Example:\n  schoolgate archive reindex\n  schoolgate archive reindex --partition ordinary-2026-11")]
    Reindex(reindex::Reindex),
    /// Recompute all that is kept, or check an export anywhere, and say exactly what is wrong
    #[command(
        after_help = "Example:\n  schoolgate archive verify --checkpoint from-the-witness.txt\n  schoolgate archive verify case-7.zip --key key-of-the-school.txt\n\nAn export is checked without the archive and without a configuration: docs/guide/auditors.md"
    )]
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
            Self::Stats(stats) => stats.run(),
            Self::Search(search) => search.run(),
            Self::Show(show) => show.run(),
            Self::Export(export) => export.run(),
            Self::Reindex(reindex) => reindex.run(),
            Self::Verify(verify) => verify.run(),
            Self::Purge(purge) => purge.run(),
            Self::Hold(hold) => hold.run(),
            Self::Checkpoint(checkpoint) => checkpoint.run(),
        }
    }
}
