//! Documents of Word, Excel, PowerPoint and Visio since 2007: Office Open XML (ECMA-376, ISO/IEC 29500).
//!
//! In: the bytes of a package. Out: the text of every part that is XML, and as nested files everything that is not. Which part is what is
//! told by its root element, for names and places in the package are the writer's choice; so the same reader serves all families, strict
//! and transitional, and a part of one in a package of another. A part that no rule knows gives up its text nodes all the same. Invariants:
//! every part is read once; a broken part costs itself alone; sheet protection and the like are not encryption.

mod chart;
mod format;
mod links;
mod pivot;
mod properties;
mod prose;
mod sheet;
mod workbook;

use std::collections::HashSet;

use super::document::{ends, xml};
use super::zip::{Directory, Entry};
use super::{Draft, Kind, Protection, Spot, Trait, Unread, sniff};
use links::Links;
use pivot::Fields;
use prose::Place;
use workbook::{Sheet, Workbook};

/// Octets of a part that are looked at to tell what it is.
const BEGIN: u64 = 2048;
/// A printer's settings are smaller, and no text.
const PRINTER_SETTINGS_OCTETS: usize = 64 << 10;

/// What parts refer to in each other.
#[derive(Default)]
struct Package {
    links: Links,
    workbook: Workbook,
    hidden_styles: HashSet<String>,
    /// By the path of the definition.
    caches: Vec<(String, Fields)>,
}

/// A part of the package.
struct Part<'e, 'a> {
    entry: &'e Entry<'a>,
    path: String,
    /// The local name of its root, if it is XML.
    root: Option<String>,
    begin: Vec<u8>,
    /// Where it comes in the reading.
    order: (usize, usize),
}

/// Reads a document.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let directory = Directory::read(bytes, draft.budget.files + 1);
    if directory.overlaps {
        draft.mark(Trait::ArchiveBomb);
    }
    let entries = directory.entries.iter().filter(|entry| !entry.is_folder());
    let mut parts: Vec<Part> = entries.map(part).collect();
    let mut package = Package::default();
    let mut why = directory.flaw.map(|flaw| Unread::Broken(flaw.to_owned()));
    // What others refer to comes first: relations, then what all sheets share, then the rest in the order of reading.
    for step in [Step::Relations, Step::Shared, Step::Rest] {
        if step == Step::Rest {
            parts.iter_mut().for_each(|part| part.order = package.order(part));
            parts.sort_by(|one, other| (one.order, &one.path).cmp(&(other.order, &other.path)));
        }
        for part in parts.iter().filter(|part| step_of(part.root.as_deref()) == step) {
            let read = draft.spend_file().and_then(|()| package.read(part, draft));
            if let Err(error) = read {
                let is_end = ends(draft, &error);
                why = why.or(Some(error));
                if is_end {
                    return why.map_or(Ok(()), Err);
                }
            }
        }
    }
    let unused = package.workbook.strings.emit_unused(draft);
    why.map_or(unused, Err)
}

