//! `schoolgate doctor`: everything that the configuration names, tried.

use std::process::ExitCode;

use clap::Args;

use super::{Config, beside, print};
use crate::boxed;
use crate::ops::doctor;
use crate::ops::remedy::Fault;

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
        let look = async { doctor::run(&loaded.config, vec![the_box().await]).await };
        Ok(beside::runtime()?.block_on(look))
    }
}

/// How strong the box is here, by asking a child of this very program to get out.
async fn the_box() -> doctor::Finding {
    match boxed::strength(&boxed::Options::default().program).await {
        Ok(strength) if strength.gaps().is_empty() => doctor::Finding::ok("box", "attachments are read behind all walls"),
        Ok(strength) => {
            let what = format!("attachments are read behind fewer walls: {}", strength.gaps().join("; "));
            doctor::Finding::warn(
                "box",
                Fault::new(what, "a kernel of 5.13 or newer has them all, where nothing around the gateway forbids them"),
            )
        }
        Err(trouble) => {
            let mend = "no attachment can be read; look for a bound on processes or memory around the gateway";
            doctor::Finding::bad("box", Fault::new(trouble.to_string(), mend))
        }
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
