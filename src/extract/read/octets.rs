//! Numbers and words out of little-endian bytes, as the old Office formats write them. In: bytes and a place. Out: what stands there, or
//! nothing where the bytes end before; nothing else can fail.

use encoding_rs::Encoding;

/// The two octets at a place.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let found = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(found.try_into().ok()?))
}

/// The four octets at a place.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let found = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(found.try_into().ok()?))
}

/// The eight octets at a place.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let found = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(found.try_into().ok()?))
}

/// Four octets as a place or length.
pub(super) fn size_at(bytes: &[u8], at: usize) -> Option<usize> {
    u32_at(bytes, at).map(|number| number as usize)
}

/// What is there of a range, however little.
pub(super) fn some_of(bytes: &[u8], at: usize, size: usize) -> &[u8] {
    let end = at.saturating_add(size).min(bytes.len());
    bytes.get(at..end).unwrap_or_default()
}

/// Up to the first zero.
pub(super) fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|octet| *octet == 0).next().unwrap_or_default()
}

/// UTF-16 as text; what is no character becomes U+FFFD.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let (units, _) = bytes.as_chunks::<2>();
    char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit)))
        .map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// Text in a Windows code page, named by its number. Pages of DOS and unknown ones are read as windows-1252: letters of English are in
/// the same place in all of them.
pub(super) fn in_page(page: u32, bytes: &[u8]) -> String {
    if page == 1200 { utf16(bytes) } else { encoding(page).decode_without_bom_handling(bytes).0.into_owned() }
}

/// The encoding of a code page.
pub(super) fn encoding(page: u32) -> &'static Encoding {
    use encoding_rs as e;
    match page {
        866 => e::IBM866,
        874 => e::WINDOWS_874,
        932 => e::SHIFT_JIS,
        936 => e::GBK,
        949 => e::EUC_KR,
        950 => e::BIG5,
        1250 => e::WINDOWS_1250,
        1251 => e::WINDOWS_1251,
        1253 => e::WINDOWS_1253,
        1254 | 28599 => e::WINDOWS_1254,
        1255 => e::WINDOWS_1255,
        1256 => e::WINDOWS_1256,
        1257 => e::WINDOWS_1257,
        1258 => e::WINDOWS_1258,
        10000 => e::MACINTOSH,
        20866 => e::KOI8_R,
        21866 => e::KOI8_U,
        28592 => e::ISO_8859_2,
        28593 => e::ISO_8859_3,
        28594 => e::ISO_8859_4,
        28595 => e::ISO_8859_5,
        28596 => e::ISO_8859_6,
        28597 => e::ISO_8859_7,
        28598 => e::ISO_8859_8,
        28605 => e::ISO_8859_15,
        50220..=50222 => e::ISO_2022_JP,
        51932 => e::EUC_JP,
        54936 => e::GB18030,
        65001 => e::UTF_8,
        _ => e::WINDOWS_1252,
    }
}

/// A Windows FILETIME (hundreds of nanoseconds since 1601) as `dd/mm/yyyy hh:mm`, UTC.
pub(super) fn file_time(ticks: u64) -> Option<String> {
    let seconds = i64::try_from(ticks / 10_000_000).ok()?;
    (ticks > 0).then(|| day_and_time(seconds.div_euclid(86400) - 134_774, seconds.rem_euclid(86400)))?
}

/// A day counted from 1 January 1970 as `dd/mm/yyyy`, and the time of day where it is not midnight.
pub(super) fn day_and_time(day: i64, seconds: i64) -> Option<String> {
    let days = i32::try_from(day).ok().filter(|days| (-700_000..2_900_000).contains(days))?;
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = epoch.checked_add(jiff::Span::new().days(days)).ok()?;
    let day = format!("{:02}/{:02}/{}", date.day(), date.month(), date.year());
    Some(if seconds == 0 { day } else { format!("{day} {}", time_of_day(seconds)) })
}

/// `hh:mm`, with the seconds where they are not zero.
pub(super) fn time_of_day(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { format!("{hours:02}:{minutes:02}") } else { format!("{hours:02}:{minutes:02}:{rest:02}") }
}
