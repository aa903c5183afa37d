//! What a PDF holds beside its pages: comments, form fields, properties, files, and what acts.
//!
//! In: an open document. Out: blocks, files and traits in the draft. Every object is looked at once, wherever it hangs: a file that no list
//! names is in the document all the same. Nothing recurses; lists that lead in circles end by the number of objects.

use std::collections::HashSet;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use super::stream;
use crate::extract::contents::{Spot, Trait, Unread};
use crate::extract::read::Draft;

/// Form fields that are read.
const FIELDS: usize = 20_000;
/// Octets of a name in a list of fields.
const NAME: usize = 300;

/// Reads all of it.
pub(super) fn read(document: &Document, draft: &mut Draft) -> Result<(), Unread> {
    properties(document, draft)?;
    fields(document, draft)?;
    let mut files = HashSet::new();
    for object in document.objects.values() {
        walk(document, object, &mut files, draft)?;
    }
    Ok(())
}

/// Text of a string: UTF-16 or UTF-8 with a mark, else the document's own encoding (section 7.9.2.2).
fn text(document: &Document, object: &Object) -> Option<String> {
    let (_, object) = document.dereference(object).ok()?;
    match object {
        Object::Name(name) => Some(String::from_utf8_lossy(name).into_owned()),
        Object::String(bytes, _) if bytes.starts_with(b"\xff\xfe") => Some(encoding_rs::UTF_16LE.decode(bytes).0.into_owned()),
        string => lopdf::decode_text_string(string).ok(),
    }
    .map(|text| text.replace('\r', "\n"))
}

fn text_at(document: &Document, dictionary: &Dictionary, key: &[u8]) -> Option<String> {
    text(document, dictionary.get(key).ok()?).filter(|text| !text.trim().is_empty())
}

fn properties(document: &Document, draft: &mut Draft) -> Result<(), Unread> {
    let information = document.trailer.get_deref(b"Info", document).and_then(Object::as_dict);
    for (key, value) in information.into_iter().flatten().take(200) {
        if let Some(value) = text(document, value) {
            draft.labelled(Spot::Property, &String::from_utf8_lossy(key), value)?;
        }
    }
    let metadata = document.catalog().and_then(|catalog| catalog.get_deref(b"Metadata", document)).and_then(Object::as_stream);
    if let Ok(metadata) = metadata {
        let packet = stream::content(metadata, draft)?;
        let said = crate::extract::read::plain::xml_lines(&String::from_utf8_lossy(&packet));
        draft.labelled(Spot::Property, "XMP", said)?;
    }
    Ok(())
}

/// The values of an interactive form (section 12.7.3): fields take name and value from what holds them.
fn fields(document: &Document, draft: &mut Draft) -> Result<(), Unread> {
    let form = document.catalog().and_then(|catalog| catalog.get_deref(b"AcroForm", document)).and_then(Object::as_dict);
    let Ok(form) = form else { return Ok(()) };
    let top = list(document, form, b"Fields");
    // A value that many inherit is not copied for each.
    let mut waiting: Vec<(&Object, String, Option<&Object>)> =
        top.iter().rev().map(|object| (object, String::new(), None)).collect();
    let mut seen: HashSet<ObjectId> = HashSet::new();
    while let Some((object, above, inherited)) = waiting.pop() {
        if object.as_reference().is_ok_and(|id| !seen.insert(id)) || seen.len() > FIELDS {
            continue;
        }
        let Ok((_, Object::Dictionary(dictionary))) = document.dereference(object) else { continue };
        let own = text_at(document, dictionary, b"T");
        let name = joined(&above, own.as_deref());
        let value = dictionary.get(b"V").ok().or(inherited);
        let kids = list(document, dictionary, b"Kids");
        let has_fields =
            kids.iter().any(|kid| document.dereference(kid).is_ok_and(|(_, kid)| kid.as_dict().is_ok_and(|kid| kid.has(b"T"))));
        if has_fields {
            waiting.extend(kids.iter().rev().map(|kid| (kid, name.clone(), value)));
        } else {
            write_field(document, dictionary, &name, value, draft)?;
        }
    }
    forms_in_xml(document, form, draft)
}

/// The items of a list; none where there is none.
fn list<'d>(document: &'d Document, dictionary: &'d Dictionary, key: &[u8]) -> &'d [Object] {
    dictionary.get_deref(key, document).and_then(Object::as_array).map_or(&[], Vec::as_slice)
}

fn joined(above: &str, own: Option<&str>) -> String {
    let own = own.unwrap_or_default();
    let mut name = if above.is_empty() || own.is_empty() { format!("{above}{own}") } else { format!("{above}.{own}") };
    name.truncate(name.floor_char_boundary(NAME));
    name
}

