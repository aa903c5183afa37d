//! For tests: writes zip files, sound and otherwise.

use std::io::Write;

/// How an entry is written.
#[derive(Clone)]
pub(in crate::extract::read) struct Written {
    pub(in crate::extract::read) name: String,
    /// The name in the local header, where it is another.
    pub(in crate::extract::read) local: Option<String>,
    pub(in crate::extract::read) data: Vec<u8>,
    pub(in crate::extract::read) size: u32,
    pub(in crate::extract::read) method: u16,
    pub(in crate::extract::read) flags: u16,
    pub(in crate::extract::read) is_listed: bool,
}

impl Written {
    /// Deflated.
    pub(in crate::extract::read) fn new(name: &str, content: &[u8]) -> Self {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        let (data, size) = (encoder.finish().unwrap(), u32::try_from(content.len()).unwrap());
        Self { name: name.to_owned(), local: None, data, size, method: 8, flags: 0x800, is_listed: true }
    }

    fn fields(&self, name: &str) -> Vec<u8> {
        let mut fields = Vec::new();
        fields.extend([20, 0]);
        fields.extend(self.flags.to_le_bytes());
        fields.extend(self.method.to_le_bytes());
        fields.extend([0; 8]);
        fields.extend(u32::try_from(self.data.len()).unwrap().to_le_bytes());
        fields.extend(self.size.to_le_bytes());
        fields.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        fields.extend([0, 0]);
        fields
    }
}

/// A zip file of these entries.
pub(in crate::extract::read) fn written(entries: &[Written]) -> Vec<u8> {
    let (mut file, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for entry in entries {
        let at = u32::try_from(file.len()).unwrap();
        let local = entry.local.as_ref().unwrap_or(&entry.name);
        file.extend(b"PK\x03\x04");
        file.extend(entry.fields(local));
        file.extend(local.as_bytes());
        file.extend(&entry.data);
        if entry.is_listed {
            count += 1;
            record(&mut directory, entry, at);
        }
    }
    end(file, directory, count)
}

/// A record of the directory.
pub(in crate::extract::read) fn record(directory: &mut Vec<u8>, entry: &Written, at: u32) {
    directory.extend(b"PK\x01\x02\x14\0");
    directory.extend(entry.fields(&entry.name));
    directory.extend([0; 10]);
    directory.extend(at.to_le_bytes());
    directory.extend(entry.name.as_bytes());
}

/// Puts the directory behind the entries.
pub(in crate::extract::read) fn end(mut file: Vec<u8>, directory: Vec<u8>, count: u16) -> Vec<u8> {
    let (at, size) = (u32::try_from(file.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(size.to_le_bytes());
    file.extend(at.to_le_bytes());
    file.extend([0, 0]);
    file
}

/// A zip file of names and contents.
pub(in crate::extract::read) fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
    written(&parts.iter().map(|(name, content)| Written::new(name, content)).collect::<Vec<_>>())
}
