use super::*;

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
