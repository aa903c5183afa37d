//! The box, with the real program as the child, and with children that lie: what each of them costs, and that nothing of it is left.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process};
use schoolgate::base::limits;
use schoolgate::boxed::{self, Landlock, Options, Pool, Trouble};
use schoolgate::extract::File;
use schoolgate::extract::Leaf;
use schoolgate::extract::contents::Unread;
use tokio::time::Instant;

use crate::world::{Gateway, wait_until};

mod command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_schoolgate");
/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

async fn pool(children: usize, time: Duration) -> Pool {
    Pool::open(Options { program: PROGRAM.into(), children, time, ..Options::default() }).await.expect("children can be started")
}

async fn read(pool: &Pool, name: &str) -> Vec<File> {
    pool.read(name, Bytes::from_static(b"Dear parents"), Instant::now() + PATIENCE).await.expect("a child")
}

fn signal(process: u32, signal: Signal) {
    let process = Pid::from_raw(process.try_into().expect("a process id")).expect("a process id");
    kill_process(process, signal).expect("it lives");
}

fn about(process: u32, file: &str) -> String {
    std::fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default()
}

/// Gone, and not left as a zombie either.
fn wait_gone(process: u32) {
    wait_until("the process is gone", PATIENCE, || (!Path::new(&format!("/proc/{process}")).exists()).then_some(()));
}

async fn until_gone(process: u32) {
    tokio::task::spawn_blocking(move || wait_gone(process)).await.expect("it is gone");
}

fn only(pool: &Pool) -> u32 {
    let idle = pool.idle();
    assert_eq!(idle.len(), 1, "one child is kept warm");
    idle[0]
}

