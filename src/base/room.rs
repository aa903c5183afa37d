//! Room in memory for what mails bring, over all of them together: their octets while they are received, and what is in their
//! attachments while they are judged.
//!
//! In: how much something has grown. Out: leave, or none: then the mail is answered 451 and the gateway lives. Dropping a
//! [`Ration`] gives the room back. Only bytes that are there are counted, so a client cannot take room by promising size.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::limits;

/// All the room there is.
#[derive(Debug)]
pub struct Room {
    free: AtomicUsize,
}

/// One mail's part of the room.
#[derive(Debug)]
pub struct Ration {
    room: Arc<Room>,
    octets: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self::new(limits::MAIL_BYTES_IN_FLIGHT)
    }
}

impl Room {
    /// Room for so many octets.
    #[must_use]
    pub fn new(octets: usize) -> Self {
        Self { free: AtomicUsize::new(octets) }
    }

    /// An empty ration.
    #[must_use]
    pub fn ration(self: &Arc<Self>) -> Ration {
        Ration { room: Arc::clone(self), octets: 0 }
    }
}

impl Ration {
    /// Asks for more room; false where there is none, and then nothing has changed.
    pub fn grow(&mut self, octets: usize) -> bool {
        let taken = self.room.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| free.checked_sub(octets)).is_ok();
        if taken {
            self.octets += octets;
        }
        taken
    }

    /// Gives all of it back.
    pub fn release(&mut self) {
        self.room.free.fetch_add(std::mem::take(&mut self.octets), Ordering::Relaxed);
    }
}

impl Drop for Ration {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Room;

    #[test]
    fn room_is_bounded_and_comes_back() {
        let room = Arc::new(Room::new(10));
        let mut one = room.ration();
        let mut two = room.ration();
        assert!(one.grow(6) && two.grow(4));
        assert!(!two.grow(1));
        drop(one);
        assert!(two.grow(6));
        assert!(!two.grow(1));
    }
}
