//! Kinds that are told by bytes at fixed places.
//!
//! In: a file. Out: a kind where one is sure. Two looks: [`early`] at the beginning, where nearly every format puts its mark, and [`late`]
//! at marks that stand further in or at the end, asked only where nothing else was found at the beginning.

use memchr::memmem;

use crate::extract::kind::Kind;

/// Marks at the beginning of a file, longest first where one begins another.
const BEGINNINGS: &[(&[u8], Kind)] = &[
    (b"PK\x03\x04", Kind::Zip),
    (b"PK\x05\x06", Kind::Zip),
    (b"PK\x07\x08PK\x03\x04", Kind::Zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind::Ole),
    (b"%PDF-", Kind::Pdf),
    (b"{\\rt", Kind::Rtf),
    (b"%!PS", Kind::PostScript),
    (b"\x04%!PS", Kind::PostScript),
    (b"\xc5\xd0\xd3\xc6", Kind::PostScript),
    (b"\x78\x9f\x3e\x22", Kind::Tnef),
    // MS-ONESTORE section 2.3.1: a section, and a table of contents.
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", Kind::OneNote),
    (b"\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f", Kind::OneNote),
    (b"\0\x01\0\0Standard Jet DB", Kind::Access),
    (b"\0\x01\0\0Standard ACE DB", Kind::Access),
    (b"\x76\xe8\x04\x60\xc4\x11\xe3\x86", Kind::RightsManaged),
    (b"\x1f\x8b\x08", Kind::Gzip),
    (b"\xfd7zXZ\0", Kind::Xz),
    (b"\x28\xb5\x2f\xfd", Kind::Zstd),
    (b"7z\xbc\xaf\x27\x1c", Kind::SevenZip),
    (b"Rar!\x1a\x07", Kind::Rar),
    (b"RE~^", Kind::Rar),
    (b"MSCF\0\0\0\0", Kind::Cab),
    (b"ISc(", Kind::Cab),
    (b"\x1f\x9d", Kind::UnixCompress),
    (b"\x7fELF", Kind::Elf),
    (b"\xfe\xed\xfa\xce", Kind::MachO),
    (b"\xfe\xed\xfa\xcf", Kind::MachO),
    (b"\xce\xfa\xed\xfe", Kind::MachO),
    (b"\xcf\xfa\xed\xfe", Kind::MachO),
    (b"\xca\xfe\xba\xbf", Kind::MachO),
    // MS-SHLLINK section 2.1.
    (b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", Kind::Shortcut),
    (b"ITSF\x03\0\0\0", Kind::CompiledHelp),
    (b"?_\x03\0", Kind::CompiledHelp),
    (b"conectix", Kind::DiskImage),
    (b"vhdxfile", Kind::DiskImage),
    (b"KDMV", Kind::DiskImage),
    (b"# Disk DescriptorFile", Kind::DiskImage),
    (b"MSWIM\0\0\0", Kind::DiskImage),
    (b"QFI\xfb", Kind::DiskImage),
    (b"\xff\xd8\xff", Kind::Jpeg),
    (b"\x89PNG\r\n\x1a\n", Kind::Png),
    (b"GIF87a", Kind::Gif),
    (b"GIF89a", Kind::Gif),
    (b"II*\0", Kind::Tiff),
    (b"MM\0*", Kind::Tiff),
    (b"II+\0", Kind::Tiff),
    (b"\xd7\xcd\xc6\x9a", Kind::Metafile),
    (b"\x01\0\x09\0\0\x03", Kind::Metafile),
    (b"8BPS\0", Kind::Picture),
    (b"gimp xcf ", Kind::Picture),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Kind::Picture),
    (b"\0\0\0\x0cJXL \r\n\x87\n", Kind::Picture),
    (b"ID3", Kind::Audio),
    (b"fLaC", Kind::Audio),
    (b"MThd\0\0\0\x06", Kind::Audio),
    (b"#!AMR", Kind::Audio),
    (b"caff\0", Kind::Audio),
    (b"FLV\x01", Kind::Video),
    (b"\x1a\x45\xdf\xa3", Kind::Video),
    (b"\0\0\x01\xba", Kind::Video),
    (b"\0\0\x01\xb3", Kind::Video),
    (b"OTTO\0", Kind::Font),
    (b"wOFF", Kind::Font),
    (b"wOF2", Kind::Font),
    (b"ttcf\0", Kind::Font),
];

