//! Finds mails: a query, within a scope, asked of the index of each partition.
//!
//! In: [`Permit`], [`Query`] and which [`Page`] of the hits. Out: [`Found`]: the page, the exact number of all hits, and how many mails may be hits
//! that the index cannot say: those not indexed yet, and those whose words could not be read.
//! The order is that of receipt, newest first: by month, then by number. Partitions of older months are not opened for a page that newer ones fill; those
//! that the query rules out by class, month or end are not opened at all. A [`Cursor`] names the last hit of a page, so pages stay as they are while mail
//! arrives.
//!
//! An index that is missing or damaged is no failure: it is thrown away, its mails wait for the index again, and are counted as such.
//! What can fail: the store.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::condition::{About, Live};
use super::index::{Asked, Index, IndexError, Shown};
use super::query::{Fact, Mark, Node, Order, Query};
use super::scope::Scope;
use crate::access::Permit;
use crate::base::{Ref, Timestamp, limits};
use crate::queue::Queue;
use crate::store::{Database, PartitionName, Store, StoreError};

/// Searches a store. A clone shares what it keeps open.
#[derive(Clone)]
pub struct Finder {
    pub(super) store: Store,
    open: Arc<Mutex<HashMap<i64, Vec<Index>>>>,
}

/// Which hits are wanted.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub limit: usize,
    /// Those after the page that ended here.
    pub after: Option<Cursor>,
}

/// Where a page ended. Its text form is for handing back only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// The month and number of its last hit.
    Newest { month: String, seq: u64 },
    /// How many hits stood before, among the mails below a number.
    Best { skip: usize, below: u64 },
}

/// What a search gives.
#[derive(Clone, Debug)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// All that match, on every page.
    pub total: u64,
    /// Mails of the scope whose words could not all be read: any may be a hit.
    pub unsearchable: u64,
    /// Mails of the archive that the index does not hold yet.
    pub unindexed: u64,
    /// Where the next page begins, where there is one.
    pub next: Option<Cursor>,
    /// What finding took, snippets aside.
    pub took: Duration,
}

/// A mail that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub seq: u64,
    pub partition: i64,
    pub shown: Shown,
}

/// One partition while it is searched.
pub(super) struct Shelf {
    pub(super) name: PartitionName,
    place: Database,
    span: (Timestamp, Timestamp),
    /// It has no index, or none that can be read.
    pub(super) lost: AtomicBool,
    damaged: AtomicBool,
}

/// What is asked, of whichever partition.
struct Question {
    root: Node,
    /// Mails of the scope that are unsearchable.
    unsearchable: Node,
    order: Order,
    live: Live,
}

/// The place of a hit.
struct At {
    shelf: usize,
    seq: u64,
}

