//! `schoolgate archive hold`: mails kept beyond their time.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::archive::holds::{self, Asked, Hold as Standing, Named};
use crate::archive::purge;
use crate::base::{Address, Ref, Timestamp};
use crate::cli::beside::{Beside, operator};
use crate::cli::{Config, print};
use crate::store::StoreError;

#[derive(Debug, Subcommand)]
pub enum Hold {
    /// Keep what it names, past and to come, until the hold is lifted
    #[command(
        after_help = "Example:\n  schoolgate archive hold add --reason 'tribunal' --owner 'clerk to the governors' \\\n      --address head@oakfield.example.sch.uk"
    )]
    Add(Add),
    /// All holds, those that were lifted too
    #[command(after_help = "Example:\n  schoolgate archive hold list")]
    List(List),
    /// End a hold; what has expired meanwhile goes after thirty days
    #[command(after_help = "Example:\n  schoolgate archive hold lift 3 --why 'the tribunal has decided'")]
    Lift(Lift),
}

#[derive(Debug, Args)]
pub struct Add {
    /// Why, in words that whoever lifts it will understand
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who says when it is over
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// Mails from or to this address, by envelope or header
    #[arg(long, value_name = "ADDRESS", required_unless_present = "references", conflicts_with = "references")]
    address: Option<Address>,
    /// Mails by their references
    #[arg(long = "ref", value_name = "REF", num_args = 1.., value_parser = Ref::parse)]
    references: Vec<Ref>,
    /// The case it belongs to
    #[arg(long, value_name = "N")]
    case: Option<u64>,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Args)]
pub struct List {
    /// One JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Args)]
pub struct Lift {
    /// Its number
    hold: u64,
    /// Why it is over
    #[arg(long, value_name = "TEXT")]
    why: String,
    #[command(flatten)]
    config: Config,
}

impl Hold {
    pub fn run(self) -> ExitCode {
        match self {
            Self::Add(add) => Beside::run(&add.config.clone(), async |here: Beside| add.add(here).await),
            Self::List(list) => Beside::run(&list.config.clone(), async |here: Beside| list.list(here).await),
            Self::Lift(lift) => Beside::run(&lift.config.clone(), async |here: Beside| lift.lift(here).await),
        }
    }
}

impl Add {
    async fn add(self, Beside { store, .. }: Beside) -> Result<(), StoreError> {
        let named = match self.address {
            Some(address) => Named::Address(address),
            None => Named::References(self.references),
        };
        if let Named::References(references) = &named {
            for reference in references {
                store.place(reference).await?; // a slip of the pen must not look like a hold
            }
        }
        let asked = Asked { named, reason: self.reason, owner: self.owner, case: self.case };
        let (now, by) = (Timestamp::now(), operator());
        let looked_for = Standing { id: 0, asked: asked.clone(), set_by: by.clone(), set_at: now, lifted: None };
        let mails = purge::count_named(&store, &looked_for).await?;
        let hold = holds::set(&store, asked, mails, &by, now).await?;
        print::line(&format!("hold {} stands: {mails} mails now, and those to come", hold.id));
        Ok(())
    }
}

impl List {
    async fn list(&self, Beside { store, .. }: Beside) -> Result<(), StoreError> {
        let holds = holds::all(&store).await?;
        if self.json {
            print::json(&holds);
            return Ok(());
        }
        let row = |hold: &Standing| {
            let named = match &hold.asked.named {
                Named::Address(address) => address.to_string(),
                Named::References(references) => format!("{} mails", references.len()),
            };
            let state = match &hold.lifted {
                None => "stands".to_owned(),
                Some(lifted) => format!("lifted {}", lifted.at.strftime("%Y-%m-%d")),
            };
            let since = hold.set_at.strftime("%Y-%m-%d").to_string();
            let case = hold.asked.case.map(|case| case.to_string()).unwrap_or_default();
            vec![hold.id.to_string(), state, since, named, hold.asked.owner.clone(), case, hold.asked.reason.clone()]
        };
        let rows: Vec<_> = holds.iter().map(row).collect();
        print::table(&["hold", "state", "since", "names", "owner", "case", "reason"], &rows, 40);
        Ok(())
    }
}

impl Lift {
    async fn lift(&self, Beside { store, .. }: Beside) -> Result<(), StoreError> {
        let hold = holds::all(&store).await?.into_iter().find(|hold| hold.id == self.hold);
        let hold = hold.ok_or_else(|| StoreError::Refused(format!("there is no hold {}", self.hold)))?;
        let mails = purge::count_named(&store, &hold).await?;
        let grace = holds::lift(&store, self.hold, &self.why, mails, &operator(), Timestamp::now()).await?;
        print::line(&format!(
            "hold {} is lifted. Its {mails} mails stay until {} at least; what has expired goes then",
            self.hold,
            grace.strftime("%Y-%m-%d")
        ));
        Ok(())
    }
}