/// Marks in the first bytes.
pub(super) fn early(bytes: &[u8], ending: &str) -> Option<Kind> {
    let sure = BEGINNINGS.iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(_, kind)| *kind);
    sure.or_else(|| program(bytes))
        .or_else(|| packed(bytes))
        .or_else(|| picture(bytes))
        .or_else(|| media(bytes, ending))
        .or_else(|| secured(bytes))
}

/// Marks further in, at the end, or after junk.
pub(super) fn late(bytes: &[u8]) -> Option<Kind> {
    let head = bytes.get(..1024 + 5).unwrap_or(bytes);
    // Readers look for the header in the first 1024 octets (ISO 32000-1 annex H.3.4.1); what only speaks of PDF has no objects.
    if memmem::find(head, b"%PDF-").is_some() && memmem::find(bytes, b" obj").is_some() {
        return Some(Kind::Pdf);
    }
    if is_tar(bytes) {
        return Some(Kind::Tar);
    }
    is_disk(bytes).then_some(Kind::DiskImage)
}

fn at(bytes: &[u8], offset: usize, mark: &[u8]) -> bool {
    bytes.get(offset..).is_some_and(|rest| rest.starts_with(mark))
}

fn u32_le(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

fn u16_le(bytes: &[u8], offset: usize) -> Option<u16> {
    bytes.get(offset..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

fn u32_be(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..)?.first_chunk().map(|chunk| u32::from_be_bytes(*chunk))
}

/// Programs whose marks need a second look.
fn program(bytes: &[u8]) -> Option<Kind> {
    if bytes.starts_with(b"MZ") || bytes.starts_with(b"ZM") {
        return windows_or_dos(bytes);
    }
    if bytes.starts_with(b"\xca\xfe\xba\xbe") {
        // A fat binary counts its architectures where a class file has its version, at least 45 (JVMS section 4.1).
        return Some(if u32_be(bytes, 4).is_some_and(|count| count < 40) { Kind::MachO } else { Kind::JavaClass });
    }
    None
}

/// A text may begin with MZ; a header has sizes that fit, or points to the new header.
fn windows_or_dos(bytes: &[u8]) -> Option<Kind> {
    let new = u32_le(bytes, 0x3c).and_then(|offset| usize::try_from(offset).ok());
    let is_new = |mark: &[u8]| new.is_some_and(|offset| at(bytes, offset, mark));
    if [b"PE\0\0".as_slice(), b"NE", b"LE", b"LX"].iter().any(|mark| is_new(mark)) {
        return Some(Kind::WindowsProgram);
    }
    let pages = u16_le(bytes, 4)?;
    let last = u16_le(bytes, 2)?;
    let is_text = bytes.iter().take(64).all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    (!is_text && last < 512 && pages > 0).then_some(Kind::DosProgram)
}

fn packed(bytes: &[u8]) -> Option<Kind> {
    let is_lzh = || {
        let method = bytes.get(2..7)?;
        (matches!(method, [b'-', b'l', b'h' | b'z', _, b'-']) && method.get(3)?.is_ascii_alphanumeric()).then_some(Kind::Lzh)
    };
    if bytes.starts_with(b"BZh") && matches!(bytes.get(3), Some(b'1'..=b'9')) {
        let is_block = at(bytes, 4, b"1AY&SY") || at(bytes, 4, b"\x17\x72\x45\x38\x50\x90");
        return is_block.then_some(Kind::Bzip2);
    }
    // The header of ARJ has at most 2600 octets, and begins with its own size.
    if bytes.starts_with(b"\x60\xea") && u16_le(bytes, 2).is_some_and(|size| size > 0 && size <= 2600) {
        return Some(Kind::Arj);
    }
    if at(bytes, 7, b"**ACE**") {
        return Some(Kind::Ace);
    }
    is_lzh()
}

fn picture(bytes: &[u8]) -> Option<Kind> {
    let is_bmp = bytes.starts_with(b"BM") && matches!(u32_le(bytes, 14), Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124));
    if bytes.starts_with(b"RIFF") && at(bytes, 8, b"WEBP") {
        return Some(Kind::Webp);
    }
    if bytes.starts_with(b"\x01\0\0\0") && at(bytes, 40, b" EMF") {
        return Some(Kind::Metafile);
    }
    let is_icon = bytes.starts_with(b"\0\0\x01\0") || bytes.starts_with(b"\0\0\x02\0");
    if is_icon && u16_le(bytes, 4).is_some_and(|count| (1..=256).contains(&count)) && bytes.get(9) == Some(&0) {
        return Some(Kind::Icon);
    }
    if bytes.starts_with(b"\xff\x0a") && bytes.len() > 12 && bytes.iter().take(12).any(|b| *b == 0 || *b > 127) {
        return Some(Kind::Picture);
    }
    is_bmp.then_some(Kind::Bmp)
}

fn media(bytes: &[u8], ending: &str) -> Option<Kind> {
    let by_name =
        |fallback: Kind| Kind::with_ending(ending).find(|kind| [Kind::Audio, Kind::Video].contains(kind)).unwrap_or(fallback);
    match bytes.get(..4)? {
        b"RIFF" if at(bytes, 8, b"WAVE") || at(bytes, 8, b"RMID") => return Some(Kind::Audio),
        b"RIFF" if at(bytes, 8, b"AVI ") => return Some(Kind::Video),
        b"FORM" if at(bytes, 8, b"AIF") => return Some(Kind::Audio),
        b"OggS" => {
            let head = bytes.get(..128).unwrap_or(bytes);
            return Some(if memmem::find(head, b"theora").is_some() { Kind::Video } else { Kind::Audio });
        }
        // ASF holds sound or film, and says which far inside.
        b"\x30\x26\xb2\x75" => return Some(by_name(Kind::Video)),
        _ => {}
    }
    if let Some(brand) = at(bytes, 4, b"ftyp").then(|| bytes.get(8..12)).flatten() {
        return Some(match brand {
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" | b"avif" | b"avis" => Kind::Heic,
            b"M4A " | b"M4B " | b"M4P " => Kind::Audio,
            _ => by_name(Kind::Video),
        });
    }
    let is_quicktime = [b"moov", b"mdat", b"wide", b"pnot"].iter().any(|atom| at(bytes, 4, *atom));
    let is_stream = bytes.len() > 376 && [0, 188, 376].iter().all(|offset| at(bytes, *offset, b"G"));
    if is_quicktime || is_stream && bytes.contains(&0) {
        return Some(Kind::Video);
    }
    if is_sound_frame(bytes) { Some(Kind::Audio) } else { font(bytes) }
}

/// A frame of MPEG audio or of AAC: layer, bit rate and sampling rate that exist. UTF-16 text begins with FF FE, which is none.
fn is_sound_frame(bytes: &[u8]) -> bool {
    let Some([0xff, second, third, ..]) = bytes.first_chunk::<4>() else { return false };
    let is_mpeg = matches!(second, 0xe2 | 0xe3 | 0xf2..=0xf7 | 0xfa | 0xfb | 0xfc | 0xfd);
    let is_aac = matches!(second, 0xf0 | 0xf1 | 0xf8 | 0xf9);
    (is_mpeg && third >> 4 != 15 && third >> 4 != 0 && third & 0x0c != 0x0c) || (is_aac && third & 0x3c < 0x34)
}

fn font(bytes: &[u8]) -> Option<Kind> {
    let is_outline = bytes.starts_with(b"\0\x01\0\0\0") || bytes.starts_with(b"true\0");
    let tables = bytes.get(5).is_some_and(|count| (4..=64).contains(count));
    let is_embedded = at(bytes, 34, b"LP") && matches!(u32_le(bytes, 8), Some(0x0001_0000 | 0x0002_0001 | 0x0002_0002));
    (is_outline && tables || is_embedded).then_some(Kind::Font)
}

/// CMS in DER (RFC 5652 section 3: a sequence that begins with an object identifier of 1.2.840.113549.1.7) and binary OpenPGP.
fn secured(bytes: &[u8]) -> Option<Kind> {
    let head = bytes.get(..32).unwrap_or(bytes);
    if head.first() == Some(&0x30)
        && memmem::find(head, b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07").is_some_and(|place| place <= 8)
    {
        return Some(Kind::Pkcs7);
    }
    is_openpgp(bytes).then_some(Kind::PgpMessage)
}

/// The first packet (RFC 9580 section 4.2): a tag that may begin a message, and a version that it may have.
fn is_openpgp(bytes: &[u8]) -> bool {
    let Some((&first, rest)) = bytes.split_first() else { return false };
    if first & 0x80 == 0 {
        return false;
    }
    let (tag, length) = if first & 0x40 != 0 {
        let octets = match rest.first() {
            Some(0..=191) => 1,
            Some(192..=223) => 2,
            Some(255) => 5,
            _ => return false,
        };
        (first & 0x3f, octets)
    } else {
        (first >> 2 & 0x0f, [1, 2, 4, 0][usize::from(first & 3)])
    };
    let Some(body) = rest.get(length..) else { return false };
    match (tag, body) {
        // A session key for a public key: version, eight octets of key id, an algorithm.
        (1, [3, _, _, _, _, _, _, _, _, algorithm, ..]) => matches!(algorithm, 1 | 2 | 16 | 18 | 25),
        // A session key for a password: version, cipher, a way to make a key.
        (3, [4, cipher, way, hash, ..]) => (1..=13).contains(cipher) && matches!(way, 0 | 1 | 3) && (1..=14).contains(hash),
        (4, [3, kind, hash, key, ..]) => *kind < 2 && (1..=14).contains(hash) && matches!(key, 1..=3 | 17 | 19 | 22 | 27),
        (2, [4, kind, key, hash, ..]) => {
            matches!(kind, 0 | 1 | 0x10..=0x13) && matches!(key, 1..=3 | 17 | 19 | 22 | 27) && (1..=14).contains(hash)
        }
        // Compressed: deflate, zlib, bzip2.
        (8, [1, ..]) => first == 0xa3,
        (8, [2, 0x78, ..] | [3, b'B', b'Z', ..]) => true,
        // A public or secret key: version, time, an algorithm.
        (5 | 6, [4, _, _, _, _, algorithm, ..]) => matches!(algorithm, 1..=3 | 16..=22 | 25 | 27),
        _ => false,
    }
}

/// A header of tar: the mark of POSIX, or, in older files, a checksum that fits.
fn is_tar(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<512>() else { return false };
    if header[257..].starts_with(b"ustar") {
        return true;
    }
    let digits: Vec<u8> = header[148..156].iter().copied().filter(u8::is_ascii_digit).collect();
    let said = std::str::from_utf8(&digits).ok().and_then(|digits| u32::from_str_radix(digits, 8).ok());
    let sum = header.iter().enumerate().map(|(place, byte)| if (148..156).contains(&place) { 32 } else { u32::from(*byte) });
    header[0] != 0 && said.is_some_and(|said| said > 0 && said == sum.sum::<u32>())
}

/// ISO 9660 and UDF (in sectors of 2048 octets, and of 2352 in raw images), FAT and NTFS volumes, the marks at the end of VHD and DMG.
fn is_disk(bytes: &[u8]) -> bool {
    let is_volume = |offset: usize| [b"CD001".as_slice(), b"BEA01", b"CDROM"].iter().any(|mark| at(bytes, offset + 1, mark));
    let is_boot = at(bytes, 510, b"\x55\xaa")
        && (matches!(bytes.first(), Some(0xeb | 0xe9))
            || [b"FAT".as_slice(), b"NTFS"].iter().any(|m| at(bytes, 54, m) || at(bytes, 3, m)));
    let last = bytes.len().checked_sub(512);
    let ends_so = last.is_some_and(|last| at(bytes, last, b"conectix") || at(bytes, last, b"koly\0\0\0\x04"));
    [32_768, 37_640, 37_648].into_iter().any(is_volume) || is_boot || ends_so || at(bytes, 64, b"\x7f\x10\xda\xbe")
}
