use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Kind, NUMBERS, Standing, install, keep};

/// What those set who know it: the store, the index, and who verifies the archive.
const SET_ELSEWHERE: [&str; 3] = ["schoolgate_store_free_bytes", "schoolgate_archive_unindexed", "schoolgate_archive_faults"];

/// One test, for a process has one recorder.
#[tokio::test]
async fn what_is_read_off_is_described_and_shown() {
    let handle = install().unwrap();
    assert!(install().unwrap_err().contains("twice"));
    let stop = CancellationToken::new();
    let standing = Standing { queued: 3, oldest: Duration::from_secs(7), held: 2, sessions: 1 };
    let first_look = stop.clone();
    let read_off = move || {
        first_look.cancel();
        async move { standing }
    };
    tokio::time::timeout(Duration::from_secs(5), keep(handle.clone(), read_off, stop)).await.unwrap();
    let page = handle.render();
    for (name, meaning) in NUMBERS.iter().filter(|n| n.1 == Kind::Gauge && !SET_ELSEWHERE.contains(&n.0)).map(|n| (n.0, n.3)) {
        assert!(page.contains(&format!("# HELP {name} {meaning}")), "{name} in\n{page}");
    }
    assert!(page.contains("schoolgate_queue_copies 3\n") && page.contains("schoolgate_held_copies 2\n"), "{page}");
    assert!(page.contains("process_cpu_seconds_total"), "{page}");
}

/// The technician's table and ours say the same.
#[test]
fn the_guide_lists_every_number() {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operating.md")).unwrap();
    for (name, kind, _, meaning) in NUMBERS {
        let line = format!("| `{name}` | {} | {meaning} |", format!("{kind:?}").to_lowercase());
        assert!(guide.contains(&line), "docs/operating.md lacks the line\n{line}");
    }
}
