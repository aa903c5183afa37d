//! Files carried into a backup and out of it, hashed on the way.
//!
//! A file that is there already is continued where it ends: its bytes are read once, to hash them and to see that they are those
//! of the manifest; one that has changed is carried anew. Each file is on the disk, with its name, when a function returns.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use ring::digest::{Context, SHA256};

use super::io;
use super::manifest::Kept;
use crate::base::hash::hex;
use crate::store::StoreError;

/// Bytes that are carried at once.
const PIECE: usize = 256 << 10;

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carried {
    pub sha256: String,
    /// Bytes that were written.
    pub copied: u64,
    /// What was there already was not as the manifest says.
    pub mended: bool,
}

/// Brings a file of the backup to a length: the first bytes of `from`. `known` is what the last manifest says of it.
pub(super) fn continued(from: &Path, to: &Path, length: u64, known: Option<&Kept>, check: bool) -> Result<Carried, StoreError> {
    let there = fs::metadata(to).map_or(0, |about| about.len());
    let known = known.filter(|known| known.length <= length);
    if let Some(known) = known.filter(|known| !check && known.length == length && there >= length) {
        return Ok(Carried { sha256: known.sha256.clone(), copied: 0, mended: false });
    }
    let mut out = open(to)?;
    let (mut sum, mut start) = (Context::new(&SHA256), 0);
    if let Some(known) = known {
        let whole = there >= known.length && read_on(&mut out, to, known.length, hashed(&mut sum))? == known.length;
        match whole && hex(sum.clone().finish().as_ref()) == known.sha256 {
            true => start = known.length,
            false => sum = Context::new(&SHA256),
        }
    }
    let mended = known.is_some_and(|known| start != known.length);
    if start < length {
        append((from, to), &mut out, (start, length), &mut sum)?;
        synced(&out, to)?;
    }
    Ok(Carried { sha256: hex(sum.finish().as_ref()), copied: length - start, mended })
}

/// Carries a file out of a backup; says whether it is as the manifest says.
pub(super) fn restored(from: &Path, to: &Path, kept: &Kept) -> Result<bool, StoreError> {
    let mut sum = Context::new(&SHA256);
    let mut source = match File::open(from) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        opened => opened.map_err(|error| io("opening", from, &error))?,
    };
    let mut out = open(to)?;
    let copied = read_on(&mut source, from, kept.length, |piece| {
        sum.update(piece);
        out.write_all(piece).map_err(|error| io("writing", to, &error))
    })?;
    synced(&out, to)?;
    Ok(copied == kept.length && hex(sum.finish().as_ref()) == kept.sha256)
}

/// SHA-256 of a file that was just written.
pub(super) fn sum(file: &Path) -> Result<(u64, String), StoreError> {
    let mut sum = Context::new(&SHA256);
    let mut opened = File::open(file).map_err(|error| io("opening", file, &error))?;
    let length = read_on(&mut opened, file, u64::MAX, hashed(&mut sum))?;
    Ok((length, hex(sum.finish().as_ref())))
}

fn append((from, to): (&Path, &Path), out: &mut File, (start, length): (u64, u64), sum: &mut Context) -> Result<(), StoreError> {
    let mut source = File::open(from).map_err(|error| io("opening", from, &error))?;
    source.seek(SeekFrom::Start(start)).map_err(|error| io("reading", from, &error))?;
    let cut = out.set_len(start).and_then(|()| out.seek(SeekFrom::Start(start)));
    cut.map_err(|error| io("cutting", to, &error))?;
    let copied = read_on(&mut source, from, length - start, |piece| {
        sum.update(piece);
        out.write_all(piece).map_err(|error| io("writing", to, &error))
    })?;
    match copied == length - start {
        true => Ok(()),
        false => Err(StoreError::Damaged(format!("{} is shorter than what was written to it", from.display()))),
    }
}

/// Takes pieces into a hash.
fn hashed(sum: &mut Context) -> impl FnMut(&[u8]) -> Result<(), StoreError> {
    |piece| {
        sum.update(piece);
        Ok(())
    }
}

/// Reads so many bytes, or as many as there are; answers how many.
fn read_on(
    file: &mut File,
    path: &Path,
    most: u64,
    mut each: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let mut piece = vec![0; PIECE];
    let mut source = file.take(most);
    let mut all = 0;
    loop {
        let read = match source.read(&mut piece) {
            Ok(0) => return Ok(all),
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(io("reading", path, &error)),
        };
        each(piece.get(..read).unwrap_or_default())?;
        all += read as u64;
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    make_folder(path.parent().unwrap_or(path))?;
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    opened.map_err(|error| io("opening", path, &error))
}

/// Makes a folder and those above it, and their names safe.
pub(super) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.is_dir()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| io("making the folder", folder, &error))?;
    missing.into_iter().try_for_each(sync_name)
}

fn synced(file: &File, path: &Path) -> Result<(), StoreError> {
    file.sync_all().map_err(|error| io("syncing", path, &error))?;
    sync_name(path)
}

/// Makes the name of a file safe.
pub(super) fn sync_name(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io("syncing the folder", folder, &error))
}
