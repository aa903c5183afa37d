//! Whether the store works, and who is told when that changes.

use std::sync::{Mutex, PoisonError};

use super::error::StoreError;

type Observer = Box<dyn Fn(Option<&StoreError>) + Send + Sync>;

/// The store's state as its writer and its checkpointer see it.
#[derive(Default)]
pub(super) struct Health {
    observer: Mutex<Option<Observer>>,
    /// What is wrong now.
    wrong: Mutex<Option<StoreError>>,
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
