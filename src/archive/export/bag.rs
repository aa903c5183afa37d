//! A bag (RFC 8493): files with their checksums, in a folder or a zip file, at its place only when it is whole.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Read, Seek};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::place::{Place, leads_inside};
use super::{About, ExportError};
use crate::base::hash::Summing;
use crate::base::one_line;

/// RFC 8493 section 2.1.1.
const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
/// Octets of a manifest: of two million files.
pub(super) const LONGEST_MANIFEST: u64 = 256 << 20;

/// A bag that is being filled.
pub(super) struct Bag {
    to: PathBuf,
    /// Where it stands until it is whole.
    meanwhile: PathBuf,
    form: Form,
    /// SHA-256 of each file by its path.
    sums: BTreeMap<String, String>,
    octets: u64,
    whole: bool,
}

enum Form {
    Folder,
    Zip(Box<ZipWriter<BufWriter<File>>>),
}

impl Bag {
    pub(super) fn begin(to: &Path) -> Result<Self, ExportError> {
        if to.symlink_metadata().is_ok() {
            return Err(ExportError::Exists(to.display().to_string()));
        }
        let mut name = to.as_os_str().to_owned();
        name.push(".partial");
        let meanwhile = PathBuf::from(name);
        remove(&meanwhile); // of a run that was stopped; whatever else stands there makes the next line fail
        let form = match to.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
            true => Form::Zip(Box::new(ZipWriter::new(BufWriter::new(private(&meanwhile)?)))),
            false => {
                make(&meanwhile)?;
                Form::Folder
            }
        };
        Ok(Self { to: to.to_owned(), meanwhile, form, sums: BTreeMap::new(), octets: 0, whole: false })
    }

    /// Adds a file and answers its SHA-256.
    pub(super) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<String, ExportError> {
        self.put_from(path, &mut &*bytes, bytes.len() as u64)
    }

    fn put_from(&mut self, path: &str, from: &mut dyn Read, octets: u64) -> Result<String, ExportError> {
        let sum = self.write(path, from, octets)?;
        self.octets += octets;
        self.sums.insert(path.to_owned(), sum.clone());
        Ok(sum)
    }

    /// A file without a name beside the bag, for what grows while others are added.
    pub(super) fn growing(&self) -> Result<File, ExportError> {
        let mut name = self.meanwhile.as_os_str().to_owned();
        name.push("-growing");
        let name = PathBuf::from(name);
        remove(&name); // of a run that was stopped
        let file = private(&name)?;
        fs::remove_file(&name).map_err(|e| ExportError::io("making", &name, &e))?;
        Ok(file)
    }

    /// Adds what such a file has become.
    pub(super) fn put_grown(&mut self, path: &str, mut file: File) -> Result<(), ExportError> {
        let octets = file.stream_position().and_then(|octets| file.rewind().map(|()| octets));
        let octets = octets.map_err(|e| ExportError::io("reading again", Path::new(path), &e))?;
        self.put_from(path, &mut file, octets).map(drop)
    }

    /// Writes the tag files, syncs all and gives the bag its name.
    pub(super) fn finish(mut self, about: &About) -> Result<(), ExportError> {
        let info = info(about, self.octets, self.sums.len());
        let manifest = lines(&self.sums);
        let tags = [("bagit.txt", DECLARATION.to_owned()), ("bag-info.txt", info), ("manifest-sha256.txt", manifest)];
        let mut sums = BTreeMap::new();
        for (path, text) in &tags {
            let sum = self.write(path, &mut text.as_bytes(), text.len() as u64)?;
            sums.insert((*path).to_owned(), sum);
        }
        let tags = lines(&sums);
        self.write("tagmanifest-sha256.txt", &mut tags.as_bytes(), tags.len() as u64)?;
        self.close()?;
        fs::rename(&self.meanwhile, &self.to).map_err(|e| ExportError::io("naming", &self.to, &e))?;
        self.whole = true;
        let folder = self.to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync(folder)
    }

    /// Writes a file and answers its SHA-256.
    fn write(&mut self, path: &str, from: &mut dyn Read, octets: u64) -> Result<String, ExportError> {
        let place = self.meanwhile.join(path);
        let failed = |e: std::io::Error| ExportError::io("writing", &place, &e);
        let mut from = Summing::new(from);
        match &mut self.form {
            Form::Folder => {
                make(place.parent().unwrap_or(&self.meanwhile))?;
                let mut file = private(&place)?;
                std::io::copy(&mut from, &mut file).and_then(|_| file.sync_all()).map_err(failed)?;
            }
            Form::Zip(zip) => {
                let options = SimpleFileOptions::default().large_file(octets > u64::from(u32::MAX / 2));
                let begun = zip.start_file(path, options).map_err(std::io::Error::other);
                begun.and_then(|()| std::io::copy(&mut from, zip)).map_err(failed)?;
            }
        }
        Ok(from.sha256_hex())
    }

    fn close(&mut self) -> Result<(), ExportError> {
        match std::mem::replace(&mut self.form, Form::Folder) {
            Form::Folder => sync(&self.meanwhile),
            Form::Zip(zip) => {
                let failed = |e: std::io::Error| ExportError::io("writing", &self.meanwhile, &e);
                let file = zip.finish().map_err(std::io::Error::other).map_err(failed)?;
                let file = file.into_inner().map_err(|e| failed(e.into_error()))?;
                file.sync_all().map_err(failed)
            }
        }
    }
}

