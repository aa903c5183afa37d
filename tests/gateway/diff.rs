//! `schoolgate diff`: what a new configuration would change, before it is put in force.

use crate::world::Gateway;

const NEW: &str = r#"
[[rule]]
id       = "trips"
when.subject_word = ["trip"]
do.hold_for = "technician"
on_error = "hold"
"#;

fn mail(gateway: &Gateway, name: &str, subject: &str) -> String {
    let text = format!("From: office@oakfield.example.sch.uk\nTo: Parent <parent@example.com>\nSubject: {subject}\n\nText.\n");
    std::fs::create_dir_all(gateway.path("mails/below")).unwrap();
    std::fs::write(gateway.path(name), text).unwrap();
    gateway.path(name).display().to_string()
}

#[test]
fn mails_that_fare_differently_are_named_with_what_differs() {
    let gateway = Gateway::prepare(1, NEW);
    let new = gateway.path("new.toml");
    std::fs::rename(gateway.config(), &new).unwrap();
    gateway.write_config(1, "");
    let (trip, menu) = (mail(&gateway, "mails/trip.eml", "The trip"), mail(&gateway, "mails/below/menu.eml", "The menu"));
    let (new, old) = (new.display().to_string(), gateway.config().display().to_string());
    let said = gateway.json(&["diff", "--config", &new, "--against", &old, "--json", &trip, &menu]);
    assert_eq!((&said["mails"], said["differences"].as_array().unwrap().len()), (&2.into(), 1));
    let difference = &said["differences"][0];
    assert_eq!(difference["mail"], trip.as_str());
    assert_eq!(difference["to"], serde_json::json!(["parent@example.com"]));
    assert_eq!(difference["what"], serde_json::json!(["copies", "held"]));
    assert_eq!(difference["new"]["held"][0]["rule"], "trips");
    assert_eq!(difference["old"]["copies"][0]["recipients"], serde_json::json!(["parent@example.com"]));
    let folder = gateway.path("mails").display().to_string();
    let text = gateway.succeed(&["diff", "--config", &new, "--corpus", &folder, "--from", "it@oakfield.example.sch.uk"], "");
    assert!(text.contains("1 of 2 mails differ"), "the old one is the gateway's own: {text}");
    assert!(text.contains("held\n    - none\n    + for parent@example.com until the technician decides (rule trips)"), "{text}");
    assert!(gateway.succeed(&["diff", "--config", &old, "--against", &old, &trip], "").contains("0 of 1 mails differ"));
}

#[test]
fn a_mail_for_nobody_is_said_and_a_bad_configuration_is_refused() {
    let gateway = Gateway::prepare(1, "");
    let config = gateway.config().display().to_string();
    let text = gateway.succeed(&["diff", "--config", &config, "--against", &config, "-"], "From: a@example.com\n\nText.\n");
    assert!(text.contains("-: not compared: it names no recipient"), "{text}");
    gateway.write_config(1, "[[rule]]\nid = 1\n");
    let refused = gateway.run(&["diff", "--config", &config, "-"], "");
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(gateway.run(&["diff", "--config", &config], "").status.code(), Some(2), "no mail at all");
}
