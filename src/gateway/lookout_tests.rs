use std::time::Duration;

use tokio::time::timeout;

use super::Watch;

/// Whether a change is seen within so many seconds.
async fn seen(watch: &mut Watch, seconds: u64) -> bool {
    timeout(Duration::from_secs(seconds), watch.changed()).await.is_ok()
}

#[tokio::test]
async fn a_change_of_content_is_seen_once_and_a_touch_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let (config, list) = (folder.path().join("config.toml"), folder.path().join("list.csv"));
    std::fs::write(&config, "a").unwrap();
    std::fs::write(&list, "a").unwrap();
    let sources = [config.clone(), list.clone()];
    let mut watch = Watch::new(&sources);
    std::fs::write(&config, "a").unwrap();
    assert!(!seen(&mut watch, 3).await, "the content is the same");
    std::fs::write(&list, "b").unwrap();
    assert!(seen(&mut watch, 10).await);
    watch.settle(&sources, true);
    assert!(!seen(&mut watch, 3).await, "it was seen already");
    std::fs::remove_file(&list).unwrap();
    assert!(seen(&mut watch, 10).await, "a file that goes is a change");
}

#[tokio::test]
async fn a_file_that_replaces_another_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (config, new) = (folder.path().join("config.toml"), folder.path().join("new"));
    std::fs::write(&config, "a").unwrap();
    let mut watch = Watch::new(std::slice::from_ref(&config));
    std::fs::write(&new, "b").unwrap();
    std::fs::rename(&new, &config).unwrap();
    assert!(seen(&mut watch, 10).await);
}

#[tokio::test]
async fn a_refused_configuration_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "a").unwrap();
    let mut watch = Watch::new(std::slice::from_ref(&config));
    watch.settle(std::slice::from_ref(&config), false);
    assert!(seen(&mut watch, 20).await);
}
