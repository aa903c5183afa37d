//! `schoolgate key`: the master key, and the recipients' certificates and public keys.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;

use super::beside::{Beside, operator};
use super::{Config, print};
use crate::base::{Address, Timestamp, limits};
use crate::ledger::{Event, Ledger};
use crate::protect::{Key as Kept, Keyring};
use crate::store::{self, MasterKey, Rotated};

#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a master key; a file that is there already is left alone
    #[command(after_help = "Example:\n  schoolgate key new /etc/schoolgate/master.key")]
    New {
        /// Where to put it
        file: PathBuf,
    },
    /// Put a new master key in the place of the old one, while the gateway runs
    #[command(after_help = "Example:\n  schoolgate key rotate --config /etc/schoolgate/config.toml")]
    Rotate(Config),
    /// Take in a recipient's S/MIME certificate or OpenPGP public key
    #[command(after_help = "Example:\n  schoolgate key import parent@example.com parent.pem")]
    Import {
        /// Whose mail is to be encrypted to it
        address: Address,
        /// A certificate or chain (PEM, DER, .p7b), or an OpenPGP key (armoured or binary)
        #[arg(value_name = "FILE")]
        public: PathBuf,
        /// Take it though it does not name the address
        #[arg(long)]
        any_address: bool,
        #[command(flatten)]
        config: Config,
    },
    /// Show the recipients' keys
    #[command(after_help = "Example:\n  schoolgate key list --json")]
    List {
        /// One JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: Config,
    },
    /// Forget the keys of a recipient, or one of them
    #[command(
        after_help = "Example:\n  schoolgate key forget parent@example.com\n  schoolgate key forget parent@example.com 3f9a01c2"
    )]
    Forget {
        address: Address,
        /// The key's fingerprint, or at least 8 digits that it begins with
        fingerprint: Option<String>,
        #[command(flatten)]
        config: Config,
    },
}

impl Key {
    pub fn run(self) -> ExitCode {
        match self {
            Self::New { file } => new(&file),
            Self::Rotate(config) => Beside::run_as_is(&config, rotate),
            Self::Import { address, public, any_address, config } => {
                Beside::run(&config, async |here| import(&Keyring::new(here.store), &address, &public, any_address).await)
            }
            Self::List { json, config } => Beside::run(&config, async |here| list(&Keyring::new(here.store), json).await),
            Self::Forget { address, fingerprint, config } => Beside::run(&config, async |here| {
                let keyring = Keyring::new(here.store);
                let gone = keyring.forget(&address, fingerprint.as_deref(), &operator(), Timestamp::now()).await;
                for key in gone.map_err(|error| error.to_string())? {
                    print::line(&format!("the {} key {} of {address} is forgotten", key.kind.as_str(), key.fingerprint));
                }
                Ok::<_, String>(())
            }),
        }
    }
}

fn new(file: &Path) -> ExitCode {
    match MasterKey::create(file) {
        Ok(_) => {
            print::line(&format!(
                "{} is made. Without it nobody can ever read the store: keep a copy somewhere safe.",
                file.display()
            ));
            ExitCode::SUCCESS
        }
        Err(why) => print::refusal(&why.to_string()),
    }
}

/// The store is open, so the key that the configuration names is the right one.
async fn rotate(Beside { config, store }: Beside) -> Result<(), String> {
    let Rotated { old, new, old_is_root } = store::rotate(&config.store).map_err(|error| error.to_string())?;
    let noted = Ledger::new(store).write(vec![Event::KeyRotated { by: operator(), key: new.clone() }]).await;
    let file = config.store.key_file.display();
    print::line(&format!(
        "{file} is a new master key, {new}. Put a copy of it somewhere safe now; the gateway goes on as it is."
    ));
    print::line(&format!(
        "Destroy the copies of the old key ({old}), but keep one as long as you keep backups made before: they open by no other."
    ));
    if old_is_root {
        print::warning(
            "this store was made by a version without root keys: whoever has the old key and a copy of the store can read it even now",
        );
    }
    noted.map_err(|error| format!("the key is rotated, and the ledger does not say so: {error}"))
}

async fn import(keyring: &Keyring, address: &Address, file: &Path, any_address: bool) -> Result<(), String> {
    let bytes = read(file)?;
    let now = Timestamp::now();
    let keys = keyring.import(address, &bytes, any_address, &operator(), now).await;
    for key in keys.map_err(|error| format!("{}: {error}", file.display()))? {
        print::line(&format!(
            "mail to {address} can be encrypted to the {} key {}{}",
            key.kind.as_str(),
            key.fingerprint,
            end(&key)
        ));
        key.warnings(now).iter().for_each(|warning| print::warning(warning));
    }
    Ok(())
}

/// The file, if it is of a key's size. It is read as the user that the store belongs to.
fn read(file: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let opened = File::open(file).and_then(|file| file.take(limits::KEY_FILE_OCTETS + 1).read_to_end(&mut bytes));
    opened.map_err(|error| format!("{} cannot be read by the user that the store belongs to: {error}", file.display()))?;
    if bytes.len() as u64 > limits::KEY_FILE_OCTETS {
        return Err(format!("{} is larger than 1 MB, which no key is", file.display()));
    }
    Ok(bytes)
}

fn end(key: &Kept) -> String {
    key.valid_until.map_or_else(String::new, |until| format!(", valid until {}", until.strftime("%Y-%m-%d")))
}

/// A key as `--json` shows it.
#[derive(Serialize)]
struct Shown<'k> {
    #[serde(flatten)]
    key: &'k Kept,
    warnings: Vec<String>,
}

async fn list(keyring: &Keyring, json: bool) -> Result<(), String> {
    let keys = keyring.list().await.map_err(|error| error.to_string())?;
    let now = Timestamp::now();
    let shown: Vec<_> = keys.iter().map(|key| Shown { key, warnings: key.warnings(now) }).collect();
    if json {
        print::json(&shown);
        return Ok(());
    }
    let rows: Vec<_> = shown.iter().map(row).collect();
    print::table(&["ADDRESS", "KIND", "FINGERPRINT", "VALID UNTIL", "WARNING"], &rows, 64);
    Ok(())
}

fn row(shown: &Shown<'_>) -> Vec<String> {
    let Kept { address, kind, fingerprint, valid_until, .. } = shown.key;
    let until = valid_until.map_or_else(|| "no end".to_owned(), |until| until.strftime("%Y-%m-%d").to_string());
    vec![address.to_string(), kind.as_str().to_owned(), fingerprint.clone(), until, shown.warnings.join("; ")]
}
