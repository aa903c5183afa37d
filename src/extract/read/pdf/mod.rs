//! Portable documents (ISO 32000-1): the text of pages, and all that lies beside it.
//!
//! In: a file. Out: the text of each page, comments, form fields, properties, and the files in it, in a [`Draft`]. lopdf reads the objects
//! (it bounds their nesting) and undoes encryption with the empty password; pages are drawn here, letter by letter, because only places
//! tell which words stand in one row. Streams are unpacked within the budget and never by lopdf, but for those that it needs to find the
//! objects, which are weighed first. What a damaged table of objects hides is found by looking for the objects themselves. Can fail: the
//! file is protected, broken, or a bound was reached; a document of pictures alone is [`Unread::NoText`].

mod aside;
mod font;
mod layout;
mod page;
mod rescue;
mod stream;

use std::collections::HashSet;

use lopdf::{Document, LoadOptions, Object, ObjectId};

use super::Draft;
use crate::base::limits;
use crate::extract::contents::{Protection, Spot, Unread};

/// Reads a document.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let bytes = stream::weighed(bytes, draft)?;
    let document = open(bytes)?;
    if document.is_encrypted() && !document.was_encrypted() {
        draft.file.protection = Protection::Protected;
        return Err(Unread::Protected);
    }
    aside::read(&document, draft)?;
    pages(&document, draft)
}

/// Opens what is whole, and what can be put together again. A key that cannot be had is not damage.
fn open(bytes: &[u8]) -> Result<Document, Unread> {
    let has_pages = |document: &Document| document.page_iter().next().is_some();
    let first = Document::load_mem_with_options(bytes, LoadOptions::default());
    match first {
        Ok(document) if has_pages(&document) || document.trailer.get(b"Encrypt").is_ok() => return Ok(document),
        Err(lopdf::Error::Decryption(_) | lopdf::Error::InvalidPassword) => return Err(Unread::Protected),
        _ => {}
    }
    let mended = rescue::mended(bytes).ok_or_else(|| Unread::Broken("no objects of a document".to_owned()))?;
    let document = Document::load_mem_with_options(&mended, LoadOptions::default());
    match document {
        Ok(document) if has_pages(&document) || document.is_encrypted() => Ok(document),
        Err(lopdf::Error::Decryption(_) | lopdf::Error::InvalidPassword) => Err(Unread::Protected),
        _ => Err(Unread::Broken("no pages of a document".to_owned())),
    }
}

/// The text of each page. Pictures of pages hold none; where letters cannot be told from what draws them, that is said.
fn pages(document: &Document, draft: &mut Draft) -> Result<(), Unread> {
    let mut layers = page::Layers::new(layers_off(document));
    let mut fonts = font::Fonts::default();
    let (mut letters, mut unknown, mut broken) = (0, 0, None);
    for (number, id) in document.page_iter().enumerate() {
        if number == limits::PDF_PAGES {
            return Err(Unread::Bound("more pages than are read".to_owned()));
        }
        draft.check_time()?;
        let drawn = match page::draw(document, id, &mut layers, &mut fonts, draft) {
            Ok(drawn) => drawn,
            Err(why @ Unread::Bound(_)) => return Err(why),
            Err(why) => {
                broken = Some(why);
                continue;
            }
        };
        letters += drawn.letters.len();
        unknown += drawn.unknown;
        write(drawn, draft)?;
    }
    match broken {
        Some(why) => Err(why),
        None if unknown > letters => Err(Unread::Broken("fonts do not say which letters they draw".to_owned())),
        None if letters == 0 && draft.file.blocks.iter().all(|block| block.spot == Spot::Property) => Err(Unread::NoText),
        None => Ok(()),
    }
}

fn write(drawn: page::Drawn, draft: &mut Draft) -> Result<(), Unread> {
    let (shown, hidden): (Vec<_>, Vec<_>) = drawn.letters.into_iter().partition(|letter| !letter.hidden);
    for (spot, letters) in [(Spot::Body, shown), (Spot::Hidden, hidden)] {
        let sheet = layout::read(letters);
        draft.text(spot, sheet.text)?;
        for table in sheet.tables {
            draft.table(spot, None, table)?;
        }
    }
    Ok(())
}

/// Layers that are not shown when the document is opened (section 8.11.4.3).
fn layers_off(document: &Document) -> HashSet<ObjectId> {
    let properties =
        document.catalog().and_then(|catalog| catalog.get_deref(b"OCProperties", document)).and_then(Object::as_dict);
    let Ok(properties) = properties else { return HashSet::new() };
    let list = |holder: Option<&lopdf::Dictionary>, key: &[u8]| -> HashSet<ObjectId> {
        let list = holder.and_then(|dict| dict.get_deref(key, document).ok()).and_then(|list| list.as_array().ok());
        list.into_iter().flatten().filter_map(|item| item.as_reference().ok()).collect()
    };
    let first = properties.get_deref(b"D", document).and_then(Object::as_dict).ok();
    let is_off =
        first.and_then(|dict| dict.get(b"BaseState").ok()).is_some_and(|state| state.as_name().is_ok_and(|n| n == b"OFF"));
    if is_off {
        let on = list(first, b"ON");
        return list(Some(properties), b"OCGs").into_iter().filter(|layer| !on.contains(layer)).collect();
    }
    list(first, b"OFF")
}

#[cfg(test)]
#[path = "pdf_tests.rs"]
mod tests;
