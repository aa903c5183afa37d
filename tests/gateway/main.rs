//! All tests from outside a room, in one binary so that it links once; `world` is what those of the real program share.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails, and says where")]

mod attachments;
mod automatic;
mod boxed;
mod cases;
mod clients;
mod commands;
mod console;
mod corpus;
mod crash;
mod delivery;
mod demo;
mod dialogs;
mod diff;
mod encrypt;
mod flow;
mod front;
mod import;
mod journal;
mod leave;
mod misdirection;
mod newcomer;
mod operate;
mod personal_data;
mod policies;
mod privacy;
mod purge_faults;
mod readme;
mod reload;
mod scan;
mod senders;
mod sessions;
mod smuggling;
mod store_faults;
mod tidy;
mod world;
