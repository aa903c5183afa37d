//! What a child tries in order to get out, when `doctor` or a test asks it to; each should be refused.

use std::io::Write;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// In words that go on from "a child can …".
    pub what: String,
    /// It did not work.
    pub refused: bool,
}

type Try = fn() -> bool;

/// Whether each of these worked.
const TRIES: [(&str, Try); 8] = [
    ("read a file", || std::fs::read("/etc/passwd").is_ok()),
    ("list a folder", || std::fs::read_dir("/").is_ok()),
    ("write a file", || std::fs::write("/tmp/schoolgate-box", "").is_ok()),
    ("open a network connection", || std::net::UdpSocket::bind(("127.0.0.1", 0)).is_ok()),
    ("open a local socket", || std::os::unix::net::UnixStream::pair().is_ok()),
    ("start a program", || quiet(Command::new("/proc/self/exe").arg("--version")).spawn().is_ok()),
    ("start a thread", || std::thread::Builder::new().spawn(|| ()).is_ok()),
    ("signal its parent", || {
        rustix::process::getppid().is_some_and(|parent| rustix::process::kill_process(parent, Signal::URG).is_ok())
    }),
];

/// Tries everything.
#[must_use]
pub fn all() -> Vec<Attempt> {
    let mut tried: Vec<Attempt> =
        TRIES.iter().map(|(what, works)| Attempt { what: (*what).to_owned(), refused: !works() }).collect();
    tried.push(Attempt {
        what: "write where it was not asked to".to_owned(),
        refused: std::io::stderr().write_all(b"x").is_err(),
    });
    tried.push(Attempt { what: "take more memory than its bound".to_owned(), refused: !takes_too_much() });
    tried
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit())
}

/// Asks politely, so that a refusal is an answer and no end.
fn takes_too_much() -> bool {
    usize::try_from(crate::base::limits::BOX_MEMORY).is_ok_and(|most| Vec::<u8>::new().try_reserve_exact(most).is_ok())
}
