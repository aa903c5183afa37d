//! Whether the store works, and who is told when that changes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::error::StoreError;

type Observer = Box<dyn Fn(Option<&StoreError>) + Send + Sync>;

/// The store's state as its writer and its checkpointer see it.
#[derive(Default)]
pub(super) struct Health {
    observer: Mutex<Option<Observer>>,
    /// What is wrong now.
    wrong: Mutex<Option<StoreError>>,
    /// The disk is nearly full: apart from the rest, since commits that make room go on working.
    low: AtomicBool,
}

impl Health {
    /// Sets who is told: of trouble with its reason, of recovery with nothing.
    pub(super) fn observe(&self, observer: Observer) {
        *self.observer.lock().unwrap_or_else(PoisonError::into_inner) = Some(observer);
    }

    pub(super) fn wrong(&self) -> Option<StoreError> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something failed. Told once, until it works again or fails otherwise.
    pub(super) fn trouble(&self, error: &StoreError) {
        if self.set(Some(error.clone())) {
            self.tell(Some(error));
        }
    }

    /// It works.
    pub(super) fn well(&self) {
        if self.set(None) {
            self.tell(None);
        }
    }

    /// Whether there is room was asked and answered. Told once when it runs low and once when there is room again.
    pub(super) fn room(&self, answer: &Result<(), StoreError>) {
        let low = matches!(answer, Err(StoreError::Full));
        if self.low.swap(low, Ordering::Relaxed) != low {
            self.tell(answer.as_ref().err());
        }
    }

    fn set(&self, now: Option<StoreError>) -> bool {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = *wrong != now;
        *wrong = now;
        changed
    }

    fn tell(&self, what: Option<&StoreError>) {
        if let Some(observer) = &*self.observer.lock().unwrap_or_else(PoisonError::into_inner) {
            observer(what);
        }
    }
}