impl Finder {
    /// A finder for a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, open: Arc::default() }
    }

    /// Finds what a query asks for within what a permit covers.
    ///
    /// # Errors
    /// What the store says.
    pub async fn find(&self, permit: &Permit, query: &Query, page: &Page) -> Result<Found, StoreError> {
        let scope = Scope::of(permit);
        let live = self.live(&scope.within(query)).await?;
        self.find_in(&scope, query, page, live).await
    }

    pub(super) async fn find_in(&self, scope: &Scope, query: &Query, page: &Page, live: Live) -> Result<Found, StoreError> {
        let began = Instant::now();
        let marked = Query::new(Node::Fact(Fact::Is(Mark::Unsearchable)));
        let (root, unsearchable) = (scope.within(query), scope.within(&marked));
        let question = Arc::new(Question { root, unsearchable, order: query.order, live });
        let shelves = Arc::new(self.shelves(|_| true).await?);

        let (here, about, on, wanted) = (self.clone(), question.clone(), shelves.clone(), page.clone());
        let paged = aside(move || here.page(&about, &on, &wanted));
        let counts = (0..COUNTERS).map(|turn| {
            let (here, about, on) = (self.clone(), question.clone(), shelves.clone());
            aside(move || here.counts(&about, &on, turn))
        });
        let counts: Vec<_> = counts.map(tokio::spawn).collect(); // they run while the page is made
        let (hits, next) = paged.await?;
        let (mut total, mut unsearchable) = (0, 0);
        for count in counts {
            let (matching, unread) = count.await.map_err(|_| StoreError::Stopped)??;
            (total, unsearchable) = (total + matching, unsearchable + unread);
        }
        self.give_up(&shelves).await?;
        let unindexed = self.store.awaiting_index().await?;
        Ok(Found { hits, total, unsearchable, unindexed, next, took: began.elapsed() })
    }

    /// The page alone, for whoever counts later or not at all.
    ///
    /// # Errors
    /// What the store says.
    pub async fn page_of(&self, permit: &Permit, query: &Query, page: &Page) -> Result<(Vec<Hit>, Option<Cursor>), StoreError> {
        let root = Scope::of(permit).within(query);
        let live = self.live(&root).await?;
        let question = Question { root, unsearchable: Node::everything(), order: query.order, live };
        let shelves = Arc::new(self.shelves(|_| true).await?);
        let (here, on, wanted) = (self.clone(), shelves.clone(), page.clone());
        let paged = aside(move || here.page(&question, &on, &wanted)).await?;
        self.give_up(&shelves).await?;
        Ok(paged)
    }

    /// The partitions that are wanted, newest month first.
    pub(super) async fn shelves(&self, wanted: impl Fn(&PartitionName) -> bool) -> Result<Vec<Shelf>, StoreError> {
        let mut shelves = Vec::new();
        for name in self.store.partition_names().await?.into_iter().filter(wanted) {
            let place = match self.store.index(name.id).await {
                Ok(place) => place,
                Err(StoreError::Missing(_)) => continue, // purged meanwhile
                Err(error) => return Err(error),
            };
            let span =
                month(&name.month).ok_or_else(|| StoreError::Damaged(format!("the month {} of a partition", name.month)))?;
            shelves.push(Shelf { name, place, span, lost: AtomicBool::new(false), damaged: AtomicBool::new(false) });
        }
        Ok(shelves)
    }

    /// What the tree asks that changes while mails lie still.
    pub(super) async fn live(&self, root: &Node) -> Result<Live, StoreError> {
        let (mut named, mut asks_held) = (Vec::new(), false);
        leaves(root, &mut |fact| match fact {
            Fact::Ref(reference) => named.push(reference.clone()),
            Fact::Is(Mark::Held) => asks_held = true,
            _ => {}
        });
        let held: Vec<Ref> = match asks_held {
            true => Queue::beside(self.store.clone())
                .list()
                .await?
                .into_iter()
                .filter(|job| job.state == "held")
                .map(|job| job.reference)
                .collect(),
            false => Vec::new(),
        };
        let mut live = Live::default();
        for reference in named {
            live.named.extend(self.store.row(&reference).await?.map(|row| (reference, row.seq)));
        }
        for reference in held {
            live.held.extend(self.store.row(&reference).await?.map(|row| row.seq));
        }
        Ok(live)
    }

    /// Lets the mails wait for the index whose index is missing or damaged.
    pub(super) async fn give_up(&self, shelves: &[Shelf]) -> Result<(), StoreError> {
        for shelf in shelves.iter().filter(|shelf| shelf.lost.load(Ordering::Relaxed)) {
            if shelf.damaged.load(Ordering::Relaxed) {
                self.taken_open().remove(&shelf.name.id);
                Index::throw_away(shelf.place.file()).map_err(failure)?;
            }
            self.store.index_again(Some(shelf.name.id)).await?;
        }
        Ok(())
    }

    fn taken_open(&self) -> std::sync::MutexGuard<'_, HashMap<i64, Vec<Index>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the index of a partition; nothing where there is none that can be read, or no mail of it can be meant.
    pub(super) fn ask<T>(
        &self,
        shelf: &Shelf,
        (node, live): (&Node, &Live),
        look: impl FnOnce(&Index, &Asked) -> Result<T, IndexError>,
    ) -> Result<Option<T>, StoreError> {
        if shelf.lost.load(Ordering::Relaxed) || is_ruled_out(node, shelf, live) {
            return Ok(None);
        }
        let kept = self.taken_open().get_mut(&shelf.name.id).and_then(Vec::pop).filter(Index::is_current);
        let opened = kept.map_or_else(|| Index::read(&shelf.place), |index| Ok(Some(index)));
        let done = opened.and_then(|index| {
            let Some(index) = index else { return Ok(None) };
            let found = index.ask(node, &shelf.about(live))?.map(|asked| look(&index, &asked)).transpose()?;
            self.taken_open().entry(shelf.name.id).or_default().push(index);
            Ok(Some(found))
        });
        match done {
            Ok(Some(found)) => Ok(found),
            Ok(None) => {
                shelf.lost.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(IndexError::Damaged(_)) => {
                shelf.lost.store(true, Ordering::Relaxed);
                shelf.damaged.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(IndexError::Failed(error)) => Err(error),
        }
    }

    /// Counts every second partition, or as `turn` says: all that match, and the unsearchable of the scope.
    fn counts(&self, question: &Question, shelves: &[Shelf], turn: usize) -> Result<(u64, u64), StoreError> {
        let (mut total, mut unsearchable) = (0, 0);
        for shelf in shelves.iter().skip(turn).step_by(COUNTERS) {
            total += self.ask(shelf, (&question.root, &question.live), Index::count)?.unwrap_or(0);
            unsearchable += self.ask(shelf, (&question.unsearchable, &question.live), Index::count)?.unwrap_or(0);
        }
        Ok((total, unsearchable))
    }

    fn page(&self, question: &Question, shelves: &[Shelf], page: &Page) -> Result<(Vec<Hit>, Option<Cursor>), StoreError> {
        let limit = page.limit.clamp(1, limits::HITS);
        let (mut places, next) = match question.order {
            Order::Newest => self.page_of_newest(question, shelves, page.after.as_ref(), limit)?,
            Order::Relevance => self.page_of_best(question, shelves, page.after.as_ref(), limit)?,
        };
        places.truncate(limit);
        let mut hits = Vec::with_capacity(places.len());
        for At { shelf, seq } in places {
            let Some(shelf) = shelves.get(shelf) else { continue };
            let shown = self.ask(shelf, (&Node::everything(), &question.live), |index, _| index.shown(seq))?.flatten();
            hits.extend(shown.map(|shown| Hit { seq, partition: shelf.name.id, shown }));
        }
        Ok((hits, next))
    }

    /// Months from the newest, until one more than the page is found.
    fn page_of_newest(
        &self,
        question: &Question,
        shelves: &[Shelf],
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<(Vec<At>, Option<Cursor>), StoreError> {
        let mut months: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, shelf) in shelves.iter().enumerate() {
            months.entry(shelf.name.month.as_str()).or_default().push(at);
        }
        let mut found: Vec<At> = Vec::new();
        for (month, group) in months.into_iter().rev() {
            let below = match after {
                Some(Cursor::Newest { month: last, .. }) if month > last.as_str() => continue,
                Some(Cursor::Newest { month: last, seq }) if month == last => Some(*seq),
                _ => None,
            };
            let wanted = limit + 1 - found.len();
            let mut of_month = Vec::new();
            for at in group {
                let Some(shelf) = shelves.get(at) else { continue };
                let ask = |index: &Index, asked: &Asked| index.newest(asked, below, wanted);
                let seqs = self.ask(shelf, (&question.root, &question.live), ask)?.unwrap_or_default();
                of_month.extend(seqs.into_iter().map(|seq| At { shelf: at, seq }));
            }
            of_month.sort_unstable_by_key(|at| std::cmp::Reverse(at.seq));
            of_month.truncate(wanted);
            found.extend(of_month);
            if found.len() > limit {
                break;
            }
        }
        let last = found.get(limit - 1).filter(|_| found.len() > limit);
        let next = last.and_then(|last| {
            let month = shelves.get(last.shelf)?.name.month.clone();
            Some(Cursor::Newest { month, seq: last.seq })
        });
        Ok((found, next))
    }

    /// The best of each partition, joined by their rank.
    fn page_of_best(
        &self,
        question: &Question,
        shelves: &[Shelf],
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<(Vec<At>, Option<Cursor>), StoreError> {
        let (skip, below) = match after {
            Some(Cursor::Best { skip, below }) => ((*skip).min(DEEPEST), Some(*below)),
            _ => (0, None),
        };
        let mut found: Vec<(f64, At)> = Vec::new();
        let mut newest = 0;
        for (at, shelf) in shelves.iter().enumerate() {
            let ask = |index: &Index, asked: &Asked| {
                let first = index.newest(asked, below, 1)?.first().copied().unwrap_or(0);
                Ok((first, index.best(asked, below, skip + limit + 1)?))
            };
            let Some((first, ranked)) = self.ask(shelf, (&question.root, &question.live), ask)? else { continue };
            newest = newest.max(first);
            found.extend(ranked.into_iter().map(|(rank, seq)| (rank, At { shelf: at, seq })));
        }
        found.sort_by(|(rank, a), (other, b)| rank.total_cmp(other).then(b.seq.cmp(&a.seq)));
        let found: Vec<At> = found.into_iter().skip(skip).map(|(_, at)| at).take(limit + 1).collect();
        let next = (found.len() > limit).then(|| Cursor::Best { skip: skip + limit, below: below.unwrap_or(newest + 1) });
        Ok((found, next))
    }
}

/// Hits that may stand before a page of the best: each page makes them all anew.
const DEEPEST: usize = 100_000;
/// Partitions that are counted at a time.
const COUNTERS: usize = 2;

pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Stopped)?
}

