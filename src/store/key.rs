//! The master key: one file that opens the store, and the keys that come from it.
//!
//! The file holds 32 random bytes as text; they seal the store's root key (`root`), which is 32 bytes of the same kind.
//! HKDF-SHA256 (RFC 5869) makes of the root the database's key and the key that wraps the keys of the partitions, so that neither
//! can be told from the other. A key file that others may read is refused: whoever has it and the store's folder can read every
//! mail.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

const HEADER: &str = "schoolgate master key 1";
const KEY_BYTES: usize = 32;
const SALT: &[u8] = b"schoolgate store 1";

/// Thirty-two secret bytes, wiped when dropped.
pub(crate) type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// What the sealed root is bound to.
const ROOT: &str = "schoolgate root key 1";

/// The master key, read; or the root, opened.
pub struct MasterKey(KeyBytes);

/// Seals the keys of partitions so that they can lie in the database, and a copy of the database alone opens no mail.
pub(crate) struct WrappingKey(LessSafeKey);

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// `key new` does not overwrite.
    Exists(PathBuf),
    /// The file is not there.
    Absent(PathBuf),
    /// This user may not read it.
    Denied(PathBuf),
    /// Others than its owner can read it.
    Open { file: PathBuf, mode: u32 },
    /// Not a key file, or cut short.
    Malformed(PathBuf),
    /// The file could not be read or written.
    File { file: PathBuf, why: String },
    /// The key is not the one that this store was made with.
    WrongKey,
    /// The file that holds the store's root is not what was written.
    RootDamaged,
    /// The system gave no random bytes.
    NoRandom,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(file) => write!(
                f,
                "{} is already there and is left alone: if a store was made with it, that store cannot be read without it",
                file.display()
            ),
            Self::Absent(file) => {
                write!(
                    f,
                    "there is no key file {0}: make one with `schoolgate key new {0}` and keep a copy in a safe place",
                    file.display()
                )
            }
            Self::Open { file, mode } => {
                write!(f, "the key file {0} can be read by others (mode {mode:04o}): run `chmod 600 {0}`", file.display())
            }
            Self::Malformed(file) => {
                write!(f, "{} is not a key file of schoolgate, or it is cut short: put back your copy of it", file.display())
            }
            Self::Denied(file) => write!(
                f,
                "this user may not read the key file {0}: give it to the user that runs the gateway, `chown schoolgate {0}`, or \
                 become that user",
                file.display()
            ),
            Self::File { file, why } => write!(f, "the key file {}: {why}", file.display()),
            Self::WrongKey => {
                f.write_str("the key does not fit the store: [store] key_file must name the key that the store was made with, or the newest one where it was rotated")
            }
            Self::RootDamaged => f.write_str("root.key in the store's folder is damaged: put back the newest one of your backup"),
            Self::NoRandom => f.write_str("the system has no random bytes to give"),
        }
    }
}

impl std::error::Error for KeyError {}

