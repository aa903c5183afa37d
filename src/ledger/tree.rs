//! A Merkle tree over a log that only grows (RFC 9162 section 2.1): its root, and proofs that an entry is in it and that an older tree is its
//! beginning.
//!
//! In: the entries' hashes in order. Out: 32 bytes that stand for all of them. [`Growing`] holds no more than one hash for each bit of the
//! count, so a log of any length has a root in one walk. Pure; nothing can fail but a proof that is no proof.

use ring::digest;
use serde::{Deserialize, Serialize};

/// A hash of the tree.
pub type Node = [u8; 32];

/// That an entry is in a tree: the hashes beside its way to the root, from the bottom (RFC 9162 section 2.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// From 0.
    pub index: u64,
    pub size: u64,
    pub path: Vec<Node>,
}

/// A tree that grows by one entry at a time.
#[derive(Clone, Debug, Default)]
pub struct Growing {
    /// Roots of whole subtrees, the largest first; each with its height.
    whole: Vec<(u32, Node)>,
    size: u64,
}

impl Growing {
    /// Adds an entry.
    pub fn push(&mut self, entry: &[u8]) {
        let (mut height, mut node) = (0, leaf(entry));
        while let Some((below, left)) = self.whole.last().copied().filter(|(below, _)| *below == height) {
            self.whole.pop();
            node = inner(&left, &node);
            height = below + 1;
        }
        self.whole.push((height, node));
        self.size += 1;
    }

    /// How many entries there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Stands for all of them.
    #[must_use]
    pub fn root(&self) -> Node {
        let mut whole = self.whole.iter().rev().map(|(_, node)| *node);
        let Some(last) = whole.next() else { return digest_of(&[]) };
        whole.fold(last, |right, left| inner(&left, &right))
    }
}

/// The root over all entries.
#[must_use]
pub fn root<E: AsRef<[u8]>>(entries: impl IntoIterator<Item = E>) -> Node {
    let mut tree = Growing::default();
    entries.into_iter().for_each(|entry| tree.push(entry.as_ref()));
    tree.root()
}

/// Proves that the entry at an index is in the tree over all entries.
#[must_use]
pub fn inclusion<E: AsRef<[u8]>>(entries: &[E], index: u64) -> Option<Inclusion> {
    inclusion_by(entries.len(), index, |from, to| Some(root(entries.get(from..to)?)))
}

/// The same, where `root_of` tells the root of a range.
fn inclusion_by(size: usize, index: u64, root_of: impl Fn(usize, usize) -> Option<Node>) -> Option<Inclusion> {
    let (mut from, mut to, at) = (0, size, usize::try_from(index).ok().filter(|at| *at < size)?);
    let mut path = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if at < middle {
            path.push(root_of(middle, to)?);
            to = middle;
        } else {
            path.push(root_of(from, middle)?);
            from = middle;
        }
    }
    path.reverse();
    Some(Inclusion { index, size: size as u64, path })
}

/// Proves that the tree over the first `old` entries is the beginning of the tree over all (RFC 9162 section 2.1.4.1).
#[must_use]
pub fn consistency<E: AsRef<[u8]>>(entries: &[E], old: u64) -> Option<Vec<Node>> {
    let mut old = usize::try_from(old).ok().filter(|old| *old > 0 && *old <= entries.len())?;
    let (mut from, mut to, mut complete) = (0, entries.len(), true);
    let mut path = Vec::new();
    while old < to - from {
        let half = split(to - from);
        if old <= half {
            path.push(root(entries.get(from + half..to)?));
            to = from + half;
        } else {
            path.push(root(entries.get(from..from + half)?));
            from += half;
            old -= half;
            complete = false;
        }
    }
    if !complete {
        path.push(root(entries.get(from..to)?));
    }
    path.reverse();
    Some(path)
}

/// A tree with all its whole subtrees at hand: for many proofs out of one log.
pub struct Grown {
    /// From the bottom; each level has the roots of its whole pairs.
    levels: Vec<Vec<Node>>,
}

impl Grown {
    /// The tree over all entries.
    #[must_use]
    pub fn new<E: AsRef<[u8]>>(entries: impl IntoIterator<Item = E>) -> Self {
        let mut level: Vec<Node> = entries.into_iter().map(|entry| leaf(entry.as_ref())).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level.chunks_exact(2).filter_map(|pair| Some(inner(pair.first()?, pair.get(1)?))).collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Self { levels }
    }

    /// How many entries there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// Stands for all of them.
    #[must_use]
    pub fn root(&self) -> Node {
        self.root_of(0, self.size()).unwrap_or_else(|| digest_of(&[]))
    }

    /// Proves that the entry at an index is in it.
    #[must_use]
    pub fn inclusion(&self, index: u64) -> Option<Inclusion> {
        inclusion_by(self.size(), index, |from, to| self.root_of(from, to))
    }

    /// The root of a range that begins where a subtree of its size does: that of the whole subtrees in it, the largest first.
    fn root_of(&self, mut from: usize, to: usize) -> Option<Node> {
        let mut whole = Vec::new();
        while from < to {
            let height = (to - from).ilog2();
            whole.push(*self.levels.get(height as usize)?.get(from >> height)?);
            from += 1 << height;
        }
        let last = whole.pop()?;
        Some(whole.iter().rev().fold(last, |right, left| inner(left, &right)))
    }
}

impl Inclusion {
    /// Whether it proves that the entry is in the tree with that root (RFC 9162 section 2.1.3.2).
    #[must_use]
    pub fn proves(&self, entry: &[u8], root: &Node) -> bool {
        if self.index >= self.size {
            return false;
        }
        let (mut at, mut last, mut node) = (self.index, self.size - 1, leaf(entry));
        for beside in &self.path {
            if last == 0 {
                return false;
            }
            if at & 1 == 1 || at == last {
                node = inner(beside, &node);
                while at & 1 == 0 && at != 0 {
                    at >>= 1;
                    last >>= 1;
                }
            } else {
                node = inner(&node, beside);
            }
            at >>= 1;
            last >>= 1;
        }
        last == 0 && node == *root
    }
}

/// Whether a proof shows that the old tree is the beginning of the new one (RFC 9162 section 2.1.4.2).
#[must_use]
pub fn is_consistent((old, old_root): (u64, &Node), (new, new_root): (u64, &Node), proof: &[Node]) -> bool {
    if old == 0 || old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    let mut proof = proof.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { proof.next() };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut older, mut newer) = (*first, *first);
    for beside in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            older = inner(beside, &older);
            newer = inner(beside, &newer);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            newer = inner(&newer, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && older == *old_root && newer == *new_root
}

/// The largest power of two below a count of two or more.
fn split(count: usize) -> usize {
    1 << (usize::BITS - 1 - (count - 1).leading_zeros())
}

fn leaf(entry: &[u8]) -> Node {
    digest_of(&[&[0], entry])
}

fn inner(left: &Node, right: &Node) -> Node {
    digest_of(&[&[1], left, right])
}

fn digest_of(parts: &[&[u8]]) -> Node {
    let mut sum = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| sum.update(part));
    let mut node = [0; 32];
    node.copy_from_slice(sum.finish().as_ref());
    node
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
