//! By what leave a command reads the archive, and who is at the keyboard: `--case N` or `--break-glass REASON`, and `--as ADDRESS`.
//!
//! With a case its auditor signs in. The glass is broken also by whoever may run this program as the gateway's own user: that person
//! can read the key anyway, and it must not need a password that nobody present has. Either way it is an event first, and the glass
//! is broken before the eyes of every approver: docs/decisions/0018.

use std::io::{BufRead, IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr};

use clap::Args;

use super::beside::{Beside, operator};
use super::{print, typed};
use crate::access::{Account, Leave as By, People, Permit, Role, SignIn};
use crate::base::{Address, Secret, Timestamp};
use crate::ledger::{Event, Ledger};
use crate::pipeline::issue::issue_notice;
use crate::pipeline::letter::Letter;
use crate::queue::Queue;

/// By what leave content is read.
#[derive(Debug, Args)]
pub struct Leave {
    /// The approved case that you read by
    #[arg(long, value_name = "N", conflicts_with = "break_glass")]
    case: Option<u64>,
    /// Read without a case, for this reason; every approver is told by mail
    #[arg(long, value_name = "REASON")]
    break_glass: Option<String>,
    #[command(flatten)]
    who: Who,
}

/// Whose account a command is run by.
#[derive(Debug, Args)]
pub struct Who {
    /// Your account; its password comes on standard input, or is asked for on a terminal
    #[arg(long = "as", value_name = "ADDRESS")]
    account: Option<Address>,
}

impl Leave {
    /// The case, where one is given.
    #[must_use]
    pub fn case(&self) -> Option<u64> {
        self.case
    }

    /// Whether the glass is to be broken.
    #[must_use]
    pub fn breaks_glass(&self) -> bool {
        self.break_glass.is_some()
    }

    /// Signs in where that is needed and makes the permit. The glass is broken with letters to every approver.
    ///
    /// # Errors
    /// A sentence that says how to come to a leave.
    pub async fn permit(&self, here: &Beside, ledger: &Ledger) -> Result<Permit, String> {
        match (self.case, &self.break_glass) {
            (Some(number), _) => {
                let account = self.who.sign_in(here, ledger).await?;
                let permit = Permit::of_case(&here.store, ledger, number, &account, Timestamp::now()).await;
                permit.map_err(|error| error.to_string())
            }
            (None, Some(reason)) => {
                let who = match self.who.account {
                    Some(_) => self.who.sign_in(here, ledger).await?.address.to_string(),
                    None => operator(),
                };
                let permit = Permit::break_glass(ledger, &who, reason).await.map_err(|error| error.to_string())?;
                tell_approvers(here, &permit).await?;
                Ok(permit)
            }
            (None, None) => Err("the archive is read only with leave: give --case N with your account (--as ADDRESS), where a case is \
                approved; `schoolgate case request` asks for one. In an emergency --break-glass 'REASON' reads without, and every \
                approver is told"
                .to_owned()),
        }
    }
}

impl Who {
    /// The account, its password checked.
    ///
    /// # Errors
    /// A sentence; a wrong password is an event too.
    pub async fn sign_in(&self, here: &Beside, ledger: &Ledger) -> Result<Account, String> {
        let address = match &self.account {
            Some(address) => address.clone(),
            None if std::io::stdin().is_terminal() => ask_account()?,
            None => return Err("say whose account this is with --as ADDRESS; its password comes on standard input".to_owned()),
        };
        let (people, password) = (People::new(here.store.clone()), password(&address)?);
        let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
        match people.sign_in(&address.to_string(), &password, client).await {
            SignIn::Welcome(known) => {
                let account = people.account(&known).await.map_err(|error| error.to_string())?;
                account.ok_or_else(|| format!("there is no account {known} any more"))
            }
            SignIn::NotNow => Err("the store does not answer now; try again".to_owned()),
            SignIn::Refused | SignIn::SlowDown(_) => {
                let failed = Event::SignInFailed { client, account: address.to_string() };
                ledger.write(vec![failed]).await.map_err(|error| error.to_string())?;
                Err(format!("{address} could not be signed in: wrong account or password, or it is suspended"))
            }
        }
    }
}

/// Posts a letter to each of these people; the running gateway delivers them.
///
/// # Errors
/// A sentence.
pub async fn post(here: &Beside, letters: Vec<Letter>) -> Result<(), String> {
    let now = Timestamp::now();
    let posts: Vec<_> = letters.iter().map(|letter| issue_notice(&here.config, letter, now)).collect();
    if posts.is_empty() {
        return Ok(());
    }
    let posted = Queue::beside(here.store.clone()).post_all(posts).await;
    posted.map(drop).map_err(|error| format!("the letters about it could not be posted: {error}"))
}

/// Every approver, and the postmaster, is told before anything is read.
async fn tell_approvers(here: &Beside, permit: &Permit) -> Result<(), String> {
    let By::BreakGlass(reason) = permit.leave() else { return Ok(()) };
    let mut told = People::new(here.store.clone()).with_role(Role::Approver).await.map_err(|error| error.to_string())?;
    if told.is_empty() {
        print::warning("there is no approver who could be told: add one with `schoolgate user add ADDRESS --role approver`");
    }
    told.push(here.config.school.postmaster.clone());
    post(here, told.into_iter().map(|to| Letter::glass_broken(to, permit.who(), reason)).collect()).await
}

fn ask_account() -> Result<Address, String> {
    let failed = |error: std::io::Error| format!("the account cannot be read: {error}");
    let mut terminal = std::io::stderr();
    write!(terminal, "Account: ").and_then(|()| terminal.flush()).map_err(failed)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(failed)?;
    Address::parse(line.trim()).map_err(|why| format!("`{}` is no address: {why}", line.trim()))
}

/// The first line of standard input, or what is typed on a terminal.
fn password(address: &Address) -> Result<Secret, String> {
    let prompt = format!("Password for {address}: ");
    if std::io::stdin().is_terminal() { typed::asked(&prompt) } else { typed::line() }
}
