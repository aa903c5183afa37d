//! Conditions about attachments: `attachment` (what is wrong with one) and `attachment_type` (what one is).
//!
//! In: what was found in the files of a mail, and what the scanner says. Out: whether it holds, with a note that names the part and the
//! kind of file, not its name, which may be somebody's; the name is kept for the reply to the sender, whose file it is. In a `when` one
//! file that fits is enough, at any depth; in an `unless`, which lets a mail off, every file must fit, and there must be one.

use super::condition::Notes;
use super::facts::Facts;
use super::known::Scan;
use crate::config::{AttachmentTest, TypeTest};
use crate::extract::contents::{Found, Protection, Trait, Unread};
use crate::extract::{File, file_name};

/// What a condition found, for the texts of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The file, as people are shown its name.
    pub attachment: Option<String>,
    pub virus: Option<String>,
    /// The personal data, masked, with the files it stands in.
    pub found: Option<String>,
    /// The same for the record: kinds and counts alone.
    pub record: Option<String>,
}

impl Named {
    /// Takes what is not there yet: the first counts.
    pub(super) fn fill(&mut self, other: Self) {
        let Self { attachment, virus, found, record } = other;
        self.attachment = self.attachment.take().or(attachment);
        self.virus = self.virus.take().or(virus);
        self.found = self.found.take().or(found);
        self.record = self.record.take().or(record);
    }
}

/// Whether something is the matter with an attachment.
pub(super) fn is_such(tests: &[AttachmentTest], lets_off: bool, facts: &Facts, notes: &mut Notes) -> bool {
    let (files, scan) = (&facts.known.contents.files, &facts.known.scan);
    if lets_off {
        let odd = files.iter().find(|found| !tests.iter().any(|test| fits(*test, found, scan)));
        let holds = odd.is_none() && !files.is_empty();
        notes.say(|| match odd {
            Some(found) => format!("attachment: {} is not {}", place(found), listed(tests)),
            None if holds => format!("attachment: every one is {}", listed(tests)),
            None => "attachment: there is none".to_owned(),
        });
        return holds;
    }
    let found = tests.iter().find_map(|test| hit(*test, files, scan).map(|hit| (*test, hit)));
    notes.say(|| match &found {
        Some((test, hit)) => format!("attachment: {} is \"{}\"", hit.place, test.as_str()),
        None => format!("attachment: none is {}", listed(tests)),
    });
    if let Some((_, hit)) = &found {
        notes.name(hit.named.clone());
    }
    found.is_some()
}

/// Something that fits a test.
struct Hit {
    /// For evidence.
    place: String,
    named: Named,
}

fn hit(test: AttachmentTest, files: &[Found], scan: &Scan) -> Option<Hit> {
    let file = |found: &Found| Hit { place: place(found), named: named(&found.file.path.join(" / "), None) };
    match test {
        AttachmentTest::Infected => {
            scan.infected.first().map(|find| Hit { place: part(&find.part), named: named(&find.file, Some(&find.virus)) })
        }
        AttachmentTest::Unscanned if scan.off => files.first().map(file),
        AttachmentTest::Unscanned => {
            scan.unscanned.first().map(|gap| Hit { place: part(&gap.part), named: named(&gap.file, None) })
        }
        test => files.iter().find(|found| fits(test, found, scan)).map(file),
    }
}

/// Whether one file fits.
fn fits(test: AttachmentTest, found: &Found, scan: &Scan) -> bool {
    let file = &found.file;
    match test {
        AttachmentTest::Infected => scan.infected.iter().any(|find| find.part == found.part),
        AttachmentTest::Unscanned => scan.off || scan.unscanned.iter().any(|gap| gap.part == found.part || gap.part.is_empty()),
        AttachmentTest::Protected => file.protection == Protection::Protected,
        AttachmentTest::PartlyProtected => file.protection == Protection::Partly,
        AttachmentTest::Unreadable => file.is_unreadable(),
        such => traits(such).iter().any(|what| file.traits.contains(what)),
    }
}

