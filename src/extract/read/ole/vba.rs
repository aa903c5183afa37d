//! Macros: whether there is a VBA project, and the text of its modules (MS-OVBA).
//!
//! In: the tree of a compound file, a document's or a `vbaProject.bin`. Out: the mark, and each module's text as a hidden block called
//! `macro`. A module that cannot be unpacked is left out, for the mark is what counts. Bound: an unpacked module counts against the budget.

use super::super::Draft;
use super::super::octets::{in_page, size_at, some_of, u16_at};
use super::compound::{Compound, ROOT};
use crate::base::limits;
use crate::extract::contents::{Spot, Trait, Unread};

/// Octets that one chunk unpacks to (section 2.4.1.1.1).
const CHUNK: usize = 4096;

/// Whether there is a project: by its streams, or by the storage that Word or Excel keep it in.
pub(super) fn is_there(file: &Compound) -> bool {
    let is_project =
        |name: &str| ["_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros", "VBA"].iter().any(|known| name.eq_ignore_ascii_case(known));
    file.all().any(|(_, entry)| is_project(&entry.name) && (entry.parent == Some(ROOT) || entry.is_stream))
}

pub(super) fn read(file: &Compound, draft: &mut Draft) -> Result<(), Unread> {
    if !is_there(file) {
        return Ok(());
    }
    draft.mark(Trait::Macro);
    let storages = file.all().filter(|(_, entry)| !entry.is_stream && entry.name.eq_ignore_ascii_case("VBA"));
    for (storage, _) in storages {
        let Some(dir) = file.stream_of(storage, "dir").and_then(|packed| unpack(&packed)) else { continue };
        let (page, modules) = modules(&dir);
        for module in modules {
            draft.spend_file()?;
            let Some(stream) = file.stream_of(storage, &module.stream) else { continue };
            if let Some(text) = stream.get(module.offset..).and_then(unpack) {
                draft.labelled(Spot::Hidden, "macro", in_page(page, &text))?;
            }
        }
    }
    Ok(())
}

struct Module {
    stream: String,
    offset: usize,
}

/// The records of the stream `dir` that say the code page, and where each module's text begins (section 2.3.4.2).
fn modules(dir: &[u8]) -> (u32, Vec<Module>) {
    let (mut page, mut modules, mut at) = (1252, Vec::new(), 0);
    let mut stream = String::new();
    while let (Some(id), Some(size)) = (u16_at(dir, at), size_at(dir, at + 2)) {
        let data = some_of(dir, at + 6, size);
        match id {
            0x0003 => page = u16_at(data, 0).map_or(1252, u32::from),
            0x001A => stream = in_page(page, data),
            0x0031 => {
                let offset = size_at(data, 0).unwrap_or_default();
                modules.push(Module { stream: std::mem::take(&mut stream), offset });
            }
            _ => {}
        }
        // PROJECTVERSION says 4 and takes 6 (section 2.3.4.2.1.11).
        let size = if id == 0x0009 { 6 } else { size };
        at = at.saturating_add(6).saturating_add(size);
    }
    (page, modules)
}

/// Unpacks a CompressedContainer (section 2.4.1.3.1). Each chunk stands alone, and what is broken ends it.
pub(super) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut rest = packed.strip_prefix(&[1])?;
    let mut out = Vec::new();
    while let Some(header) = u16_at(rest, 0) {
        let size = usize::from(header & 0x0FFF) + 3;
        let data = some_of(rest, 2, size - 2);
        if header & 0x8000 == 0 {
            out.extend_from_slice(some_of(data, 0, CHUNK));
        } else {
            chunk(data, &mut out);
        }
        if out.len() > limits::EXTRACTED_TEXT_OCTETS {
            break;
        }
        rest = rest.get(size..).unwrap_or_default();
    }
    Some(out)
}

/// Tokens: a flag octet, then eight literals or copies (section 2.4.1.3.5).
fn chunk(data: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let mut at = 0;
    while let Some(flags) = data.get(at) {
        at += 1;
        for bit in 0..8 {
            if out.len() - start >= CHUNK {
                return;
            }
            if flags >> bit & 1 == 0 {
                let Some(octet) = data.get(at) else { return };
                out.push(*octet);
                at += 1;
            } else {
                let Some(token) = u16_at(data, at) else { return };
                if copy(token, start, out).is_none() {
                    return;
                }
                at += 2;
            }
        }
    }
}

/// A copy of what was written before: how many bits say the place grows with the chunk (section 2.4.1.3.19.1).
fn copy(token: u16, start: usize, out: &mut Vec<u8>) -> Option<()> {
    let written = out.len() - start;
    let bits = (usize::BITS - written.saturating_sub(1).leading_zeros()).clamp(4, 12);
    let length = usize::from(token & (0xFFFF >> bits)) + 3;
    let offset = usize::from(token >> (16 - bits)) + 1;
    let from = out.len().checked_sub(offset).filter(|from| *from >= start)?;
    for at in from..from + length.min(CHUNK - written) {
        out.push(*out.get(at)?);
    }
    Some(())
}
