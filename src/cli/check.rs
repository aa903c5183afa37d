//! `schoolgate check`: every mistake at once, and the tests written beside the rules.

use std::process::ExitCode;

use clap::Args;

use super::{Config, print};
use crate::config::{self, Loaded, Mistakes, Report, Warning};
use crate::ops::remedy::count;
use crate::pipeline::Rehearsal;

#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    config: Config,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

impl Check {
    pub fn run(&self) -> ExitCode {
        let good = if self.json { self.as_json() } else { self.for_people() };
        if good { ExitCode::SUCCESS } else { ExitCode::from(1) }
    }

    fn rehearsed(&self) -> Result<(Loaded, Rehearsal), Mistakes> {
        let loaded = config::read(&self.config.file)?;
        let rehearsal = Rehearsal::of(&loaded)?;
        Ok((loaded, rehearsal))
    }

    fn as_json(&self) -> bool {
        let report = match self.rehearsed() {
            Err(mistakes) => Report::from(mistakes),
            Ok((loaded, rehearsal)) => {
                let mut report = Report::from(&loaded);
                report.warnings.extend(config::files(&loaded));
                report.mistakes.extend(rehearsal.mistakes(&loaded));
                report.ok = report.mistakes.is_empty();
                report.tests = Some(rehearsal.as_json());
                report
            }
        };
        print::json(&report);
        report.ok
    }

    fn for_people(&self) -> bool {
        let (loaded, rehearsal) = match self.rehearsed() {
            Ok(rehearsed) => rehearsed,
            Err(mistakes) => {
                print::line(&mistakes.to_string());
                return false;
            }
        };
        let failed = rehearsal.mistakes(&loaded);
        for warning in loaded.warnings.iter().chain(&config::files(&loaded)) {
            print::line(&Warning(warning).to_string());
        }
        failed.iter().for_each(|mistake| print::line(&mistake.to_string()));
        let verdict = if failed.is_empty() { "good" } else { "not good" };
        let (rules, tests) = (count(loaded.config.rules.len(), "rule"), count(rehearsal.count(), "test"));
        print::line(&format!("{} is {verdict}: {rules}, {tests}, {} failed", self.config.file.display(), failed.len()));
        failed.is_empty()
    }
}
