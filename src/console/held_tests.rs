use axum::http::HeaderMap;

use super::is_from_our_page;
use crate::config;

fn taken(fields: &[(&'static str, &str)]) -> bool {
    let names = ["@RELAY@", "@SUBMISSION@", "@SUBMISSIONS@", "@OPS@", "@UPSTREAM@"].iter().zip(2001..);
    let ports = names.fold(include_str!("../../tests/gateway/world/config.toml").to_owned(), |text, (name, port)| {
        text.replace(name, &port.to_string())
    });
    let sections = "[console]\naddress = \"127.0.0.1:3000\"\npublic_url = \"https://Gate.example:443/mail/\"";
    let text = ports.replace("@ANTIVIRUS@", "[antivirus]\nclamd = \"off\"").replace("@SECTIONS@", sections);
    let loaded = config::parse(&text, std::path::Path::new("/nowhere/config.toml")).unwrap_or_else(|wrong| panic!("{wrong}"));
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, value.parse().unwrap());
    }
    is_from_our_page(&headers, loaded.config.console.as_ref().map(|console| &console.public_url))
}

#[test]
fn a_form_of_another_site_is_told_by_what_browsers_say() {
    assert!(taken(&[]), "an old browser says nothing");
    assert!(taken(&[("sec-fetch-site", "same-origin"), ("origin", "null")]), "our own page sends no referrer");
    assert!(taken(&[("origin", "https://gate.example")]));
    assert!(!taken(&[("origin", "https://gate.example.evil.example")]));
    assert!(!taken(&[("origin", "http://gate.example")]));
    assert!(!taken(&[("sec-fetch-site", "cross-site"), ("origin", "null")]));
    assert!(!taken(&[("sec-fetch-site", "same-site"), ("origin", "https://gate.example")]));
}
