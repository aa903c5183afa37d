//! A store out of a backup.
//!
//! It is put together in the folder `restoring` of an empty store, looked at, and moved to its place last, the database after all
//! else. Interrupted before that, it is begun anew by the next restore, and no gateway starts on the half.
//!
//! What does not come back: partitions whose time is over, but for the mails in them that holds keep, and those that a purge certificate in the ledger of another store names
//! (`over`: the store that was lost, where its database can still be read). What was on its way is held, for it may have arrived
//! since; every mail waits for the index, which is not in a backup.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::manifest::{Kept, Manifest};
use super::{ASIDE, Step, carry, io, refused};
use crate::archive::{clock, purge};
use crate::base::Timestamp;
use crate::config;
use crate::ledger::{Entry, Event, Ledger, Verified};
use crate::queue::Queue;
use crate::store::{self, PartitionInfo, RESTORING, Store, StoreError};

/// What a copy that was on its way is held by.
const HELD_BY: &str = "restored from a backup";
const HELD_WHY: &str = "it was on its way when the backup was made, and may have been delivered since";

/// What shall be done.
pub struct Terms {
    /// Deliver what was on its way, though it may arrive twice.
    pub release_queue: bool,
    /// A store whose purge certificates count.
    pub over: Option<PathBuf>,
    /// Take what is whole where something is not.
    pub despite_damage: bool,
    /// The classes of the configuration: what is over goes by them.
    pub classes: Vec<config::Retention>,
    /// Who does it.
    pub by: String,
}

/// A store that was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub made_at: Timestamp,
    pub mails: u64,
    /// Partitions whose time is over: class and month.
    pub left_out: Vec<String>,
    /// Files that were damaged or not there.
    pub missing: Vec<PathBuf>,
    /// Copies that were on their way and are held.
    pub held: u64,
}

/// Restores a backup into the place that the options name.
///
/// # Errors
/// Why not; the place is as empty as it was.
pub async fn restore(
    options: &config::Store,
    from: &Path,
    terms: &Terms,
    show: impl FnMut(Step),
) -> Result<Restored, StoreError> {
    let none = || refused(format!("{} holds no backup, or none that came to its end", from.display()));
    let manifest = Manifest::read(from)?.ok_or_else(none)?;
    let key = store::fingerprint(&options.key_file)?;
    if manifest.key != key {
        return Err(refused(format!(
            "the backup was made under the master key {}, and {} is {key}: name the key file of that time in [store] key_file",
            manifest.key,
            options.key_file.display()
        )));
    }
    let place = Place::take(&options.path)?;
    let restored = assemble(&place, options, from, &manifest, terms, show).await;
    match restored {
        Ok(restored) => place.finish().map(|()| restored),
        Err(error) => {
            place.clear();
            Err(error)
        }
    }
}

/// Puts the store together.
async fn assemble(
    place: &Place,
    options: &config::Store,
    from: &Path,
    manifest: &Manifest,
    terms: &Terms,
    show: impl FnMut(Step),
) -> Result<Restored, StoreError> {
    let certified = match &terms.over {
        Some(over) => certified(over, options).await?,
        None => BTreeSet::new(),
    };
    for (kept, name) in [(Some(&manifest.database), "store.db"), (manifest.root_key.as_ref(), "root.key")] {
        if let Some(kept) = kept
            && !carry::restored(&from.join(&kept.file), &place.staging.join(name), kept)?
        {
            return Err(refused(format!(
                "{} is damaged or not there, and without it nothing can be restored",
                from.join(&kept.file).display()
            )));
        }
    }
    let staged = config::Store { path: place.staging.clone(), key_file: options.key_file.clone() };
    let store = Store::open(&staged)?;
    let restored = fill(&store, &certified, (from, place), manifest, terms, show).await;
    store.close().await;
    restored
}

