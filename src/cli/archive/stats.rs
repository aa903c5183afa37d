//! `schoolgate archive stats`: what the archive holds in numbers. No mail is opened, so no leave is needed.

use std::process::ExitCode;

use clap::Args;

use crate::archive::stats::{COUNTED, Line, Stats, Tally};
use crate::cli::Config;
use crate::cli::beside::Beside;
use crate::cli::print;
use crate::ledger::{Event, Ledger};
use crate::store::{PartitionInfo, StoreError};

#[derive(Debug, Args)]
pub struct StatsOf {
    /// One JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: Config,
}

impl StatsOf {
    pub fn run(self) -> ExitCode {
        Beside::run(&self.config, async |here| show(here, self.json).await)
    }
}

async fn show(here: Beside, json: bool) -> Result<(), StoreError> {
    let partitions = here.store.partitions().await?;
    let ledger = Ledger::new(here.store);
    let domains = here.config.school.domains;
    let tally = ledger.fold(&COUNTED, Tally::default(), move |tally: &mut Tally, entry| {
        if let Ok(event) = serde_json::from_str::<Event>(&entry.body) {
            tally.add(entry.at, &event, |address| domains.contains(address.domain()));
        }
    });
    let stats = tally.await?.stats();
    if json {
        let partitions: Vec<_> = partitions.iter().map(partition).collect();
        print::json(&serde_json::json!({ "stats": stats, "partitions": partitions }));
    } else {
        people(&stats, &partitions);
    }
    Ok(())
}

fn partition(of: &PartitionInfo) -> serde_json::Value {
    let PartitionInfo { class, month, expires_at, mails, bytes, .. } = of;
    serde_json::json!({ "class": class, "month": month, "expires_at": expires_at, "mails": mails, "bytes": bytes })
}

fn people(stats: &Stats, partitions: &[PartitionInfo]) {
    let [median, nine_in_ten, most, largest] = stats.sizes.map(print::octets);
    print::line(&format!("{} mails, {} as they came", stats.all.mails, print::octets(stats.all.octets)));
    print::line(&format!("sizes: median {median}, 90 % up to {nine_in_ten}, 99 % up to {most}, largest {largest}"));
    for (heading, lines) in [
        ("MONTH", &stats.months),
        ("CLASS", &stats.classes),
        ("CAME", &stats.ways),
        ("SENDER", &stats.senders),
        ("CONTACT OUTSIDE", &stats.contacts),
    ] {
        if !lines.is_empty() {
            print::line("");
            print::table(&[heading, "MAILS", "SIZE"], &lines.iter().map(row).collect::<Vec<_>>(), 60);
        }
    }
    if !partitions.is_empty() {
        print::line("");
        let rows: Vec<_> = partitions.iter().map(partition_row).collect();
        print::table(&["KEPT AS", "RECEIVED", "MAILS", "ON DISK", "UNTIL"], &rows, 40);
    }
}

fn row(line: &Line) -> Vec<String> {
    vec![line.name.clone(), line.sum.mails.to_string(), print::octets(line.sum.octets)]
}

fn partition_row(of: &PartitionInfo) -> Vec<String> {
    let until = of.expires_at.map_or_else(|| "not known yet".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
    vec![of.class.clone(), of.month.clone(), of.mails.to_string(), print::octets(of.bytes), until]
}
