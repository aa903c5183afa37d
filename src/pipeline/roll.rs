//! The school's own roll, read from its file into keyed hashes: the one place that opens it.
//!
//! In: a sound configuration. Out: what the detectors may know of the school. The key is drawn anew each time and kept nowhere, and no value
//! of the file stays in memory. What can fail: the file has gone or changed since the configuration was read.

use ring::rand::{SecureRandom, SystemRandom};

use crate::base::limits;
use crate::config::{Config, RollFile};
use crate::detect::{Known, Roll, roll};

/// The school, with its roll where a list names one.
///
/// # Errors
/// A sentence: the roll cannot be read.
pub fn known(config: &Config) -> Result<Known, String> {
    let roll = config.lists.values().find_map(|list| list.roll.as_ref()).map(load).transpose()?;
    Ok(Known { roll, ..Known::of(&config.school) })
}

fn load(file: &RollFile) -> Result<Roll, String> {
    let name = file.csv.display();
    let size = std::fs::metadata(&file.csv).map_err(|error| format!("{name} cannot be read: {error}"))?.len();
    if size > limits::ROLL_OCTETS {
        return Err(format!("{name} is larger than {} MB", limits::ROLL_OCTETS >> 20));
    }
    let csv = std::fs::read_to_string(&file.csv).map_err(|error| format!("{name} cannot be read: {error}"))?;
    let mut key = [0; 32];
    SystemRandom::new().fill(&mut key).map_err(|_| "the system gives no random numbers".to_owned())?;
    let column = |word: &str| roll::COLUMNS.iter().find(|(known, _)| *known == word).map(|(_, column)| *column);
    let columns: Vec<_> = file.columns.iter().filter_map(|(word, name)| Some((column(word)?, name.clone()))).collect();
    Roll::read(&csv, &columns, &key).map_err(|why| format!("{name}: {why}"))
}
