//! The mails in one file: itself a mail, or an mbox. `.gz` is unpacked on the way.
//!
//! A file of a Maildir and one that is called `.eml` is a mail whatever it holds. Any other is an mbox where it begins with `From `, a mail
//! where it begins with a header field, and else refused.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;

use super::mbox::{Escaping, Mbox};
use super::walk::Source;
use super::{Found, Mark, Refused};
use crate::base::limits;
use crate::store::SourceFile;

/// A file whose mails are being read.
pub struct Opened {
    source: Source,
    content: Content,
}

enum Content {
    Mail(Box<dyn BufRead>),
    Mbox(Mbox<Box<dyn BufRead>>),
    /// Something that is said once.
    Refused(String),
    Done,
}

impl Opened {
    /// Opens a file; what is wrong with it is its only item.
    #[must_use]
    pub fn of(source: Source, escaping: Escaping) -> Self {
        let content = content(&source, escaping).unwrap_or_else(|error| Content::Refused(unreadable(&error)));
        Self { source, content }
    }

    fn mail(&mut self, mut from: Box<dyn BufRead>) -> Result<Found, Refused> {
        let mut raw = Vec::new();
        let most = limits::IMPORTED_MAIL_OCTETS as u64;
        let read = from.by_ref().take(most + 1).read_to_end(&mut raw);
        match read {
            Err(error) => Err(self.refused(unreadable(&error))),
            Ok(0) => Err(self.refused("is empty".to_owned())),
            Ok(_) if raw.len() as u64 > most => Err(self.refused(too_large())),
            Ok(_) => Ok(self.found(raw, None, 0)),
        }
    }

    fn of_mbox(&mut self, mut mbox: Mbox<Box<dyn BufRead>>) -> Option<Result<Found, Refused>> {
        let next = mbox.next();
        let found = match next {
            Ok(None) => return None,
            Ok(Some(mail)) => {
                self.content = Content::Mbox(mbox);
                match mail.raw {
                    None => Err(self.refused(format!("the mail below \"From {}\": {}", mail.from_line, too_large()))),
                    Some(raw) if raw.is_empty() => {
                        Err(self.refused(format!("the mail below \"From {}\" is empty", mail.from_line)))
                    }
                    Some(raw) => Ok(self.found(raw, Some(mail.from_line), mail.unescaped)),
                }
            }
            Err(error) => Err(self.refused(unreadable(&error))),
        };
        Some(found)
    }

    fn found(&self, raw: Vec<u8>, from_line: Option<String>, unescaped: u64) -> Found {
        let mark = Mark::of(&place(&self.source), &raw);
        let file = SourceFile { path: self.source.path.display().to_string(), from_line, unescaped };
        Found { raw: Bytes::from(raw), file, mark }
    }

    fn refused(&self, why: String) -> Refused {
        Refused { path: self.source.path.display().to_string(), why }
    }
}

impl Iterator for Opened {
    type Item = Result<Found, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        match std::mem::replace(&mut self.content, Content::Done) {
            Content::Mail(from) => Some(self.mail(from)),
            Content::Mbox(mbox) => self.of_mbox(mbox),
            Content::Refused(why) => Some(Err(self.refused(why))),
            Content::Done => None,
        }
    }
}

fn content(source: &Source, escaping: Escaping) -> io::Result<Content> {
    let mut from: Box<dyn BufRead> = Box::new(BufReader::with_capacity(256 << 10, File::open(&source.path)?));
    let mut name = source.path.file_name().unwrap_or_default().to_ascii_lowercase();
    if name.as_bytes().ends_with(b".gz") {
        from = Box::new(BufReader::with_capacity(256 << 10, MultiGzDecoder::new(from)));
        name = Path::new(&name).file_stem().unwrap_or_default().to_owned();
    }
    if source.in_maildir || name.as_bytes().ends_with(b".eml") {
        return Ok(Content::Mail(from));
    }
    let beginning = from.fill_buf()?;
    Ok(match beginning {
        [] => Content::Refused("is empty".to_owned()),
        mbox if mbox.starts_with(b"From ") => Content::Mbox(Mbox::new(from, escaping)),
        mail if begins_with_field(mail) => Content::Mail(from),
        _ => Content::Refused("is no mail: it begins neither with a header field nor with a \"From \" line".to_owned()),
    })
}

/// Whether a text begins with the name of a header field and a colon (RFC 5322 section 3.6.8).
fn begins_with_field(text: &[u8]) -> bool {
    let name = text.iter().take(limits::FIELD_NAME_OCTETS).take_while(|byte| byte.is_ascii_graphic() && **byte != b':').count();
    let after = text.get(name..).unwrap_or_default().iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    name > 0 && after == Some(&b':')
}

/// Where a mail lies, for its mark. In a Maildir a mail keeps its name but for the flags, and moves from `new` to `cur`.
fn place(source: &Source) -> Vec<u8> {
    let folder = source.path.parent().filter(|_| source.in_maildir).and_then(Path::parent);
    let Some(folder) = folder else { return source.path.as_os_str().as_bytes().to_vec() };
    let name = source.path.file_name().unwrap_or_default().as_bytes();
    let name = name.split(|byte| *byte == b':').next().unwrap_or(name);
    [folder.as_os_str().as_bytes(), b"/", name].concat()
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

fn too_large() -> String {
    format!("is larger than {} MB", limits::IMPORTED_MAIL_OCTETS >> 20)
}
