//! x
pub mod stem;
pub mod words;
