//! Which mails somebody may search: every query runs within it, and nothing can be asked without it.
//!
//! In: a permit. Out: a condition, which [`Scope::within`] joins with the query in one tree, so that the index, the count and
//! the matcher all see *scope AND query*. Nothing can fail.

use super::query::{Fact, Node, Query, Role, Times, Who};
use crate::base::Timestamp;

/// What may be searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(Node);

impl Scope {
    /// Mail of these addresses, sent or received by them, that the gateway received from the one time to before the other.
    #[must_use]
    pub fn of(mailboxes: &[String], from: Timestamp, until: Timestamp) -> Self {
        let party = |key: &String| Node::Fact(Fact::Party { role: Role::With, who: Who::Address(key.to_lowercase()) });
        let theirs = Node::any(mailboxes.iter().map(party).collect());
        let then = Node::Fact(Fact::Received(Times { from: Some(from), until: Some(until) }));
        Self(Node::all(vec![theirs, then]))
    }

    /// All mails: for break-glass only.
    #[must_use]
    pub fn everything() -> Self {
        Self(Node::everything())
    }

    #[cfg(test)]
    pub(super) fn new(node: Node) -> Self {
        Self(node)
    }

    /// A query within the scope.
    #[must_use]
    pub fn within(&self, query: &Query) -> Node {
        Node::all(vec![self.0.clone(), query.root.clone()])
    }

    /// The scope as a query: for whoever asks whether one mail lies in it.
    #[must_use]
    pub fn query(&self) -> Query {
        Query::new(self.0.clone())
    }
}
