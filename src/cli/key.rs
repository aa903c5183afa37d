//! `schoolgate key`: the master key.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::print;
use crate::store::MasterKey;

#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a master key; a file that is there already is left alone
    #[command(after_help = "Example:\n  schoolgate key new /etc/schoolgate/master.key")]
    New {
        /// Where to put it
        file: PathBuf,
    },
}

impl Key {
    pub fn run(self) -> ExitCode {
        let Self::New { file } = self;
        match MasterKey::create(&file) {
            Ok(_) => {
                print::line(&format!(
                    "{} is made. Without it nobody can ever read the store: keep a copy somewhere safe.",
                    file.display()
                ));
                ExitCode::SUCCESS
            }
            Err(why) => print::refusal(&why.to_string()),
        }
    }
}
