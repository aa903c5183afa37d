use super::*;
use crate::extract::Kind;
use crate::extract::contents::Trait;

fn block(spot: Spot, label: Option<&str>, content: Content) -> Block {
    Block { spot, label: label.map(str::to_owned), content }
}

#[test]
fn a_tree_then_each_piece_under_its_place() {
    let mut zip = File::new(vec!["lists.zip".to_owned()], Kind::Zip, 12_345);
    zip.protection = Protection::Partly;
    let mut sheet = File::new(vec!["lists.zip".to_owned(), "7B.xlsx".to_owned()], Kind::Xlsx, 900);
    sheet.traits.insert(Trait::Macro);
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    let rows = vec![row(["Name", "Form"]), row(["Imogen Hartwell", "7B"])];
    sheet.blocks.push(block(Spot::Hidden, Some("Pupils"), Content::Table(rows)));
    sheet.blocks.push(block(Spot::Body, None, Content::Text("one\ntwo".to_owned())));
    for (name, value) in [("Title", "Form 7B"), ("Author", "Ann")] {
        sheet.blocks.push(block(Spot::Property, Some(name), Content::Text(value.to_owned())));
    }
    let mut locked = File::new(vec!["lists.zip".to_owned(), "a.doc".to_owned()], Kind::Doc, 0);
    locked.unread = Some(Unread::Protected);
    let text = shown(&Reading { file: "lists.zip".to_owned(), found: vec![zip, sheet, locked] });
    assert_eq!(
        text,
        "lists.zip  zip   12.3 KB  partly protected\n\
         \x20 7B.xlsx  xlsx  900 B    macro\n\
         \x20 a.doc    doc   0 B      not read: it needs a password or a key\n\
         \n── lists.zip › 7B.xlsx · hidden · Pupils\n   Name             Form\n   Imogen Hartwell  7B\n\
         \n── lists.zip › 7B.xlsx\n   one\n   two\n\
         \n── lists.zip › 7B.xlsx · property\n   Title   Form 7B\n   Author  Ann\n"
    );
}

#[test]
fn no_word_of_a_stranger_commands_the_terminal() {
    let evil = "a\u{1b}[2J\u{9b}31m\u{202e}fdp.exe\u{7}\rb\u{85}c\u{2028}d";
    let mut file = File::new(vec![evil.to_owned()], Kind::Text, 1);
    file.blocks.push(block(Spot::Property, Some(evil), Content::Text(evil.to_owned())));
    file.blocks.push(block(Spot::Body, None, Content::Table(vec![vec![evil.to_owned()]])));
    file.unread = Some(Unread::Broken(evil.to_owned()));
    let text = shown(&Reading { file: String::new(), found: vec![file] });
    assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()), "{text:?}");
    assert!(!text.contains('\u{202e}') && text.contains("<U+202E>fdp.exe") && text.contains("<U+001B>[2J"), "{text:?}");
}
