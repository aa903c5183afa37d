use crate::extract::contents::{File, Spot, Trait};
use crate::extract::read::document::trial::{has_row, lines, read, says};
use crate::extract::read::zip::trial::packed;

/// A package of these parts.
fn package(name: &str, parts: &[(&str, &str)]) -> Vec<File> {
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    read(name, &packed(&parts))
}

fn document(body: &str) -> String {
    format!("<w:document xmlns:w='x'><w:body>{body}</w:body></w:document>")
}

#[test]
fn deleted_and_hidden_words_in_a_table_keep_their_column() {
    let cell = |inner: &str| format!("<w:tc><w:p>{inner}</w:p></w:tc>");
    let run = |text: &str| format!("<w:r><w:t>{text}</w:t></w:r>");
    let hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>14/02/2015</w:t></w:r>";
    let table = format!(
        "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>",
        cell(&run("Name")),
        cell(&run("Date of birth")),
        cell(&run("Wren")),
        cell(hidden)
    );
    let files = package("a.docx", &[("word/document.xml", &document(&table))]);
    assert!(says(&files, Spot::Hidden, "14/02/2015") && !says(&files, Spot::Body, "14/02/2015"));
    assert!(has_row(&files, &["Wren", "14/02/2015"]), "{}", lines(&files));
}

#[test]
fn spans_move_the_cells_behind_them() {
    let cell = |inner: &str, span: &str| format!("<w:tc><w:tcPr>{span}</w:tcPr><w:p><w:r><w:t>{inner}</w:t></w:r></w:p></w:tc>");
    let rows = [
        format!("<w:tr>{}{}{}</w:tr>", cell("A", ""), cell("B", ""), cell("C", "")),
        format!("<w:tr>{}{}</w:tr>", cell("wide", "<w:gridSpan w:val='2'/>"), cell("c", "")),
    ];
    let files = package("a.docx", &[("word/document.xml", &document(&format!("<w:tbl>{}</w:tbl>", rows.concat())))]);
    assert!(has_row(&files, &["", "c"]), "{}", lines(&files));
}

#[test]
fn fields_that_start_programs_or_load_pages_are_told() {
    let field = |code: &str| document(&format!("<w:p><w:r><w:instrText> {code} </w:instrText></w:r></w:p>"));
    let dde = package("a.docx", &[("word/document.xml", &field("DDEAUTO c:\\\\x.exe \"heron\""))]);
    assert!(dde[0].traits.contains(&Trait::EmbeddedObject) && says(&dde, Spot::Hidden, "heron"));
    let plain = package("a.docx", &[("word/document.xml", &field("PAGE \\* MERGEFORMAT"))]);
    assert!(plain[0].traits.is_empty() && !says(&plain, Spot::Hidden, "PAGE"));
}

#[test]
fn templates_from_elsewhere_are_remote_and_links_are_text() {
    let link = |kind: &str, target: &str| {
        format!(
            "<Relationships><Relationship Id='r' Type='http://x/{kind}' Target='{target}' TargetMode='External'/></Relationships>"
        )
    };
    let rels = "word/_rels/settings.xml.rels";
    for (kind, target, remote) in [
        ("attachedTemplate", "https://evil.example.com/t.dotm", true),
        ("attachedTemplate", "\\\\host\\share\\t.dotm", true),
        ("attachedTemplate", "file:///C:/Users/w/Normal.dotm", false),
        ("hyperlink", "https://heron.example.com", false),
        ("image", "http://evil.example.com/p.png", true),
    ] {
        let files = package("a.docx", &[(rels, &link(kind, target)), ("word/document.xml", &document(""))]);
        assert_eq!(files[0].traits.contains(&Trait::RemoteContent), remote, "{kind} {target}");
        assert!(says(&files, Spot::Hidden, target));
    }
}

