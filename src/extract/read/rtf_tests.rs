//! RTF as it is written, and as it is written to hide something.

use super::super::old_tests::{read_all, said};
use crate::extract::contents::{File, Spot, Trait};

fn read(rtf: &[u8]) -> Vec<File> {
    read_all("letter.rtf", rtf.to_vec())
}

fn one(rtf: &str) -> File {
    read(rtf.as_bytes()).swap_remove(0)
}

#[test]
fn text_is_read_in_its_code_page_and_in_unicode() {
    let cases: [(&[u8], &str); 14] = [
        (br"{\rtf1\ansi The heron waits\par by the water}", "The heron waits\nby the water"),
        (br"{\rtf1\ansi Caf\'e9 na\u239?ve \u-3913 ?}", "Caf\u{e9} na\u{ef}ve \u{f0b7}"),
        (br"{\rtf1\uc2 a\u233\'c3\'a9b\uc0\u233 c}", "a\u{e9}b\u{e9}c"),
        (br"{\rtf1{\uc0 a\u233 b}\u233?c}", "a\u{e9}b\u{e9}c"),
        (br"{\rtf1 \u-10179?\u-8704?}", "\u{1f600}"),
        (br"{\rtf1\ansi\ansicpg1251 \'d6\'e0\'ef\'eb\'ff}", "\u{426}\u{430}\u{43f}\u{43b}\u{44f}"),
        (br"{\rtf1\ansi{\fonttbl{\f0 A;}{\f1\fcharset238 B;}}\f1 \'a3ukasz \f0 \'a3}", "\u{141}ukasz \u{a3}"),
        (br"{\rtf1\ansi{\fonttbl{\f2\fcharset128 M;}}\f2 \'93\'fa\'96{}\'7b}", "\u{65e5}\u{fffd}{"),
        (br"{\rtf1\ansi{\fonttbl{\f2\fcharset128 M;}}\f2 \'93\'fa\'96\'7b}", "\u{65e5}\u{672c}"),
        (br"{\rt a\~b\_c\-d \lquote x\rquote\emdash y}", "a\u{a0}b-cd \u{2018}x\u{2019}\u{2014}y"),
        (b"{\\rtf1 one\\\ntwo\r\nthree}", "one\ntwothree"),
        (br"{\rtf1 a\bin5 }{\}{b}", "ab"),
        (br"{\rtf1 a{\*\unknown heron}{\pict\wmetafile8 0102030405}b{\stylesheet{\s0 Normal;}}}", "ab"),
        (br"{\rtf1 a\{b\}c\\d {\upr{e}{\*\ud{f}}}}", r"a{b}c\d ef"),
    ];
    for (rtf, expected) in cases {
        assert_eq!(said(&read(rtf)[0], Spot::Body), expected, "{}", String::from_utf8_lossy(rtf));
    }
}

#[test]
fn each_destination_has_its_spot() {
    let file = one(concat!(
        r"{\rtf1\ansi{\info{\title heron in the title}{\*\company Heron School}}{\header heron in the header\par}",
        r"{\footer heron in the footer}before{\footnote heron in a footnote}{\*\annotation heron in a comment}",
        r"{\v heron in hidden text}{\deleted heron in a deletion}{\*\userprops{\propname House}\proptype30{\staticval Kestrel}}",
        r"{\shp{\*\shpinst{\sp{\sn gtextUNICODE}{\sv heron in word art}}{\shptxt heron in a box\par}}}",
        r"{\field{\*\fldinst HYPERLINK \\l heron}{\fldrslt after}}{\*\formfield{\*\ffdeftext heron in a form}}}",
    ));
    assert_eq!(said(&file, Spot::Body), "beforeafter");
    assert_eq!(said(&file, Spot::Margin), "heron in the header\n\nheron in the footer");
    assert_eq!(said(&file, Spot::Note), "heron in a footnote");
    assert_eq!(said(&file, Spot::Comment), "heron in a comment");
    assert_eq!(said(&file, Spot::Deleted), "heron in a deletion");
    assert_eq!(said(&file, Spot::FormField), "heron in a form");
    assert_eq!(said(&file, Spot::TextBox), "heron in word art\nheron in a box");
    assert!(said(&file, Spot::Hidden).contains("heron in hidden text"), "{:?}", file.blocks);
    let properties: Vec<_> = file.blocks.iter().filter_map(|block| block.label.as_deref()).collect();
    assert_eq!(properties, ["title", "company", "House"]);
}

