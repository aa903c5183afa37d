use super::*;
use crate::extract::contents::{Block, Content, Spot};

#[test]
fn a_long_name_goes_in_by_its_end_and_comes_back_whole() {
    let name = format!("{}é.pdf", "x".repeat(3000));
    let told = end_of(&name);
    assert!(told.len() <= limits::BOX_NAME_OCTETS && told.ends_with("é.pdf"));
    let cut_within = format!("é{}", "x".repeat(limits::BOX_NAME_OCTETS - 1));
    assert_eq!(end_of(&cut_within).len(), limits::BOX_NAME_OCTETS - 1, "a letter is not cut in two");
    let inner = File::new(vec![told.to_owned(), "a.txt".to_owned()], Kind::Text, 1);
    let files = renamed(vec![File::new(vec![told.to_owned()], Kind::Zip, 9), inner], &name);
    assert_eq!(files[0].name(), name);
    assert_eq!(files[1].path[0], told);
}

#[test]
fn the_pool_is_bounded_whatever_the_machine() {
    let options = Options::default();
    assert!(limits::BOX_CHILDREN.contains(&options.children));
    assert!(limits::BOX_TIME > limits::READING_TIME && limits::BOX_CPU > limits::BOX_CPU_WORN + limits::BOX_TIME);
}

fn says(octets: usize) -> Vec<File> {
    let mut file = File::new(vec!["a.txt".to_owned()], Kind::Text, 1);
    let content = Content::Text("x".repeat(octets));
    file.blocks.push(Block { spot: Spot::Body, label: None, content });
    vec![file]
}

fn finds(room: &Arc<Room>) -> Finds {
    let place = || ("2".to_owned(), vec![unread("a.txt", 1, Unread::Died)]);
    Finds { files: vec![place(), place(), place()], left: limits::CONTENTS_OF_MAIL, ration: room.ration() }
}

#[test]
fn what_a_mail_says_is_kept_as_far_as_its_share_goes_and_the_rest_is_said_to_be_missing() {
    let mut finds = finds(&Arc::new(Room::new(limits::CONTENTS_IN_FLIGHT)));
    let half = limits::CONTENTS_OF_MAIL / 4; // text counts twice
    finds.put(Some(Ok((0, Ok(says(half)))))).unwrap();
    finds.put(Some(Ok((2, Ok(says(half)))))).unwrap();
    finds.put(Some(Ok((1, Ok(says(1000)))))).unwrap();
    let why = |at: usize| finds.files[at].1[0].unread.clone();
    assert_eq!((why(0), why(1)), (None, None));
    assert!(matches!(why(2), Some(Unread::Bound(why)) if why.contains("more is in")), "{:?}", why(2));
    assert!(finds.files[2].1[0].blocks.is_empty());
}

#[test]
fn mails_that_say_more_together_than_there_is_room_for_are_put_off_and_the_room_comes_back() {
    let room = Arc::new(Room::new(3 << 20));
    let mut first = finds(&room);
    first.put(Some(Ok((0, Ok(says(1 << 20)))))).unwrap();
    let mut second = finds(&room);
    assert!(matches!(second.put(Some(Ok((0, Ok(says(1 << 20)))))), Err(Trouble::Room)));
    drop(first);
    second.put(Some(Ok((0, Ok(says(1 << 20)))))).unwrap();
}

#[test]
fn a_file_weighs_at_least_what_it_says_and_a_cell_more_than_its_text() {
    let mut file = File::new(vec!["a.csv".to_owned()], Kind::Csv, 1);
    let empty = file.weight();
    let rows = vec![vec!["1".to_owned(), String::new()]; 1000];
    file.blocks.push(Block { spot: Spot::Body, label: None, content: Content::Table(rows) });
    assert!(file.weight() > empty + 1000 * (2 * size_of::<String>() + size_of::<Vec<String>>() + 32));
    assert!(says(1000)[0].weight() > 2000);
}