/// A field by what people read beside it, where that is said, else by its name. A box that is not ticked says nothing.
fn write_field(
    document: &Document,
    dictionary: &Dictionary,
    name: &str,
    value: Option<&Object>,
    draft: &mut Draft,
) -> Result<(), Unread> {
    let label = text_at(document, dictionary, b"TU").unwrap_or_else(|| name.to_owned());
    let Some((_, value)) = value.and_then(|value| document.dereference(value).ok()) else { return Ok(()) };
    let said = match value {
        Object::Name(name) if name == b"Off" => return Ok(()),
        Object::Array(values) => {
            values.iter().take(1000).filter_map(|value| text(document, value)).collect::<Vec<_>>().join("\n")
        }
        Object::Stream(long) => String::from_utf8_lossy(&stream::content(long, draft)?).into_owned(),
        value => text(document, value).unwrap_or_default(),
    };
    draft.labelled(Spot::FormField, &label, said)
}

/// A form in XML (section 12.7.8) is a file of its own: its parts joined.
fn forms_in_xml(document: &Document, form: &Dictionary, draft: &mut Draft) -> Result<(), Unread> {
    let Ok(packets) = form.get_deref(b"XFA", document) else { return Ok(()) };
    let parts: Vec<&Object> = match packets {
        Object::Array(parts) => parts.iter().collect(),
        single => vec![single],
    };
    let mut xml = Vec::new();
    for part in parts.into_iter().take(100) {
        if let Ok((_, Object::Stream(part))) = document.dereference(part) {
            xml.extend(stream::content(part, draft)?);
        }
    }
    if !xml.is_empty() {
        draft.nest("form.xml", xml);
    }
    Ok(())
}

/// Looks through one object and what is written inside it.
fn walk(document: &Document, object: &Object, files: &mut HashSet<ObjectId>, draft: &mut Draft) -> Result<(), Unread> {
    let mut waiting = vec![object];
    while let Some(object) = waiting.pop() {
        match object {
            Object::Array(items) => waiting.extend(items),
            Object::Dictionary(dictionary) => {
                look(document, dictionary, files, draft)?;
                waiting.extend(dictionary.iter().map(|(_, value)| value));
            }
            Object::Stream(stream) => waiting.extend(stream.dict.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    Ok(())
}

fn look(document: &Document, dictionary: &Dictionary, files: &mut HashSet<ObjectId>, draft: &mut Draft) -> Result<(), Unread> {
    let name = |key: &[u8]| dictionary.get_deref(key, document).and_then(Object::as_name).unwrap_or_default();
    if matches!(name(b"S"), b"JavaScript" | b"Launch" | b"ImportData" | b"SubmitForm" | b"RichMediaExecute" | b"Rendition") {
        draft.mark(Trait::ActivePdf);
    }
    if dictionary.has(b"JS") || matches!(name(b"Subtype"), b"RichMedia" | b"3D" | b"Movie" | b"Screen") {
        draft.mark(Trait::ActivePdf);
    }
    if name(b"S") == b"GoToE" || name(b"S") == b"GoToR" {
        draft.mark(Trait::EmbeddedObject);
    }
    let is_annotation = dictionary.has(b"Rect") && dictionary.has(b"Subtype");
    if is_annotation {
        annotation(document, dictionary, draft)?;
    }
    embedded(document, dictionary, files, draft)
}

/// What somebody wrote on a page (section 12.5.6): the note, who wrote it, and its subject.
fn annotation(document: &Document, dictionary: &Dictionary, draft: &mut Draft) -> Result<(), Unread> {
    let Some(contents) = text_at(document, dictionary, b"Contents") else { return Ok(()) };
    let is_widget = dictionary.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Widget");
    match text_at(document, dictionary, b"T").filter(|_| !is_widget) {
        Some(author) => draft.labelled(Spot::Comment, &author, contents),
        None => draft.text(Spot::Comment, contents),
    }
}

/// A file in the document (section 7.11.4), by its name for people.
fn embedded(
    document: &Document,
    dictionary: &Dictionary,
    files: &mut HashSet<ObjectId>,
    draft: &mut Draft,
) -> Result<(), Unread> {
    let Ok(inside) = dictionary.get_deref(b"EF", document).and_then(Object::as_dict) else { return Ok(()) };
    draft.mark(Trait::EmbeddedObject);
    let name = [b"UF".as_slice(), b"F", b"Desc"].iter().find_map(|key| text_at(document, dictionary, key));
    let name = name.unwrap_or_else(|| "attachment".to_owned());
    for (_, object) in inside.iter().take(8) {
        if object.as_reference().is_ok_and(|id| !files.insert(id)) {
            continue;
        }
        let Ok((_, Object::Stream(file))) = document.dereference(object) else { continue };
        draft.spend_file()?;
        nest(&name, file, draft);
    }
    Ok(())
}

fn nest(name: &str, file: &Stream, draft: &mut Draft) {
    match stream::content(file, draft) {
        Ok(bytes) => draft.nest(name, bytes),
        Err(why) => draft.nest_closed(name, file.content.len() as u64, why),
    }
}
