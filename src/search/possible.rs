//! Which mails of a partition a query may mean: those that the index finds, and those that it cannot rule out, since their words could not be
//! read.
//!
//! In: a query within a scope. Out: [`Possible`]. It is for whoever keeps mail by a query (holds), where one mail too many is a month longer in
//! the archive and one too few is evidence gone. What can fail: the store.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use super::find::{Finder, aside};
use super::index::{Asked, Index};
use super::query::{Fact, Mark, Node, Query};
use super::scope::Scope;
use crate::store::StoreError;

/// What may be meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Possible {
    /// Numbers in the order of receipt.
    pub seqs: HashSet<u64>,
    /// Mails that the index does not hold yet: each may be meant.
    pub unindexed: u64,
}

impl Finder {
    /// The mails of a partition that a query may mean.
    ///
    /// # Errors
    /// What the store says.
    pub async fn possible(&self, partition: i64, scope: &Scope, query: &Query) -> Result<Possible, StoreError> {
        let node = may(&scope.within(query));
        let live = self.live(&node).await?;
        let shelves = self.shelves(|name| name.id == partition).await?;
        // Counted first: what is taken in while the index is asked may be missed by the answer.
        let waiting = self.store.awaiting_index_of(partition).await?;
        let here = self.clone();
        let asked = aside(move || {
            let mut seqs = HashSet::new();
            for shelf in &shelves {
                let all = |index: &Index, asked: &Asked| index.newest(asked, None, usize::MAX);
                seqs.extend(here.ask(shelf, (&node, &live), all)?.unwrap_or_default());
            }
            Ok((seqs, shelves))
        });
        let (seqs, shelves) = asked.await?;
        self.give_up(&shelves).await?;
        let is_lost = shelves.iter().any(|shelf| shelf.lost.load(Ordering::Relaxed));
        let unindexed = if is_lost { self.store.awaiting_index_of(partition).await? } else { waiting };
        Ok(Possible { seqs, unindexed })
    }
}

impl Query {
    /// The first condition whose answer changes while a mail lies still: what is kept by it would not be the same tomorrow.
    #[must_use]
    pub fn unsteady(&self) -> Option<&'static str> {
        unsteady(&self.root)
    }
}

fn unsteady(node: &Node) -> Option<&'static str> {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().find_map(unsteady),
        Node::Not(node) => unsteady(node),
        Node::Fact(Fact::Class(_)) => Some("class:"),
        Node::Fact(Fact::Expires(_)) => Some("expires:"),
        Node::Fact(Fact::Is(Mark::Held)) => Some("is:held"),
        Node::Fact(_) | Node::Text { .. } => None,
    }
}

/// Matches where the tree may match: a word may stand in each mail that cannot be read.
fn may(node: &Node) -> Node {
    match node {
        Node::All(nodes) => Node::all(nodes.iter().map(may).collect()),
        Node::Any(nodes) => Node::any(nodes.iter().map(may).collect()),
        Node::Not(node) => Node::not(must(node)),
        Node::Text { .. } => Node::any(vec![node.clone(), Node::Fact(Fact::Is(Mark::Unsearchable))]),
        Node::Fact(_) => node.clone(),
    }
}

/// Matches where the tree certainly matches: a word that was found is there.
fn must(node: &Node) -> Node {
    match node {
        Node::All(nodes) => Node::all(nodes.iter().map(must).collect()),
        Node::Any(nodes) => Node::any(nodes.iter().map(must).collect()),
        Node::Not(node) => Node::not(may(node)),
        Node::Text { .. } | Node::Fact(_) => node.clone(),
    }
}
