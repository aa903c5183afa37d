//! Recomputes everything that is kept and says exactly what is wrong.
//!
//! In: the store, and perhaps an older checkpoint that a witness kept. Out: [`Report`] with counts and each [`Fault`] by name: mail, file,
//! what. The chain of the ledger is walked, the trees are grown anew and held against every checkpoint; each mail is opened and held
//! against its leaf, its header, what the ledger says of it, and each copy as it was delivered; shared parts and files; and each number in
//! the order of receipt belongs to a mail, or to a certificate. What can fail: the store itself, not what is found in it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ring::digest;
use serde::Serialize;

use super::keeping_sql;
use crate::base::Ref;
use crate::base::hash::{hex, unhex};
use crate::ledger::tree::{self, Growing, Node};
use crate::ledger::{Checkpoint, Entry, Event, Ledger, Verified};
use crate::store::{Examined, Leaf, MailRow, PartitionInfo, Store, StoreError, each_leaf};

/// Mails that a worker takes at a time.
const BATCH: u32 = 256;
/// Faults that are named; beyond them they are counted.
const NAMED: usize = 1000;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// `mail`, `copy`, `attachment`, `file`, `ledger`, `certificate`, `checkpoint`, `order`.
    pub what: &'static str,
    /// The mail, where it is about one.
    #[serde(rename = "ref")]
    pub reference: Option<Ref>,
    /// Partition and file, where it is about one.
    pub file: Option<String>,
    pub why: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let about = [self.reference.as_ref().map(ToString::to_string), self.file.clone()];
        let about: Vec<String> = about.into_iter().flatten().collect();
        write!(f, "{}: {}{}{}", self.what, about.join(", "), if about.is_empty() { "" } else { ": " }, self.why)
    }
}

/// What was looked at, and what is wrong.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub mails: u64,
    pub copies: u64,
    pub attachments: u64,
    pub entries: u64,
    pub checkpoints: u64,
    pub certificates: u64,
    pub faults: Vec<Fault>,
    /// Faults beyond those named.
    pub more: u64,
}

/// How far it has come: mails looked at, and how many there are.
#[derive(Debug, Default)]
pub struct Progress {
    pub done: AtomicU64,
    pub all: AtomicU64,
}

/// A SHA-256.
type Sum = [u8; 32];

/// What the ledger says that mails are held against.
#[derive(Default)]
struct Told {
    /// SHA-256 of each mail as it was accepted.
    mails: HashMap<Ref, Option<Sum>>,
    /// SHA-256 of each copy as it was delivered.
    copies: HashMap<Ref, Vec<(u32, Sum)>>,
    certificates: Vec<Certificate>,
    checkpoints: Vec<(i64, Option<Checkpoint>)>,
}

struct Certificate {
    partition: i64,
    name: String,
    mails: u64,
    root: String,
}

impl Report {
    fn add(&mut self, fault: Fault) {
        if self.faults.len() < NAMED { self.faults.push(fault) } else { self.more += 1 }
    }

    fn join(&mut self, other: Self) {
        self.mails += other.mails;
        self.copies += other.copies;
        self.attachments += other.attachments;
        self.more += other.more;
        other.faults.into_iter().for_each(|fault| self.add(fault));
    }

    /// Whether all is as it was written.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.wrong() == 0
    }

    /// How many things are not as they were written.
    #[must_use]
    pub fn wrong(&self) -> u64 {
        self.faults.len() as u64 + self.more
    }
}

/// Looks at everything.
///
/// # Errors
/// What the store says where it cannot be read at all.
pub async fn run(store: &Store, witnessed: Option<&Checkpoint>, progress: &Arc<Progress>) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let ledger = Ledger::beside(store.clone());
    match ledger.verify().await? {
        Verified::Whole { entries, .. } => report.entries = entries,
        Verified::Broken(broken) => report.add(Fault {
            what: "ledger",
            reference: None,
            file: Some("store.db".to_owned()),
            why: format!("entry {}: {}", broken.seq, broken.why),
        }),
    }
    let partitions: Arc<Vec<PartitionInfo>> = Arc::new(store.partitions().await?);
    progress.all.store(partitions.iter().map(|partition| partition.mails).sum(), Ordering::Relaxed);
    // Read before the ledger is: what is here now stands there then, whatever comes or goes meanwhile.
    let (last, gone) = store.read(|db| Ok((keeping_sql::mails_ever(db)?, keeping_sql::gone(db)?))).await?;
    let told = read_ledger(&ledger, &mut report).await?;
    heads(store, &ledger, &told, witnessed, &mut report).await?;
    order(store, &told, &mut report).await?;
    certificates(store, &told, gone, &mut report).await?;
    let told = Arc::new(told);
    let seen = mails(store, last, &partitions, &told, progress).await?;
    report.join(again(store, seen, &told).await?);
    files(store, &partitions, &mut report).await?;
    Ok(report)
}