/// Checks the database, and brings what it names.
async fn fill(
    store: &Store,
    certified: &BTreeSet<(String, String)>,
    (from, place): (&Path, &Place),
    manifest: &Manifest,
    terms: &Terms,
    show: impl FnMut(Step),
) -> Result<Restored, StoreError> {
    let ledger = Ledger::new(store.clone());
    manifest.is_ours(store.manifest_key())?;
    is_whole(&ledger, manifest).await?;
    let mut restored = Restored { made_at: manifest.made_at, mails: 0, left_out: Vec::new(), missing: Vec::new(), held: 0 };
    let now = Timestamp::now();
    for PartitionInfo { id, class, month, .. } in store.partitions().await? {
        if certified.contains(&(class.clone(), month.clone())) {
            store.write(move |tx| store::no_longer_waits(tx, id)).await?;
            purge::again(store, id, &terms.by, now).await?;
            restored.left_out.push(format!("{class} {month}"));
        }
    }
    carry_files(store, (from, place), manifest, (&mut restored, show)).await?;
    if !restored.missing.is_empty() && !terms.despite_damage {
        return Err(refused(damaged(from, &restored.missing)));
    }
    restored.left_out.extend(let_go(store, terms, now).await?);
    store.write(store::nothing_indexed).await?;
    if !terms.release_queue {
        restored.held = Queue::beside(store.clone()).hold_all(HELD_BY, HELD_WHY).await? as u64;
    }
    restored.mails = store.partitions().await?.iter().map(|partition| partition.mails).sum();
    ledger.write(vec![event(&restored, from, manifest, terms)]).await?;
    Ok(restored)
}

/// Lets go of what is over by now, as each day does: with certificates, and without what holds keep. Whoever restores goes by this
/// machine's clock, however old the backup is.
async fn let_go(store: &Store, terms: &Terms, now: Timestamp) -> Result<Vec<String>, StoreError> {
    for PartitionInfo { id, .. } in purge::due(store, &terms.classes, now).await? {
        store.write(move |tx| store::no_longer_waits(tx, id)).await?;
    }
    clock::confirm(store, &terms.by, now).await?;
    let purged = purge::run(store, &terms.classes, &terms.by, now).await?.purged;
    Ok(purged.into_iter().map(|removed| format!("{} {}", removed.class, removed.month)).collect())
}

fn damaged(from: &Path, missing: &[PathBuf]) -> String {
    let names: Vec<String> = missing.iter().map(|file| format!("\n  {}", from.join(file).display())).collect();
    format!(
        "{} of the backup are damaged or not there:{}\nNothing was restored. Take an older backup, or restore what is whole by \
         --despite-damage; `schoolgate archive verify` then names each mail that is lost",
        if names.len() == 1 { "1 file".to_owned() } else { format!("{} files", names.len()) },
        names.concat()
    )
}

fn event(restored: &Restored, from: &Path, manifest: &Manifest, terms: &Terms) -> Event {
    Event::Restored {
        by: terms.by.clone(),
        folder: from.display().to_string(),
        made_at: restored.made_at,
        entry: manifest.ledger.seq.cast_unsigned(),
        mails: restored.mails,
        left_out: restored.left_out.clone(),
        missing: restored.missing.iter().map(|file| file.display().to_string()).collect(),
        held: restored.held,
    }
}

/// The ledger's chain holds, and it ends with the entry that the manifest names.
async fn is_whole(ledger: &Ledger, manifest: &Manifest) -> Result<(), StoreError> {
    match ledger.verify().await? {
        Verified::Broken(broken) => Err(StoreError::Damaged(format!("entry {} of the ledger: {}", broken.seq, broken.why))),
        Verified::Whole { entries, last }
            if entries != manifest.ledger.seq.cast_unsigned() || entries > 0 && last != manifest.ledger.hash =>
        {
            Err(refused("the ledger in the backup does not end with the entry that the manifest names".to_owned()))
        }
        Verified::Whole { .. } => Ok(()),
    }
}

