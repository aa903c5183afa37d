//! Search: what people ask for, and which mails that is.
//!
//! In: a query as it was typed (`query`), and mails as search sees them (`document`), made from what the archive holds (`reading`). Out: the
//! mails that are asked for, out of the index (`intake` fills it, `find` asks it) or by reading each (`matcher`). What a word is stands in `words`, once for
//! queries, documents and the index.
//!
//! Invariants: what is looked for is always *scope of the permit AND query* (`scope`). The index is derived: it may be thrown away at any
//! time, is made anew by itself, and its trouble keeps no mail from being taken and none from being archived. What can fail: a query that cannot be read, which says
//! where; the store. Not here: who may search (`access`).

mod condition;
pub mod document;
pub mod find;
pub mod index;
mod index_sql;
pub mod intake;
mod marks;
pub mod matcher;
mod possible;
pub mod query;
pub mod reading;
#[cfg(test)]
pub(crate) mod sample;
pub mod scope;
pub mod snippet;
pub mod stem;
pub mod words;

pub use document::{Attachment, Document, Party};
pub use find::{Cursor, Finder, Found, Hit, Page};
pub use index::{Index, IndexError, Shown};
pub use matcher::matches;
pub use possible::Possible;
pub use query::{Query, QueryError};
pub use reading::Reader;
pub use scope::Scope;
