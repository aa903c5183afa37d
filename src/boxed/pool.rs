//! The children that read, and whose turn it is.
//!
//! In: files, each with its name and a deadline. Out: what was found in them; or [`Trouble`], where no child could be started or what was found has no room. At most so
//! many files are read at a time as there are children; the others wait in the order in which they came, and a mail with a thousand
//! attachments waits with a few at a time, so that the next mail gets its turn. A child is kept warm; one that has done enough
//! is replaced before it is needed. Invariants: a child is in one place, idle here or with the one file it reads; a future
//! that is dropped takes its child with it; every file comes back, in its place, read or with the reason why not.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use metrics::{counter, histogram};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;

use super::reader::{Answer, Reader};
use super::starter::{self, Starter};
use super::{Trouble, Walls};
use crate::base::{Ration, Room, limits};
use crate::extract::contents::{Found, Unread};
use crate::extract::{Contents, File, Kind, Leaf};

/// Between two tries to start a child: a machine out of processes may have one again.
const SECOND_TRY: Duration = Duration::from_millis(100);

/// What a pool is made of; by default this program and the bounds of `base::limits`.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program that becomes a child when it is called with [`super::COMMAND`].
    pub program: PathBuf,
    /// Files that are read at a time.
    pub children: usize,
    /// Time for one file.
    pub time: Duration,
    /// Files that one child reads.
    pub jobs: u32,
}

impl Default for Options {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            program: starter::own_program(),
            children: processors.clamp(*limits::BOX_CHILDREN.start(), *limits::BOX_CHILDREN.end()),
            time: limits::BOX_TIME,
            jobs: limits::BOX_JOBS,
        }
    }
}

/// All children. A clone is the same pool.
#[derive(Clone, Debug)]
pub struct Pool(Arc<Children>);

#[derive(Debug)]
struct Children {
    options: Options,
    starter: Starter,
    turns: Semaphore,
    idle: Mutex<Vec<Reader>>,
    /// Children that are being started ahead, or leave.
    behind: TaskTracker,
    walls: Walls,
    /// For what was found in the attachments of all mails.
    room: Arc<Room>,
}

impl Pool {
    /// Starts the first child, so that the first mail does not wait, and a machine that cannot is known at start.
    ///
    /// # Errors
    /// No child can be started.
    pub async fn open(options: Options) -> Result<Self, Trouble> {
        let starter = Starter::new(&options.program).map_err(Trouble::Start)?;
        let (first, walls) = starter.start().await.map_err(Trouble::Start)?;
        let (turns, idle) = (Semaphore::new(options.children.max(1)), Mutex::new(vec![first]));
        let room = Arc::new(Room::new(limits::CONTENTS_IN_FLIGHT));
        Ok(Self(Arc::new(Children { options, starter, turns, idle, behind: TaskTracker::new(), walls, room })))
    }

    /// The walls round the first child, and so round all.
    #[must_use]
    pub fn walls(&self) -> Walls {
        self.0.walls
    }

