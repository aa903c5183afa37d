//! Reads one command line, strictly.
//!
//! In: the octets of a line without its CRLF. Out: a [`Command`] whose parts are all read and checked, or a [`CommandError`] with the
//! reply that it gets. Nothing is repaired: no space after `FROM:`, no argument where none belongs, no address without brackets.
//! Only trailing blanks are let go, as RFC 5321 section 4.1.1 asks. It does not know the session's state.

use std::fmt;

use super::parameters::{MailParameters, ParameterError, RcptParameters};
use super::path::{self, ForwardPath, PathError};
use crate::base::{Reply, ReversePath, Secret, limits};

/// One command, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// EHLO or HELO; the name is printable ASCII and bounded.
    Hello {
        name: String,
        esmtp: bool,
    },
    StartTls,
    /// AUTH (RFC 4954): the mechanism in upper case, and the initial response as it stands (still base64).
    Auth {
        mechanism: String,
        initial: Option<Secret>,
    },
    Mail(MailFrom),
    Rcpt(RcptTo),
    Data,
    /// BDAT (RFC 3030): the octets that follow the line.
    Bdat {
        octets: u64,
        last: bool,
    },
    Rset,
    Noop,
    Quit,
    Vrfy,
    Expn,
    Help,
}

/// `MAIL FROM`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFrom {
    pub path: ReversePath,
    pub parameters: MailParameters,
}

/// `RCPT TO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RcptTo {
    pub path: ForwardPath,
    /// Whether the path can be read without SMTPUTF8 (RFC 6531).
    pub ascii: bool,
    pub parameters: RcptParameters,
}

/// Why a line is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// A word that SMTP, or this gateway, does not have.
    Unknown,
    /// Longer than `limits::COMMAND_LINE_OCTETS`.
    TooLong,
    /// Control characters, or octets that are not UTF-8.
    NotText,
    /// A web browser, or someone who makes one talk to us (ALPACA, cross-protocol requests).
    Http,
    /// The arguments are not as they must be; the text says how.
    Syntax(&'static str),
    /// BDAT without a size that can be read: where the next command begins cannot be known.
    Chunk,
    Sender(PathError),
    Recipient(PathError),
    Parameter(ParameterError),
}

impl CommandError {
    /// What the client hears.
    #[must_use]
    pub fn reply(&self) -> Reply {
        match self {
            Self::Unknown => Reply::new(500, "5.5.1", "this command is not known here"),
            Self::TooLong => Reply::new(500, "5.5.2", "the line is too long"),
            Self::NotText => Reply::new(500, "5.5.2", "the line holds characters that no command may have"),
            Self::Http => Reply::new(554, "5.5.1", "this is a mail server, not a web server"),
            Self::Syntax(how) => Reply::new(501, "5.5.4", format!("write it so: {how}")),
            Self::Chunk => {
                Reply::new(501, "5.5.4", "BDAT without a readable size; closing, since what follows cannot be told apart")
            }
            Self::Sender(why) => why.reply("5.1.7"),
            Self::Recipient(why) => why.reply("5.1.3"),
            Self::Parameter(why) => why.reply(),
        }
    }

    /// Whether no command can be read safely after this one.
    #[must_use]
    pub fn ends_session(&self) -> bool {
        matches!(self, Self::Http | Self::Chunk)
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reply().fmt(f)
    }
}

impl std::error::Error for CommandError {}

impl Command {
    /// Reads a line.
    ///
    /// # Errors
    /// [`CommandError`], the first that is found.
    pub fn parse(line: &[u8]) -> Result<Self, CommandError> {
        let line = line.trim_ascii_end();
        let (verb, arguments) = match memchr::memchr(b' ', line) {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &line[line.len()..]),
        };
        let verb = verb.to_ascii_uppercase();
        if is_http(&verb, arguments) {
            return Err(CommandError::Http);
        }
        if line.len() + 2 > limits::COMMAND_LINE_OCTETS && verb != b"AUTH" {
            return Err(CommandError::TooLong);
        }
        let arguments = text(&verb).and_then(|_| text(arguments)).ok_or(CommandError::NotText);
        match verb.as_slice() {
            b"BDAT" => bdat(arguments.unwrap_or_default()),
            _ => read(&verb, arguments?),
        }
    }
}

fn text(octets: &[u8]) -> Option<&str> {
    std::str::from_utf8(octets).ok().filter(|text| !text.chars().any(char::is_control))
}

