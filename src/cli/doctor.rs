//! `schoolgate doctor`: everything that the configuration names, tried.

use std::process::ExitCode;

use clap::Args;

use super::{Config, beside, print};
use crate::ops::doctor;

#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    config: Config,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub fn run(&self) -> ExitCode {
        match self.look() {
            Ok(report) if self.json => {
                print::json(&report);
                ExitCode::from(report.exit_code())
            }
            Ok(report) => {
                print::line(report.to_string().trim_end());
                ExitCode::from(report.exit_code())
            }
            Err(why) => print::refusal(&why),
        }
    }

    fn look(&self) -> Result<doctor::Report, String> {
        let loaded = beside::read(&self.config)?;
        Ok(beside::runtime()?.block_on(doctor::run(&loaded.config, Vec::new())))
    }
}

/// `schoolgate healthcheck`: asks the running gateway's `/healthz`, for container engines.
pub fn healthcheck(options: &Config) -> ExitCode {
    let asked = beside::read(options).and_then(|loaded| match loaded.config.ops.address {
        Some(address) => beside::runtime()?.block_on(crate::ops::health::ask(address)),
        None => Err("[ops] has no address to ask: give it one, such as address = \"127.0.0.1:8024\"".to_owned()),
    });
    match asked {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => print::refusal(&why),
    }
}
