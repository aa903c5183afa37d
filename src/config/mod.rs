//! The configuration: read as written, checked whole, handed to each room as its options.

pub mod model;

pub use model::*;
