//! The files below paths that somebody names, in the order of their names.
//!
//! A folder with `cur` and `new` in it is a Maildir: its mails are the files of both, what is in `tmp` is not a mail yet, and other files
//! beside them are the mail server's own. Elsewhere every file is looked at but hidden ones. Links to folders are not followed, unless
//! they are what was named: they may lead in a circle. No recursion: what is still to be seen stands on a stack.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::Refused;

/// A file that may hold mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub path: PathBuf,
    /// Whether it is a mail of a Maildir, whose name changes with its flags.
    pub(super) in_maildir: bool,
}

/// Finds files.
pub struct Walk {
    /// The last is next.
    left: Vec<Left>,
}

enum Left {
    Folder { path: PathBuf, in_maildir: bool },
    File(Source),
    Refused(Refused),
}

/// What there is to import, roughly: for a progress bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    pub files: u64,
    pub octets: u64,
}

impl Walk {
    /// Over these files and folders.
    #[must_use]
    pub fn over(paths: &[PathBuf]) -> Self {
        let mut left: Vec<Left> = paths.iter().map(|path| named(path)).collect();
        left.reverse();
        Self { left }
    }

    /// Looks at what is there without reading it.
    #[must_use]
    pub fn survey(self) -> Survey {
        let mut survey = Survey::default();
        for source in self.flatten() {
            survey.files += 1;
            survey.octets += fs::metadata(&source.path).map_or(0, |about| about.len());
        }
        survey
    }

    /// Puts what a folder holds on the stack.
    fn enter(&mut self, folder: &Path, in_maildir: bool) {
        let mut entries = match entries(folder) {
            Ok(entries) => entries,
            Err(error) => return self.left.push(refused(folder, &error)),
        };
        entries.sort();
        let is = |name: &str| entries.iter().any(|(path, folder)| *folder && path.file_name().is_some_and(|n| n == name));
        let is_maildir = !in_maildir && is("cur") && is("new");
        for (path, is_folder) in entries.into_iter().rev() {
            let name = path.file_name().unwrap_or_default().as_bytes();
            let holds_mail = is_maildir && (name == b"cur" || name == b"new");
            match is_folder {
                true if is_maildir && name == b"tmp" => {}
                true => self.left.push(Left::Folder { path, in_maildir: holds_mail }),
                false if is_maildir || name.starts_with(b".") => {}
                false => self.left.push(Left::File(Source { path, in_maildir })),
            }
        }
    }
}

impl Iterator for Walk {
    type Item = Result<Source, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.left.pop()? {
                Left::Folder { path, in_maildir } => self.enter(&path, in_maildir),
                Left::File(source) => return Some(Ok(source)),
                Left::Refused(refused) => return Some(Err(refused)),
            }
        }
    }
}

/// What somebody names: by its full path, so that it is the same from wherever it is named.
fn named(path: &Path) -> Left {
    match path.canonicalize() {
        Ok(path) if path.is_dir() => Left::Folder { in_maildir: is_mail_folder(&path), path },
        Ok(path) => Left::File(Source { in_maildir: path.parent().is_some_and(is_mail_folder), path }),
        Err(error) => refused(path, &error),
    }
}

/// Whether a folder is the `cur` or `new` of a Maildir.
fn is_mail_folder(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    let beside = |name: &str| folder.parent().is_some_and(|parent| parent.join(name).is_dir());
    (name == "cur" && beside("new")) || (name == "new" && beside("cur"))
}

/// The files and folders in a folder, each with whether it is a folder. Pipes, devices and the like are left out.
fn entries(folder: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let is_file = kind.is_file() || (kind.is_symlink() && entry.path().is_file());
        if kind.is_dir() || is_file {
            found.push((entry.path(), kind.is_dir()));
        }
    }
    Ok(found)
}

fn refused(path: &Path, error: &io::Error) -> Left {
    Left::Refused(Refused { path: path.display().to_string(), why: format!("cannot be read: {error}") })
}