impl MasterKey {
    /// Makes a new key file, readable by its owner alone, and safe on disk when this returns.
    ///
    /// # Errors
    /// [`KeyError::Exists`] where the file is there already, and whatever the disk says.
    pub fn create(file: &Path) -> Result<Self, KeyError> {
        let key = Self::random()?;
        let mut text = Zeroizing::new(format!("{HEADER}\n"));
        text.push_str(&Zeroizing::new(BASE64_STANDARD.encode(*key.0)));
        text.push('\n');
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
        let mut out = opened.map_err(|e| match e.kind() {
            std::io::ErrorKind::AlreadyExists => KeyError::Exists(file.to_owned()),
            _ => trouble(file, &e),
        })?;
        let written = out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).and_then(|()| sync_parent(file));
        if let Err(error) = written {
            // Half a key is worse than none; if even this fails, reading it back will say that it is malformed.
            let _ = std::fs::remove_file(file);
            return Err(trouble(file, &error));
        }
        Ok(key)
    }

    /// Thirty-two bytes that nobody had before.
    pub(super) fn random() -> Result<Self, KeyError> {
        Ok(Self(Zeroizing::new(random()?)))
    }

    /// By which people tell one key file from another: sixteen digits that give nothing of it away.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        crate::base::hash::hex(self.derive(b"fingerprint").get(..8).unwrap_or_default())
    }

    /// Seals the root of a store under this key.
    pub(super) fn seal_root(&self, root: &Self) -> Result<Vec<u8>, KeyError> {
        self.wrapping_for(b"root key")?.wrap(&root.0, ROOT)
    }

    /// Opens a root that this key sealed.
    pub(super) fn open_root(&self, sealed: &[u8]) -> Result<Self, KeyError> {
        self.wrapping_for(b"root key")?.unwrap(sealed, ROOT).map(Self)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// A [`KeyError`] that names the file and what to do.
    pub fn load(file: &Path) -> Result<Self, KeyError> {
        let mut opened = File::open(file).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => KeyError::Absent(file.to_owned()),
            std::io::ErrorKind::PermissionDenied => KeyError::Denied(file.to_owned()),
            _ => trouble(file, &e),
        })?;
        let mode = opened.metadata().map_err(|e| trouble(file, &e))?.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open { file: file.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::with_capacity(256));
        (&mut opened).take(256).read_to_string(&mut text).map_err(|_| KeyError::Malformed(file.to_owned()))?;
        Self::read(&text).ok_or_else(|| KeyError::Malformed(file.to_owned()))
    }

    fn read(text: &str) -> Option<Self> {
        let (header, body) = text.split_once('\n')?;
        if header.trim_end() != HEADER {
            return None;
        }
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(body.trim()).ok()?);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        key.copy_from_slice(bytes.get(..KEY_BYTES).filter(|_| bytes.len() == KEY_BYTES)?);
        Some(Self(key))
    }

    /// A key for one purpose (RFC 5869, the purpose as `info`).
    pub(crate) fn derive(&self, purpose: &[u8]) -> KeyBytes {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let made = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT)
            .extract(&*self.0)
            .expand(&[purpose], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut *key));
        // 32 bytes are within what HKDF gives, so this holds; a key of zeros must not come out if it ever did not.
        assert!(made.is_ok(), "HKDF gives 32 bytes");
        key
    }

    /// The key of the database, as SQLCipher's `PRAGMA key` wants raw keys.
    pub(crate) fn database(&self) -> Zeroizing<String> {
        raw(&self.derive(b"database"))
    }

    /// The key that wraps the keys of partitions.
    pub(crate) fn wrapping(&self) -> Result<WrappingKey, KeyError> {
        self.wrapping_for(b"partition keys")
    }

    fn wrapping_for(&self, purpose: &[u8]) -> Result<WrappingKey, KeyError> {
        let key = UnboundKey::new(&AES_256_GCM, &*self.derive(purpose)).map_err(|_| KeyError::WrongKey)?;
        Ok(WrappingKey(LessSafeKey::new(key)))
    }
}

/// A key as SQLCipher's `PRAGMA key` wants raw keys.
pub(crate) fn raw(key: &KeyBytes) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(80));
    text.push_str("x'");
    key.iter().for_each(|byte| text.push_str(&Zeroizing::new(format!("{byte:02x}"))));
    text.push('\'');
    text
}

impl WrappingKey {
    /// Seals a key; `about` (the partition's name) must be given again to open it.
    pub(crate) fn wrap(&self, key: &KeyBytes, about: &str) -> Result<Vec<u8>, KeyError> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut sealed = key.to_vec();
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(about.as_bytes()), &mut sealed)
            .map_err(|_| KeyError::WrongKey)?;
        Ok([&nonce[..], &sealed, tag.as_ref()].concat())
    }

    /// Opens a wrapped key.
    pub(crate) fn unwrap(&self, wrapped: &[u8], about: &str) -> Result<KeyBytes, KeyError> {
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN).ok_or(KeyError::WrongKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeyError::WrongKey)?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let plain = self.0.open_in_place(nonce, Aad::from(about.as_bytes()), &mut sealed).map_err(|_| KeyError::WrongKey)?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if plain.len() != KEY_BYTES {
            return Err(KeyError::WrongKey);
        }
        key.copy_from_slice(plain);
        Ok(key)
    }
}

/// Random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| KeyError::NoRandom)?;
    Ok(bytes)
}

pub(super) fn sync_parent(file: &Path) -> std::io::Result<()> {
    let parent = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

pub(super) fn trouble(file: &Path, error: &std::io::Error) -> KeyError {
    KeyError::File { file: file.to_owned(), why: error.to_string() }
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
