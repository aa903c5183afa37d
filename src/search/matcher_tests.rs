//! What a mail must have to be found, and that FTS5 finds the same words in the same mails.

use rusqlite::Connection;

use super::{Reading, matches};
use crate::search::document::{Attachment, Document, Party};
use crate::search::query::{Column, Node, Phrase, Place, Query, Text};
use crate::search::sample::{self, Chance};
use crate::search::stem::stem;

fn mail() -> Document {
    let party = |name: &str, address: &str| Party { name: name.to_owned(), address: address.to_owned() };
    Document {
        from: vec![party("Anna Smith", "Anna.Smith@example.com")],
        to: vec![party("Bob", "bob@sub.example.org"), party("Smith Jones", "jones@example.org")],
        cc: vec![],
        bcc: vec![],
        recipients: vec!["bob@sub.example.org".to_owned(), "quiet@example.net".to_owned()],
        reverse_path: Some("bounce@lists.example.com".to_owned()),
        subject: "Excursions of year 9".to_owned(),
        body: "The well-being of all pupils. Café, one two three four five.".to_owned(),
        attachments: vec![
            Attachment { name: "Consent form.PDF".to_owned(), kind: "pdf".to_owned(), size: 7, text: "signature".to_owned() },
            Attachment { name: "list.doc".to_owned(), kind: "docx".to_owned(), size: 7, text: "names".to_owned() },
        ],
        size: 1 << 20,
        received_at: "2026-09-01T08:00:00Z".parse().unwrap(),
        sent_at: None,
        thread: vec!["A@example.com".to_owned()],
        ..sample::document(&mut Chance::new(1), 1)
    }
}

fn finds(text: &str) -> bool {
    let query = Query::parse(text, "2026-11-26T09:30:00Z".parse().unwrap()).unwrap_or_else(|wrong| panic!("{wrong}"));
    matches(&query, &mail())
}

#[test]
fn what_is_there_is_found() {
    for text in [
        "",
        "excursions",
        "excurs*",
        "~excursion",
        "cafe",
        "CAFÉ",
        "well-being",
        "\"well being\"",
        "pupils excursions",
        "nothing OR pupils",
        "-nothing",
        "one NEAR/3 five",
        "five NEAR/3 one",
        "signature",
        "consent",
        "from:anna",
        "anna.smith@example.com",
        "from:anna.smith@example.com",
        "from:bounce@lists.example.com",
        "from:@example.com",
        "to:@example.org",
        "domain:example.org",
        "bcc:quiet@example.net",
        "bcc:quiet",
        "rcpt:quiet@example.net",
        "with:jones",
        "filetype:pdf",
        "filetype:docx",
        "filetype:doc",
        "attachment:form",
        "content:signature",
        "larger:1023KB",
        "size:>=1MB",
        "on:2026-09-01",
        "thread:<A@example.com>",
        "-sent:2026",
        "to:\"smith jones\"",
        "subject:\"year 9\"",
    ] {
        assert!(finds(text), "{text}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    for text in [
        "-in:anywhere",
        "excursion",
        "wellbeing",
        "nothing",
        "pupils nothing",
        "-pupils",
        "one NEAR/2 five",
        "\"two one\"",
        "subject:pupils",
        "from:smith@example.com",
        "from:@ample.com",
        "domain:ample.com",
        "to:quiet@example.net",
        "bcc:bob@sub.example.org",
        "larger:1MB",
        "before:2026-09-01",
        "after:2026-09-02",
        "sent:2026",
        "thread:a@example.com",
        "filetype:xlsx",
        "to:\"bob bob\"",
        "\"form pdf list\"", // a phrase does not reach from one value into the next
    ] {
        assert!(!finds(text), "{text}");
    }
}

/// FTS5 with our words in our columns, as the index has them.
struct Index(Connection);

impl Index {
    fn of(mails: &[Document]) -> Self {
        let db = Connection::open_in_memory().unwrap();
        let create =
            "create virtual table t using fts5(c0, c1, c2, c3, c4, c5, c6, c7, c8, tokenize = 'unicode61 remove_diacritics 0')";
        db.execute_batch(create).unwrap();
        for mail in mails {
            let columns: Vec<String> = Column::ALL.iter().map(|column| mail.column(*column).join(" ")).collect();
            let insert = format!(
                "insert into t(rowid, c0, c1, c2, c3, c4, c5, c6, c7, c8) values ({}, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                mail.seq
            );
            db.execute(&insert, rusqlite::params_from_iter(columns)).unwrap();
        }
        Self(db)
    }

    fn finds(&self, place: Place, text: &Text) -> Vec<u64> {
        let phrase = |phrase: &Phrase| format!("\"{}\"{}", phrase.words.join(" "), if phrase.open { "*" } else { "" });
        let words = match text {
            Text::Phrase(one) => phrase(one),
            Text::Near { phrases, within } => {
                format!("NEAR({}, {within})", phrases.iter().map(phrase).collect::<Vec<_>>().join(" "))
            }
            Text::Stem(word) => unreachable!("{word} has no form in FTS5"),
        };
        let at = |column: &Column| Column::ALL.iter().position(|other| other == column).unwrap();
        let columns: Vec<String> = place.columns().iter().map(|column| format!("c{}", at(column))).collect();
        let mut select = self.0.prepare("select rowid from t where t match ?1 order by rowid").unwrap();
        let rows = select.query_map([format!("{{{}}} : {words}", columns.join(" "))], |row| row.get::<_, i64>(0)).unwrap();
        rows.map(|row| u64::try_from(row.unwrap()).unwrap()).collect()
    }
}

#[test]
fn fts5_finds_the_same_words_in_the_same_mails() {
    let mut chance = Chance::new(11);
    let mails: Vec<Document> = (0..300).map(|seq| sample::document(&mut chance, seq)).collect();
    let index = Index::of(&mails);
    let read: Vec<Reading> = mails.iter().map(Reading::new).collect();
    let (mut asked, mut hits) = (0, 0);
    while asked < 1500 {
        let query = sample::query(&mut chance);
        let Node::Text { place, text } = &query.root else { continue };
        if matches!(text, Text::Stem(_)) {
            continue;
        }
        let ours: Vec<u64> = mails.iter().zip(&read).filter(|(_, read)| read.matches(&query)).map(|(mail, _)| mail.seq).collect();
        assert_eq!(index.finds(*place, text), ours, "{query}");
        asked += 1;
        hits += usize::from(!ours.is_empty());
    }
    assert!(hits > asked / 3, "the samples find too little to show anything: {hits} of {asked}");
}

#[test]
fn the_samples_reach_most_of_the_language() {
    let mut chance = Chance::new(5);
    let mails: Vec<Document> = (0..200).map(|seq| sample::document(&mut chance, seq)).collect();
    let counts: Vec<usize> = (0..500)
        .map(|_| sample::query(&mut chance))
        .map(|query| mails.iter().filter(|mail| matches(&query, mail)).count())
        .collect();
    let some = counts.iter().filter(|count| (1..mails.len()).contains(count)).count();
    assert!(some > counts.len() / 2, "only {some} queries find some mails and not all");
    assert_eq!(stem("excursions"), stem("excursion"));
}
