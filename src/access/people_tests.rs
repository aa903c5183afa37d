use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use super::*;
use crate::store::tests_kit;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

async fn people() -> (People, Store, tempfile::TempDir) {
    let (folder, options) = tests_kit::place();
    let store = Store::open(&options).unwrap();
    let people = People::new(store.clone());
    people.add(head(), Role::Sender, &secret("three small owls"), "it").await.unwrap();
    (people, store, folder)
}

fn head() -> Address {
    Address::parse("Head@oakfield.example").unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

#[tokio::test]
async fn the_right_password_signs_in_and_a_wrong_one_or_name_is_refused_alike() {
    let (people, store, _folder) = people().await;
    let sign_in = async |user: &str, password: &str| people.sign_in(user, &secret(password), HERE).await;
    assert_eq!(sign_in("head@OAKFIELD.example", "three small owls").await, SignIn::Welcome(head()));
    assert_eq!(sign_in("head@oakfield.example", "three small owl").await, SignIn::Refused);
    assert_eq!(sign_in("nobody@oakfield.example", "three small owls").await, SignIn::Refused);
    assert_eq!(sign_in("head", "three small owls").await, SignIn::Refused);
    assert_eq!(sign_in("head@oakfield.example", &"x".repeat(1 << 20)).await, SignIn::Refused);
    store.close().await;
}

#[tokio::test]
async fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    let (people, store, _folder) = people().await;
    people.sign_in("warm@oakfield.example", &secret("up"), ELSEWHERE).await;
    let time = async |user: &str| {
        let began = Instant::now();
        assert_eq!(people.sign_in(user, &secret("wrong wrong"), HERE).await, SignIn::Refused);
        began.elapsed()
    };
    let mut known = Duration::MAX;
    let mut unknown = Duration::MAX;
    for _ in 0..3 {
        known = known.min(time("head@oakfield.example").await);
        unknown = unknown.min(time("nobody@oakfield.example").await);
    }
    assert!(unknown * 3 > known && known * 3 > unknown, "known {known:?}, unknown {unknown:?}");
    store.close().await;
}

#[tokio::test]
async fn a_suspension_holds_at_once_even_for_a_password_just_seen() {
    let (people, store, _folder) = people().await;
    let right = secret("three small owls");
    assert_eq!(people.sign_in("head@oakfield.example", &right, HERE).await, SignIn::Welcome(head()));
    assert!(people.may_send(&head()).await.unwrap());
    people.suspend(&head(), "it", "phished").await.unwrap();
    assert!(!people.may_send(&head()).await.unwrap());
    assert_eq!(people.sign_in("head@oakfield.example", &right, HERE).await, SignIn::Refused);
    people.resume(&head(), "it").await.unwrap();
    assert_eq!(people.sign_in("head@oakfield.example", &right, HERE).await, SignIn::Welcome(head()));
    store.close().await;
}

#[tokio::test]
async fn guessing_is_slowed_and_does_not_lock_the_owner_out() {
    let (people, store, _folder) = people().await;
    let right = secret("three small owls");
    people.sign_in("head@oakfield.example", &right, HERE).await;
    let mut last = SignIn::Refused;
    for _ in 0..=FREE_FOR_ACCOUNT.0 + 1 {
        last = people.sign_in("head@oakfield.example", &secret("a guess at it"), ELSEWHERE).await;
    }
    assert!(matches!(last, SignIn::SlowDown(_)), "{last:?}");
    let slowed = people.sign_in("head@oakfield.example", &right, ELSEWHERE).await;
    assert!(matches!(slowed, SignIn::SlowDown(_)), "not even the right guess is looked at");
    assert_eq!(people.sign_in("head@oakfield.example", &right, HERE).await, SignIn::Welcome(head()));
    store.close().await;
}

#[tokio::test]
async fn bad_passwords_and_second_accounts_are_refused_with_a_sentence() {
    let (people, store, _folder) = people().await;
    let staff = Address::parse("staff@oakfield.example").unwrap();
    let refusal =
        async |password: &str| people.add(staff.clone(), Role::Sender, &secret(password), "it").await.unwrap_err().to_string();
    assert!(refusal("seven77").await.contains("too short"));
    assert!(refusal("my-STAFF-password").await.contains("name of the account"));
    assert!(refusal("line\nfeeds here").await.contains("control"));
    let short = people.add(staff.clone(), Role::Technician, &secret("eightish"), "it").await.unwrap();
    assert_eq!(short.warning, Some(PasswordFlaw::Short));
    assert_eq!(people.add(staff.clone(), Role::Sender, &secret("long enough now"), "it").await, Err(AccessError::Exists(staff)));
    let listed = people.list().await.unwrap();
    assert_eq!(listed.iter().map(|a| a.role).collect::<Vec<_>>(), [Role::Sender, Role::Technician]);
    store.close().await;
}
