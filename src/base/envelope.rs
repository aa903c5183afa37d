//! The SMTP envelope: who a mail is from, whom it is for, and how reports about it are wanted (RFC 5321, RFC 3461).

use serde::{Deserialize, Serialize};

use super::{Address, ReversePath};

/// What `MAIL FROM` and `RCPT TO` said, already read and checked; nothing here is ever copied raw into a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Where reports go.
    pub reverse_path: ReversePath,
    /// Everyone the mail is for, in the order given, no address twice.
    pub recipients: Vec<Recipient>,
    /// `BODY=` (RFC 6152).
    pub body: BodyKind,
    /// Whether the client said `SMTPUTF8` (RFC 6531).
    pub smtputf8: bool,
    /// `RET=`: how much of the mail a report returns.
    pub ret: Option<Ret>,
    /// `ENVID=`, decoded from xtext.
    pub envid: Option<String>,
}

/// One `RCPT TO`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The forward path.
    pub address: Address,
    /// `NOTIFY=`; none given means failure and delay (RFC 3461 section 4.1).
    pub notify: Option<Notify>,
    /// `ORCPT=` as `type;address`, the address decoded from xtext.
    pub orcpt: Option<String>,
}

/// When the sender wants to hear about a recipient. All false is `NOTIFY=NEVER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// On delivery.
    pub success: bool,
    /// On final failure.
    pub failure: bool,
    /// On unusual delay.
    pub delay: bool,
}

/// `RET=` (RFC 3461 section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ret {
    /// The whole mail.
    Full,
    /// Its header only.
    Headers,
}

/// `BODY=` (RFC 6152).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BodyKind {
    /// Not said, or `7BIT`.
    #[default]
    SevenBit,
    /// `8BITMIME`.
    EightBit,
}

impl Envelope {
    /// An envelope without any wishes: 7-bit, ASCII, nothing said about reports.
    #[must_use]
    pub fn new(reverse_path: ReversePath, recipients: Vec<Recipient>) -> Self {
        Self { reverse_path, recipients, body: BodyKind::SevenBit, smtputf8: false, ret: None, envid: None }
    }
}

impl Recipient {
    /// A recipient with no wishes about reports.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self { address, notify: None, orcpt: None }
    }

    /// What the sender wants to hear, with the default of RFC 3461 section 4.1 filled in.
    #[must_use]
    pub fn wishes(&self) -> Notify {
        self.notify.unwrap_or(Notify { success: false, failure: true, delay: true })
    }
}

/// Writes text as xtext (RFC 3461 section 4): printable ASCII but `+` and `=` stands as it is, the rest as `+XX`.
#[must_use]
pub fn to_xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' if byte != b'+' && byte != b'=' => out.push(char::from(byte)),
            _ => out.push_str(&format!("+{byte:02X}")),
        }
    }
    out
}
