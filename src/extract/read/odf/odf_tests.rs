use crate::extract::contents::{File, Protection, Spot, Trait, Unread};
use crate::extract::read::document::trial::{has_row, lines, read, says};
use crate::extract::read::zip::trial::packed;

const ENCRYPTED: &str = "<manifest:manifest><manifest:file-entry manifest:full-path='content.xml'><manifest:encryption-data/></manifest:file-entry>\
                         </manifest:manifest>";

fn package(parts: &[(&str, &str)]) -> Vec<File> {
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    read("a.odt", &packed(&parts))
}

#[test]
fn what_the_manifest_calls_encrypted_is_protected_unless_it_can_be_read() {
    let closed = package(&[("META-INF/manifest.xml", ENCRYPTED), ("content.xml", "\u{1}\u{2}no xml")]);
    assert_eq!((closed[0].protection, closed[0].unread.as_ref()), (Protection::Protected, Some(&Unread::Protected)));
    let plain = "<office:document-content><text:p>plain heron</text:p></office:document-content>";
    let open = package(&[("META-INF/manifest.xml", ENCRYPTED), ("content.xml", plain)]);
    assert_eq!(open[0].protection, Protection::Open);
    assert!(says(&open, Spot::Body, "plain heron"));
    let wholly = ENCRYPTED.replace("content.xml", "encrypted-package");
    let closed = package(&[("META-INF/manifest.xml", &wholly), ("encrypted-package", "\u{1}\u{2}")]);
    assert_eq!(closed[0].protection, Protection::Protected);
}

#[test]
fn what_repeats_is_counted_and_not_written_out() {
    let content = "<table:table table:name='S'><table:table-row table:number-rows-repeated='1048576'><table:table-cell \
                   table:number-columns-repeated='16384'><text:p>x</text:p></table:table-cell></table:table-row><table:table-row>\
                   <table:table-cell table:number-columns-repeated='4000000000'/><table:table-cell office:value-type='date' \
                   office:date-value='2015-02-14'><text:p>14 Feb</text:p></table:table-cell></table:table-row></table:table>";
    let files = package(&[("content.xml", &format!("<office:document-content>{content}</office:document-content>"))]);
    assert!(lines(&files).len() < 1000 && has_row(&files, &["14/02/2015"]), "{}", lines(&files));
}

#[test]
fn macros_are_told() {
    let module = "<script:module script:name='M'>Sub heron</script:module>";
    let files = package(&[("Basic/Standard/M.xml", module), ("content.xml", "<office:document-content/>")]);
    assert!(files[0].traits.contains(&Trait::Macro) && says(&files, Spot::Hidden, "Sub heron"));
}