fn is_read(files: &[File], name: &str) {
    assert_eq!((files[0].name(), files[0].size), (name, 12));
    assert!(!matches!(files[0].unread, Some(Unread::Died | Unread::TimedOut | Unread::Bound(_))), "{files:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_by_a_child_that_stays_for_the_next() {
    let pool = pool(2, PATIENCE).await;
    let child = only(&pool);
    for name in ["a.txt", "", "näme.txt"] {
        is_read(&read(&pool, name).await, name);
    }
    assert_eq!(only(&pool), child);
    pool.close().await;
    assert!(!Path::new(&format!("/proc/{child}")).exists(), "closed means gone");
    let closed = pool.read("a.txt", Bytes::new(), Instant::now() + PATIENCE).await;
    assert!(matches!(closed, Err(Trouble::Closed)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_is_killed_costs_its_file_and_no_other() {
    let pool = pool(2, PATIENCE).await;
    let child = only(&pool);
    signal(child, Signal::STOP); // so that it is surely at work
    let under_way = tokio::spawn({
        let pool = pool.clone();
        async move { read(&pool, "fatal.txt").await }
    });
    wait_until_busy(&pool).await;
    signal(child, Signal::KILL);
    let files = under_way.await.expect("a result");
    assert_eq!((files[0].name(), files[0].unread.as_ref()), ("fatal.txt", Some(&Unread::Died)));
    is_read(&read(&pool, "next.txt").await, "next.txt");
    until_gone(child).await;
    pool.close().await;
}

async fn wait_until_busy(pool: &Pool) {
    while !pool.idle().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_hangs_is_killed_when_its_time_is_up() {
    let pool = pool(2, Duration::from_millis(200)).await;
    let child = only(&pool);
    signal(child, Signal::STOP);
    let files = read(&pool, "slow.txt").await;
    assert_eq!(files[0].unread, Some(Unread::TimedOut));
    assert!(!Path::new(&format!("/proc/{child}")).exists(), "killed and reaped before the answer");
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_died_while_idle_costs_nothing() {
    let pool = pool(2, PATIENCE).await;
    let child = only(&pool);
    signal(child, Signal::KILL);
    wait_until("it is dead", PATIENCE, || about(child, "stat").contains(") Z").then_some(()));
    is_read(&read(&pool, "a.txt").await, "a.txt");
    until_gone(child).await;
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_waiting_takes_the_child_along() {
    let pool = pool(1, PATIENCE).await;
    let child = only(&pool);
    signal(child, Signal::STOP);
    let given_up = tokio::time::timeout(Duration::from_millis(100), read(&pool, "a.txt")).await;
    assert!(given_up.is_err());
    until_gone(child).await;
    is_read(&read(&pool, "b.txt").await, "b.txt");
    assert_ne!(only(&pool), child);
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_has_read_enough_is_replaced_before_it_is_missed() {
    let options = Options { program: PROGRAM.into(), children: 1, jobs: 3, ..Options::default() };
    let pool = Pool::open(options).await.expect("a child");
    let first = only(&pool);
    for _ in 0..2 {
        read(&pool, "a.txt").await;
        assert_eq!(only(&pool), first);
    }
    read(&pool, "a.txt").await;
    until_gone(first).await;
    while pool.idle().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_ne!(only(&pool), first);
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_files_at_a_time_are_all_read_by_few_children() {
    let pool = pool(3, PATIENCE).await;
    let mut open = tokio::task::JoinSet::new();
    for number in 0..200 {
        let pool = pool.clone();
        open.spawn(async move { is_read(&read(&pool, &format!("{number}.txt")).await, &format!("{number}.txt")) });
    }
    while let Some(done) = open.join_next().await {
        done.expect("read");
    }
    let children = pool.idle();
    assert!((1..=3).contains(&children.len()), "{children:?}");
    pool.close().await;
    assert!(children.iter().all(|child| !Path::new(&format!("/proc/{child}")).exists()), "no zombie is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_mail_come_back_in_its_order_and_none_is_lost() {
    let pool = pool(3, PATIENCE).await;
    let piece =
        |number: usize| Leaf { part: number.to_string(), name: format!("{number}.txt"), bytes: Bytes::from("x".repeat(number)) };
    let asked = limits::ATTACHMENTS_READ + 2;
    let (contents, _) = pool.examine((0..asked).map(piece).collect(), Instant::now() + PATIENCE).await.expect("children");
    assert_eq!(contents.files.len(), asked);
    for (number, found) in contents.files.iter().enumerate() {
        assert_eq!((found.part.as_str(), found.file.size), (number.to_string().as_str(), number as u64));
        let beyond = matches!(&found.file.unread, Some(Unread::Bound(why)) if why.contains("more attachments"));
        assert_eq!(beyond, number >= limits::ATTACHMENTS_READ, "{number}");
    }
    let (late, _) = pool.examine(vec![piece(7)], Instant::now()).await.expect("children");
    assert_eq!(late.files[0].file.unread, Some(Unread::TimedOut), "the deadline is over");
    pool.close().await;
}

/// A program in the child's place that greets as a child does and then does what `script` says.
fn liar(folder: &Path, script: &str) -> PathBuf {
    let greeting = r#"{"landlock":"none","filter":false,"inherited":0}"#;
    let text = format!(
        "#!/bin/sh\nPATH=/usr/bin:/bin\nprintf 'A\\{:03o}\\0\\0\\0%s' '{greeting}'\nhead -c 9 > /dev/null\n{script}\n",
        greeting.len()
    );
    let file = folder.join("liar");
    std::fs::write(&file, text).expect("room on the disk");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o700)).expect("a file of ours");
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_child_says_is_believed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (script, cost) in [
        (r"printf 'garbage that is no answer'", "died"),
        (r"printf 'A\2\0\0\0[]'", "died"),
        (r"printf 'A\4\0\0\0[{}]'", "died"),
        (r"printf 'A\377\0\0\0too short'", "died"),
        (r"exit 0", "died"),
        (r"kill -SEGV $$", "died"),
        (r"printf 'A\377\377\377\377'; cat /dev/zero", "bound"),
        (r"printf 'L\0\0\0\0'", "bound"),
        (r"printf 'A\0\0\0\1'; exec cat /dev/zero", "timed out or died"),
        (r"exec sleep 60", "timed out"),
    ] {
        let options = Options { program: liar(folder.path(), script), children: 1, time: Duration::from_millis(1500), jobs: 9 };
        let pool = Pool::open(options).await.unwrap_or_else(|trouble| panic!("{script}: {trouble}"));
        let child = only(&pool);
        let files = read(&pool, "a.txt").await;
        assert_eq!(files.len(), 1, "{script}");
        let said = match &files[0].unread {
            Some(Unread::Died) => "died",
            Some(Unread::TimedOut) => "timed out",
            Some(Unread::Bound(_)) => "bound",
            other => panic!("{script}: {other:?}"),
        };
        assert!(cost.contains(said), "{script}: {said}");
        assert!(!Path::new(&format!("/proc/{child}")).exists(), "{script}: it is still there");
        pool.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_child_can_be_started_it_is_our_own_failure() {
    let nowhere = Options { program: "/nowhere/at/all".into(), ..Options::default() };
    assert!(matches!(Pool::open(nowhere).await, Err(Trouble::Start(_))));
    let no_child = Options { program: "/bin/true".into(), ..Options::default() };
    let said = Pool::open(no_child).await.expect_err("it is no child").to_string();
    assert!(said.contains("exit code 0"), "{said}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("program");
    std::os::unix::fs::symlink(PROGRAM, &program).expect("a link");
    let pool = Pool::open(Options { program: program.clone(), ..Options::default() }).await.expect("a child");
    std::fs::remove_file(program).expect("the link");
    is_read(&read(&pool, "a.txt").await, "a.txt");
    signal(only(&pool), Signal::KILL);
    let child = only(&pool);
    wait_until("it is dead", PATIENCE, || about(child, "stat").contains(") Z").then_some(()));
    let refused = pool.read("b.txt", Bytes::new(), Instant::now() + PATIENCE).await;
    assert!(matches!(refused, Err(Trouble::Start(_))), "{refused:?}");
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_walls_stand_and_a_child_that_tries_them_says_so() {
    let pool = pool(1, PATIENCE).await;
    let child = only(&pool);
    let status = about(child, "status");
    assert!(status.contains("NoNewPrivs:\t1") && status.contains("Threads:\t1"), "{status}");
    assert!(status.contains("CapEff:\t0000000000000000") && status.contains("CapPrm:\t0000000000000000"), "{status}");
    let limits = about(child, "limits");
    for (name, soft) in [("Max file size", "0"), ("Max open files", "0"), ("Max processes", "0"), ("Max cpu time", "120")] {
        let line = limits.lines().find(|line| line.starts_with(name)).expect("a line");
        assert_eq!(line[name.len()..].split_whitespace().next(), Some(soft), "{line}");
    }
    let memory = limits.lines().find(|line| line.starts_with("Max address space")).expect("a line");
    assert!(memory.contains(&limits::BOX_MEMORY.to_string()), "{memory}");
    assert_eq!(std::fs::read(format!("/proc/{child}/environ")).expect("ours"), b"", "no environment");
    assert_eq!(std::fs::read_link(format!("/proc/{child}/cwd")).expect("ours"), Path::new("/"));
    assert_eq!(std::fs::read_link(format!("/proc/{child}/fd/2")).expect("ours"), Path::new("/dev/null"));
    pool.close().await;

    let strength = boxed::strength(Path::new(PROGRAM)).await.expect("a child");
    assert_eq!(strength.attempts.len(), 10);
    if strength.walls.filter {
        assert!(status.contains("Seccomp:\t2"), "{status}");
        assert!(strength.attempts.iter().all(|attempt| attempt.refused), "{strength:?}");
    }
    if strength.walls.filter && strength.walls.landlock != Landlock::None {
        assert_eq!(strength.gaps(), Vec::<String>::new());
    }
}

/// A child alone, greeted.
fn child() -> (Child, std::process::ChildStdin, std::process::ChildStdout) {
    use std::io::Read;
    let mut child =
        Command::new(PROGRAM).arg(boxed::COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program runs");
    let (input, mut output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let mut head = [0; 5];
    output.read_exact(&mut head).expect("a greeting");
    let mut greeting = vec![0; usize::from(head[1])];
    output.read_exact(&mut greeting).expect("a greeting");
    assert_eq!(head[0], b'A');
    (child, input, output)
}

#[test]
fn more_memory_than_its_bound_ends_the_child_and_says_nothing() {
    use std::io::{Read, Write};
    use std::os::unix::process::ExitStatusExt;
    let (mut child, mut input, mut output) = child();
    input.write_all(&[b'R', 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]).expect("it listens");
    let mut said = Vec::new();
    output.read_to_end(&mut said).expect("it ends");
    let ended = child.wait().expect("it ended");
    assert!(ended.signal().is_some() && said.is_empty(), "{ended} {said:?}");
}

#[test]
fn a_child_that_is_asked_nonsense_ends_and_one_that_is_left_alone_too() {
    use std::io::Write;
    for (question, code) in [(&b"Q\0\0\0\0\0\0\0\0"[..], 1), (b"R\x01\0", 1), (b"", 0)] {
        let (mut child, mut input, output) = child();
        input.write_all(question).expect("it listens");
        drop(input);
        assert_eq!(child.wait().expect("it ended").code(), Some(code), "{question:?}");
        drop(output);
    }
}

/// The processes whose parent is this one.
fn children_of(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("/proc").filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_child = |process: &u32| {
        let stat = about(*process, "stat");
        stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok()) == Some(parent)
    };
    processes.filter(is_child).collect()
}

/// A command that has its pool and waits for its input.
fn waiting(program: &Path) -> (Child, u32) {
    let mut command = Command::new(program);
    let parent = command.args(["extract", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program runs");
    let child = wait_until("it has a child", PATIENCE, || children_of(parent.id()).first().copied());
    // What it has written beside its place among those to be ended first: once it stands in the pipe the greeting is not lost.
    let has_greeted = || {
        let io = about(child, "io");
        let written = io.lines().find_map(|line| line.strip_prefix("wchar: ")).and_then(|octets| octets.parse::<u64>().ok());
        (written > Some(40)).then_some(())
    };
    wait_until("the child has greeted", PATIENCE, has_greeted);
    (parent, child)
}

#[test]
fn when_the_gateway_dies_its_children_die_whatever_they_do() {
    let (mut parent, child) = waiting(Path::new(PROGRAM));
    signal(child, Signal::STOP); // it could not see its input end
    parent.kill().expect("it lives");
    parent.wait().expect("it ended");
    wait_until("its child is dead", PATIENCE, || {
        let stat = about(child, "stat");
        (stat.is_empty() || stat.contains(") Z")).then_some(()) // whoever inherits it may take its time to bury it
    });
}

#[test]
fn children_are_started_also_after_an_upgrade_has_replaced_the_program() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("schoolgate");
    std::fs::copy(PROGRAM, &program).expect("room on the disk");
    let (parent, child) = waiting(&program);
    std::fs::remove_file(&program).expect("the copy");
    signal(child, Signal::KILL);
    wait_until("it is dead", PATIENCE, || about(child, "stat").contains(") Z").then_some(()));
    let done = parent.wait_with_output().expect("it ends"); // closes its input
    assert!(done.status.success(), "{done:?}");
    assert!(String::from_utf8_lossy(&done.stdout).contains("empty"), "{done:?}");
}

#[test]
fn doctor_tells_how_strong_the_box_is() {
    let gateway = Gateway::prepare(crate::world::free_port(), "");
    let said = String::from_utf8(gateway.run(&["doctor"], "").stdout).expect("text");
    assert_eq!(said.lines().filter(|line| line.split_whitespace().nth(1) == Some("box:")).count(), 1, "{said}");
}