/// Brings the files of mails that the database still names, and those beside them.
async fn carry_files(
    store: &Store,
    (from, place): (&Path, &Place),
    manifest: &Manifest,
    (restored, mut show): (&mut Restored, impl FnMut(Step)),
) -> Result<(), StoreError> {
    let segments = store.segment_files().await?;
    let all = segments.iter().map(|segment| segment.length).sum();
    let (mut done, mut files) = (0, 0);
    for segment in segments {
        let kept = manifest.segment(&segment.path).filter(|kept| kept.length == segment.length);
        if !bring(from, place, &segment.path, kept)? {
            restored.missing.push(segment.path);
        }
        done += segment.length;
        files += 1;
        show(Step { done, all, files });
    }
    for kept in &manifest.aside {
        let plain = kept.file.file_name().is_some_and(|name| Path::new(ASIDE).join(name) == kept.file);
        if plain && !bring(from, place, &kept.file, Some(kept))? {
            restored.missing.push(kept.file.clone());
        }
    }
    Ok(())
}

fn bring(from: &Path, place: &Place, file: &Path, kept: Option<&Kept>) -> Result<bool, StoreError> {
    match kept {
        Some(kept) => carry::restored(&from.join(file), &place.staging.join(file), kept),
        None => Ok(false),
    }
}

/// Class and month of the partitions whose purge another store's ledger certifies.
async fn certified(over: &Path, options: &config::Store) -> Result<BTreeSet<(String, String)>, StoreError> {
    if !over.join("store.db").exists() {
        return Err(refused(format!("{} is no store: it has no store.db", over.display())));
    }
    let old = Store::open_beside(&config::Store { path: over.to_owned(), key_file: options.key_file.clone() })?;
    let gather = |purged: &mut BTreeSet<(String, String)>, entry: &Entry| {
        if let Ok(Event::Purged { class, month, .. }) = serde_json::from_str(&entry.body) {
            purged.insert((class, month));
        }
    };
    let purged = Ledger::new(old.clone()).fold(&["purged"], BTreeSet::new(), gather).await;
    old.close().await;
    purged
}

/// The empty place of a store, held against a gateway.
struct Place {
    path: PathBuf,
    staging: PathBuf,
    _lock: File,
}

impl Place {
    fn take(path: &Path) -> Result<Self, StoreError> {
        carry::make_folder(path)?;
        let lock = store::lock(path)?;
        let place = Self { path: path.to_owned(), staging: path.join(RESTORING), _lock: lock };
        let half = place.staging.exists() && !path.join("store.db").exists();
        for entry in fs::read_dir(path).map_err(|error| io("reading the folder", path, &error))?.flatten() {
            let name = entry.file_name();
            if !half && !["lock", "key.lock", "index.lock", "lost+found"].iter().any(|known| name == *known) {
                return Err(refused(format!(
                    "{} is not empty (it holds {}): a restore goes into an empty [store] path, so move what is there away first",
                    path.display(),
                    name.display()
                )));
            }
        }
        place.clear();
        carry::make_folder(&place.staging)?;
        store::belong(&place.staging);
        Ok(place)
    }

    /// Takes away what a restore left that came to no end.
    fn clear(&self) {
        for name in ["segments", ASIDE, "index", RESTORING] {
            let _ = fs::remove_dir_all(self.path.join(name)); // what stays is found not empty by the next one
        }
        let _ = fs::remove_file(self.path.join("root.key"));
    }

    /// Moves everything to its place, the database last, and lets gateways in.
    fn finish(&self) -> Result<(), StoreError> {
        for name in ["root.key", "segments", ASIDE, "store.db"] {
            let (from, to) = (self.staging.join(name), self.path.join(name));
            if name == "store.db" {
                carry::sync_name(&to)?; // all else is there before the database names it
            }
            if from.exists() {
                fs::rename(&from, &to).map_err(|error| io("moving", &from, &error))?;
            }
        }
        let settled = File::open(&self.path).and_then(|folder| folder.sync_all());
        settled.and_then(|()| fs::remove_dir_all(&self.staging)).map_err(|error| io("settling", &self.path, &error))?;
        carry::sync_name(&self.staging)
    }
}
