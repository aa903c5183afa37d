//! Who may be connected: how many in all, and how many from one address.
//!
//! In: each connection, then the client's address once it is known (a balancer's PROXY header comes in between). Out: a
//! [`Seat`] or a [`Turned`]; dropping the seat frees the place. The table holds an address only while it is connected.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::limits;

/// Counts connections, over all listeners together.
#[derive(Debug)]
pub struct Turnstile {
    in_all: usize,
    per_address: usize,
    seated: Mutex<Seated>,
}

#[derive(Debug, Default)]
struct Seated {
    in_all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place among all connections; with [`Seat::name`] also among those of one address.
#[derive(Debug)]
pub struct Seat {
    turnstile: Arc<Turnstile>,
    address: Option<IpAddr>,
}

/// Why a connection was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    TooMany,
    TooManyFromAddress,
}

impl fmt::Display for Turned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooMany => "too many connections",
            Self::TooManyFromAddress => "too many connections from this address",
        })
    }
}

impl Default for Turnstile {
    fn default() -> Self {
        Self::new(limits::CONNECTIONS, limits::CONNECTIONS_PER_ADDRESS)
    }
}

impl Turnstile {
    /// A turnstile with these bounds.
    #[must_use]
    pub fn new(in_all: usize, per_address: usize) -> Self {
        Self { in_all, per_address, seated: Mutex::default() }
    }

    /// Gives a new connection its place.
    ///
    /// # Errors
    /// [`Turned::TooMany`].
    pub fn enter(self: &Arc<Self>) -> Result<Seat, Turned> {
        let mut seated = self.seated();
        if seated.in_all >= self.in_all {
            return Err(Turned::TooMany);
        }
        seated.in_all += 1;
        Ok(Seat { turnstile: Arc::clone(self), address: None })
    }

    /// How many are connected.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.seated().in_all
    }

    /// The counts are whole after each statement, so a panic elsewhere does not spoil them.
    fn seated(&self) -> std::sync::MutexGuard<'_, Seated> {
        self.seated.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Says whose connection it is.
    ///
    /// # Errors
    /// [`Turned::TooManyFromAddress`].
    pub fn name(&mut self, client: IpAddr) -> Result<(), Turned> {
        let client = client.to_canonical();
        let mut seated = self.turnstile.seated();
        let count = seated.by_address.entry(client).or_default();
        if *count >= self.turnstile.per_address {
            return Err(Turned::TooManyFromAddress);
        }
        *count += 1;
        drop(seated);
        self.address = Some(client);
        Ok(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seated = self.turnstile.seated();
        seated.in_all = seated.in_all.saturating_sub(1);
        let Some(address) = self.address else { return };
        let left = seated.by_address.get_mut(&address).map(|count| {
            *count = count.saturating_sub(1);
            *count
        });
        if left == Some(0) {
            seated.by_address.remove(&address);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use super::{Turned, Turnstile};

    #[test]
    fn places_are_counted_and_given_back() {
        let turnstile = Arc::new(Turnstile::new(3, 2));
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mapped = IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
        let mut seats: Vec<_> = (0..3).map(|_| turnstile.enter().unwrap()).collect();
        assert_eq!(turnstile.enter().unwrap_err(), Turned::TooMany);
        seats[0].name(here).unwrap();
        seats[1].name(mapped).unwrap();
        assert_eq!(seats[2].name(here), Err(Turned::TooManyFromAddress));
        seats.remove(0);
        assert_eq!(seats[1].name(here), Ok(()));
        drop(seats);
        assert_eq!(turnstile.connections(), 0);
        assert!(turnstile.seated().by_address.is_empty());
    }
}
