//! The mail as it gathers, out of DATA (RFC 5321 section 4.1.1.4) or of BDAT chunks (RFC 3030).
//!
//! In: the wire. Out: the mail's octets, or what it is refused with. A mail that has become too big, or for which there is no room in
//! memory, is read on to its end and thrown away, so that the client hears why; one that goes on without end ends the session.

use bytes::Bytes;

use super::replies;
use super::scan::{Scanned, Scanner};
use super::wire::{Ending, Wire};
use crate::base::{Ration, Reply};

/// Room is asked for in steps of this many octets.
const STEP: usize = 64 << 10;
/// Memory set aside at once on the strength of SIZE=; more follows as octets come.
const FIRST: usize = 1 << 20;

/// A mail that is being received.
#[derive(Debug)]
pub struct Body {
    octets: Vec<u8>,
    scanner: Scanner,
    limit: u64,
    /// Octets of the mail so far, kept or not.
    length: u64,
    /// Octets that room was got for.
    granted: usize,
    ration: Ration,
    refusal: Option<Reply>,
}

/// How the reading of a body or chunk went.
#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    /// To its end.
    Whole,
    /// Not further: after this reply the session is over.
    Hopeless(Reply),
}

impl Body {
    /// An empty mail that may grow to `limit` octets and is said to have `declared`.
    #[must_use]
    pub fn new(stuffed: bool, limit: u64, declared: Option<u64>, ration: Ration) -> Self {
        let first = usize::try_from(declared.unwrap_or(0).min(limit)).unwrap_or(FIRST).min(FIRST);
        let octets = Vec::with_capacity(first);
        Self { octets, scanner: Scanner::new(stuffed), limit, length: 0, granted: 0, ration, refusal: None }
    }

    /// Reads up to the lone dot.
    ///
    /// # Errors
    /// The [`Ending`] of the session.
    pub async fn read_dotted(&mut self, wire: &mut Wire) -> Result<Read, Ending> {
        loop {
            wire.block().await?;
            match self.scan(wire.input()) {
                Scanned::All => wire.used(wire.input().len()),
                Scanned::End(used) => {
                    wire.used(used);
                    return Ok(Read::Whole);
                }
                Scanned::Stop(fault) => return Ok(Read::Hopeless(replies::cannot_carry(fault))),
            }
            if self.is_endless() {
                return Ok(Read::Hopeless(replies::too_big(self.limit)));
            }
        }
    }

    /// Reads one chunk of counted octets.
    ///
    /// # Errors
    /// The [`Ending`] of the session.
    pub async fn read_chunk(&mut self, wire: &mut Wire, mut left: u64) -> Result<Read, Ending> {
        while left > 0 {
            wire.block().await?;
            let here = usize::try_from(left).unwrap_or(usize::MAX).min(wire.input().len());
            let chunk = wire.input().get(..here).unwrap_or_default();
            if let Scanned::Stop(fault) = self.scan(chunk) {
                return Ok(Read::Hopeless(replies::cannot_carry(fault)));
            }
            wire.used(here);
            left -= here as u64;
            if self.is_endless() {
                return Ok(Read::Hopeless(replies::too_big(self.limit)));
            }
        }
        Ok(Read::Whole)
    }

    /// What the mail must be refused with, as far as it has come.
    #[must_use]
    pub fn refusal(&self) -> Option<Reply> {
        self.refusal.clone()
    }

    /// Octets so far.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The whole mail, and the room it takes, to be given back when the mail is done with. BDAT may leave out the last CRLF; the
    /// next hop, spoken to with DATA, could not be given such a mail (RFC 5321 section 4.1.1.4), so it is added.
    ///
    /// # Errors
    /// The reply to refuse with.
    pub fn finish(mut self) -> Result<(Bytes, Ration), Reply> {
        if let Some(fault) = self.scanner.fault() {
            return Err(replies::cannot_carry(fault));
        }
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        if !self.octets.is_empty() && !self.octets.ends_with(b"\r\n") {
            self.octets.extend_from_slice(b"\r\n");
        }
        Ok((self.octets.into(), self.ration))
    }

    fn scan(&mut self, input: &[u8]) -> Scanned {
        let Self { octets, scanner, limit, length, granted, ration, refusal } = self;
        scanner.scan(input, |run| {
            *length += run.len() as u64;
            if refusal.is_none() && *length > *limit {
                *refusal = Some(replies::too_big(*limit));
            }
            while refusal.is_none() && octets.len() + run.len() > *granted {
                if ration.grow(STEP) {
                    *granted += STEP;
                } else {
                    *refusal = Some(replies::no_room());
                }
            }
            match refusal {
                None => octets.extend_from_slice(run),
                Some(_) => {
                    *octets = Vec::new();
                    ration.release();
                }
            }
        })
    }

    /// Twice the limit is more than any honest client that looks at our replies would send.
    fn is_endless(&self) -> bool {
        self.length / 2 > self.limit.max(STEP as u64)
    }
}

/// Reads octets that nobody wants: a chunk that came at the wrong time.
///
/// # Errors
/// The [`Ending`] of the session.
pub async fn skip(wire: &mut Wire, mut left: u64) -> Result<(), Ending> {
    while left > 0 {
        wire.block().await?;
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(wire.input().len());
        wire.used(here);
        left -= here as u64;
    }
    Ok(())
}