#[test]
fn rows_and_cells_are_a_table() {
    let file = one(concat!(
        r"{\rtf1 above\par\trowd\intbl Name\cell UPN\cell\row\trowd\intbl Tamsin\par Oakes\cell {L810995815931}\cell\row",
        r"\pard below\par}"
    ));
    assert_eq!(said(&file, Spot::Body), "above\nName|UPN\nTamsin\nOakes|L810995815931\nbelow");
}

#[test]
fn objects_are_decoded_and_nested_however_they_are_spelt() {
    let word = |text: &str| [&u32::try_from(text.len() + 1).unwrap().to_le_bytes()[..], text.as_bytes(), &[0]].concat();
    let inner = b"{\\rtf1 heron in an object}";
    let size = u32::try_from(inner.len()).unwrap().to_le_bytes();
    let package = [&b"\x02\0note.rtf\0C:\\note.rtf\0\0\0\x03\0\x0c\0\0\0C:\\note.rtf\0"[..], &size, inner].concat();
    let length = u32::try_from(package.len()).unwrap().to_le_bytes();
    let data = [&[1, 5, 0, 0, 2, 0, 0, 0][..], &word("Package"), &[0; 8], &length, &package].concat();
    let hex: String = data.iter().map(|octet| format!("{octet:02x}\n")).collect();
    let spellings = [
        format!(r"{{\rtf1{{\object\objemb{{\*\objdata {hex}}}}}}}"),
        format!(r"{{\rtf1{{\object{{\*\objdata{{{}}}{{\*\junk}}{}}}}}}}", &hex[..90], &hex[90..]),
        format!(r"{{\rt{{\object\objupdate{{\*\objdata {hex}"),
    ];
    for rtf in spellings {
        let files = read(rtf.as_bytes());
        assert!(files[0].traits.contains(&Trait::EmbeddedObject), "{rtf}");
        assert_eq!(files[1].path, ["letter.rtf", "note.rtf"], "{rtf}");
        assert_eq!(said(&files[1], Spot::Body), "heron in an object", "{rtf}");
        assert_eq!(files[0].traits.contains(&Trait::RemoteContent), rtf.contains("objupdate"), "{rtf}");
    }
}

#[test]
fn what_is_fetched_is_told() {
    let cases = [
        (r"{\rtf1{\*\template http://heron.example.com/a.dot}}", true),
        (r"{\rtf1{\*\template C:\\Normal.dot}}", false),
        (r"{\rtf1{\field{\*\fldinst DDEAUTO c:\\cmd.exe}{\fldrslt x}}}", true),
        (r#"{\rtf1{\field{\*\fldinst{ INCLUDE}{PICTURE "http://heron.example.com/a.png"}}{\fldrslt x}}}"#, true),
        (r#"{\rtf1{\field{\*\fldinst HYPERLINK "http://heron.example.com"}{\fldrslt x}}}"#, false),
    ];
    for (rtf, expected) in cases {
        assert_eq!(one(rtf).traits.contains(&Trait::RemoteContent), expected, "{rtf}");
    }
}

#[test]
fn html_wrapped_by_outlook_is_unwrapped() {
    let files = read(
        concat!(
            r"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p title='heron'>}\htmlrtf {\htmlrtf0 The heron",
            r"{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 waits{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0}",
        )
        .as_bytes(),
    );
    assert_eq!(files[1].path, ["letter.rtf", "body.html"]);
    assert_eq!(said(&files[1], Spot::Body), "\u{FEFF}<p title='heron'>The heron&nbsp;waits</p>");
}

#[test]
fn neither_deep_groups_nor_text_after_the_end_get_past() {
    let deep = format!(r"{{\rtf1 {}heron{} waits}}", "{".repeat(100_000), "}".repeat(100_000));
    assert_eq!(said(&one(&deep), Spot::Body), "heron waits");
    let file = one(r"{\rtf1 shown}{\rtf1 heron}");
    assert_eq!((said(&file, Spot::Body).as_str(), said(&file, Spot::Hidden).as_str()), ("shown", "heron"));
}
