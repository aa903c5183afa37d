//! One character as a reader takes it: digits of every script as `0`–`9`, look-alike spaces, dashes and quotes as one, the unseen gone.
//!
//! In: a character and its neighbours. Out: what stands for it in a [`Reading`](super::reading::Reading). NFKC (UAX 15) is applied to
//! single characters: whole-text composition would not change any identifier, and accents put on by combining marks are dropped, since
//! names are compared without accents anyway. Look-alikes of other scripts (UTS 39) become Latin only beside Latin letters or figures:
//! a Russian sentence stays Russian.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// What stands for a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folded {
    /// Nothing: it is not seen.
    Nothing,
    One(char),
    /// Several, by NFKC; see [`compatible`].
    Many,
}

/// Folds one character; look-alikes are left to [`latin`], which must see the neighbours.
pub(super) fn fold(c: char) -> Folded {
    match c {
        '\r' => Folded::Nothing,
        '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Folded::One('\n'),
        _ if c.is_ascii() => Folded::One(c),
        _ if is_unseen(c) => Folded::Nothing,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Folded::One(' '),
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{b4}' | '\u{2032}' => Folded::One('\''),
        '\u{201c}' | '\u{201d}' | '\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2033}' => Folded::One('"'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => Folded::One('-'),
        '\u{c0}'..='\u{24f}' | '\u{391}'..='\u{3c9}' | '\u{410}'..='\u{44f}' | '\u{4e00}'..='\u{9fff}' => Folded::One(c),
        _ => decimal(c).map_or(Folded::Many, Folded::One),
    }
}

/// Formatting characters and variation selectors, joiners and marks: a reader sees the same with and without them.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' | '\u{20e3}')
}

/// The value of a decimal digit of any script. Unicode lays them out in tens that begin at a code point ending in 0 or 6, save for the
/// mathematical ones, which NFKC knows.
fn decimal(c: char) -> Option<char> {
    let category = CodePointMapData::<GeneralCategory>::new();
    if category.get(c) != GeneralCategory::DecimalNumber || ('\u{1d7ce}'..='\u{1d7ff}').contains(&c) {
        return None;
    }
    let code = u32::from(c);
    let row = code & !0xf;
    let is_from_row = category.get32(row) == GeneralCategory::DecimalNumber;
    let zero = if is_from_row { row } else { row + 6 };
    code.checked_sub(zero).and_then(|value| char::from_digit(value, 10))
}

/// What NFKC makes of a character.
pub(super) fn compatible(c: char) -> impl Iterator<Item = char> {
    ComposingNormalizerBorrowed::new_nfkc().normalize_iter(std::iter::once(c)).filter(|c| !is_unseen(*c))
}

/// The Latin letter that a Greek or Cyrillic one passes for in print.
pub(super) fn latin(c: char) -> Option<char> {
    Some(match c {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Ԍ' => 'G',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' | 'Ӏ' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Ѵ' => 'V',
        'Ԝ' => 'W',
        'Х' | 'Χ' => 'X',
        'У' | 'Υ' | 'Ү' => 'Y',
        'Ζ' => 'Z',
        'а' | 'α' => 'a',
        'с' | 'ϲ' => 'c',
        'е' => 'e',
        'һ' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'ν' | 'ѵ' => 'v',
        'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        _ => return None,
    })
}

/// A word for look-ups: small letters without accents, apostrophes or strokes.
pub(super) fn plain(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            'a'..='z' | '-' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            '\'' => {}
            'ł' | 'Ł' => out.push('l'),
            'ø' | 'Ø' => out.push('o'),
            'đ' | 'Đ' | 'ð' | 'Ð' => out.push('d'),
            'ı' | 'İ' => out.push('i'),
            'ß' => out.push_str("ss"),
            'æ' | 'Æ' => out.push_str("ae"),
            'œ' | 'Œ' => out.push_str("oe"),
            _ => {
                let parts = icu_normalizer::DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(std::iter::once(c));
                out.extend(parts.filter(|c| !is_unseen(*c)).flat_map(char::to_lowercase));
            }
        }
    }
    out
}
