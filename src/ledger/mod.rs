//! The ledger: what happened, in order, each entry bound to the one before it by its hash.
pub mod event;
pub use event::Event;
