//! Workbooks under the password that Excel itself knows, `VelvetSweatshop`: it locks the structure of a workbook, and anyone opens it.
//!
//! In: the stream of a workbook and its FILEPASS record. Out: the stream in clear where that password fits, else nothing: then a person's
//! password is needed. Three ciphers: XOR, RC4 of Excel 97, RC4 of the CryptoAPI (MS-XLS section 2.4.117, MS-OFFCRYPTO section 2.3.5 to
//! 2.3.7). Decoding only; none of them protects anything.

use md5::{Digest, Md5};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::super::octets::{some_of, u16_at, u32_at};

const PASSWORD: &str = "VelvetSweatshop";
/// Octets after which the key changes (MS-XLS section 2.2.10).
const BLOCK: usize = 1024;

/// The stream in clear, if the known password opens it.
pub(super) fn open_workbook(stream: &[u8], file_pass: &[u8]) -> Option<Vec<u8>> {
    open_with(PASSWORD, stream, file_pass)
}

fn open_with(password: &str, stream: &[u8], file_pass: &[u8]) -> Option<Vec<u8>> {
    match (u16_at(file_pass, 0)?, u16_at(file_pass, 2)) {
        (0, _) => by_xor(password.as_bytes(), stream, file_pass),
        (1, Some(1)) => by_rc4(stream, &Keys::of_excel_97(password, some_of(file_pass, 6, 48))?),
        (1, Some(2..=4)) => by_rc4(stream, &Keys::of_crypto_api(password, some_of(file_pass, 6, usize::MAX))?),
        _ => None,
    }
}

/// Keys of the blocks of a stream.
enum Keys {
    Md5([u8; 5]),
    Sha1 { base: Vec<u8>, bits: u32 },
}

impl Keys {
    /// Salt, verifier and its hash, 16 octets each (MS-OFFCRYPTO section 2.3.6.2).
    fn of_excel_97(password: &str, header: &[u8]) -> Option<Self> {
        let salt = header.get(..16)?;
        let first = Md5::digest(wide(password));
        let repeated = [first.get(..5)?, salt].concat().repeat(16);
        let keys = Self::Md5(Md5::digest(repeated).get(..5)?.try_into().ok()?);
        let mut verifier = header.get(16..48)?.to_vec();
        Rc4::new(&keys.of_block(0)).apply(&mut verifier);
        let (plain, hash) = verifier.split_at(16);
        (Md5::digest(plain).as_slice() == hash).then_some(keys)
    }

    /// A header with the length of the key, then a salt, a verifier and its hash (section 2.3.5.1).
    fn of_crypto_api(password: &str, info: &[u8]) -> Option<Self> {
        let size = u32_at(info, 4)? as usize;
        let bits = u32_at(info, 8 + 16)?;
        let rest = info.get(size.checked_add(8)?..)?;
        let salt = rest.get(4..20)?;
        let base = digest(&SHA1_FOR_LEGACY_USE_ONLY, &[salt, &wide(password)].concat()).as_ref().to_vec();
        let keys = Self::Sha1 { base, bits: if bits == 0 { 40 } else { bits } };
        let mut verifier = [rest.get(20..36)?, rest.get(40..60)?].concat();
        Rc4::new(&keys.of_block(0)).apply(&mut verifier);
        let (plain, hash) = verifier.split_at(16);
        (digest(&SHA1_FOR_LEGACY_USE_ONLY, plain).as_ref() == hash).then_some(keys)
    }

    fn of_block(&self, block: u32) -> Vec<u8> {
        match self {
            Self::Md5(base) => Md5::digest([base.as_slice(), &block.to_le_bytes()].concat()).to_vec(),
            Self::Sha1 { base, bits } => {
                let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &[base.as_slice(), &block.to_le_bytes()].concat());
                let mut key = some_of(hash.as_ref(), 0, (*bits / 8) as usize).to_vec();
                // A key of 40 bits is filled up with zeros (section 2.3.5.2).
                if *bits == 40 {
                    key.resize(16, 0);
                }
                key
            }
        }
    }
}

