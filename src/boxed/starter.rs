//! Starts children, from a thread of its own that lives as long as the pool.
//!
//! A child asks to die with its parent, and Linux takes the *thread* that started it for the parent (prctl(2), PR_SET_PDEATHSIG): one of
//! the runtime's threads may end at any time, this one ends with the pool. In: a program's path. Out: a [`Reader`] whose walls
//! stand. What can fail: the program cannot be started (no memory, no files, no processes left), or does not greet in time.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc;

use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use super::lockdown::Walls;
use super::reader::Reader;
use crate::base::limits;

type Wanted = oneshot::Sender<io::Result<Child>>;

/// The thread's address.
#[derive(Debug)]
pub struct Starter {
    wanted: mpsc::Sender<Wanted>,
}

impl Starter {
    /// Starts the thread; the program is not looked at yet. Must be called within a runtime.
    ///
    /// # Errors
    /// There can be no more threads.
    pub fn new(program: &Path) -> io::Result<Self> {
        let (wanted, asked) = mpsc::channel();
        let (program, runtime) = (program.to_owned(), tokio::runtime::Handle::current());
        std::thread::Builder::new().name("box-starter".to_owned()).spawn(move || {
            let _within = runtime.enter(); // the child's pipes belong to the runtime
            answer(&program, &asked);
        })?;
        Ok(Self { wanted })
    }

    /// Starts a child and waits for its greeting.
    ///
    /// # Errors
    /// It cannot be started, or is no child of ours.
    pub async fn start(&self) -> io::Result<(Reader, Walls)> {
        let (wanted, started) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts children is gone");
        self.wanted.send(wanted).map_err(|_| gone())?;
        let mut reader = Reader::new(started.await.map_err(|_| gone())??)?;
        match tokio::time::timeout(limits::BOX_START, reader.greeting()).await {
            Ok(Ok(walls)) => Ok((reader, walls)),
            Ok(Err(why)) => Err(reader.dismiss().await.map_or(why, |ended| unfit(&ended))),
            Err(_) => {
                reader.end().await;
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }
}

/// Until the pool is gone. A child that nobody waits for any more is dropped, and with that killed.
fn answer(program: &Path, asked: &mpsc::Receiver<Wanted>) {
    while let Ok(wanted) = asked.recv() {
        let _ = wanted.send(spawn(program));
    }
}

fn spawn(program: &Path) -> io::Result<Child> {
    Command::new(program)
        .arg0("schoolgate")
        .arg(super::COMMAND)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null()) // what a panic says may hold content
        .process_group(0) // Ctrl-C at the gateway's terminal is not for it: open mails are finished first
        .kill_on_drop(true)
        .spawn()
}

fn unfit(ended: &std::process::ExitStatus) -> io::Error {
    match (ended.code(), ended.signal()) {
        (Some(2), _) => io::Error::other("this kernel refuses the bounds that it needs"),
        (Some(code), _) => io::Error::other(format!("it ended with exit code {code} at once")),
        (None, signal) => io::Error::other(format!("it was ended by signal {} at once", signal.unwrap_or_default())),
    }
}

/// This very program, also after its file was replaced by a newer one.
#[must_use]
pub fn own_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}
