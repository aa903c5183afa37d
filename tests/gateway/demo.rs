//! `schoolgate demo` as a newcomer meets it: without rights, without a home, and without a trace once it has ended.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::world::gateway::files;
use crate::world::{Gateway, wait_until};

/// The temporary folder that a demo is given, so that it can be seen whether something stays.
fn in_folder(mut program: Command, folder: &tempfile::TempDir) -> Command {
    program.env("TMPDIR", folder.path()).env("HOME", "/nonexistent").stdin(Stdio::null());
    program
}

fn is_empty(folder: &tempfile::TempDir) -> bool {
    std::fs::read_dir(folder.path()).expect("the folder").next().is_none()
}

#[test]
fn once_shows_the_table_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut program = Gateway::program();
    program.args(["demo", "--once"]);
    let done = in_folder(program, &folder).output().expect("the program runs");
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    let rows = text.lines().filter(|line| line.get(..2).is_some_and(|number| number.trim().parse::<u8>().is_ok()));
    assert_eq!(rows.count(), 14, "{text}");
    for words in [
        "with the notice (rule notice)",
        "held for the technician (rule confidential)",
        "held for the technician (rule locked)",
        "550    refused: ",
        "refused: Programs do not leave by mail",
        "it is signed",
    ] {
        assert!(text.contains(words), "{words} is missing:\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100 && line.trim_end() == line), "{text}");
    assert!(!text.contains("Ctrl-C"), "with --once there is nothing to stop");
    assert!(is_empty(&folder), "{:?}", files(folder.path()));
}

#[test]
fn nobody_can_run_it() {
    let Some(mut program) = crate::newcomer::as_nobody() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o1777);
    std::fs::set_permissions(folder.path(), open).expect("a folder of ours");
    program.args(["demo", "--once"]);
    let done = in_folder(program, &folder).output().expect("the program runs");
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(is_empty(&folder));
}

/// A demo that stays up, and what it says line by line.
struct Running {
    child: Child,
    lines: Receiver<String>,
    folder: tempfile::TempDir,
}

impl Running {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut program = Gateway::program();
        program.arg("demo").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = in_folder(program, &folder).spawn().expect("the program starts");
        let (say, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| say.send(line)));
        Self { child, lines, folder }
    }

    /// All it says up to a line that holds these words.
    fn until(&self, words: &str) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("no `{words}` in {said:#?}"));
            said.push(line);
            if said.last().is_some_and(|line| line.contains(words)) {
                return said;
            }
        }
    }

    fn end(mut self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(sent.success());
        let status = wait_until("the demo ends", Duration::from_secs(30), || self.child.try_wait().ok().flatten());
        assert_eq!(status.code(), Some(0), "{signal}");
        assert!(is_empty(&self.folder), "{signal}: {:?}", files(self.folder.path()));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_stays_up_and_does_what_its_guide_says() {
    let demo = Running::start();
    let said = demo.until("Ctrl-C stops it");
    let after = |words: &str| {
        said.iter().find_map(|line| line.split_once(words)).map(|(_, rest)| rest.split("   ").next().unwrap_or(rest).to_owned())
    };
    let config = PathBuf::from(after("SCHOOLGATE_CONFIG=").expect("the configuration is named"));
    let held = after("queue release ").expect("the held mail is named");
    let upstream =
        said.iter().find_map(|line| line.strip_prefix("What left the school lies in ")?.split_once(',')).expect("a folder").0;
    let before = files(upstream.as_ref()).len();
    let mut release = Gateway::program();
    release.args(["queue", "release", &held]).env("SCHOOLGATE_CONFIG", &config);
    assert_eq!(crate::world::gateway::output(release, "").status.code(), Some(0), "what the guide says can be done");
    wait_until("the held mail leaves", Duration::from_secs(20), || (files(upstream.as_ref()).len() > before).then_some(()));
    demo.end("INT");
}

#[test]
fn every_way_to_stop_it_leaves_nothing() {
    for signal in ["TERM", "HUP"] {
        let demo = Running::start();
        demo.until("Ctrl-C stops it");
        demo.end(signal);
    }
    let early = Running::start();
    early.until("A whole gateway"); // the first mails are on their way
    early.end("INT");
}
