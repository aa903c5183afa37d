//! One child as the gateway sees it: asked, listened to, looked after, ended.
//!
//! In: a file. Out: an [`Answer`], or an error of input and output where the child died or says nonsense; whoever gets one ends the child.
//! Invariant: a reader whose question was not answered to the end is never asked again. Dropped, its process is killed.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::runtime::Handle;

use super::attempts::Attempt;
use super::frame;
use super::lockdown::Walls;
use crate::base::limits;
use crate::extract::File;

/// The kernel counts CPU time in these for user space (`USER_HZ`, part of the Linux ABI).
const TICKS_PER_SECOND: u64 = 100;
/// Octets of a page; where they are larger a child counts as smaller than it is.
const PAGE_OCTETS: u64 = 4096;
/// Octets of an answer that take about a millisecond to take apart.
const LONG_ANSWER: usize = 256 << 10;

/// A child that is there to read.
#[derive(Debug)]
pub struct Reader {
    /// There until it is ended.
    process: Option<Child>,
    input: ChildStdin,
    output: ChildStdout,
    /// Files it has read.
    jobs: u32,
}

/// What a child says of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Files(Vec<File>),
    /// More than `limits::BOX_ANSWER_OCTETS`.
    TooLong,
}

impl Reader {
    /// Takes a process that was started with pipes.
    ///
    /// # Errors
    /// It has none.
    pub fn new(mut process: Child) -> io::Result<Self> {
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Self { process: Some(process), input, output, jobs: 0 })
    }

    /// The first that it says.
    ///
    /// # Errors
    /// It died, or speaks another language.
    pub async fn greeting(&mut self) -> io::Result<Walls> {
        self.answer().await?.ok_or(io::ErrorKind::InvalidData.into())
    }

    /// Lets it try to get out.
    ///
    /// # Errors
    /// It died of it, or says nonsense.
    pub async fn attempts(&mut self) -> io::Result<Vec<Attempt>> {
        self.ask(frame::TRY, "", &[]).await?;
        self.answer().await?.ok_or(io::ErrorKind::InvalidData.into())
    }

    /// Lets it read a file.
    ///
    /// # Errors
    /// It died of it, or says nonsense.
    pub async fn read(&mut self, name: &str, bytes: &[u8]) -> io::Result<Answer> {
        self.jobs += 1;
        self.ask(frame::READ, name, bytes).await?;
        match self.answer::<Vec<File>>().await? {
            Some(files) if files.is_empty() => Err(io::ErrorKind::InvalidData.into()),
            Some(files) => Ok(Answer::Files(files)),
            None => Ok(Answer::TooLong),
        }
    }

    async fn ask(&mut self, kind: u8, name: &str, body: &[u8]) -> io::Result<()> {
        let head = frame::question_head(kind, name.len(), body.len()).ok_or(io::ErrorKind::InvalidInput)?;
        self.input.write_all(&[&head[..], name.as_bytes()].concat()).await?;
        self.input.write_all(body).await?;
        self.input.flush().await
    }

    /// Nothing where the answer is too long, whoever says so.
    async fn answer<T: DeserializeOwned + Send + 'static>(&mut self) -> io::Result<Option<T>> {
        let mut head = [0; frame::ANSWER_HEAD];
        self.output.read_exact(&mut head).await?;
        let (kind, length) = frame::answer_head(head);
        match kind {
            frame::SAID if length <= limits::BOX_ANSWER_OCTETS => (),
            frame::SAID | frame::TOO_LONG => return Ok(None),
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
        // As it comes, and not as announced: a length costs nothing to say.
        let mut json = Vec::new();
        (&mut self.output).take(length as u64).read_to_end(&mut json).await?;
        if json.len() < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(parsed(json).await?))
    }

    /// The process, while it lives.
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().and_then(Child::id)
    }

    /// Whether it lives.
    pub fn lives(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(None)))
    }

    /// Whether it has done enough: so many files, so much CPU time, or memory that it does not give back.
    pub fn is_worn(&self, jobs: u32) -> bool {
        let stat = self.id().and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/stat")).ok());
        let (cpu, resident) = stat.as_deref().and_then(usage).unwrap_or_default();
        self.jobs >= jobs || cpu > limits::BOX_CPU_WORN || resident > limits::BOX_GROWN
    }

    /// Kills it and waits until it is gone.
    pub async fn end(mut self) -> Option<ExitStatus> {
        bury(self.process.take()?).await
    }

    /// Tells it that there is no more, and waits until it is gone.
    pub async fn dismiss(mut self) -> Option<ExitStatus> {
        let mut process = self.process.take()?;
        drop(self); // and with it the pipes
        match tokio::time::timeout(limits::BOX_STOP, process.wait()).await {
            Ok(ended) => ended.ok(),
            Err(_) => bury(process).await,
        }
    }
}

/// A reader that is dropped with its question open: tokio kills the process, and might leave it a zombie until the next one ends.
impl Drop for Reader {
    fn drop(&mut self) {
        if let (Some(process), Ok(runtime)) = (self.process.take(), Handle::try_current()) {
            runtime.spawn(bury(process));
        }
    }
}

async fn bury(mut process: Child) -> Option<ExitStatus> {
    let _ = process.start_kill();
    process.wait().await.ok()
}

/// Long answers are taken apart beside the runtime, whose threads have mails to wait for.
async fn parsed<T: DeserializeOwned + Send + 'static>(json: Vec<u8>) -> io::Result<T> {
    if json.len() < LONG_ANSWER {
        return Ok(serde_json::from_slice(&json)?);
    }
    let beside = tokio::task::spawn_blocking(move || serde_json::from_slice(&json));
    Ok(beside.await.map_err(io::Error::other)??)
}

/// CPU time and memory out of `/proc/PID/stat` (proc(5)): the fields after the name, which may itself hold brackets and spaces.
fn usage(stat: &str) -> Option<(Duration, u64)> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let ticks = number(11)?.saturating_add(number(12)?);
    Some((Duration::from_millis(ticks.saturating_mul(1000 / TICKS_PER_SECOND)), number(21)?.saturating_mul(PAGE_OCTETS)))
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
