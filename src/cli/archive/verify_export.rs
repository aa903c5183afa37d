//! `schoolgate archive verify EXPORT`: whether an export is what the archive kept, where neither archive nor gateway is at hand.
//!
//! In: a folder or zip file, and the school's key or a file with it. Out: a line for each thing that is wrong and a sentence about all. It
//! reads no configuration and no key but the one that is named.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::archive::export::{self, Verdict};
use crate::cli::print;

/// Octets of a file with a key.
const LONGEST_KEY: usize = 4096;

/// Checks it and tells.
pub fn run(place: &Path, key: Option<&str>, json: bool) -> ExitCode {
    let key = key.map(key_of).transpose();
    let checked = key.and_then(|key| export::verify(place, key.as_deref().map_or(export::Key::OfExport, export::Key::Given)));
    let verdict = match checked {
        Ok(verdict) => verdict,
        Err(why) => return print::refusal(&why),
    };
    if json {
        print::json(&verdict);
    } else {
        tell(&verdict);
    }
    match verdict.faults.len() {
        0 => ExitCode::SUCCESS,
        1 => print::refusal("one thing is not as it was exported and archived"),
        some => print::refusal(&format!("{some} things are not as they were exported and archived")),
    }
}

/// A key as it was typed, or as the first line of a file.
fn key_of(text: &str) -> Result<String, String> {
    let mut parts = text.splitn(3, '+').skip(1);
    if parts.next().is_some_and(|id| id.len() == 8 && id.bytes().all(|b| b.is_ascii_hexdigit())) && parts.next().is_some() {
        return Ok(text.trim().to_owned());
    }
    let file = PathBuf::from(text);
    let read = std::fs::read_to_string(&file).map_err(|error| format!("{text} is neither a key nor a file with one: {error}"))?;
    let line = read.lines().find(|line| !line.trim().is_empty()).filter(|line| line.len() <= LONGEST_KEY);
    line.map(|line| line.trim().to_owned()).ok_or_else(|| format!("{text} holds no key"))
}

fn tell(verdict: &Verdict) {
    let Verdict { mails, files, letters, copies, undelivered, checkpoint, key, key_came_along, faults, .. } = verdict;
    faults.iter().for_each(|fault| print::line(fault));
    if *letters > 0 {
        print::line(&format!(
            "{letters} of the mails are letters of the gateway from before it kept their checksums: it is proven that it sent them, and not what \
             they say"
        ));
    }
    if copies + undelivered > 0 {
        print::line(&format!(
            "{copies} copies are proven to have been delivered as they are; {undelivered} were not delivered when this was exported, and have \
             checksums alone"
        ));
    }
    if *key_came_along && !key.is_empty() {
        let key: String = crate::base::one_line(key).collect();
        print::line(&format!(
            "the key came with the export itself: compare it with what `schoolgate archive checkpoint --key` prints at the school, or \
             give that by --key\n  {key}"
        ));
    }
    let by = checkpoint.map_or_else(|| "no checkpoint".to_owned(), |at| format!("checkpoint of {at:.0}"));
    let said =
        if verdict.is_whole() { "all as they were exported and archived" } else { "not all as they were exported and archived" };
    print::line(&format!("{mails} mails, {files} files, {by}: {said}"));
}
