use super::super::parse;

const LOGO: &[u8] = b"\x89PNG\r\n\x1a\n";

fn read(section: &str) -> Result<super::Pickup, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("logo.png"), LOGO).unwrap();
    std::fs::write(folder.path().join("logo.svg"), "<svg onload='x'/>").unwrap();
    std::fs::write(folder.path().join("notice.txt"), "Dear parent, see {link} by {until}.").unwrap();
    std::fs::write(folder.path().join("linkless.txt"), "Dear parent").unwrap();
    let names = ["@RELAY@", "@SUBMISSION@", "@SUBMISSIONS@", "@OPS@", "@UPSTREAM@"].iter().zip(2001..);
    let ports = names.fold(include_str!("../../tests/gateway/world/config.toml").to_owned(), |text, (name, port)| {
        text.replace(name, &port.to_string())
    });
    let text =
        ports.replace("@ANTIVIRUS@", "[antivirus]\nclamd = \"off\"").replace("@SECTIONS@", &format!("[pickup]\n{section}"));
    match parse(&text, &folder.path().join("config.toml")) {
        Ok(loaded) => Ok(loaded.config.pickup.unwrap()),
        Err(wrong) => Err(wrong.mistakes.iter().map(|mistake| mistake.message.clone()).collect()),
    }
}

const WHOLE: &str = "address = \"127.0.0.1:8026\"\npublic_url = \"https://secure.example/pickup/\"\n";

#[test]
fn what_is_left_out_has_a_good_default() {
    let pickup = read(WHOLE).unwrap();
    assert_eq!(pickup.keep.0.get_days(), 30);
    assert!(pickup.colour.is_none() && pickup.logo.is_none() && pickup.notice.is_none() && pickup.help.is_none());
    assert_eq!(
        (pickup.public_url.path(), pickup.public_url.page("/help").as_str()),
        ("/pickup", "https://secure.example/pickup/help")
    );
}

#[test]
fn the_school_gives_its_own_look_and_words() {
    let own =
        "keep = \"7d\"\ncolour = \"#1C5b4c\"\nlogo = \"logo.png\"\nnotice_file = \"notice.txt\"\nhelp_file = \"linkless.txt\"\n";
    let pickup = read(&format!("{WHOLE}{own}")).unwrap();
    assert_eq!(pickup.colour, Some([0x1c, 0x5b, 0x4c]));
    assert_eq!(pickup.logo.unwrap().media, "image/png");
    assert!(pickup.notice.unwrap().contains("{link}") && pickup.help.unwrap() == "Dear parent");
}

#[test]
fn what_is_wrong_is_said() {
    for (section, said) in [
        ("public_url = \"https://a.example\"", "`address` is missing in [pickup]"),
        ("address = \"127.0.0.1:8026\"\npublic_url = \"http://a.example\"", "confidential messages are read there"),
        ("address = \"127.0.0.1:2001\"\npublic_url = \"https://a.example\"", "port 2001 is already used"),
        (&format!("{WHOLE}colour = \"green\""), "must be a colour"),
        (&format!("{WHOLE}colour = \"#12345g\""), "must be a colour"),
        (&format!("{WHOLE}logo = \"logo.svg\""), "is not a picture"),
        (&format!("{WHOLE}logo = \"none.png\""), "there is no such file"),
        (&format!("{WHOLE}notice_file = \"linkless.txt\""), "must hold {link} once"),
        (&format!("{WHOLE}keep = \"long\""), "keep"),
        (&format!("{WHOLE}adress = \"x\""), "unknown key `adress`"),
    ] {
        let wrong = read(section).unwrap_err();
        assert!(wrong.iter().any(|message| message.contains(said)), "{said}: {wrong:?}");
    }
}
