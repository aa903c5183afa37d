//! Everything that is tested from outside a room, in one program.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails, and says where")]

mod cases;
mod delivery;
mod dialogs;
mod front;
mod sessions;
mod smuggling;
mod store_faults;
mod tidy;
