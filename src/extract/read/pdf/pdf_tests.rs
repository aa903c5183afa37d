use std::io::Write;

use crate::extract::contents::{Protection, Spot, Trait, Unread};
use crate::extract::read::corpus_tests::{fixture, opened, said};

const SENTENCE: &str = "The pupil Mira Quellbach is in class 7B.";

#[test]
fn pages_and_properties_are_read_however_the_file_is_kept() {
    for name in [
        "plain.pdf",
        "objstm.pdf",
        "owner-rc4-40.pdf",
        "owner-rc4-128.pdf",
        "owner-aes-128.pdf",
        "owner-aes-256.pdf",
        "bad-xref.pdf",
        "cut-off.pdf",
    ] {
        let found = opened(name, &fixture(name));
        assert_eq!((found.len(), found[0].protection, &found[0].unread), (1, Protection::Open, &None), "{name}");
        assert_eq!(said(&found[0], Spot::Body), format!("{SENTENCE}\nSecond line.\nPage two."), "{name}");
        if name != "cut-off.pdf" {
            assert!(said(&found[0], Spot::Property).contains("Title= Seating plan"), "{name}");
        }
    }
    let junk = [b"\0junk before\n".as_slice(), &fixture("plain.pdf")].concat();
    assert!(said(&opened("x.pdf", &junk)[0], Spot::Body).starts_with(SENTENCE));
}

#[test]
fn a_password_for_opening_is_protection() {
    for name in ["user-password.pdf", "user-aes-256.pdf"] {
        let found = opened(name, &fixture(name));
        assert_eq!((found[0].protection, &found[0].unread), (Protection::Protected, &Some(Unread::Protected)), "{name}");
        assert!(!found[0].is_unreadable());
    }
}

#[test]
fn a_table_keeps_its_rows_and_text_its_order() {
    let found = opened("table.pdf", &fixture("table.pdf"));
    let expected = format!(
        "Pupils with support\n{SENTENCE}\nName|Born|UPN/Mira Quellbach|02/03/2014|H801200001001/\
         Tobin Ashgrove|14/07/2013|H801200001002/Ada Fernhill|30/11/2014|H801200001003"
    );
    assert_eq!(said(&found[0], Spot::Body), expected);
    let unicode = opened("unicode.pdf", &fixture("unicode.pdf"));
    assert_eq!(said(&unicode[0], Spot::Body), "Zoë Łukasz Çelik κόσμος");
}

#[test]
fn what_lies_beside_the_pages_is_read() {
    let found = opened("attached.pdf", &fixture("attached.pdf"));
    assert_eq!(found[0].traits.iter().copied().collect::<Vec<_>>(), [Trait::EmbeddedObject, Trait::ActivePdf]);
    assert_eq!(said(&found[0], Spot::Comment), "Check her medication plan.");
    assert_eq!(found[1].path, ["attached.pdf", "inner.txt"]);
    assert_eq!(said(&found[1], Spot::Body), "The inner file names Mira Quellbach.");
    let form = opened("form.pdf", &fixture("form.pdf"));
    assert_eq!(said(&form[0], Spot::FormField), "Name of the pupil= Mira Quellbach\nHas an allergy= Yes\nClass= 7B");
}

#[test]
fn hidden_layers_are_hidden_and_a_form_in_itself_ends() {
    let found = opened("layers.pdf", &fixture("layers.pdf"));
    assert_eq!(said(&found[0], Spot::Hidden), "A hidden remark.");
    assert_eq!(said(&found[0], Spot::Body), "Text of a form.\nSpaced out");
}

#[test]
fn pictures_of_pages_hold_no_text_and_that_is_said() {
    assert_eq!(opened("scan.pdf", &fixture("scan.pdf"))[0].unread, Some(Unread::NoText));
}

/// A document whose one page has this drawing, packed as said.
fn document(filter: &str, content: &[u8]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n\
        3 0 obj <</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>> endobj\n"
        .to_vec();
    file.extend(format!("4 0 obj <</Length {}{filter}>> stream\n", content.len()).bytes());
    file.extend_from_slice(content);
    file.extend_from_slice(b"\nendstream endobj\ntrailer <</Root 1 0 R>>\n");
    file
}

#[test]
fn a_bomb_in_a_page_is_named() {
    let pack = |bytes: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let bomb = pack(&pack(&vec![b' '; 40 << 20]));
    let found = opened("x.pdf", &document("/Filter[/FlateDecode/FlateDecode]", &bomb));
    assert!(found[0].traits.contains(&Trait::ArchiveBomb));
    assert!(matches!(found[0].unread, Some(Unread::Bound(_))));
}

#[test]
fn deep_and_odd_objects_are_no_harm() {
    for content in ["[".repeat(40_000), "<<".repeat(40_000), "(".repeat(40_000), "q ".repeat(40_000)] {
        let found = opened("x.pdf", &document("", format!("BT /F 12 Tf (word) Tj ET {content}").as_bytes()));
        assert_eq!(found.len(), 1);
        let in_file = fixture("plain.pdf").iter().copied().chain(content.bytes()).collect::<Vec<u8>>();
        assert_eq!(opened("x.pdf", &in_file).len(), 1);
    }
    let found = opened("x.pdf", &document("", b"BT /F 12 Tf (word) Tj ET"));
    assert_eq!(said(&found[0], Spot::Body), "word");
    assert!(matches!(opened("x.pdf", b"%PDF-1.4\nnothing")[0].unread, Some(Unread::Broken(_))));
}