/// The traits of which any one makes a file such.
fn traits(such: AttachmentTest) -> &'static [Trait] {
    match such {
        AttachmentTest::Executable => &[Trait::Executable],
        AttachmentTest::Macro => &[Trait::Macro],
        AttachmentTest::ArchiveBomb => &[Trait::ArchiveBomb],
        AttachmentTest::ActiveContent => &[Trait::ActiveHtml, Trait::ActivePdf],
        AttachmentTest::EmbeddedObject => &[Trait::EmbeddedObject],
        AttachmentTest::RemoteContent => &[Trait::RemoteContent],
        AttachmentTest::TypeMismatch => &[Trait::Mismatch],
        AttachmentTest::MisleadingName => &[Trait::MisleadingName],
        _ => &[],
    }
}

/// Makes a file one that fits a test, for the tests beside the rules; what the scanner says of it is not the file's.
pub(super) fn pretend(file: &mut File, such: AttachmentTest) {
    match such {
        AttachmentTest::Infected | AttachmentTest::Unscanned => {}
        AttachmentTest::Protected => file.protection = Protection::Protected,
        AttachmentTest::PartlyProtected => file.protection = Protection::Partly,
        AttachmentTest::Unreadable => file.unread = Some(Unread::Broken("for the test".to_owned())),
        such => file.traits.extend(traits(such)),
    }
}

/// Whether an attachment is of a type, by its content or by the ending of its name.
pub(super) fn is_of_type(tests: &[TypeTest], lets_off: bool, facts: &Facts, notes: &mut Notes) -> bool {
    let files = &facts.known.contents.files;
    let of = |found: &Found| tests.iter().find(|test| is_type(test, found));
    let fitting = files.iter().find_map(|found| of(found).map(|test| (found, test)));
    let holds = fitting.is_some() && (!lets_off || files.iter().all(|found| of(found).is_some()));
    notes.say(|| match fitting {
        Some((found, test)) if holds => format!("attachment_type: {} is \"{}\"", place(found), test.written),
        Some(_) => "attachment_type: not every attachment is of the type asked for".to_owned(),
        None => {
            let types: Vec<_> = tests.iter().map(|test| format!("\"{}\"", test.written)).collect();
            format!("attachment_type: none is {}", types.join(" or "))
        }
    });
    if let Some((found, _)) = fitting.filter(|_| holds && !lets_off) {
        notes.name(named(&found.file.path.join(" / "), None));
    }
    holds
}

fn is_type(test: &TypeTest, found: &Found) -> bool {
    let (kind, name) = (found.file.kind, found.file.name().to_lowercase());
    test.kinds.contains(&kind)
        || test.media.as_ref().is_some_and(|media| fits_media(media, kind.media()))
        || test.ending.as_ref().is_some_and(|ending| name.strip_suffix(ending.as_str()).is_some_and(|rest| rest.ends_with('.')))
}

/// `image/*` is every picture.
fn fits_media(asked: &str, media: &str) -> bool {
    let family = |media: &str| media.split('/').next().unwrap_or_default().to_owned();
    asked == media || (asked.ends_with("/*") && family(asked) == family(media))
}

fn named(file: &str, virus: Option<&str>) -> Named {
    let shown = |text: &str| file_name::shown(text);
    Named { attachment: (!file.is_empty()).then(|| shown(file)), virus: virus.map(shown), ..Named::default() }
}

/// A file for evidence: by its part and kind.
fn place(found: &Found) -> String {
    let inside = if found.file.path.len() > 1 { "a file in " } else { "" };
    format!("{inside}{} ({})", part(&found.part), found.file.kind.word())
}

fn part(number: &str) -> String {
    if number.is_empty() { "the mail".to_owned() } else { format!("part {number}") }
}

fn listed(tests: &[AttachmentTest]) -> String {
    tests.iter().map(|test| format!("\"{}\"", test.as_str())).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
#[path = "attachment_tests.rs"]
mod tests;
