//! `schoolgate demo`: a whole gateway on loopback, shown at work.

use std::process::ExitCode;

use clap::Args;

use super::print;
use crate::config::LogFormat;
use crate::demo::{Demo as World, OFFICE, PASSWORD, Story};
use crate::ops::log;

#[derive(Debug, Args)]
pub struct Demo {
    /// End after the table
    #[arg(long)]
    once: bool,
}

impl Demo {
    pub fn run(&self) -> ExitCode {
        match self.try_run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => print::refusal(&why),
        }
    }

    fn try_run(&self) -> Result<(), String> {
        let _log =
            std::env::var_os(log::LEVEL_VARIABLE).map(|_| log::init(LogFormat::Human)).transpose().map_err(|e| e.to_string())?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| format!("no runtime: {error}"))?;
        runtime.block_on(async {
            let world = World::start().await?;
            print::line("A gateway for Oakfield School is running, with sample mail and an upstream that keeps what it gets.\n");
            let stories = world.play().await?;
            show(&stories);
            if !self.once {
                guide(&world, &stories);
                let _ = tokio::signal::ctrl_c().await; // without the signal there is nothing to wait for
            }
            world.stop().await;
            Ok(())
        })
    }
}

fn show(stories: &[Story]) {
    for (number, story) in stories.iter().enumerate() {
        print::line(&format!("{:>2}  {}", number + 1, story.title));
        print::line(&format!("    {}", story.reply));
        story.happened.iter().for_each(|line| print::line(&format!("    → {line}")));
    }
}

fn guide(world: &World, stories: &[Story]) {
    let config = world.config_file();
    let config = config.display();
    print::line(&format!("\nWhat left the school lies in {}, one file for each mail.\n", world.upstream_folder().display()));
    print::line("Send one yourself:");
    print::line(&format!(
        "  swaks --server localhost:{} --tls --auth-user {OFFICE} --auth-password '{PASSWORD}' \\\n        --from {OFFICE} --to you@example.com",
        world.submission().port()
    ));
    print::line(&format!(
        "  or point a mail client at localhost, port {}, STARTTLS, with that name and password.\n",
        world.submission().port()
    ));
    print::line("Look around:");
    print::line(&format!("  schoolgate queue list --config {config}"));
    if let Some(reference) = stories.iter().filter(|story| story.held).find_map(|story| story.reference.clone()) {
        print::line(&format!("  schoolgate queue release {reference} --config {config}"));
    }
    print::line(&format!("  less {config}\n\nCtrl-C stops it and removes everything."));
}
