//! Everything that is tested from outside a room, in one program.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails, and says where")]

mod delivery;
mod cases;
mod dialogs;
mod front;
mod sessions;
mod smuggling;
mod tidy;