fn is_http(verb: &[u8], arguments: &[u8]) -> bool {
    let method = matches!(
        verb,
        b"GET" | b"POST" | b"PUT" | b"HEAD" | b"OPTIONS" | b"DELETE" | b"CONNECT" | b"PATCH" | b"TRACE" | b"PRI" | b"HOST:"
    );
    method && !arguments.is_empty()
}

fn read(verb: &[u8], arguments: &str) -> Result<Command, CommandError> {
    match verb {
        b"EHLO" => hello(arguments, true),
        b"HELO" => hello(arguments, false),
        b"MAIL" => mail(arguments).map(Command::Mail),
        b"RCPT" => rcpt(arguments).map(Command::Rcpt),
        b"AUTH" => auth(arguments),
        b"DATA" => alone(arguments, Command::Data, "DATA"),
        b"RSET" => alone(arguments, Command::Rset, "RSET"),
        b"QUIT" => alone(arguments, Command::Quit, "QUIT"),
        b"STARTTLS" => alone(arguments, Command::StartTls, "STARTTLS"),
        b"NOOP" => Ok(Command::Noop),
        b"HELP" => Ok(Command::Help),
        b"EXPN" => Ok(Command::Expn),
        b"VRFY" if arguments.is_empty() => Err(CommandError::Syntax("VRFY name")),
        b"VRFY" => Ok(Command::Vrfy),
        _ => Err(CommandError::Unknown),
    }
}

fn alone(arguments: &str, command: Command, how: &'static str) -> Result<Command, CommandError> {
    if arguments.is_empty() { Ok(command) } else { Err(CommandError::Syntax(how)) }
}

fn hello(name: &str, esmtp: bool) -> Result<Command, CommandError> {
    if name.trim().is_empty() {
        return Err(CommandError::Syntax("EHLO your.host.name"));
    }
    Ok(Command::Hello { name: name.trim().chars().take(limits::DOMAIN_OCTETS).map(harmless).collect(), esmtp })
}

/// The name goes into `Received`, so it may hold what names and literals hold, and nothing that means something in a header.
fn harmless(c: char) -> char {
    if c.is_ascii_alphanumeric() || "-._:[]".contains(c) { c } else { '?' }
}

fn mail(arguments: &str) -> Result<MailFrom, CommandError> {
    const HOW: CommandError = CommandError::Syntax("MAIL FROM:<address> (in angle brackets, no space after the colon)");
    let (path, rest) = after(arguments, "FROM:").and_then(path::split).ok_or(HOW)?;
    let parameters = MailParameters::parse(rest).map_err(CommandError::Parameter)?;
    let path = path::reverse(path, parameters.smtputf8).map_err(CommandError::Sender)?;
    Ok(MailFrom { path, parameters })
}

fn rcpt(arguments: &str) -> Result<RcptTo, CommandError> {
    const HOW: CommandError = CommandError::Syntax("RCPT TO:<address> (in angle brackets, no space after the colon)");
    let (text, rest) = after(arguments, "TO:").and_then(path::split).ok_or(HOW)?;
    let path = path::forward(text).map_err(CommandError::Recipient)?;
    let parameters = RcptParameters::parse(rest).map_err(CommandError::Parameter)?;
    Ok(RcptTo { path, ascii: text.is_ascii(), parameters })
}

fn after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

fn auth(arguments: &str) -> Result<Command, CommandError> {
    let mut words = arguments.split(' ');
    let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
    let initial = words.next().map(|word| Secret::new(word.as_bytes().to_vec()));
    let empty = initial.as_ref().is_some_and(|word| word.reveal().is_empty());
    if mechanism.is_empty() || empty || words.next().is_some() {
        return Err(CommandError::Syntax("AUTH PLAIN, or AUTH LOGIN"));
    }
    Ok(Command::Auth { mechanism, initial })
}

/// RFC 3030 section 2: `BDAT` SP size [SP `LAST`].
fn bdat(arguments: &str) -> Result<Command, CommandError> {
    let (size, last) = match arguments.split_once(' ') {
        Some((size, word)) if word.eq_ignore_ascii_case("LAST") => (size, true),
        Some(_) => return Err(CommandError::Chunk),
        None => (arguments, false),
    };
    let digits = !size.is_empty() && size.len() <= 20 && size.bytes().all(|b| b.is_ascii_digit());
    let octets = size.parse().ok().filter(|_| digits).ok_or(CommandError::Chunk)?;
    Ok(Command::Bdat { octets, last })
}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;
