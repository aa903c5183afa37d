//! 7z archives (7zFormat.txt of the LZMA SDK).
//!
//! In: the bytes of an archive. Out: a nested file for each entry, or its name with the reason. Encryption is told by the coder of AES
//! (06 F1 07 01) of each block; where the header itself is encrypted nothing is known, not even names. A solid block is unpacked from its
//! beginning to its end once, within the budget; a dictionary larger than ours is a bound.

use std::io::{Cursor, Read};

use sevenz_rust2::{Archive, BlockDecoder, Error, Password};

use super::zip::room;
use super::{Draft, Protection, Unread};

/// Coder that encrypts.
const AES: [u8; 4] = [0x06, 0xf1, 0x07, 0x01];
/// Memory for the header and for a block's dictionary, in KiB: the strongest setting of the program asks for 64 MiB.
const MEMORY_KIB: usize = 128 << 10;

/// Reads an archive.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let mut source = Cursor::new(bytes);
    let archive = match Archive::read_with_memory_limit(&mut source, &Password::empty(), MEMORY_KIB) {
        Ok(archive) => archive,
        Err(Error::PasswordRequired | Error::MaybeBadPassword(_)) => {
            draft.file.protection = Protection::Protected;
            return Err(Unread::Protected);
        }
        Err(error) if names_aes(&error) => {
            draft.file.protection = Protection::Protected;
            return Err(Unread::Protected);
        }
        Err(error) => return Err(reason(&error)),
    };
    draft.file.protection = protection(&archive);
    let mut why = None;
    for block in 0..archive.blocks.len() {
        if let Err(error) = read_block(&archive, block, &mut source, draft) {
            why = why.or(Some(error));
        }
    }
    for (file, _) in archive.files.iter().zip(&archive.stream_map.file_block_index).filter(|(_, block)| block.is_none()) {
        draft.spend_file()?;
        if !file.is_directory {
            room(draft)?;
            draft.nest(&file.name, Vec::new());
        }
    }
    if draft.file.protection == Protection::Protected {
        return Err(Unread::Protected);
    }
    why.map_or(Ok(()), Err)
}

/// One block: files that are packed together.
fn read_block(archive: &Archive, block: usize, source: &mut Cursor<&[u8]>, draft: &mut Draft) -> Result<(), Unread> {
    let closed = |draft: &mut Draft, from: usize, why: &Unread| -> Result<(), Unread> {
        let files = archive.files.iter().zip(&archive.stream_map.file_block_index).filter(|(_, of)| **of == Some(block));
        for (file, _) in files.skip(from) {
            draft.spend_file()?;
            draft.nest_closed(&file.name, file.size, why.clone());
        }
        Ok(())
    };
    if is_encrypted(archive, block) {
        return closed(draft, 0, &Unread::Protected);
    }
    let packed = source.get_ref().len() as u64;
    let (mut done, mut stopped) = (0, None);
    let none = Password::empty();
    let decoder = BlockDecoder::new_with_memory_limit(1, MEMORY_KIB, block, archive, &none, source);
    let read = decoder.for_each_entries(&mut |file, stream: &mut dyn Read| {
        let unpacked = room(draft).and_then(|()| draft.unpack(stream, packed));
        match unpacked {
            Ok(bytes) => {
                draft.nest(&file.name, bytes);
                done += 1;
                Ok(true)
            }
            Err(why) => {
                stopped = Some(why);
                Ok(false)
            }
        }
    });
    let why = stopped.or_else(|| read.err().map(|error| reason(&error)));
    let Some(why) = why else { return Ok(()) };
    closed(draft, done, &why)?;
    if why == Unread::Opaque { Ok(()) } else { Err(why) }
}

fn is_encrypted(archive: &Archive, block: usize) -> bool {
    archive.blocks.get(block).is_some_and(|block| block.coders.iter().any(|coder| coder.encoder_method_id().starts_with(&AES)))
}

fn protection(archive: &Archive) -> Protection {
    let encrypted = (0..archive.blocks.len()).filter(|block| is_encrypted(archive, *block)).count();
    match encrypted {
        0 => Protection::Open,
        count if count == archive.blocks.len() => Protection::Protected,
        _ => Protection::Partly,
    }
}

/// Without its feature for AES the crate calls an encrypted header unsupported, by the coder's name.
fn names_aes(error: &Error) -> bool {
    matches!(error, Error::UnsupportedCompressionMethod(method) if method.to_ascii_uppercase().contains("AES"))
}

fn reason(error: &Error) -> Unread {
    match error {
        Error::UnsupportedCompressionMethod(_) | Error::Unsupported(_) | Error::ExternalUnsupported => Unread::Opaque,
        Error::MaxMemLimited { .. } => Unread::Bound("unpacking it takes more memory than there is".to_owned()),
        Error::PasswordRequired | Error::MaybeBadPassword(_) => Unread::Protected,
        _ => Unread::Broken("its structure or its data are damaged".to_owned()),
    }
}

#[cfg(test)]
#[path = "sevenz_tests.rs"]
mod tests;
