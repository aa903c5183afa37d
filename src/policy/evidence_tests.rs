use super::{author, words_of};

#[test]
fn the_author_of_a_quote_is_whom_its_first_lines_name() {
    let quoted = "On 3 May 2026, Jane Parent <Jane@Out.test> wrote:\nDear office, please write to other@out.test\n";
    assert_eq!(author("Thank you.\n", quoted).as_deref(), Some("jane@out.test"));
    assert_eq!(author("Thank you.\n\nJane <jane@out.test> wrote:\n", "Dear office\n").as_deref(), Some("jane@out.test"));
    let block = "From: Jane Parent [mailto:jane@out.test]\nSent: Monday\nTo: Office <office@school.test>\n";
    assert_eq!(author("", block).as_deref(), Some("jane@out.test"));
    assert_eq!(author("Thank you", "Dear office"), None);
}

#[test]
fn a_files_name_is_read_as_words() {
    assert_eq!(words_of("sam_jones+ehcp.docx"), "sam jones ehcp");
    assert_eq!(words_of("notes"), "notes");
}