fn wide(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Deciphers the data of records; their heads, and what must be read before the password is known, are in clear (MS-XLS section 2.2.10).
fn by_rc4(stream: &[u8], keys: &Keys) -> Option<Vec<u8>> {
    let mut mask = vec![0; stream.len()];
    for (block, part) in mask.chunks_mut(BLOCK).enumerate() {
        Rc4::new(&keys.of_block(u32::try_from(block).ok()?)).apply(part);
    }
    let mut out = stream.to_vec();
    for (start, end) in enciphered(stream) {
        for (octet, key) in out.get_mut(start..end)?.iter_mut().zip(mask.get(start..end)?) {
            *octet ^= key;
        }
    }
    Some(out)
}

/// Where enciphered data begins and ends.
fn enciphered(stream: &[u8]) -> Vec<(usize, usize)> {
    let mut at: usize = 0;
    let mut found = Vec::new();
    while let (Some(id), Some(size)) = (u16_at(stream, at), u16_at(stream, at + 2)) {
        let start = at + 4;
        let end = (start + usize::from(size)).min(stream.len());
        match id {
            0x0809 | 0x0409 | 0x0209 | 0x0009 | 0x002F | 0x0194 | 0x0195 | 0x00E1 | 0x0138 | 0x0160 => {}
            // The place of a sheet stays in clear.
            0x0085 => found.push(((start + 4).min(end), end)),
            _ => found.push((start, end)),
        }
        at = end.max(at + 4);
    }
    found
}

/// XOR obfuscation (MS-OFFCRYPTO section 2.3.7.2), with the key's rotation by the place in the stream and the record's length.
fn by_xor(password: &[u8], stream: &[u8], file_pass: &[u8]) -> Option<Vec<u8>> {
    let (key, verifier) = (u16_at(file_pass, 2)?, u16_at(file_pass, 4)?);
    if verifier != verifier_of(password) {
        return None;
    }
    let array = xor_array(password, key);
    let mut out = stream.to_vec();
    let mut head: usize = 0;
    while let (Some(_), Some(size)) = (u16_at(stream, head), u16_at(stream, head + 2)) {
        let (start, end) = (head + 4, (head + 4 + usize::from(size)).min(stream.len()));
        for (begin, _) in enciphered(stream.get(head..end)?).into_iter().take(1) {
            for place in head + begin..end {
                let octet = out.get_mut(place)?;
                *octet = octet.rotate_left(3) ^ array.get((place + end - start) % 16)?;
            }
        }
        head = end.max(head + 4);
    }
    Some(out)
}

/// Section 2.3.7.1.
fn verifier_of(password: &[u8]) -> u16 {
    let mut verifier: u16 = 0;
    let all = std::iter::once(u8::try_from(password.len()).unwrap_or_default()).chain(password.iter().copied());
    for octet in all.collect::<Vec<_>>().into_iter().rev() {
        verifier = ((verifier >> 14) & 1) | ((verifier << 1) & 0x7FFF);
        verifier ^= u16::from(octet);
    }
    verifier ^ 0xCE4B
}

/// Section 2.3.7.2: the password, padded, each octet under an octet of the key.
fn xor_array(password: &[u8], key: u16) -> [u8; 16] {
    const PAD: [u8; 15] = [0xBB, 0xFF, 0xFF, 0xBA, 0xFF, 0xFF, 0xB9, 0x80, 0x00, 0xBE, 0x0F, 0x00, 0xBF, 0x0F, 0x00];
    let mut array = [0; 16];
    let filled = password.iter().chain(&PAD);
    for (place, (octet, from)) in array.iter_mut().zip(filled).enumerate() {
        let [low, high] = key.to_le_bytes();
        *octet = (from ^ if place % 2 == 0 { low } else { high }).rotate_left(2);
    }
    array
}

/// RC4, as the formats above demand it.
struct Rc4 {
    state: [u8; 256],
    i: u8,
    j: u8,
}

impl Rc4 {
    fn new(key: &[u8]) -> Self {
        let mut state: [u8; 256] = std::array::from_fn(|at| u8::try_from(at).unwrap_or_default());
        let mut j: u8 = 0;
        for (i, key) in (0..=255_u8).zip(key.iter().cycle()) {
            j = j.wrapping_add(state[usize::from(i)]).wrapping_add(*key);
            state.swap(i.into(), j.into());
        }
        Self { state, i: 0, j: 0 }
    }

    fn apply(&mut self, bytes: &mut [u8]) {
        for octet in bytes {
            self.i = self.i.wrapping_add(1);
            self.j = self.j.wrapping_add(self.state[usize::from(self.i)]);
            self.state.swap(self.i.into(), self.j.into());
            let at = self.state[usize::from(self.i)].wrapping_add(self.state[usize::from(self.j)]);
            *octet ^= self.state[usize::from(at)];
        }
    }
}

#[cfg(test)]
#[path = "cipher_tests.rs"]
mod tests;