fn part<'e, 'a>(entry: &'e Entry<'a>) -> Part<'e, 'a> {
    let begin = entry.begin(BEGIN);
    let path = entry.name.trim_start_matches('/').replace('\\', "/");
    let root = xml::root(&begin);
    // A page of HTML is a file in the package (`altChunk`), not a part of it; a drawing too.
    let root = root.filter(|root| !matches!(root.to_ascii_lowercase().as_str(), "html" | "svg"));
    Part { entry, path, root, begin, order: (0, 0) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Relations,
    Shared,
    Rest,
}

fn step_of(root: Option<&str>) -> Step {
    match root {
        Some("Relationships" | "Types") => Step::Relations,
        Some("workbook" | "sst" | "styleSheet" | "styles" | "presentation" | "pivotCacheDefinition") => Step::Shared,
        _ => Step::Rest,
    }
}

impl Package {
    fn order(&self, part: &Part) -> (usize, usize) {
        let rank = match part.root.as_deref() {
            Some("document" | "worksheet" | "sld" | "chartsheet" | "macrosheet" | "dialogsheet" | "PageContents") => 0,
            Some("hdr" | "ftr") => 1,
            Some("footnotes" | "endnotes" | "notes" | "comments" | "ThreadedComments" | "cmLst") => 2,
            Some("coreProperties" | "Properties") => 4,
            Some(_) => 3,
            None => 5,
        };
        let sheet = self.sheet(&part.path).map(|sheet| sheet.order);
        let place = sheet.or_else(|| self.links.to(&part.path).find_map(|link| link.order));
        (rank, place.unwrap_or(usize::MAX))
    }

    /// A sheet by its part: the workbook knows it by the link.
    fn sheet(&self, path: &str) -> Option<&Sheet> {
        let links = self.links.to(path).filter(|link| link.kind.to_ascii_lowercase().ends_with("sheet"));
        links.filter_map(|link| self.workbook.sheets.get(&link.id)).next()
    }

    fn read(&mut self, part: &Part, draft: &mut Draft) -> Result<(), Unread> {
        if part.entry.is_encrypted {
            draft.file.protection = Protection::Protected;
            return Err(Unread::Protected);
        }
        let Some(root) = part.root.as_deref() else { return self.lay(part, draft) };
        let unpacked = part.entry.unpack(draft)?;
        let read = self.read_part(root, &part.path, &unpacked.bytes, draft);
        read.and(unpacked.flaw.map_or(Ok(()), Err))
    }

    fn read_part(&mut self, root: &str, path: &str, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        match root {
            "Relationships" => self.links.read(bytes, path, draft),
            "Types" => {
                if memchr::memmem::find(bytes, b"macroEnabled").is_some() || memchr::memmem::find(bytes, b"vbaProject").is_some()
                {
                    draft.mark(Trait::Macro);
                }
                Ok(())
            }
            "workbook" => self.workbook.read(bytes, draft),
            "styleSheet" => self.workbook.read_styles(bytes),
            "sst" => self.workbook.strings.read(bytes),
            "presentation" => self.links.read_slides(bytes, path),
            "styles" => {
                self.hidden_styles.extend(prose::hidden_styles(bytes));
                self.read_prose(Spot::Hidden, bytes, draft)
            }
            "pivotCacheDefinition" => self.read_cache(path, bytes, draft),
            "pivotCacheRecords" => self.read_records(path, bytes, draft),
            "worksheet" | "macrosheet" | "dialogsheet" | "externalLink" => self.read_sheet(root, path, bytes, draft),
            "chartSpace" => chart::read(bytes, draft),
            "coreProperties" | "Properties" => properties::read(bytes, draft),
            _ => self.read_prose(spot(root, bytes), bytes, draft),
        }
    }

    fn read_prose(&self, base: Spot, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        let loose = if base == Spot::Body { Spot::Hidden } else { base };
        prose::read(bytes, Place { base, loose, hidden_styles: &self.hidden_styles }, draft)
    }

    fn read_sheet(&mut self, root: &str, path: &str, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        if root == "macrosheet" {
            draft.mark(Trait::Macro);
        }
        let sheet = self.sheet(path);
        let is_hidden = root == "externalLink" || sheet.is_some_and(|sheet| sheet.is_hidden);
        let name = sheet.filter(|_| root != "externalLink").map(|sheet| sheet.name.clone()).unwrap_or_default();
        sheet::read(bytes, &name, if is_hidden { Spot::Hidden } else { Spot::Body }, &mut self.workbook, draft)
    }

    fn read_cache(&mut self, path: &str, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        let mut fields = Fields::default();
        let read = fields.read(bytes);
        if self.links.from(path).next().is_none() {
            fields.emit(draft)?;
        }
        self.caches.push((path.to_owned(), fields));
        read
    }

    fn read_records(&mut self, path: &str, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        let fields = self.caches.iter().find(|(definition, _)| self.links.to(path).any(|link| link.source == *definition));
        fields.map_or(&Fields::default(), |(_, fields)| fields).read_records(bytes, draft)
    }

    /// A part that is no XML is a file of its own.
    fn lay(&self, part: &Part, draft: &mut Draft) -> Result<(), Unread> {
        let path = part.path.to_ascii_lowercase();
        let is_furniture = path.ends_with(".odttf") || path.ends_with(".fntdata") || path.contains("printersettings");
        if is_furniture && part.entry.packed.len() < PRINTER_SETTINGS_OCTETS
            || path.ends_with(".odttf")
            || part.entry.packed.is_empty()
        {
            // Fonts and the settings of printers: no program shows them, and every second workbook has them.
            return Ok(());
        }
        let is_embedded = path.contains("embeddings/") || path.contains("vbaproject");
        if draft.file.kind == Kind::Xlsb && path.ends_with(".bin") && !is_embedded {
            return Ok(());
        }
        if path.contains("vbaproject") || self.links.to(&part.path).any(|link| link.kind == "vbaProject") {
            draft.mark(Trait::Macro);
        } else if path.contains("embeddings/") || !sniff::kind(&part.begin, &part.path).holds_no_text() {
            draft.mark(Trait::EmbeddedObject);
        }
        match part.entry.unpack(draft) {
            Ok(unpacked) => {
                draft.nest(&part.path, unpacked.bytes);
                unpacked.flaw.map_or(Ok(()), Err)
            }
            Err(why) => {
                draft.nest_closed(&part.path, part.entry.size, why.clone());
                Err(why)
            }
        }
    }
}

/// Where the text of a part stands.
fn spot(root: &str, bytes: &[u8]) -> Spot {
    match root {
        "document" | "PageContents" => Spot::Body,
        "sld" if is_hidden_slide(bytes) => Spot::Hidden,
        "sld" => Spot::Body,
        "hdr" | "ftr" | "sldMaster" | "sldLayout" | "notesMaster" | "handoutMaster" => Spot::Margin,
        "footnotes" | "endnotes" | "notes" => Spot::Note,
        "comments" | "ThreadedComments" | "cmLst" | "cmAuthorLst" => Spot::Comment,
        "wsDr" | "dataModel" | "drawing" | "userShapes" | "xml" => Spot::TextBox,
        _ => Spot::Hidden,
    }
}

/// A slide that is not shown (19.3.1.38).
fn is_hidden_slide(bytes: &[u8]) -> bool {
    let mut is_hidden = false;
    // The first element tells; reading is stopped behind it.
    let _ = xml::walk(bytes, |token| match token {
        xml::Token::Start(_, element) => {
            is_hidden = element.is("show", "0") || element.is("show", "false");
            Err(Unread::Unknown)
        }
        _ => Ok(()),
    });
    is_hidden
}

/// A binary workbook (MS-XLSB): what of it is XML or a file of its own is read; its sheets are not, and that is said.
pub(super) fn read_binary(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    read(bytes, draft).and(Err(Unread::Opaque))
}

#[cfg(test)]
#[path = "ooxml_tests.rs"]
mod tests;
