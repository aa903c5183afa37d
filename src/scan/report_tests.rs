use super::*;

fn report(whole: Outcome, parts: &[(&str, Outcome)]) -> Report {
    let part = |(at, (name, outcome)): (usize, &(&str, Outcome))| Scanned {
        part: format!("1.{}", at + 1),
        name: (*name).to_owned(),
        outcome: outcome.clone(),
    };
    Report { whole, parts: parts.iter().enumerate().map(part).collect() }
}

fn virus(name: &str) -> Outcome {
    Outcome::Infected(name.to_owned())
}

#[test]
fn a_find_is_named_by_the_file_that_has_it() {
    let parts = [("a.txt", Outcome::Clean), ("b.exe", virus("B")), ("c.exe", virus("C"))];
    let both = report(virus("C"), &parts);
    assert_eq!(both.infected(), Some(Find { part: Some("1.3"), file: Some("c.exe"), virus: "C" }));
    let other = report(virus("D"), &parts);
    assert_eq!(other.infected().unwrap().file, Some("b.exe"));
    let only_whole = report(virus("D"), &[("", Outcome::Clean)]);
    assert_eq!(only_whole.infected(), Some(Find { part: None, file: None, virus: "D" }));
    let only_part = report(Outcome::TooBig, &[("", virus("E"))]);
    assert_eq!(only_part.infected(), Some(Find { part: Some("1.1"), file: None, virus: "E" }));
    assert_eq!(report(Outcome::Clean, &[("a", Outcome::TimedOut)]).infected(), None);
}

#[test]
fn nothing_but_clean_is_clean() {
    let others = [
        virus("x"),
        Outcome::TooBig,
        Outcome::Protected,
        Outcome::TimedOut,
        Outcome::Down("x".to_owned()),
        Outcome::Broken("x".to_owned()),
        Outcome::Off,
    ];
    assert!(report(Outcome::Clean, &[("a", Outcome::Clean)]).is_clean());
    assert!(report(Outcome::Clean, &[]).is_clean());
    for other in others {
        assert!(!report(other.clone(), &[]).is_clean(), "{other}");
        let of_a_part = report(Outcome::Clean, &[("a", Outcome::Clean), ("b", other.clone())]);
        assert!(!of_a_part.is_clean(), "{other}");
        let counts_as_unscanned = !matches!(other, Outcome::Infected(_) | Outcome::Off);
        assert_eq!(of_a_part.unscanned_because(), counts_as_unscanned.then_some(&other));
        assert_eq!(of_a_part.unscanned().count(), usize::from(counts_as_unscanned));
    }
}

#[test]
fn a_mail_that_is_too_big_counts_as_scanned_when_every_file_was() {
    let seen = report(Outcome::TooBig, &[("a", Outcome::Clean), ("b", Outcome::Clean)]);
    assert!(seen.is_clean() && seen.unscanned_because().is_none() && !seen.is_outage());
    let unseen = report(Outcome::TooBig, &[("a", Outcome::Clean), ("b", Outcome::TooBig)]);
    assert_eq!((unseen.is_clean(), unseen.unscanned_because()), (false, Some(&Outcome::TooBig)));
    assert_eq!(report(Outcome::TooBig, &[]).unscanned_because(), Some(&Outcome::TooBig), "no file was looked at");
}

#[test]
fn an_outage_is_one_wherever_it_struck() {
    assert!(report(Outcome::TimedOut, &[]).is_outage());
    assert!(report(virus("x"), &[("a", Outcome::Down("gone".to_owned()))]).is_outage());
    assert!(!report(Outcome::Broken("x".to_owned()), &[("a", Outcome::TooBig)]).is_outage());
}
