//! `schoolgate archive hold`: mails kept beyond their time.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Zoned;

use crate::access::{self, Cases, Looked};
use crate::archive::holds::{self, Asked, Hold as Standing, Named};
use crate::archive::purge;
use crate::base::{Address, Ref, Timestamp};
use crate::cli::beside::{Beside, operator};
use crate::cli::leave::Leave;
use crate::cli::{Config, print};
use crate::ledger::Ledger;
use crate::search::Query;
use crate::store::{Store, StoreError};

#[derive(Debug, Subcommand)]
pub enum Hold {
    /// Keep what it names, past and to come, until the hold is lifted
    #[command(
        after_help = "Example:\n  schoolgate archive hold add --reason 'tribunal' --owner 'clerk to the governors' \\\n      --address head@oakfield.example.sch.uk\n  schoolgate archive hold add --reason 'court order' --owner 'clerk to the governors' --case 7\n  schoolgate archive hold add --reason 'complaint' --owner 'head teacher' \\\n      --case 7 --as dsl@oakfield.example.sch.uk --query 'excursion after:2026-09-01'"
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
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["references", "query"])]
    address: Option<Address>,
    /// Mails by their references
    #[arg(long = "ref", value_name = "REF", num_args = 1.., value_parser = Ref::parse)]
    references: Vec<Ref>,
    /// Mails that a query means, within what the leave covers: it is a search, and needs leave as one
    #[arg(long, value_name = "QUERY", conflicts_with = "references")]
    query: Option<String>,
    #[command(flatten)]
    leave: Leave,
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
            Self::Add(add) => add.run(),
            Self::List(list) => Beside::run(&list.config.clone(), async |here: Beside| list.list(here).await),
            Self::Lift(lift) => Beside::run(&lift.config.clone(), async |here: Beside| lift.lift(here).await),
        }
    }
}

impl Add {
    fn run(self) -> ExitCode {
        let query = match self.query.as_deref().map(|query| holds::read(query, &Zoned::now())).transpose() {
            Ok(query) => query,
            Err(wrong) => return print::refusal(&wrong.to_string()), // before anybody types a password
        };
        if self.leave.breaks_glass() && query.is_none() {
            return print::refusal("the glass is broken for what is read: a hold needs it with --query only");
        }
        let config = self.config.clone();
        Beside::run(&config, async |here: Beside| self.add(here, query).await)
    }

    async fn add(&self, here: Beside, query: Option<Query>) -> Result<(), String> {
        let failed = |error: StoreError| error.to_string();
        let (ledger, store) = (Ledger::new(here.store.clone()), here.store.clone());
        let permit = match query {
            Some(_) => Some(self.leave.permit(&here, &ledger).await?),
            None => None,
        };
        let named = match (query, &permit, &self.address, self.leave.case()) {
            (Some(query), Some(permit), ..) => Named::Search { query: query.to_string(), scope: permit.scope().clone() },
            (_, _, Some(address), _) => Named::Address(address.clone()),
            (_, _, _, Some(number)) if self.references.is_empty() => of_case(&store, number).await?,
            _ => Named::References(self.references.clone()),
        };
        for reference in &self.references {
            store.place(reference).await.map_err(failed)?; // a slip of the pen must not look like a hold
        }
        let asked = Asked { named, reason: self.reason.clone(), owner: self.owner.clone(), case: self.leave.case() };
        let (now, by) = (Timestamp::now(), operator());
        let looked_for = Standing { id: 0, asked: asked.clone(), set_by: by.clone(), set_at: now, lifted: None };
        let mails = purge::count_named(&store, &looked_for).await.map_err(failed)?;
        if let (Some(permit), Named::Search { query, .. }) = (&permit, &asked.named) {
            let looked = Looked::Searched { query: query.clone(), found: mails };
            permit.record(&ledger, looked).await.map_err(failed)?;
        }
        let is_search = matches!(asked.named, Named::Search { .. });
        let hold = holds::set(&store, asked, mails, &by, now).await.map_err(failed)?;
        print::line(&format!("hold {} stands: {mails} mails now, and those to come", hold.id));
        let waiting = store.awaiting_index().await.map_err(failed)?;
        if is_search && waiting > 0 {
            print::warning(&format!("{waiting} mails are not in the index yet: what the hold names of them is kept as well"));
        }
        Ok(())
    }
}

/// All that a case asks for. Whether it is approved does not matter: mail must not go while somebody thinks about it.
async fn of_case(store: &Store, number: u64) -> Result<Named, String> {
    let case = Cases::new(store.clone()).get(number).await.map_err(|error| error.to_string())?;
    Ok(Named::Search { query: Query::everything().to_string(), scope: access::Scope::of_case(&case) })
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
                Named::Search { query, .. } if *query == Query::everything().to_string() => "all of the case".to_owned(),
                Named::Search { query, .. } => query.clone(),
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
