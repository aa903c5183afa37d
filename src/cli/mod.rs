//! The command line: one file for each command. In: arguments. Out: an exit code, as `CONTRACT`ed in docs/commands.md.
//!
//! Human output goes to standard output, logs to standard error; `--json` prints one JSON document and nothing else.
//! A wrong command line exits 2 (clap's way); each command returns 0 or 1 itself.

mod archive;
mod backup;
mod beside;
mod case;
mod check;
mod demo;
mod detect;
mod diff;
mod doctor;
mod explain;
mod extract;
mod key;
mod leave;
mod manual;
mod print;
mod queue;
mod serve;
mod typed;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

/// The gate through which a school's mail leaves.
#[derive(Debug, Parser)]
#[command(name = "schoolgate", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Start here:\n  schoolgate demo\n  schoolgate check --config config.toml")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway in the foreground until SIGTERM or SIGINT; SIGHUP reloads the configuration
    #[command(after_help = "Example:\n  schoolgate serve --config /etc/schoolgate/config.toml")]
    Serve(Config),
    /// Show every mistake of a configuration at once, and run the tests written beside its rules
    #[command(after_help = "Example:\n  schoolgate check --config config.toml")]
    Check(check::Check),
    /// Tell what would happen to a mail and why, touching nothing
    #[command(
        after_help = "Example:\n  schoolgate explain --config config.toml --from head@oakfield.example.sch.uk \\\n      --to parent@example.com mail.eml"
    )]
    Explain(explain::Explain),
    /// Show what the gateway reads out of files and mails, and what it could not read and why
    #[command(after_help = "Example:\n  schoolgate extract report.docx\n  schoolgate extract --json mail.eml")]
    Extract(extract::Extract),
    /// Show the personal data in texts, mails and files, masked
    #[command(after_help = "Example:\n  schoolgate detect class-list.xlsx")]
    Detect(detect::Detect),
    /// Show which mails two configurations treat differently
    #[command(after_help = "Example:\n  schoolgate diff --config new.toml --against /etc/schoolgate/config.toml --corpus mails/")]
    Diff(diff::Diff),
    /// Sign-in accounts kept by the gateway
    #[command(subcommand)]
    #[command(after_help = "Example:\n  schoolgate user add office@oakfield.example.sch.uk\n  schoolgate user list")]
    User(user::User),
    /// Mail on its way and mail held
    #[command(subcommand)]
    #[command(after_help = "Example:\n  schoolgate queue list\n  schoolgate queue release 5m2c9q0wk3t7h")]
    Queue(queue::Queue),
    /// The leave to read the archive: asked by one person, given by another
    #[command(subcommand)]
    #[command(after_help = "Example:\n  schoolgate case list\n  schoolgate case approve 7 --as head@oakfield.example.sch.uk")]
    Case(case::Case),
    /// The retention archive
    #[command(subcommand)]
    #[command(after_help = "Example:\n  schoolgate archive import /srv/old-mail/")]
    Archive(archive::Archive),
    /// Copy the store while the gateway runs: encrypted, and only what is new since the last time
    #[command(after_help = "Example:\n  schoolgate backup /mnt/backup/schoolgate")]
    Backup(backup::Backup),
    /// Put a backup into an empty store; what was purged, or should have been, does not come back
    #[command(after_help = "Example:\n  schoolgate restore /mnt/backup/schoolgate")]
    Restore(backup::Restore),
    /// The gateway's master key, and the keys that mail to people outside is encrypted to
    #[command(subcommand)]
    #[command(
        after_help = "Example:\n  schoolgate key new /etc/schoolgate/master.key\n  schoolgate key import parent@example.com parent.pem"
    )]
    Key(key::Key),
    /// Try everything the configuration names; one line each, with the way to mend it
    #[command(after_help = "Example:\n  schoolgate doctor --config /etc/schoolgate/config.toml")]
    Doctor(doctor::Doctor),
    /// Run a whole gateway on loopback with sample mail, and show what happened to each
    #[command(after_help = "Example:\n  schoolgate demo --once")]
    Demo(demo::Demo),
    /// Ask the running gateway whether it is well, for container engines
    #[command(after_help = "Example:\n  schoolgate healthcheck --config /etc/schoolgate/config.toml")]
    Healthcheck(Config),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  schoolgate completions bash > /etc/bash_completion.d/schoolgate")]
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  schoolgate man | man -l -")]
    Man,
}

/// Which configuration a command works with.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// The configuration file
    #[arg(long = "config", value_name = "FILE", env = "SCHOOLGATE_CONFIG", default_value = "/etc/schoolgate/config.toml")]
    file: PathBuf,
}

/// Reads the process's arguments, does what they say, and tells the exit code.
#[must_use]
pub fn run() -> ExitCode {
    // No command for people, so clap does not hear of it: hidden ones still stand in the completion scripts.
    if std::env::args_os().skip(1).eq([crate::boxed::COMMAND]) {
        return crate::boxed::child::run();
    }
    match CommandLine::parse().command {
        Command::Serve(config) => serve::run(&config),
        Command::Check(check) => check.run(),
        Command::Explain(explain) => explain.run(),
        Command::Extract(extract) => extract.run(),
        Command::Detect(detect) => detect.run(),
        Command::Diff(diff) => diff.run(),
        Command::User(user) => user.run(),
        Command::Queue(queue) => queue.run(),
        Command::Case(case) => case.run(),
        Command::Archive(archive) => archive.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Key(key) => key.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Demo(demo) => demo.run(),
        Command::Healthcheck(config) => doctor::healthcheck(&config),
        Command::Completions { shell } => completions(shell),
        Command::Man => man(),
    }
}

fn completions(shell: clap_complete::Shell) -> ExitCode {
    let mut script = Vec::new(); // written by us: clap_complete panics where the reader has left
    clap_complete::generate(shell, &mut CommandLine::command(), "schoolgate", &mut script);
    print::bytes(&script);
    ExitCode::SUCCESS
}

fn man() -> ExitCode {
    match manual::page(CommandLine::command()) {
        Ok(page) => {
            print::bytes(&page);
            ExitCode::SUCCESS
        }
        Err(error) => print::refusal(&format!("the manual page could not be written: {error}")),
    }
}
