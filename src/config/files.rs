//! The files that a configuration names and that are opened only at start: keys, certificates, passwords.
//!
//! Looking is apart from reading the configuration, so that it can be checked on another machine than the gateway's. In: what
//! was read. Out: a [`Mistake`] at the place where the file is named, for each that is missing, cannot be read, or shows a
//! secret to everybody. `check` prints them as warnings; `serve` and `doctor` meet them as failures.

use std::fs::{File, Metadata};
use std::os::unix::fs::PermissionsExt;

use super::Loaded;
use super::mistake::Mistake;
use super::reader::{NamedFile, plain};

/// What is not right with the files that a configuration names.
#[must_use]
pub fn files(loaded: &Loaded) -> Vec<Mistake> {
    loaded.files.iter().filter_map(look).collect()
}

fn look(file: &NamedFile) -> Option<Mistake> {
    let shown = file.path.display();
    let unreadable = |error| say(file, format!("`{shown}` cannot be read: {}", plain(&error)), file.remedy.to_owned());
    let facts = match std::fs::metadata(&file.path) {
        Ok(facts) => facts,
        Err(error) => return Some(unreadable(error)),
    };
    if !facts.is_file() {
        return Some(say(file, format!("`{shown}` is not a file"), file.remedy.to_owned()));
    }
    if let Err(error) = File::open(&file.path) {
        return Some(unreadable(error));
    }
    if facts.len() == 0 {
        return Some(say(file, format!("`{shown}` is empty"), file.remedy.to_owned()));
    }
    (file.secret && open_to_all(&facts)).then(|| {
        say(file, format!("`{shown}` is a secret, and everybody on this machine can read it"), format!("run: chmod 600 {shown}"))
    })
}

/// Whether users who are neither the owner nor in the group may read or write it.
fn open_to_all(facts: &Metadata) -> bool {
    facts.permissions().mode() & 0o006 != 0
}

fn say(file: &NamedFile, message: String, help: String) -> Mistake {
    let mut mistake = file.place.clone();
    mistake.message = message;
    mistake.help = Some(help);
    mistake
}
