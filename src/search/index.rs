//! The index of one partition: a file that knows the words and facts of its mails, and can be thrown away at any time.
//!
//! In: [`Document`]s, in one commit each batch; and what a query means there. Out: numbers of mails, and what is shown of them. The file is
//! SQLCipher's, under a key of its partition, and its owner's alone; it keeps the mail's words in their order of no text, and beside
//! them subject, names, addresses and names of files as they are shown. Putting a mail twice is putting it once.
//!
//! What can fail: the file is damaged or of another version ([`IndexError::Damaged`]): [`Index::throw_away`] it, and let its mails wait for the
//! index again. A file that was taken away under an open index is noticed by [`Index::is_current`].

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::condition::{self, About, Condition};
use super::document::Document;
use super::index_sql;
pub use super::index_sql::IndexError;
use super::query::Node;
use super::stem::stem;
use crate::base::{Ref, Timestamp};
use crate::store::Database;

/// KiB of memory for pages, for one that writes and one that reads.
const WRITING: u32 = 16 << 10;
const READING: u32 = 4 << 10;

/// An open index.
pub struct Index {
    db: Connection,
    file: PathBuf,
    id: FileId,
}

/// Which file an index is, whatever lies under its name later: device and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId(Option<(u64, u64)>);

impl FileId {
    fn of(file: &Path) -> Self {
        Self(fs::metadata(file).ok().filter(|about| about.len() > 0).map(|about| (about.dev(), about.ino())))
    }

    /// Whether the file still lies here.
    #[must_use]
    pub fn is_at(self, file: &Path) -> bool {
        self.0.is_some() && Self::of(file) == self
    }
}

/// What is shown of a mail without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    #[serde(rename = "ref")]
    pub reference: Ref,
    pub time: Timestamp,
    /// `in`, `out` or `internal`.
    pub direction: String,
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    pub size: u64,
    pub attachments: Vec<File>,
    /// Why its words cannot all be searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

/// An attachment by its name, what it is, and octets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub size: u64,
}

/// What a query asks of a partition, ready to be asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    words: Option<String>,
    rest: Vec<Condition>,
}

impl Index {
    /// Opens an index to write, and makes it where there is none.
    ///
    /// # Errors
    /// It is damaged, or cannot be opened.
    pub fn write(place: &Database) -> Result<Self, IndexError> {
        let db = place.connect(WRITING)?;
        index_sql::prepare(&db)?;
        index_sql::tidy_log(&db)?;
        Ok(Self { db, file: place.file().to_owned(), id: FileId::of(place.file()) })
    }

