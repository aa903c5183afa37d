//! Header fields: where each stands, and what it says.

use std::ops::Range;

use crate::base::Address;

/// One header field, as places in the mail's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in lower case, trailing white space before the colon gone.
    pub name: String,
    /// From the name's first byte to past the last line end of the field, folded lines included.
    pub whole: Range<usize>,
    /// What follows the colon, to before the last line end.
    pub value: Range<usize>,
}

/// One mailbox of an address field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The display name, decoded.
    pub name: Option<String>,
    /// The address; nothing where what stands there is not an address.
    pub address: Option<Address>,
    /// What stands in place of the address, for messages to people.
    pub written: String,
}
