//! What was found in the files of a mail: the form in which the box hands it over, and in which rules and detectors read it.
//!
//! A [`File`] is an attachment or lies in one; it is always there, read or not: what could not be read says why ([`Unread`]), so that
//! nothing unseen passes as empty. Text keeps its shape: paragraphs are [`Content::Text`], tables keep their rows and their headers,
//! since detectors read columns.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::{Passage, Place};

/// One file: an attachment, or what lies in one, at any depth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Names from the attachment inwards: `["lists.zip", "7B.xlsx"]`. A file without a name is called by its kind and place.
    pub path: Vec<String>,
    /// What it is, by its content.
    pub kind: Kind,
    /// Octets of the file itself; of an archive's entry, unpacked.
    pub size: u64,
    pub traits: BTreeSet<Trait>,
    pub protection: Protection,
    pub blocks: Vec<Block>,
    /// Why not all of it was read; what was read until then stands in `blocks`.
    pub unread: Option<Unread>,
}

/// Something about a file that a rule may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trait {
    /// Runs when opened: a program, a script, a shortcut, an installer, a disk image.
    Executable,
    /// Has macros, in an old or a new Office format.
    Macro,
    /// HTML or SVG with script.
    ActiveHtml,
    /// Has a file or an OLE object embedded that opens in another program; a PDF with attached files.
    EmbeddedObject,
    /// A PDF with script or an action that starts a program.
    ActivePdf,
    /// Loads something from outside when opened: a remote template, an external link that is followed by itself.
    RemoteContent,
    /// The name's ending promises another type than the content is.
    Mismatch,
    /// The name misleads: a right-to-left override, a double ending such as `.pdf.exe`, an ending pushed out of sight by spaces.
    MisleadingName,
    /// Unpacks to far more than it should: too large, too deep, too many, overlapping, or containing itself.
    ArchiveBomb,
}

/// Whether it opens without a password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// For anyone; also where only changing or printing needs a password.
    #[default]
    Open,
    /// An archive in which some entries are encrypted and some are not: the plain ones leak.
    Partly,
    /// Nothing of its content opens without a password or key.
    Protected,
}

/// Why something was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unread {
    /// A password or key is needed.
    Protected,
    /// The file is damaged, or not what its format demands; in words without content of the file.
    Broken(String),
    /// A bound was reached (the name of it, in words): the rest was not read.
    Bound(String),
    /// A format that is known and cannot be opened here, such as RAR.
    Opaque,
    /// A format that no reader knows.
    Unknown,
    /// A picture, sound or film: no text can be read in it.
    NoText,
    /// The reader took longer than `limits::BOX_TIME`.
    TimedOut,
    /// The reader died of it.
    Died,
}

impl Trait {
    /// For people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Executable => "runs when opened",
            Self::Macro => "has macros",
            Self::ActiveHtml => "has script",
            Self::EmbeddedObject => "has a file embedded",
            Self::ActivePdf => "has script or an action",
            Self::RemoteContent => "loads something from outside",
            Self::Mismatch => "its name promises another type",
            Self::MisleadingName => "its name misleads",
            Self::ArchiveBomb => "unpacks to more than it should",
        }
    }
}

impl fmt::Display for Trait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protected => f.write_str("it needs a password or key"),
            Self::Broken(why) => write!(f, "it is damaged: {why}"),
            Self::Bound(what) => f.write_str(what),
            Self::Opaque => f.write_str("files of this kind cannot be opened here"),
            Self::Unknown => f.write_str("files of this kind are not known"),
            Self::NoText => f.write_str("no text can be read in it"),
            Self::TimedOut => f.write_str("reading it took too long"),
            Self::Died => f.write_str("reading it failed"),
        }
    }
}

/// A piece of what a file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub spot: Spot,
    /// The name of a sheet, of a property or of a form field, where it has one.
    pub label: Option<String>,
    pub content: Content,
}

/// Text, or rows of cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    Text(String),
    /// Rows as they stand, the header row among them; empty cells are empty strings, trailing ones left out.
    Table(Vec<Vec<String>>),
}

/// Where in a file a piece stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spot {
    Body,
    /// A header or footer of pages.
    Margin,
    TextBox,
    /// Speaker's notes, footnotes, endnotes.
    Note,
    Comment,
    /// Tracked changes: what was deleted and is still in the file.
    Deleted,
    /// Hidden text, a hidden sheet, row, column or slide.
    Hidden,
    FormField,
    /// Title, author, keywords and other properties of the document.
    Property,
}

/// Everything in the attachments of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// In the order of the mail; what lies in a file follows it.
    pub files: Vec<Found>,
}

impl Contents {
    /// All that the files say, and the names of those that lie in others; what the mail itself calls its attachments stands with its
    /// own passages.
    pub fn passages(&self) -> impl Iterator<Item = Passage> {
        self.files.iter().flat_map(|found| {
            let name =
                (found.file.path.len() > 1).then(|| Passage { place: Place::FileName, text: found.file.name().to_owned() });
            name.into_iter().chain(found.file.blocks.iter().map(Block::passage))
        })
    }
}

impl Block {
    fn passage(&self) -> Passage {
        let text = match &self.content {
            Content::Text(text) => text.clone(),
            Content::Table(rows) => rows.iter().map(|row| row.join("\t") + "\n").collect(),
        };
        Passage { place: Place::Attachment, text }
    }
}

/// A file and where in the mail it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The number of the part of the mail, as in IMAP; `""` for a mail that is one file.
    pub part: String,
    pub file: File,
}

/// Octets of memory of a file, a block and a row, and of a cell beside its text: the values themselves, and what an allocation takes at least.
const FILE: usize = 192;
const BLOCK: usize = 96;
const ROW: usize = 128;
const CELL: usize = 56;

impl File {
    /// About how many octets of memory it takes while it is judged; text counts twice, for it is joined to passages then.
    #[must_use]
    pub fn weight(&self) -> usize {
        let row = |row: &Vec<String>| ROW + row.iter().map(|cell| CELL + 2 * cell.len()).sum::<usize>();
        let block = |block: &Block| {
            BLOCK
                + match &block.content {
                    Content::Text(text) => 2 * text.len(),
                    Content::Table(rows) => rows.iter().map(row).sum(),
                }
        };
        FILE + self.path.iter().map(|name| CELL + name.len()).sum::<usize>() + self.blocks.iter().map(block).sum::<usize>()
    }

    /// A file of which nothing is known yet but its name and size.
    #[must_use]
    pub fn new(path: Vec<String>, kind: Kind, size: u64) -> Self {
        let (traits, protection) = (BTreeSet::new(), Protection::Open);
        Self { path, kind, size, traits, protection, blocks: Vec::new(), unread: None }
    }

    /// Its own name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Whether it should have been read and was not, or not to its end. Pictures and unknown formats hold no text that could be missed
    /// by a reader; what is protected is not unreadable but protected.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        !matches!(self.unread, None | Some(Unread::NoText | Unread::Unknown | Unread::Protected))
    }
}