    /// Opens an index to read; nothing where there is none.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn read(place: &Database) -> Result<Option<Self>, IndexError> {
        let id = FileId::of(place.file());
        if id.0.is_none() {
            return Ok(None);
        }
        let db = place.connect_to_read()?;
        index_sql::remember(&db, READING)?;
        let is_ready = index_sql::is_ready(&db)?;
        Ok(is_ready.then(|| Self { db, file: place.file().to_owned(), id }))
    }

    /// Whether the file is still the one that was opened.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.id.is_at(&self.file)
    }

    /// Which file it is.
    #[must_use]
    pub fn file_id(&self) -> FileId {
        self.id
    }

    /// Takes the file away, so that the next one to write makes it anew. What is not there is no mistake.
    ///
    /// # Errors
    /// What the disk says.
    pub fn throw_away(file: &Path) -> Result<(), IndexError> {
        for end in ["", "-wal", "-shm"] {
            let mut name = file.as_os_str().to_owned();
            name.push(end);
            match fs::remove_file(Path::new(&name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(IndexError::Failed(crate::store::StoreError::io("taking away", file, &error)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Puts mails in, each in the place of what was known of it before, all in one commit.
    ///
    /// # Errors
    /// What the index says; none of them is in then.
    pub fn put(&self, mails: &[(Document, Shown)]) -> Result<(), IndexError> {
        self.at_once(|db| {
            mails.iter().try_for_each(|(mail, shown)| {
                let shown = serde_json::to_string(shown).map_err(crate::store::StoreError::from)?;
                index_sql::put(db, mail, &shown)
            })
        })
    }

    /// Takes mails out that lie in another partition now.
    ///
    /// # Errors
    /// What the index says; all of them are in it then.
    pub fn remove(&self, seqs: &[u64]) -> Result<(), IndexError> {
        self.at_once(|db| seqs.iter().try_for_each(|seq| index_sql::remove(db, *seq)))
    }

    fn at_once(&self, work: impl FnOnce(&Connection) -> Result<(), IndexError>) -> Result<(), IndexError> {
        index_sql::begin(&self.db)?;
        let done = work(&self.db).and_then(|()| index_sql::commit(&self.db));
        if done.is_err() {
            index_sql::roll_back(&self.db);
        }
        done
    }

    /// How many mails it holds.
    ///
    /// # Errors
    /// What the index says.
    pub fn mails(&self) -> Result<u64, IndexError> {
        index_sql::held(&self.db)
    }

    /// Does some of the work that is left when a month is over: makes one part of those that commits left, and gives back what
    /// they took. True where nothing is left to do.
    ///
    /// # Errors
    /// What the index says; what was done stays done.
    pub fn compact(&self) -> Result<bool, IndexError> {
        Ok(index_sql::merge(&self.db)? && index_sql::shrink(&self.db)?)
    }

    /// Takes the log over into the file.
    ///
    /// # Errors
    /// What the index says.
    pub fn settle(&self) -> Result<(), IndexError> {
        index_sql::close_log(&self.db)
    }

    /// What is shown of a mail.
    ///
    /// # Errors
    /// What the index says.
    pub fn shown(&self, seq: u64) -> Result<Option<Shown>, IndexError> {
        let Some(body) = index_sql::shown(&self.db, seq)? else { return Ok(None) };
        serde_json::from_str(&body).map(Some).map_err(|error| IndexError::Damaged(error.to_string()))
    }

    /// What a tree asks here; nothing where no mail can be meant.
    pub(super) fn ask(&self, node: &Node, about: &About<'_>) -> Result<Option<Asked>, IndexError> {
        let forms = |word: &str| self.forms(word);
        let split = condition::meaning(node, about, &forms)?.split();
        Ok(split.map(|(words, rest)| Asked { words, rest }))
    }

    /// The newest that match, below a number where one is given.
    pub(super) fn newest(&self, asked: &Asked, below: Option<u64>, limit: usize) -> Result<Vec<u64>, IndexError> {
        index_sql::newest(&self.db, (asked.words.as_deref(), &asked.rest), below, limit)
    }

    /// The best matches, each with its rank; where no word is asked for, none is better than another.
    pub(super) fn best(&self, asked: &Asked, below: Option<u64>, limit: usize) -> Result<Vec<(f64, u64)>, IndexError> {
        match &asked.words {
            Some(words) => index_sql::best(&self.db, (words, &asked.rest), below, limit),
            None => Ok(self.newest(asked, below, limit)?.into_iter().map(|seq| (0.0, seq)).collect()),
        }
    }

    pub(super) fn count(&self, asked: &Asked) -> Result<u64, IndexError> {
        index_sql::count(&self.db, (asked.words.as_deref(), &asked.rest))
    }

    /// Words that may have the same stem as a word: those that begin as it does.
    fn forms(&self, word: &str) -> Result<Vec<String>, IndexError> {
        let sought = stem(word);
        if !sought.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Ok(vec![word.to_owned()]);
        }
        index_sql::beginning(&self.db, common_beginning(&sought))
    }
}

/// What all words of a stem begin with: the stemmer may change the last letter of what it leaves (`happi`, `hope`), and of three words that
/// it knows by heart more (`dying` is a form of `die`).
fn common_beginning(stem: &str) -> &str {
    let length = if matches!(stem, "die" | "lie" | "tie") { 1 } else { stem.len().saturating_sub(1).clamp(1, 4) };
    stem.get(..length).unwrap_or(stem)
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
