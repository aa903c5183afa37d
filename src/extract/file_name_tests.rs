use super::{ending, misleads, shown};

#[test]
fn the_ending_is_what_windows_takes_for_it() {
    let is = |name: &str, expected: &str| assert_eq!(ending(name).as_deref(), Some(expected), "{name}");
    is("report.PDF", "pdf");
    is("report.pdf. . ", "pdf");
    is("folder.d\\list.xlsx", "xlsx");
    is("x.tar.gz", "gz");
    is("photo.jp\u{200b}g", "jpg");
    is("cod\u{202e}fdp.exe", "exe");
    for none in ["report", "", ".", "...", "a.b/c", "We met. Then this happened and everybody was there"] {
        assert_eq!(ending(none), None, "{none}");
    }
}

#[test]
fn names_that_show_something_else_mislead() {
    for name in [
        "invoice.pdf.exe",
        "Report.docx.js",
        "photo.jpg.lnk",
        "letter.pdf.html",
        "scan.pdf                              .exe",
        "scan.pdf\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}.vbs",
        "cod\u{202e}fdp.exe",
        "cod\u{2066}fdp\u{2069}.txt",
        "setup.exe. ",
        "report\u{2024}pdf.exe",
        "photo\u{ff0e}jpg",
        "report.pdf\u{200b}",
    ] {
        assert!(misleads(name), "{name:?}");
    }
}

#[test]
fn odd_and_honest_names_do_not_mislead() {
    for name in [
        "report.pdf",
        "setup.exe",
        "app.v1.2.exe",
        "lists.tar.gz",
        "Minutes of the meeting.",
        "letter .docx",
        "Year 7. Trip letter.docx",
        "index.php.bak",
        "report.pdf.zip",
        "jquery.min.js",
        "قائمة\u{200f} الطلاب.xlsx",
        "family 👩\u{200d}👧.jpg",
        "",
    ] {
        assert!(!misleads(name), "{name:?}");
    }
}

#[test]
fn a_name_is_shown_on_one_line_with_all_that_is_in_it() {
    assert_eq!(shown("cod\u{202e}fdp.exe"), "cod<U+202E>fdp.exe");
    assert_eq!(shown("a\r\nb\0.pdf"), "a<U+000D><U+000A>b<U+0000>.pdf");
    assert_eq!(shown("scan.pdf            .exe"), "scan.pdf<12 spaces>.exe");
    assert_eq!(shown("two  words \u{200b}"), "two  words <U+200B>");
    assert_eq!(shown("Zoë 👩.png"), "Zoë 👩.png");
    let long = shown(&format!("{}.pdf.exe", "x".repeat(5000)));
    assert!(long.chars().count() < 200 && long.ends_with("x.pdf.exe") && long.contains('…'));
}