/// Reads what the ledger says.
async fn read_ledger(ledger: &Ledger, report: &mut Report) -> Result<Told, StoreError> {
    let (told, faults) = ledger
        .walk(|walk| {
            let (mut told, mut faults) = (Told::default(), Vec::new());
            walk(&mut |entry: Entry| told.hear(&entry, &mut faults))?;
            Ok((told, faults))
        })
        .await?;
    report.checkpoints = told.checkpoints.len() as u64;
    report.certificates = told.certificates.len() as u64;
    faults.into_iter().for_each(|fault| report.add(fault));
    Ok(told)
}

impl Told {
    fn hear(&mut self, entry: &Entry, faults: &mut Vec<Fault>) {
        const HEARD: [&str; 7] =
            ["mail-accepted", "mail-journaled", "mail-imported", "issued", "delivered", "purged", "checkpoint"];
        if !HEARD.contains(&entry.name.as_str()) {
            return;
        }
        let Ok(event) = serde_json::from_str::<Event>(&entry.body) else {
            faults.push(ledger_fault(format!("entry {}: it cannot be read", entry.seq)));
            return;
        };
        match event {
            Event::MailAccepted { reference, sha256, .. }
            | Event::MailJournaled { reference, sha256, .. }
            | Event::MailImported { reference, sha256, .. } => drop(self.mails.insert(reference, Some(sum(&sha256)))),
            Event::Issued { reference, sha256, .. } => drop(self.mails.insert(reference, sha256.as_deref().map(sum))),
            Event::Delivered { reference, copy, sha256, .. } => {
                self.copies.entry(reference).or_default().push((copy, sum(&sha256)))
            }
            Event::Purged { partition, class, month, mails, root, .. } => {
                self.certificates.push(Certificate { partition, name: format!("{class} {month}"), mails, root });
            }
            Event::Checkpoint { key, note, .. } => self.checkpoints.push((entry.seq, Checkpoint::read(&note, &key).ok())),
            _ => {}
        }
    }
}

/// Holds the trees against every checkpoint.
async fn heads(
    store: &Store,
    ledger: &Ledger,
    told: &Told,
    witnessed: Option<&Checkpoint>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let known: Vec<&Checkpoint> = told.checkpoints.iter().filter_map(|(_, checkpoint)| checkpoint.as_ref()).collect();
    for (seq, _) in told.checkpoints.iter().filter(|(_, checkpoint)| checkpoint.is_none()) {
        report.add(checkpoint_fault(format!("the one in entry {seq} of the ledger: its signature is wrong")));
    }
    let all: Vec<Checkpoint> = known.into_iter().chain(witnessed).cloned().collect();
    let sizes: HashSet<u64> = all.iter().map(|checkpoint| checkpoint.size).collect();
    let counts: HashSet<u64> = all.iter().map(|checkpoint| checkpoint.mails).collect();
    let entries = ledger
        .walk(move |walk| {
            let (mut tree, mut roots) = (Growing::default(), BTreeMap::new());
            note(&tree, &sizes, &mut roots);
            walk(&mut |entry: Entry| {
                tree.push(&entry.hash);
                note(&tree, &sizes, &mut roots);
            })?;
            Ok((tree.size(), roots))
        })
        .await?;
    let mails = store
        .read(move |db| {
            let (mut tree, mut roots) = (Growing::default(), BTreeMap::new());
            note(&tree, &counts, &mut roots);
            each_leaf(db, |_, _, leaf, _| {
                tree.push(&leaf);
                note(&tree, &counts, &mut roots);
            })?;
            Ok((tree.size(), roots))
        })
        .await?;
    for checkpoint in &all {
        let whose = if witnessed == Some(checkpoint) { "the witness's" } else { "the one" };
        let parts =
            [("entries", checkpoint.size, checkpoint.root, &entries), ("mails", checkpoint.mails, checkpoint.mails_root, &mails)];
        for (of, count, root, (size, roots)) in parts {
            let wrong = match roots.get(&count) {
                None => format!("it has {count} {of}, and only {size} are here: the rest was cut off, or an older copy put back"),
                Some(found) if *found != root => format!("its first {count} {of} are not those that are here: they were changed"),
                Some(_) => continue,
            };
            report.add(checkpoint_fault(format!("{whose} of {:.0}: {wrong}", checkpoint.at)));
        }
    }
    Ok(())
}

fn note(tree: &Growing, wanted: &HashSet<u64>, roots: &mut BTreeMap<u64, Node>) {
    if wanted.contains(&tree.size()) {
        roots.insert(tree.size(), tree.root());
    }
}

