//! Tells what a file is by its first bytes and its structure, and what its name says besides.
//!
//! In: the bytes of a file, and its name. Out: a [`Kind`], and the [`Trait`]s that can be told without opening it. The content decides;
//! the name only between kinds of text that look the same (a script in a language without marks, a list with one column), and between
//! sound and film in one container. A file that begins as one kind and ends as a zip is the first, and [`appended`] finds the second.
//! Every look is bounded and linear; nothing is unpacked but one small entry of a zip. Nothing can fail: what is not known is Unknown.

mod magic;
mod ole;
mod text;
mod zip;

use std::ops::Range;

use super::contents::Trait;
use super::file_name;
use super::kind::Kind;

/// What a file is, by its content. The name decides only between kinds of text that look the same.
#[must_use]
pub fn kind(bytes: &[u8], name: &str) -> Kind {
    if bytes.is_empty() {
        return Kind::Empty;
    }
    let ending = file_name::ending(name).unwrap_or_default();
    first_look(bytes, &ending)
        .or_else(|| magic::late(bytes))
        .or_else(|| text::kind(bytes, &ending))
        .or_else(|| zip::kind(bytes))
        .unwrap_or(Kind::Unknown)
}

fn first_look(bytes: &[u8], ending: &str) -> Option<Kind> {
    match magic::early(bytes, ending)? {
        Kind::Zip => Some(zip::kind(bytes).unwrap_or(Kind::Zip)),
        Kind::Ole => Some(ole::kind(bytes)),
        kind => Some(kind),
    }
}

/// What can be told without opening it: that it runs, that its name promises something else or misleads.
pub(super) fn traits(kind: Kind, bytes: &[u8], name: &str) -> impl Iterator<Item = Trait> + use<> {
    let ending = file_name::ending(name).unwrap_or_default();
    let inner = appended(kind, bytes);
    let runs = kind.runs() || runs_by_name(kind, &ending) || zip::is_java(bytes);
    let differs = inner.is_some() || !bytes.is_empty() && breaks_promise(kind, &ending);
    let misleads = file_name::misleads(name);
    [(runs, Trait::Executable), (differs, Trait::Mismatch), (misleads, Trait::MisleadingName)]
        .into_iter()
        .filter_map(|(is, what)| is.then_some(what))
}

/// Where a zip lies that was hung on a file of another kind: zip files are read from their end, so that a picture can be one too.
#[must_use]
pub fn appended(kind: Kind, bytes: &[u8]) -> Option<Range<usize>> {
    (!is_zip_like(kind)).then(|| zip::at_the_end(bytes)).flatten().filter(|range| range.start > 0)
}

/// Whether a file of this kind is a zip by its form.
fn is_zip_like(kind: Kind) -> bool {
    use Kind::{
        AndroidPackage, Docx, Epub, IWork, JavaArchive, Odg, Odp, Ods, Odt, Pptx, Visio, WindowsInstaller, Xlsb, Xlsx, Zip,
    };
    let documents = [Docx, Xlsx, Pptx, Xlsb, Odt, Ods, Odp, Odg, Visio, IWork, Epub];
    documents.contains(&kind) || [Zip, JavaArchive, AndroidPackage, WindowsInstaller].contains(&kind)
}

/// Whether the name alone makes it run: what text or unknown bytes do is decided by the program that the ending calls.
fn runs_by_name(kind: Kind, ending: &str) -> bool {
    let is_plain = matches!(kind, Kind::Unknown | Kind::Empty | Kind::Zip | Kind::Ole) || is_text(kind);
    is_plain && Kind::with_ending(ending).any(Kind::runs) && !Kind::with_ending(ending).any(|other| other == kind)
}

fn is_text(kind: Kind) -> bool {
    use Kind::{Calendar, Csv, Html, Json, Mail, Svg, Text, VCard, Xml};
    [Text, Csv, Html, Xml, Svg, Json, Calendar, VCard, Mail].contains(&kind)
}

/// Endings that many programs use for files of their own; they promise nothing.
const SAYS_NOTHING: [&str; 25] = [
    "dat", "bin", "db", "key", "pub", "one", "asc", "sig", "ts", "com", "o", "bundle", "run", "z", "ai", "img", "command", "tab",
    "log", "conf", "ini", "md", "ws", "in", "ace",
];

/// Whether the ending promises another kind than the content is. What the brief of a name can mean is taken widely: a mismatch is
/// something that a person who opens it would be surprised by.
fn breaks_promise(kind: Kind, ending: &str) -> bool {
    let mut promised = Kind::with_ending(ending).peekable();
    if promised.peek().is_none() || SAYS_NOTHING.contains(&ending) || kind == Kind::Empty {
        return false;
    }
    !promised.any(|promised| keeps(promised, kind, ending))
}

/// Whether content of a kind is what people expect where another was promised.
fn keeps(promised: Kind, kind: Kind, ending: &str) -> bool {
    use Kind::{Doc, Docx, EncryptedOffice, Html, Json, Mail, OutlookMessage, Ppt, Pptx, Rtf, Text, Xls, Xlsx, Xml, Zip};
    let may = |kinds: &[Kind]| kinds.contains(&kind);
    promised == kind
        || match promised {
            // Word opens and saves all of these under its old ending.
            Doc => may(&[Rtf, Docx, Html, Xml, Mail, EncryptedOffice]),
            Xls => may(&[Xlsx, EncryptedOffice]),
            Ppt => may(&[Pptx, EncryptedOffice]),
            Zip => is_zip_like(kind),
            Text => is_text(kind) && kind != Html || kind == Kind::Script && ending == "txt" || kind == Kind::PgpMessage,
            OutlookMessage => kind == Mail,
            Html | Xml => may(&[Html, Xml, Kind::Svg, Text]),
            Json | Mail | Kind::Csv | Kind::Calendar | Kind::VCard | Kind::Svg => may(&[Text, Kind::Csv, Json]),
            // The reader of a language is a program of its own, and its files are texts or what it makes of them.
            Kind::Script | Kind::Shortcut => is_text(kind) || kind == Kind::Unknown,
            _ => is_sibling(promised, kind) || kind == Kind::Unknown && is_told_badly(promised),
        }
}

/// Pictures among pictures, sound among films: programs rename these, and a reader shows them as they are.
fn is_sibling(promised: Kind, kind: Kind) -> bool {
    use Kind::{Audio, Bmp, Gif, Heic, Icon, Jpeg, Metafile, Picture, Png, Tiff, Video, Webp};
    let pictures = [Jpeg, Png, Gif, Bmp, Tiff, Webp, Heic, Icon, Metafile, Picture];
    let films = [Audio, Video];
    [&pictures[..], &films].iter().any(|family| family.contains(&promised) && family.contains(&kind))
}

/// Kinds without a sure mark in their content: unknown bytes may be one of them.
fn is_told_badly(promised: Kind) -> bool {
    use Kind::{Access, Audio, DiskImage, DosProgram, Font, IWork, Ole, Pkcs7, Publisher, Tnef, Video, Visio};
    [Audio, Video, Font, Pkcs7, Ole, Tnef, DiskImage, DosProgram, IWork, Access, Publisher, Visio, Kind::Picture]
        .contains(&promised)
}

#[cfg(test)]
#[path = "sniff_tests.rs"]
mod tests;
