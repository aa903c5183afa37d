use crate::extract::contents::{Spot, Unread};
use crate::extract::read::corpus_tests::{opened, said};

fn body(name: &str, text: &str) -> String {
    said(&opened(name, text.as_bytes())[0], Spot::Body)
}

#[test]
fn lists_keep_rows_whatever_parts_them() {
    assert_eq!(
        body("a.csv", "Name,Class\r\n\"Ash, Tobin\",7B\r\n\"two\nlines \"\"q\"\"\",7C\r\n"),
        "Name|Class/Ash, Tobin|7B/two\nlines \"q\"|7C"
    );
    assert_eq!(body("a.csv", "sep=;\nName;Class\nAda;7B"), "Name|Class/Ada|7B");
    assert_eq!(body("a.csv", "Name;Mark\nAda;1,5\nBo;2,5"), "Name|Mark/Ada|1,5/Bo|2,5");
    assert_eq!(body("a.tsv", "Name\tClass\nAda\t7B"), "Name|Class/Ada|7B");
    assert_eq!(body("a.csv", "Name,Note\nAda,\"open\nBo,closed"), "Name|Note/Ada|\"open/Bo|closed", "a quote without an end");
    let wide: Vec<u8> = "Name;Class\nZoë;7B".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(said(&opened("a.csv", &wide)[0], Spot::Body), "Name|Class/Zoë|7B");
}

#[test]
fn a_list_of_more_cells_than_are_looked_at_says_so() {
    let file = &opened("a.csv", "a,b\n".repeat(crate::base::limits::EXTRACTED_CELLS / 3).as_bytes())[0];
    assert!(matches!(&file.unread, Some(Unread::Bound(why)) if why.contains("cells")), "{:?}", file.unread);
    assert!(file.weight() < crate::base::limits::CONTENTS_OF_MAIL, "what was read is kept: {}", file.weight());
}

#[test]
fn xml_keeps_names_with_values_and_repeats_are_rows() {
    let one =
        "<?xml version=\"1.0\"?><census><pupil><UPN>L810</UPN><Surname>O&apos;Hara &amp; S&#246;n</Surname></pupil></census>";
    assert_eq!(body("a.xml", one), "UPN: L810\nSurname: O'Hara & Sön");
    let two = "<c><p UPN='1'><n>Ada</n></p><p UPN='2'><n>Bo</n><x><![CDATA[a<b]]></x></p></c>";
    assert_eq!(body("a.xml", two), "p= UPN|n|x/1|Ada/2|Bo|a<b");
    let prose = "<r><p>The pupil <b>Ada</b> is in <i>7B</i>.</p><p><b>Bo</b> too.</p></r>";
    assert!(body("a.xml", prose).contains("The pupil Ada is in 7B."));
    let latin = b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><n>Zo\xeb</n>";
    assert_eq!(said(&opened("a.xml", latin)[0], Spot::Body), "n: Zoë");
}

#[test]
fn hostile_xml_is_read_as_far_as_it_goes() {
    let broken = &opened("a.xml", b"<a><b>Ada</b><c attribute=<>rest of Bo")[0];
    assert!(said(broken, Spot::Body).contains("Ada") && said(broken, Spot::Body).contains("Bo"));
    let deep = format!("{}word{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    assert!(body("a.xml", &deep).contains("word"));
    let laughs = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><x>&b;&b;word</x>";
    assert_eq!(body("a.xml", laughs), "x: word", "entities of its own are not expanded");
}

#[test]
fn json_keeps_names_with_values() {
    assert_eq!(body("a.json", r#"[{"name":"Ad\u0061","class":"7B"},{"name":"Bo","class":null}]"#), "class|name/7B|Ada/|Bo");
    assert_eq!(body("a.json", r#"{"school":{"head":"Ada","rooms":[1,2]}}"#), "head: Ada\nrooms= rooms/1/2");
}

#[test]
fn files_in_letters_are_files() {
    let found = opened("note.txt", b"Dear Ann,\nbegin 644 list.txt\n#0V%T\n`\nend\nbye");
    assert_eq!((found.len(), found[1].name(), said(&found[1], Spot::Body).as_str()), (2, "list.txt", "Cat"));
    assert!(matches!(opened("x.csv", ",".repeat(3 << 20).as_bytes())[0].unread, Some(Unread::Bound(_))));
}