/// Each number in the order of receipt belongs to a mail or to a certificate, and each mail of the ledger to a number.
async fn order(store: &Store, told: &Told, report: &mut Report) -> Result<(), StoreError> {
    let (known, gaps) = store
        .read(|db| {
            let (mut known, mut gaps, mut last) = (HashSet::new(), Vec::new(), 0);
            each_leaf(db, |seq, reference, _, _| {
                if seq != last + 1 {
                    gaps.push((last + 1, seq - 1));
                }
                last = seq;
                known.insert(reference.clone());
            })?;
            let ever = keeping_sql::mails_ever(db)?;
            if ever > last {
                gaps.push((last + 1, ever));
            }
            Ok((known, gaps))
        })
        .await?;
    let fault = |reference, why| Fault { what: "order", reference, file: Some("store.db".to_owned()), why };
    for (first, last) in gaps {
        report.add(fault(
            None,
            format!("numbers {first} to {last} in the order of receipt: no mail, and no certificate of a purge"),
        ));
    }
    for reference in told.mails.keys().filter(|reference| !known.contains(*reference)) {
        report.add(fault(
            Some(reference.clone()),
            "the ledger says that it was kept, and it is neither here nor purged".to_owned(),
        ));
    }
    Ok(())
}

/// Each partition that is gone has a certificate, and each certificate is of exactly what is gone.
async fn certificates(store: &Store, told: &Told, gone: Vec<i64>, report: &mut Report) -> Result<(), StoreError> {
    let fault = |why| Fault { what: "certificate", reference: None, file: Some("store.db".to_owned()), why };
    for partition in &gone {
        if !told.certificates.iter().any(|certificate| certificate.partition == *partition) {
            report.add(fault(format!("mails of partition {partition} are gone, and nothing certifies why")));
        }
    }
    for Certificate { partition, name, mails, root } in &told.certificates {
        let leaves = store.gone_with(*partition).await?;
        if leaves.len() as u64 != *mails || hex(&tree::root(&leaves)) != *root {
            report.add(fault(format!("{name}: it is of {mails} mails, and they are not those that are gone ({})", leaves.len())));
        }
    }
    Ok(())
}

/// Looks at every mail, two workers at a time.
async fn mails(
    store: &Store,
    last: u64,
    partitions: &Arc<Vec<PartitionInfo>>,
    told: &Arc<Told>,
    progress: &Arc<Progress>,
) -> Result<Report, StoreError> {
    let next = Arc::new(tokio::sync::Mutex::new(0));
    let worker = || tokio::spawn(work(store.clone(), (next.clone(), last), partitions.clone(), told.clone(), progress.clone()));
    let (one, two) = tokio::join!(worker(), worker());
    let mut report = one.map_err(|_| StoreError::Stopped)??;
    report.join(two.map_err(|_| StoreError::Stopped)??);
    report.faults.sort_by(|a, b| a.reference.cmp(&b.reference));
    Ok(report)
}

async fn work(
    store: Store,
    (next, last): (Arc<tokio::sync::Mutex<u64>>, u64),
    partitions: Arc<Vec<PartitionInfo>>,
    told: Arc<Told>,
    progress: Arc<Progress>,
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    loop {
        let rows = {
            let mut next = next.lock().await;
            let rows = store.rows(*next, BATCH).await?;
            let Some(newest) = rows.last().filter(|_| *next < last) else { return Ok(report) };
            *next = newest.seq;
            rows.into_iter().filter(|row| row.seq <= last).collect::<Vec<_>>()
        };
        let (count, told, partitions) = (rows.len() as u64, told.clone(), partitions.clone());
        let checked = store.examine_all(rows, move |row, found| {
            let mut report = Report::default();
            mail(row, found, &told, &partitions, &mut report);
            report
        });
        for each in checked.await? {
            report.join(each);
        }
        progress.done.fetch_add(count, Ordering::Relaxed);
    }
}

/// Looks once more at the mails that seemed wrong: one that was moved or purged meanwhile is not wrong.
async fn again(store: &Store, seen: Report, told: &Arc<Told>) -> Result<Report, StoreError> {
    let mut report = Report { faults: Vec::new(), ..seen };
    let partitions = store.partitions().await?;
    let wrong: BTreeSet<Ref> = seen.faults.into_iter().filter_map(|fault| fault.reference).collect();
    for reference in wrong {
        let row = match store.row_of(&reference).await {
            Err(StoreError::Missing(_)) => continue,
            row => row?,
        };
        let mut once = Report::default();
        mail(&row, store.examine(&row).await, told, &partitions, &mut once);
        once.faults.into_iter().for_each(|fault| report.add(fault));
    }
    Ok(report)
}

