//! Search: what people ask for, and which mails that is.
//!
//! In: a query as it was typed (`query`), and mails as search sees them (`document`). Out: whether a mail is asked for (`matcher`). What a
//! word is stands in `words`, once for queries, documents and the index. This half is pure: no disk, no clock but what is handed in. What
//! can fail: a query that cannot be read, which says where.

pub mod document;
pub mod matcher;
pub mod query;
#[cfg(test)]
pub(crate) mod sample;
pub mod stem;
pub mod words;

pub use document::{Attachment, Document, Party};
pub use matcher::matches;
pub use query::{Query, QueryError};
