//! Personal data through the real program: the school's own roll, what a held mail tells its sender, and what `detect` and `explain` show.

use std::fs;

use crate::world::attached::{self, File};
use crate::world::gateway::{OFFICE, files, output};
use crate::world::session::Session;
use crate::world::{Gateway, Upstream};

const PARENT: &str = "parent@example.com";
const CSV: &str = "UPN,ULN,Surname,Forename,DOB,Postcode\n\
                   A886994622609,2290181268,Wisniewska,Priya,04/07/2017,SW27 8WZ\n\
                   P810997217188,4762170193,Wilson,Chloe,08/10/2012,BS10 6YH\n";
const RULES: &str = r#"
[console]
address    = "127.0.0.1:@CONSOLE@"
public_url = "http://127.0.0.1:@CONSOLE@"

[list.pupils]
csv     = "pupils.csv"
columns = { upn = "UPN", uln = "ULN", surname = "Surname", forename = "Forename", date_of_birth = "DOB", postcode = "Postcode" }

[[rule]]
id    = "roll"
about = "What is on our roll does not leave by mail"
when.to   = "outside"
when.data = "@pupils"
do.reject = "this was seen: {found}"
on_error  = "hold"

[[rule]]
id    = "numbers"
about = "Numbers of people wait for their sender"
when.to     = "outside"
when.data   = "uk-nhs-number"
do.hold_for = "sender"
do.after    = "3d"
on_error    = "hold"
"#;

fn world() -> (Upstream, Gateway) {
    let upstream = Upstream::start();
    let mut gateway = Gateway::prepare(upstream.port, "");
    fs::write(gateway.path("pupils.csv"), CSV).unwrap();
    gateway.write_config(upstream.port, &RULES.replace("@CONSOLE@", &crate::world::free_port().to_string()));
    gateway.add_account(OFFICE, crate::world::gateway::PASSWORD);
    gateway.serve();
    (upstream, gateway)
}

fn send(gateway: &Gateway, body: &str) -> String {
    Session::open(gateway.relay).send(&[PARENT], "Transfer", body)
}

#[test]
fn who_is_on_the_roll_is_known_by_number_or_by_name_with_a_second_fact() {
    let (upstream, gateway) = world();
    for told in [
        "Please note P810997217188.\r\n",
        "Chloe Wilson, born 08/10/2012, joins you on Monday.\r\n",
        "Chloe Wilson has been diagnosed with epilepsy.\r\n",
    ] {
        let reply = send(&gateway, told);
        assert!(reply.contains("What is on our roll does not leave by mail"), "{told}: {reply}");
        assert!(!reply.contains("P810997217188") && !reply.contains("Wilson") && !reply.contains("epilepsy"), "{reply}");
    }
    let sheet = b"Name,UPN\r\nPriya Wisniewska,A886994622609\r\n";
    let mut session = Session::open(gateway.relay);
    session.begin(&[PARENT]);
    session.say(format!("{}.\r\n", attached::mail(PARENT, &[File::new("list.csv", sheet)])).as_bytes());
    assert!(session.reply().contains("in list.csv"));
    for harmless in ["Chloe Wilson says hello.\r\n", "UPN L810995815931 is of another school.\r\n"] {
        assert!(send(&gateway, harmless).starts_with("250 "), "{harmless}");
    }
    upstream.wait_for(2);
    let stored: Vec<u8> = files(&gateway.path("store")).iter().flat_map(|file| fs::read(file).unwrap()).collect();
    let seen = |word: &str| stored.windows(word.len()).any(|bytes| bytes == word.as_bytes());
    assert!(!seen("P810997217188") && !seen("Wisniewska"), "nothing of the roll is on the disk of the gateway");
    assert!(!gateway.log().contains("P810997217188") && !gateway.log().contains("Wilson"));
}

#[test]
fn a_sender_is_told_why_their_mail_waits_and_has_a_link() {
    let (upstream, gateway) = world();
    assert!(send(&gateway, "Her NHS number is 943 476 5919.\r\n").starts_with("250 "));
    let letter = upstream.wait_for_mail_to(OFFICE).text().replace("=\r\n", "");
    assert!(letter.contains("Numbers of people wait for their sender") && letter.contains("/held/"), "{letter}");
    assert!(!letter.contains("943 476 5919"));
}

#[test]
fn detect_opens_files_and_explain_names_what_it_found() {
    let (_upstream, gateway) = world();
    let sheet = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/attachments/calc.xls");
    let mut detect = Gateway::program();
    detect.args(["detect", sheet]);
    let shown = output(detect, "");
    let table = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.status.success() && table.contains("uk-upn") && table.contains("L8…31"), "{table}");
    let mut piped = Gateway::program();
    piped.args(["detect", "--config", gateway.config().to_str().unwrap()]);
    let table = String::from_utf8(output(piped, "Please note P810997217188.\n").stdout).unwrap();
    assert!(table.contains("row 3 of the roll"), "{table}");
    let mut lines = Gateway::program();
    lines.args(["detect", "--jsonl"]);
    let found = String::from_utf8(output(lines, "{\"id\":7,\"text\":\"é NHS number 943 476 5919\"}\n").stdout).unwrap();
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!((&found["id"], &found["findings"][0]["kind"]), (&7.into(), &"uk-nhs-number".into()), "{found}");
    assert_eq!(
        (&found["findings"][0]["start"], &found["findings"][0]["end"]),
        (&13.into(), &25.into()),
        "characters, not octets"
    );
    let mail = gateway.path("mail.eml");
    fs::write(&mail, attached::mail(PARENT, &[File::new("calc.xls", &fs::read(sheet).unwrap())])).unwrap();
    let seen = gateway.json(&["explain", "--json", "--from", OFFICE, "--to", PARENT, mail.to_str().unwrap()]);
    let finding = seen["findings"].as_array().unwrap().iter().find(|one| one["kind"] == "uk-upn").unwrap();
    assert_eq!((&finding["file"], &finding["part"]), (&"calc.xls".into(), &"2".into()), "{finding}");
}
