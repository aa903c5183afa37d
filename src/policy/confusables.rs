//! Letters of other scripts that look like Latin ones, so that a word is seen as a reader would see it (UTS 39, much shortened).
//!
//! In: one character, compatibility-decomposed. Out: the Latin small letter it looks like, or the character itself. Our own
//! small table: the Cyrillic, Greek, Armenian, Cherokee and Lisu look-alikes, Latin letters with a stroke or in small
//! capitals, and the alphabets in boxes. It does not read figures as letters (`0` for `o`): those are seen as what they are.

/// The Latin small letter that a character passes for.
pub(super) fn looks_like(c: char) -> char {
    match c {
        // а А α Α ɑ ᴀ ⍺ Ꭺ ꓮ
        '\u{430}' | '\u{410}' | '\u{3b1}' | '\u{391}' | '\u{251}' | '\u{1d00}' | '\u{237a}' | '\u{13aa}' | '\u{a4ee}' => 'a',
        // в В Β ь Ь ʙ ƀ Ᏼ ꓐ Ƅ
        '\u{432}' | '\u{412}' | '\u{392}' | '\u{44c}' | '\u{42c}' | '\u{299}' | '\u{180}' | '\u{13f4}' | '\u{a4d0}'
        | '\u{184}' => 'b',
        // с С ᴄ Ꮯ ꓚ ȼ
        '\u{441}' | '\u{421}' | '\u{1d04}' | '\u{13df}' | '\u{a4da}' | '\u{23c}' | '\u{3c2}' => 'c',
        // ԁ Ԁ ᴅ đ Đ Ꭰ ꓓ ꓒ
        '\u{501}' | '\u{500}' | '\u{1d05}' | '\u{111}' | '\u{110}' | '\u{13a0}' | '\u{a4d3}' | '\u{a4d2}' => 'd',
        // е Е ε Ε ᴇ Ꭼ ꓰ ҽ ℮ є ɛ ɇ
        '\u{435}' | '\u{415}' | '\u{3b5}' | '\u{395}' | '\u{1d07}' | '\u{13ac}' | '\u{a4f0}' | '\u{4bd}' | '\u{212e}'
        | '\u{454}' | '\u{25b}' | '\u{247}' => 'e',
        // ꜰ ғ ϝ Ϝ ꓝ ƒ ք
        '\u{a730}' | '\u{493}' | '\u{3dd}' | '\u{3dc}' | '\u{a4dd}' | '\u{192}' | '\u{584}' => 'f',
        // ɡ ԍ Ԍ ɢ Ꮐ ꓖ ց ǥ
        '\u{261}' | '\u{50d}' | '\u{50c}' | '\u{262}' | '\u{13c0}' | '\u{a4d6}' | '\u{581}' | '\u{1e5}' => 'g',
        // һ Һ Н н Η ʜ Ꮋ ꓧ հ ħ
        '\u{4bb}' | '\u{4ba}' | '\u{41d}' | '\u{43d}' | '\u{397}' | '\u{29c}' | '\u{13bb}' | '\u{a4e7}' | '\u{570}'
        | '\u{127}' => 'h',
        // і І ι Ι ı ɩ ɪ Ꭵ ꙇ Ӏ ӏ ɨ
        '\u{456}' | '\u{406}' | '\u{3b9}' | '\u{399}' | '\u{131}' | '\u{269}' | '\u{26a}' | '\u{13a5}' | '\u{a647}'
        | '\u{4c0}' | '\u{4cf}' | '\u{268}' => 'i',
        // ј Ј ϳ Ϳ ᴊ Ꭻ ꓙ ȷ
        '\u{458}' | '\u{408}' | '\u{3f3}' | '\u{37f}' | '\u{1d0a}' | '\u{13ab}' | '\u{a4d9}' | '\u{237}' => 'j',
        // к К κ Κ ᴋ Ꮶ ꓗ ⲕ ĸ
        '\u{43a}' | '\u{41a}' | '\u{3ba}' | '\u{39a}' | '\u{1d0b}' | '\u{13e6}' | '\u{a4d7}' | '\u{2c95}' | '\u{138}' => 'k',
        // ʟ ǀ Ꮮ ꓡ ł Ł ƚ
        '\u{29f}' | '\u{1c0}' | '\u{13de}' | '\u{a4e1}' | '\u{142}' | '\u{141}' | '\u{19a}' => 'l',
        // м М Μ ᴍ Ꮇ ꓟ ⲙ
        '\u{43c}' | '\u{41c}' | '\u{39c}' | '\u{1d0d}' | '\u{13b7}' | '\u{a4df}' | '\u{2c99}' => 'm',
        // Ν η ɴ п ո ꓠ ռ
        '\u{39d}' | '\u{3b7}' | '\u{274}' | '\u{43f}' | '\u{578}' | '\u{a4e0}' | '\u{57c}' => 'n',
        // о О ο Ο ᴏ օ Օ ꓳ ø Ø σ ⲟ ᴑ ɵ
        '\u{43e}' | '\u{41e}' | '\u{3bf}' | '\u{39f}' | '\u{1d0f}' | '\u{585}' | '\u{555}' | '\u{a4f3}' | '\u{f8}' | '\u{d8}'
        | '\u{3c3}' | '\u{2c9f}' | '\u{1d11}' | '\u{275}' => 'o',
        // р Р ρ Ρ ᴘ Ꮲ ꓑ ϸ ƿ
        '\u{440}' | '\u{420}' | '\u{3c1}' | '\u{3a1}' | '\u{1d18}' | '\u{13e2}' | '\u{a4d1}' | '\u{3f8}' | '\u{1bf}' => 'p',
        // ԛ Ԛ զ գ ɋ
        '\u{51b}' | '\u{51a}' | '\u{566}' | '\u{563}' | '\u{24b}' => 'q',
        // г ʀ Ꮢ ꓣ ᴦ ɍ
        '\u{433}' | '\u{280}' | '\u{13d2}' | '\u{a4e3}' | '\u{1d26}' | '\u{24d}' => 'r',
        // ѕ Ѕ ꜱ ƽ Ꮪ ꓢ տ
        '\u{455}' | '\u{405}' | '\u{a731}' | '\u{1bd}' | '\u{13da}' | '\u{a4e2}' | '\u{57f}' => 's',
        // т Т τ Τ ᴛ Ꭲ ꓔ ŧ
        '\u{442}' | '\u{422}' | '\u{3c4}' | '\u{3a4}' | '\u{1d1b}' | '\u{13a2}' | '\u{a4d4}' | '\u{167}' => 't',
        // υ ս ᴜ ꓴ ц Ս ʋ ʉ
        '\u{3c5}' | '\u{57d}' | '\u{1d1c}' | '\u{a4f4}' | '\u{446}' | '\u{54d}' | '\u{28b}' | '\u{289}' => 'u',
        // ν ѵ Ѵ ᴠ Ꮩ ꓦ
        '\u{3bd}' | '\u{475}' | '\u{474}' | '\u{1d20}' | '\u{13d9}' | '\u{a4e6}' => 'v',
        // ԝ Ԝ ω ᴡ ш ѡ Ꮃ ꓪ ա
        '\u{51d}' | '\u{51c}' | '\u{3c9}' | '\u{1d21}' | '\u{448}' | '\u{461}' | '\u{13b3}' | '\u{a4ea}' | '\u{561}' => 'w',
        // х Х χ Χ ꓫ ᕁ
        '\u{445}' | '\u{425}' | '\u{3c7}' | '\u{3a7}' | '\u{a4eb}' | '\u{1541}' => 'x',
        // у У γ Υ Ү ү ʏ Ꮍ ꓬ ɏ
        '\u{443}' | '\u{423}' | '\u{3b3}' | '\u{3a5}' | '\u{4ae}' | '\u{4af}' | '\u{28f}' | '\u{13bd}' | '\u{a4ec}'
        | '\u{24f}' => 'y',
        // Ζ ᴢ Ꮓ ꓜ ƶ ʐ
        '\u{396}' | '\u{1d22}' | '\u{13c3}' | '\u{a4dc}' | '\u{1b6}' | '\u{290}' => 'z',
        // Letters in black circles and boxes, and flags' letters, which NFKD leaves alone.
        '\u{1f150}'..='\u{1f169}' => letter(c, '\u{1f150}'),
        '\u{1f170}'..='\u{1f189}' => letter(c, '\u{1f170}'),
        '\u{1f1e6}'..='\u{1f1ff}' => letter(c, '\u{1f1e6}'),
        _ => c,
    }
}

/// The letter as far into the alphabet as `c` is from `first`.
fn letter(c: char, first: char) -> char {
    let step = u32::from(c) - u32::from(first);
    char::from_u32(u32::from('a') + step).unwrap_or(c)
}