impl Drop for Bag {
    /// Half a bag is not left lying about: it is mail in clear.
    fn drop(&mut self) {
        if !self.whole {
            remove(&self.meanwhile);
        }
    }
}

fn remove(place: &Path) {
    // Where it cannot be removed, making it anew says so.
    let _ = if place.is_dir() { fs::remove_dir_all(place) } else { fs::remove_file(place) };
}

fn make(folder: &Path) -> Result<(), ExportError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|e| ExportError::io("making the folder", folder, &e))
}

fn private(file: &Path) -> Result<File, ExportError> {
    let made = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(file);
    made.map_err(|e| ExportError::io("making", file, &e))
}

fn sync(folder: &Path) -> Result<(), ExportError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|e| ExportError::io("syncing", folder, &e))
}

/// RFC 8493 section 2.1.3.
fn lines(sums: &BTreeMap<String, String>) -> String {
    sums.iter().map(|(path, sum)| format!("{sum}  {path}\n")).collect()
}

/// RFC 8493 section 2.2.2.
fn info(about: &About, octets: u64, files: usize) -> String {
    let plain = |text: &str| one_line(text).collect::<String>();
    let date = about.made_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let leave = about.case.map_or_else(|| "without a case".to_owned(), |case| format!("case {case}"));
    format!(
        "Source-Organization: {}\nContact-Name: {}\nBagging-Date: {date}\nPayload-Oxum: {octets}.{files}\nExternal-Identifier: \
         {leave}\nExternal-Description: {}\nBag-Software-Agent: schoolgate {}\n",
        plain(&about.school),
        plain(&about.by),
        plain(&about.sentence),
        env!("CARGO_PKG_VERSION")
    )
}

/// Checks a bag, and answers the sums of its payload as they are found, by their paths.
pub(super) fn check(place: &mut Place, wrong: &mut Vec<String>) -> BTreeMap<String, String> {
    let manifest = sums(place, "manifest-sha256.txt", wrong);
    let tags = sums(place, "tagmanifest-sha256.txt", wrong);
    for name in ["bagit.txt", "bag-info.txt", "manifest-sha256.txt"].iter().filter(|name| !tags.contains_key(**name)) {
        wrong.push(format!("tagmanifest-sha256.txt does not name {name}"));
    }
    let mut found = BTreeMap::new();
    for (path, sum) in manifest.iter().chain(&tags) {
        match place.sum(path) {
            Ok(made) => {
                if made != *sum {
                    wrong.push(format!("{path} is not as it was written"));
                }
                found.insert(path.clone(), made);
            }
            Err(why) => wrong.push(why),
        }
    }
    found.retain(|path, _| manifest.contains_key(path));
    for path in place.files(wrong) {
        if path.starts_with("data/") && !manifest.contains_key(&path) {
            wrong.push(format!("{path} was added: the manifest does not name it"));
        }
    }
    found
}

/// Reads a manifest. A path that leads out of the bag is a wrong line (RFC 8493 section 5.2).
fn sums(place: &mut Place, name: &str, wrong: &mut Vec<String>) -> BTreeMap<String, String> {
    let text = place.text(name, LONGEST_MANIFEST).unwrap_or_else(|why| {
        wrong.push(why);
        String::new()
    });
    let mut sums = BTreeMap::new();
    for line in text.lines() {
        let read = line.split_once("  ").filter(|(sum, path)| sum.len() == 64 && leads_inside(path));
        match read {
            Some((sum, path)) => drop(sums.insert(path.to_owned(), sum.to_owned())),
            None => wrong.push(format!("{name} has a line that is none")),
        }
    }
    sums
}