/// Holds one mail against all that is known of it.
fn mail(row: &MailRow, found: Result<Examined, StoreError>, told: &Told, partitions: &[PartitionInfo], report: &mut Report) {
    report.mails += 1;
    let reference = &row.place.reference;
    let fault = |what, why| Fault { what, reference: Some(reference.clone()), file: Some(file_of(row, partitions)), why };
    let Examined { record, leaf, .. } = match found {
        Ok(found) => found,
        Err(error) => return report.add(fault("mail", bare(&error))),
    };
    if record.header.reference != *reference {
        report.add(fault("mail", "its record is that of another mail".to_owned()));
    }
    if differ(leaf, row.leaf) {
        report.add(fault("mail", "its record is not the one that was written down for it (leaf)".to_owned()));
    }
    if record.header.received_at.as_millisecond() != row.received_at.as_millisecond() {
        report.add(fault("mail", "its time of receipt was changed in store.db".to_owned()));
    }
    let sha256 = sum_of(&record.raw);
    if sha256 != sum(&record.header.sha256) {
        report.add(fault("mail", "its bytes are not those that its header tells the SHA-256 of".to_owned()));
    }
    match told.mails.get(reference) {
        None => report.add(fault("mail", "the ledger does not know it".to_owned())),
        Some(Some(accepted)) if *accepted != sha256 => {
            report.add(fault("mail", "its bytes are not those that the ledger says were accepted".to_owned()));
        }
        Some(_) => {}
    }
    let mut made: BTreeMap<u32, Sum> = BTreeMap::new();
    for copy in &record.copies {
        report.copies += 1;
        made.insert(copy.number, if copy.edits.is_empty() { sha256 } else { sum_of(&copy.bytes(&record.raw)) });
    }
    for (number, delivered) in told.copies.get(reference).into_iter().flatten() {
        match made.get(number) {
            Some(found) if found != delivered => {
                report.add(fault("copy", format!("copy {number} is not what was delivered")));
            }
            // Records of earlier versions, and mail of our own, hold no copies: what was delivered is the mail itself.
            None if record.copies.is_empty() && row.leaf.is_some() && *delivered != sha256 => {
                report.add(fault("copy", format!("copy {number} is not what was delivered")));
            }
            _ => {}
        }
    }
}

fn sum_of(bytes: &[u8]) -> Sum {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    sum
}

/// A SHA-256 as it was written; zeros, which no bytes have, where it is none.
fn sum(text: &str) -> Sum {
    unhex(text).unwrap_or_default()
}

fn differ(made: Option<Leaf>, written: Option<Leaf>) -> bool {
    match (made, written) {
        (Some(made), Some(written)) => made != written,
        (None, Some(_)) => true,
        // A mail of an earlier version that was moved since has a record of this one, and no leaf in its row.
        (_, None) => false,
    }
}

/// Files that are shorter than what was written, and parts that mails share.
async fn files(store: &Store, partitions: &[PartitionInfo], report: &mut Report) -> Result<(), StoreError> {
    for partition in partitions {
        let name = format!("{} {}", partition.class, partition.month);
        let fault = |what, why| Fault { what, reference: None, file: Some(name.clone()), why };
        match store.examine_files(partition.id).await {
            Ok(wrong) => wrong.into_iter().for_each(|why| report.add(fault("file", why))),
            Err(StoreError::Missing(_)) => continue, // purged meanwhile
            Err(error @ (StoreError::Key(_) | StoreError::Damaged(_))) => {
                report.add(fault("file", format!("its key does not open: {}", bare(&error))));
                continue;
            }
            Err(error) => return Err(error),
        }
        let (count, wrong) = store.examine_parts(partition.id).await?;
        report.attachments += count;
        wrong.into_iter().for_each(|why| report.add(fault("attachment", why)));
    }
    Ok(())
}

fn file_of(row: &MailRow, partitions: &[PartitionInfo]) -> String {
    let partition = partitions.iter().find(|partition| partition.id == row.place.partition);
    let name = partition.map_or_else(
        || format!("partition {}, which is not there", row.place.partition),
        |partition| format!("{} {}", partition.class, partition.month),
    );
    format!("{name}, segment {:06}, byte {}", row.place.segment, row.place.offset)
}

/// What is wrong, without what to do: that is what is being done.
fn bare(error: &StoreError) -> String {
    match error {
        StoreError::Damaged(what) => what.clone(),
        other => other.to_string(),
    }
}

fn ledger_fault(why: String) -> Fault {
    Fault { what: "ledger", reference: None, file: Some("store.db".to_owned()), why }
}

fn checkpoint_fault(why: String) -> Fault {
    Fault { what: "checkpoint", reference: None, file: None, why }
}
