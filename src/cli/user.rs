//! `schoolgate user`: the sign-in accounts that the gateway keeps.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Subcommand;

use super::Config;
use super::beside::{self, Beside, operator};
use super::{print, typed};
use crate::access::{AccessError, Account, People, Role};
use crate::base::{Address, Secret};

#[derive(Debug, Subcommand)]
pub enum User {
    /// Add an account; the password comes on standard input, or is asked for twice on a terminal
    #[command(after_help = "Example:\n  schoolgate user add office@oakfield.example.sch.uk < password.txt")]
    Add {
        /// The address to sign in with, which is also the address to send as
        address: Address,
        /// What the account may do: sender, technician, auditor, approver or dpo
        #[arg(long, default_value = "sender", value_parser = role)]
        role: Role,
        #[command(flatten)]
        config: Config,
    },
    /// Show all accounts
    #[command(after_help = "Example:\n  schoolgate user list --json")]
    List {
        /// One JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: Config,
    },
    /// Let an account send no more, at once, also where it is signed in
    #[command(
        after_help = "Example:\n  schoolgate user suspend office@oakfield.example.sch.uk --why 'asked by the head teacher'"
    )]
    Suspend {
        address: Address,
        /// Why, for the ledger
        #[arg(long, value_name = "TEXT")]
        why: String,
        #[command(flatten)]
        config: Config,
    },
    /// Let a suspended account send again
    #[command(after_help = "Example:\n  schoolgate user resume office@oakfield.example.sch.uk")]
    Resume {
        address: Address,
        #[command(flatten)]
        config: Config,
    },
}

impl User {
    pub fn run(self) -> ExitCode {
        match self {
            Self::Add { address, role, config } => add(address, role, &config),
            Self::List { json, config } => Beside::run(&config, async |here| list(&People::new(here.store), json).await),
            Self::Suspend { address, why, config } => Beside::run(&config, async |here| {
                People::new(here.store).suspend(&address, &operator(), &why).await?;
                print::line(&format!("{address} may send no more"));
                Ok::<_, AccessError>(())
            }),
            Self::Resume { address, config } => Beside::run(&config, async |here| {
                People::new(here.store).resume(&address, &operator()).await?;
                print::line(&format!("{address} may send again"));
                Ok::<_, AccessError>(())
            }),
        }
    }
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| "the roles are sender, technician, auditor, approver and dpo".to_owned())
}

fn add(address: Address, role: Role, config: &Config) -> ExitCode {
    // First the configuration: nobody should type a password for nothing.
    let password = match beside::as_owner(config).and_then(|_| password(&address)) {
        Ok(password) => password,
        Err(why) => return print::refusal(&why),
    };
    Beside::run(config, async |here| {
        let added = People::new(here.store).add(address.clone(), role, &password, &operator()).await?;
        print::line(&format!("{address} is added as {}", role.as_str()));
        if let Some(warning) = added.warning {
            print::warning(&warning.to_string());
        }
        Ok::<_, AccessError>(())
    })
}

/// The first line of standard input, or what is typed twice on a terminal.
fn password(address: &Address) -> Result<Secret, String> {
    if !std::io::stdin().is_terminal() {
        return typed::line();
    }
    let first = typed::asked(&format!("Password for {address}: "))?;
    if first.reveal() != typed::asked("The same again: ")?.reveal() {
        return Err("the two passwords differ; nothing was added".to_owned());
    }
    Ok(first)
}

async fn list(people: &People, json: bool) -> Result<(), AccessError> {
    let accounts = people.list().await?;
    if json {
        print::json(&accounts);
        return Ok(());
    }
    let rows: Vec<_> = accounts.iter().map(row).collect();
    print::table(&["ADDRESS", "ROLE", "SINCE", "SUSPENDED"], &rows, 60);
    Ok(())
}

fn row(account: &Account) -> Vec<String> {
    let since = account.added_at.strftime("%Y-%m-%d").to_string();
    let suspended = account.suspended.as_ref().map(|s| format!("{}: {}", s.at.strftime("%Y-%m-%d"), s.why));
    vec![account.address.to_string(), account.role.as_str().to_owned(), since, suspended.unwrap_or_default()]
}