fn failure(error: IndexError) -> StoreError {
    match error {
        IndexError::Failed(error) => error,
        IndexError::Damaged(why) => StoreError::Damaged(why),
    }
}

/// Whether no mail of a partition can be meant, whatever its index says: known without opening it.
fn is_ruled_out(node: &Node, shelf: &Shelf, live: &Live) -> bool {
    // Words may be anything: as the stem of a word they are an expression that stands for itself.
    let forms = |word: &str| Ok::<_, std::convert::Infallible>(vec![word.to_owned()]);
    matches!(super::condition::meaning(node, &shelf.about(live), &forms), Ok(super::condition::Meaning::Never))
}

fn leaves(node: &Node, each: &mut impl FnMut(&Fact)) {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| leaves(node, each)),
        Node::Not(node) => leaves(node, each),
        Node::Fact(fact) => each(fact),
        Node::Text { .. } => {}
    }
}

impl Shelf {
    fn about<'s>(&'s self, live: &'s Live) -> About<'s> {
        let expires = self.name.expires_at.filter(|at| *at < Timestamp::MAX);
        About { class: &self.name.class, span: self.span, expires, live }
    }
}

/// The first instant of a month in UTC, and the first after it.
fn month(name: &str) -> Option<(Timestamp, Timestamp)> {
    let (year, month) = name.split_once('-')?;
    let first = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
    let start = |date: Date| date.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    let next = first.checked_add(1.month()).ok().and_then(start).unwrap_or(Timestamp::MAX);
    Some((start(first)?, next))
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest { month, seq } => write!(f, "{month}.{seq}"),
            Self::Best { skip, below } => write!(f, "best.{skip}.{below}"),
        }
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.trim().split('.').collect();
        let read = match parts.as_slice() {
            ["best", skip, below] => skip.parse().ok().zip(below.parse().ok()).map(|(skip, below)| Self::Best { skip, below }),
            [name, seq] => month(name).and(seq.parse().ok()).map(|seq| Self::Newest { month: (*name).to_owned(), seq }),
            _ => None,
        };
        read.ok_or_else(|| format!("`{text}` is not where a page ends: hand back what stood in \"next\", unchanged"))
    }
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
