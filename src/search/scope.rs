//! Which mails somebody may search: every query runs within it, and nothing can be asked without it.
//!
//! In: a permit. Out: a condition, which [`Scope::within`] joins with the query in one tree, so that the index, the count and
//! the matcher all see *scope AND query*. Nothing can fail.

use super::query::{Fact, Node, Query, Role, Times, Who};
use crate::access::{self, Mailbox, Permit};

/// What may be searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(Node);

impl Scope {
    /// What a permit covers: mail received in its time, from or to one of its mailboxes, by envelope or header.
    #[must_use]
    pub fn of(permit: &Permit) -> Self {
        Self::over(permit.scope())
    }

    /// The same for what is no permit to read: what a hold keeps.
    #[must_use]
    pub fn over(covered: &access::Scope) -> Self {
        let (from, until) = covered.received;
        let then = Node::Fact(Fact::Received(Times { from: Some(from), until: Some(until) }));
        let theirs = Node::any(covered.mailboxes.iter().map(mail_of).collect());
        Self(Node::all(vec![theirs, then]))
    }

    #[cfg(test)]
    pub(super) fn new(node: Node) -> Self {
        Self(node)
    }

    #[cfg(test)]
    pub(super) fn everything() -> Self {
        Self(Node::everything())
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

fn mail_of(mailbox: &Mailbox) -> Node {
    let who = match mailbox {
        Mailbox::All => return Node::everything(),
        Mailbox::Address(address) => Who::Address(address.key()),
        Mailbox::Domain(domain) => Who::Host(domain.as_str().to_owned()),
    };
    Node::Fact(Fact::Party { role: Role::With, who })
}