#[test]
fn macros_and_embedded_files_are_told_and_opened() {
    let inner = packed(&[("word/document.xml", document("<w:p><w:r><w:t>inner heron</w:t></w:r></w:p>").as_bytes())]);
    let outer = packed(&[
        ("word/document.xml", document("").as_bytes()),
        ("word/embeddings/in.docx", &inner),
        ("word/vbaProject.bin", b"x"),
    ]);
    let files = read("a.docm", &outer);
    assert!(files[0].traits.contains(&Trait::EmbeddedObject) && files[0].traits.contains(&Trait::Macro));
    assert!(says(&files[1..], Spot::Body, "inner heron"), "{}", lines(&files));
}

#[test]
fn parts_that_no_rule_knows_give_up_their_text() {
    let files = package("a.docx", &[("customXml/item1.xml", "<secret><who>heron in a custom part</who></secret>")]);
    assert!(says(&files, Spot::Hidden, "heron in a custom part"));
    let utf_16: Vec<u8> = "<?xml version='1.0'?><a>heron in UTF-16</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files = read("a.docx", &packed(&[("word/odd.xml", &utf_16)]));
    assert!(says(&files, Spot::Hidden, "heron in UTF-16"), "{}", lines(&files));
}

#[test]
fn the_cache_of_a_pivot_table_is_a_table() {
    let definition = "<pivotCacheDefinition><cacheFields><cacheField name='Name'><sharedItems><s v='Wren'/><s v='Robin'/></sharedItems>\
                      </cacheField><cacheField name='Born'><sharedItems/></cacheField></cacheFields></pivotCacheDefinition>";
    let records = "<pivotCacheRecords><r><x v='1'/><d v='2015-02-14T00:00:00'/></r></pivotCacheRecords>";
    let rels = "<Relationships><Relationship Id='r' Type='http://x/pivotCacheRecords' Target='records1.xml'/></Relationships>";
    let files = package(
        "a.xlsx",
        &[
            ("xl/pivotCache/definition1.xml", definition),
            ("xl/pivotCache/_rels/definition1.xml.rels", rels),
            ("xl/pivotCache/records1.xml", records),
        ],
    );
    assert!(has_row(&files, &["Name", "Born"]) && has_row(&files, &["Robin", "14/02/2015"]), "{}", lines(&files));
}

#[test]
fn strings_that_no_cell_shows_and_cells_far_apart_are_read() {
    let cells = "<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c></row><row r='1048576'><c r='XFD1048576' t='inlineStr'><is>\
                 <t>far heron</t></is></c></row></sheetData></worksheet>";
    let strings = "<sst><si><t>used</t></si><si><t>unused heron</t></si></sst>";
    let files = package("a.xlsx", &[("xl/worksheets/sheet1.xml", cells), ("xl/sharedStrings.xml", strings)]);
    assert!(
        says(&files, Spot::Body, "used") && says(&files, Spot::Body, "far heron") && says(&files, Spot::Hidden, "unused heron")
    );
    let diagonal: String = (1..5000).map(|at| format!("<row r='{at}'><c r='{}{at}'><v>1</v></c></row>", letters(at))).collect();
    let files = package("a.xlsx", &[("xl/worksheets/sheet1.xml", &format!("<worksheet>{diagonal}</worksheet>"))]);
    assert!(files[0].unread.is_none() && lines(&files).len() < 200_000);
}

fn letters(mut column: u32) -> String {
    let mut letters = Vec::new();
    while column > 0 {
        letters.insert(0, b'A' + u8::try_from((column - 1) % 26).unwrap());
        column = (column - 1) / 26;
    }
    String::from_utf8(letters).unwrap()
}

#[test]
fn deep_and_odd_xml_is_read_in_bounds() {
    let deep = "<w:tbl><w:tr><w:tc>".repeat(100_000) + "<w:p><w:r><w:t>deep heron</w:t></w:r></w:p>";
    let files = package("a.docx", &[("word/document.xml", &document(&deep))]);
    assert!(lines(&files).contains("deep heron"));
    let entities =
        "<!DOCTYPE a [<!ENTITY a 'heron in an entity'><!ENTITY b '&a;&a;&a;'>]><w:document><w:t>&b;</w:t></w:document>";
    let files = package("a.docx", &[("word/document.xml", entities)]);
    assert!(lines(&files).contains("&b;") && lines(&files).contains("heron in an entity") && lines(&files).len() < 500);
}
