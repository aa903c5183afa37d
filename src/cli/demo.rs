//! `schoolgate demo`: a whole gateway on loopback, shown at work.

use std::process::ExitCode;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

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
        let wanted = std::env::var_os(log::LEVEL_VARIABLE).is_some(); // else the table is all that is seen
        let _log = wanted.then(|| log::init(LogFormat::Human)).transpose().map_err(|error| error.to_string())?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| format!("no runtime: {error}"))?;
        runtime.block_on(async {
            let mut ending = Ending::listen()?;
            let world = World::start().await?;
            let shown = tokio::select! {
                shown = self.show(&world) => shown,
                () = ending.called() => Ok(false),
            };
            if shown == Ok(true) {
                ending.called().await;
            }
            world.stop().await;
            shown.map(|_| ())
        })
    }

    /// Sends the samples and shows what became of them; answers whether the gateway stays up after that.
    async fn show(&self, world: &World) -> Result<bool, String> {
        print::line("A whole gateway for Oakfield School runs here, with an upstream that keeps what it gets.");
        print::line("A teacher's mail client has sent these mails through it:\n");
        let stories = world.play().await?;
        table(&stories);
        if !self.once {
            guide(world, &stories);
        }
        Ok(!self.once)
    }
}

/// Whatever asks the demo to end: Ctrl-C, a service manager, a terminal that closes.
struct Ending([Signal; 3]);

impl Ending {
    fn listen() -> Result<Self, String> {
        let on = |kind| signal(kind).map_err(|error| format!("signals cannot be caught: {error}"));
        Ok(Self([on(SignalKind::interrupt())?, on(SignalKind::terminate())?, on(SignalKind::hangup())?]))
    }

    async fn called(&mut self) {
        let Self([interrupt, terminate, hangup]) = self;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// Characters of the last column; the whole table then fits a hundred.
const WIDTH: usize = 52;

/// One row for each mail: what it is, the reply to it, what happened and why.
fn table(stories: &[Story]) {
    let titles = stories.iter().map(|story| story.title.chars().count()).max().unwrap_or(0);
    print::line(&format!("    {:titles$}  REPLY  WHAT HAPPENED, AND WHY", "MAIL"));
    for (number, story) in stories.iter().enumerate() {
        let mut lines = story.happened.iter().flat_map(|text| wrapped(text, WIDTH));
        let first = lines.next().unwrap_or_default();
        let code = story.reply.get(..3).unwrap_or_default();
        print::line(&format!("{:>2}  {:titles$}  {code:5}  {first}", number + 1, story.title));
        lines.for_each(|line| print::line(&format!("    {:titles$}  {:5}  {line}", "", "")));
    }
}

/// A text in lines of at most so many characters; further lines stand in a little.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { continue };
        if line.trim().is_empty() || line.chars().count() + 1 + word.chars().count() <= width {
            line.push_str(if line.trim().is_empty() { "" } else { " " });
            line.push_str(word);
        } else {
            lines.push(format!("  {word}"));
        }
    }
    lines
}

fn guide(world: &World, stories: &[Story]) {
    let port = world.submission().port();
    let program = std::env::args().next().unwrap_or_else(|| "schoolgate".to_owned());
    print::line(&format!("\nWhat left the school lies in {}, one file for each mail.", world.upstream_folder().display()));
    print::line("\nSend one yourself, from another terminal:");
    print::line(&format!("  swaks --server localhost:{port} --tls --auth-user {OFFICE} \\"));
    print::line(&format!("        --auth-password '{PASSWORD}' --from {OFFICE} --to you@example.com"));
    print::line(&format!(
        "or point a mail client at localhost, port {port}, STARTTLS, with that name and password. It will ask about"
    ));
    print::line("the certificate, which was made for this demo alone.");
    print::line("\nLook around:");
    print::line(&format!("  export SCHOOLGATE_CONFIG={}", world.config_file().display()));
    print::line("  less $SCHOOLGATE_CONFIG");
    print::line(&format!("  {program} queue list"));
    if let Some((number, held)) = stories.iter().enumerate().find(|(_, story)| story.held)
        && let Some(reference) = &held.reference
    {
        print::line(&format!("  {program} queue show {reference}"));
        print::line(&format!("  {program} queue release {reference}   (mail {} then goes, with its notice)", number + 1));
    }
    if let Some(pages) = world.pages() {
        print::line(&format!("  curl http://{pages}/metrics"));
    }
    print::line("\nCtrl-C stops it and removes everything.");
}
