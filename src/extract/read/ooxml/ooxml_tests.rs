use crate::extract::read::document::trial;
#[test]
fn look() {
    let path = std::env::var("LOOK").unwrap();
    let files = trial::read(&path, &std::fs::read(&path).unwrap());
    for file in &files {
        println!("{:?} {:?} {:?} {:?} {}", file.path, file.kind, file.traits, file.unread, file.size);
    }
    println!("{}", trial::lines(&files));
}