    /// The processes that are idle now.
    #[must_use]
    pub fn idle(&self) -> Vec<u32> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Reader::id).collect()
    }

    /// Reads all attachments of a mail, as many at a time as there are children. What has not had its turn at the deadline is
    /// named as not read in time. The ration is for as long as the contents are kept.
    ///
    /// # Errors
    /// No child could be started, or there is no room for what was found.
    pub async fn examine(&self, leaves: Vec<Leaf>, deadline: Instant) -> Result<(Contents, Ration), Trouble> {
        let mut found =
            Finds { files: Vec::with_capacity(leaves.len()), left: limits::CONTENTS_OF_MAIL, ration: self.0.room.ration() };
        let mut open = JoinSet::new();
        for (at, Leaf { part, name, bytes }) in leaves.into_iter().enumerate() {
            if at >= limits::ATTACHMENTS_READ {
                let more = Unread::Bound("the mail has more attachments than are opened".to_owned());
                found.files.push((part, vec![unread(&name, bytes.len(), more)]));
                continue;
            }
            found.files.push((part, vec![unread(&name, bytes.len(), Unread::Died)])); // until it is read
            if open.len() >= self.0.options.children {
                found.put(open.join_next().await)?;
            }
            let pool = self.clone();
            open.spawn(async move { (at, pool.read(&name, bytes, deadline).await) });
        }
        while let Some(done) = open.join_next().await {
            found.put(Some(done))?;
        }
        let each = found.files.into_iter();
        let files = each.flat_map(|(part, files)| files.into_iter().map(move |file| Found { part: part.clone(), file }));
        Ok((Contents { files: files.collect() }, found.ration))
    }

    /// Reads a file and all that lies in it. The first of the answer is the file itself, always.
    ///
    /// # Errors
    /// No child could be started.
    pub async fn read(&self, name: &str, bytes: Bytes, deadline: Instant) -> Result<Vec<File>, Trouble> {
        let began = Instant::now();
        let files = self.read_in_turn(name, &bytes, deadline).await?;
        counter!("schoolgate_box_files_total").increment(1);
        histogram!("schoolgate_box_seconds").record(began.elapsed());
        Ok(files)
    }

    async fn read_in_turn(&self, name: &str, bytes: &Bytes, deadline: Instant) -> Result<Vec<File>, Trouble> {
        let turn = timeout_at(deadline, self.0.turns.acquire()).await.ok().filter(|_| Instant::now() < deadline);
        let Some(turn) = turn else {
            return Ok(vec![unread(name, bytes.len(), Unread::TimedOut)]);
        };
        let _turn = turn.map_err(|_| Trouble::Closed)?;
        let mut reader = self.reader().await?;
        let until = deadline.min(Instant::now() + self.0.options.time);
        let why = match timeout_at(until, reader.read(end_of(name), bytes)).await {
            Ok(Ok(Answer::Files(files))) => {
                self.lay_back(reader);
                return Ok(renamed(files, name));
            }
            Ok(Ok(Answer::TooLong)) => Unread::Bound("more is in it than is looked at".to_owned()),
            Ok(Err(_)) => Unread::Died,
            Err(_) => Unread::TimedOut,
        };
        counter!("schoolgate_box_deaths_total").increment(1);
        reader.end().await;
        self.start_ahead();
        Ok(vec![unread(name, bytes.len(), why)])
    }

    /// An idle child that lives, or a new one.
    async fn reader(&self) -> Result<Reader, Trouble> {
        while let Some(mut reader) = self.take() {
            if reader.lives() {
                return Ok(reader);
            }
        }
        if let Ok((reader, _)) = self.0.starter.start().await {
            return Ok(reader);
        }
        tokio::time::sleep(SECOND_TRY).await;
        self.0.starter.start().await.map(|(reader, _)| reader).map_err(Trouble::Start)
    }

    fn take(&self) -> Option<Reader> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// To the idle ones; one more than can be at work at a time is let go.
    fn put(&self, reader: Reader) {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.0.options.children.max(1) {
            idle.push(reader);
        }
    }

    /// After a file: to the idle ones, or away.
    fn lay_back(&self, reader: Reader) {
        if !reader.is_worn(self.0.options.jobs) {
            return self.put(reader);
        }
        self.start_ahead();
        self.0.behind.spawn(reader.dismiss());
    }

    /// Starts a child where none is idle, before a file needs it. One that cannot be started is missed, and said, when a file does.
    fn start_ahead(&self) {
        if !self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return;
        }
        let pool = self.clone();
        self.0.behind.spawn(async move {
            if let Ok((reader, _)) = pool.0.starter.start().await {
                pool.put(reader);
            }
        });
    }

    /// Waits for the files that are being read, then ends every child. Whoever comes later is told that it is closed.
    pub async fn close(&self) {
        let turns = u32::try_from(self.0.options.children.max(1)).unwrap_or(u32::MAX);
        let all = self.0.turns.acquire_many(turns).await;
        self.0.turns.close();
        drop(all);
        self.0.behind.close();
        self.0.behind.wait().await;
        while let Some(reader) = self.take() {
            reader.dismiss().await;
        }
    }
}

/// What a task of [`Pool::examine`] ends with: the file's place in the mail, and what was found.
type Done = Result<(usize, Result<Vec<File>, Trouble>), JoinError>;

/// What was found in a mail so far, each attachment with its part, and how much more it may be.
struct Finds {
    files: Vec<(String, Vec<File>)>,
    left: usize,
    ration: Ration,
}

impl Finds {
    /// Puts what was read in its place, as long as the mail's share of memory lasts. Where a task panicked the first word stays: what
    /// is not read is said.
    fn put(&mut self, done: Option<Done>) -> Result<(), Trouble> {
        let Some(Ok((at, files))) = done else { return Ok(()) };
        let Some((_, place)) = self.files.get_mut(at) else { return Ok(()) };
        let files = files?;
        let weight = files.iter().map(File::weight).sum();
        match self.left.checked_sub(weight) {
            Some(left) if self.ration.grow(weight) => (self.left, *place) = (left, files),
            Some(_) => return Err(Trouble::Room),
            None => {
                let why = Unread::Bound("more is in the mail's attachments than is looked at".to_owned());
                place.iter_mut().for_each(|file| file.unread = Some(why.clone()));
            }
        }
        Ok(())
    }
}

/// A file of which nothing is known but its name, its size and why that is so.
fn unread(name: &str, size: usize, why: Unread) -> File {
    let mut file = File::new(vec![name.to_owned()], Kind::Unknown, size as u64);
    file.unread = Some(why);
    file
}

/// The part of a name that a child is told; what lies in the file repeats it, once for each of thousands.
fn end_of(name: &str) -> &str {
    name.get(name.ceil_char_boundary(name.len().saturating_sub(limits::BOX_NAME_OCTETS))..).unwrap_or_default()
}

/// Gives the file itself its whole name again.
fn renamed(mut files: Vec<File>, name: &str) -> Vec<File> {
    if let Some(own) = files.first_mut().and_then(|file| file.path.first_mut())
        && own.len() < name.len()
    {
        name.clone_into(own);
    }
    files
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
