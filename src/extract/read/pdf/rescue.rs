//! A document whose table of objects is damaged or cut off, put together again.
//!
//! In: the file. Out: the same with a new table and trailer at its end, or nothing where no object is found. Objects are found by how they
//! begin (`12 0 obj`); of two with one number the later counts, as after an update. Linear in the file.

use std::collections::BTreeMap;
use std::fmt::Write;

use memchr::memmem;

/// Highest number of an object that is kept; a table is as long as its highest number.
const OBJECTS: u32 = 500_000;

/// The file with a new table of objects.
pub(super) fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
    let start = memmem::find(bytes, b"%PDF-").unwrap_or(0);
    let file = bytes.get(start..)?;
    let objects = objects(file);
    let root = root(file, &objects)?;
    let mut table = String::from("\nxref\n0 1\n0000000000 65535 f \n");
    for (number, (offset, generation)) in &objects {
        let _ = write!(table, "{number} 1\n{offset:010} {generation:05} n \n");
    }
    let size = objects.keys().last()? + 1;
    let _ = write!(table, "trailer\n<< /Size {size} /Root {root}");
    for key in ["/Info", "/Encrypt"] {
        if let Some(reference) = reference(file, key) {
            let _ = write!(table, " {key} {reference}");
        }
    }
    let mut mended = if file.starts_with(b"%PDF-") { file.to_vec() } else { [b"%PDF-1.4\n".as_slice(), file].concat() };
    mended.extend_from_slice(b"\n");
    let place = mended.len() + 1; // the table begins with a line end
    mended.extend_from_slice(table.as_bytes());
    if let Some(id) = identifier(file) {
        mended.extend_from_slice(b" /ID ");
        mended.extend_from_slice(id);
    }
    mended.extend_from_slice(format!(" >>\nstartxref\n{place}\n%%EOF\n").as_bytes());
    Some(mended)
}

/// Number, offset and generation of each object.
fn objects(file: &[u8]) -> BTreeMap<u32, (usize, u16)> {
    let mut objects = BTreeMap::new();
    for found in memmem::find_iter(file, b" obj") {
        if file.get(found + 4).is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        let Some((generation, at)) = number_before(file, found) else { continue };
        let Some((number, offset)) = at.checked_sub(1).and_then(|at| number_before(file, at)) else { continue };
        if let (Ok(number), Ok(generation)) = (u32::try_from(number), u16::try_from(generation))
            && number <= OBJECTS
            && number > 0
        {
            objects.insert(number, (offset, generation));
        }
    }
    objects
}

/// The number that ends here, and where it begins.
fn number_before(file: &[u8], end: usize) -> Option<(u64, usize)> {
    let from = end.saturating_sub(10);
    let digits = file.get(from..end)?.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let text = std::str::from_utf8(file.get(end - digits..end)?).ok()?;
    Some((text.parse().ok()?, end - digits))
}

/// The catalog: as a trailer says, else the last object that is one.
fn root(file: &[u8], objects: &BTreeMap<u32, (usize, u16)>) -> Option<String> {
    let said = reference(file, "/Root");
    let is_there =
        |said: &String| said.split(' ').next().and_then(|n| n.parse().ok()).is_some_and(|n: u32| objects.contains_key(&n));
    said.clone().filter(is_there).or_else(|| catalog(file, objects)).or(said)
}

fn catalog(file: &[u8], objects: &BTreeMap<u32, (usize, u16)>) -> Option<String> {
    let place = memmem::rfind(file, b"/Catalog")?;
    let holds = |(_, (offset, _)): &(&u32, &(usize, u16))| *offset < place;
    let (number, (_, generation)) = objects.iter().filter(holds).max_by_key(|(_, (offset, _))| *offset)?;
    Some(format!("{number} {generation} R"))
}

/// The last reference under a key: `/Root 1 0 R`.
fn reference(file: &[u8], key: &str) -> Option<String> {
    let place = memmem::rfind(file, key.as_bytes())? + key.len();
    let near = file.get(place..(place + 32).min(file.len()))?;
    let near = String::from_utf8_lossy(near).into_owned();
    let mut words = near.split_ascii_whitespace();
    let (number, generation): (u32, u16) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words.next().filter(|word| word.starts_with('R')).map(|_| format!("{number} {generation} R"))
}

/// What stands in brackets behind the last `/ID`: a key is made of it.
fn identifier(file: &[u8]) -> Option<&[u8]> {
    let place = memmem::rfind(file, b"/ID")?;
    let rest = file.get(place + 3..(place + 512).min(file.len()))?;
    let open = rest.iter().position(|byte| *byte == b'[').filter(|open| *open < 4)?;
    let close = rest.iter().position(|byte| *byte == b']')?;
    rest.get(open..=close)
}
