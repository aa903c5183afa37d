//! What the gateway and a child say to each other, over the child's standard input and output.
//!
//! A question is one octet for its kind, the lengths of name and body (four octets each, little-endian), then both. An answer is one
//! octet for its kind, a length, and that many octets of JSON. The child speaks first: an answer with its walls. Neither side takes a
//! length on trust: the child's memory is bounded, and the gateway reads no answer over `limits::BOX_ANSWER_OCTETS`.

use std::io::{self, Read, Write};

use crate::base::limits;

/// Octets before the name of a question.
pub const QUESTION_HEAD: usize = 9;
/// Octets before the JSON of an answer.
pub const ANSWER_HEAD: usize = 5;

/// A question's kind: read a file.
pub const READ: u8 = b'R';
/// A question's kind: try to get out.
pub const TRY: u8 = b'T';

/// An answer's kind: what follows is the answer.
pub const SAID: u8 = b'A';
/// An answer's kind: it would have been too long, and nothing follows.
pub const TOO_LONG: u8 = b'L';

/// The head of a question; nothing where name or body is longer than can be said.
#[must_use]
pub fn question_head(kind: u8, name: usize, body: usize) -> Option<[u8; QUESTION_HEAD]> {
    let (name, body) = (u32::try_from(name).ok()?.to_le_bytes(), u32::try_from(body).ok()?.to_le_bytes());
    let mut head = [0; QUESTION_HEAD];
    head[0] = kind;
    head[1..5].copy_from_slice(&name);
    head[5..].copy_from_slice(&body);
    Some(head)
}

/// A question as the child hears it.
pub struct Question {
    pub kind: u8,
    pub name: Vec<u8>,
    pub body: Vec<u8>,
}

/// Waits for a question; nothing at the end of the input.
///
/// # Errors
/// The input ends within a question.
pub fn hear(input: &mut impl Read) -> io::Result<Option<Question>> {
    let mut kind = [0];
    if input.read(&mut kind)? == 0 {
        return Ok(None);
    }
    let (name, body) = (length(input)?, length(input)?);
    Ok(Some(Question { kind: kind[0], name: octets(input, name)?, body: octets(input, body)? }))
}

fn length(input: &mut impl Read) -> io::Result<u32> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    Ok(u32::from_le_bytes(length))
}

fn octets(input: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    let mut octets = vec![0; length as usize];
    input.read_exact(&mut octets)?;
    Ok(octets)
}

/// Answers.
///
/// # Errors
/// Nobody listens any more.
pub fn say(output: &mut impl Write, json: &[u8]) -> io::Result<()> {
    let (kind, json) = if json.len() > limits::BOX_ANSWER_OCTETS { (TOO_LONG, &[][..]) } else { (SAID, json) };
    let length = u32::try_from(json.len()).map_err(io::Error::other)?;
    output.write_all(&[kind])?;
    output.write_all(&length.to_le_bytes())?;
    output.write_all(json)?;
    output.flush()
}

/// An answer's head: its kind and its length.
#[must_use]
pub fn answer_head(head: [u8; ANSWER_HEAD]) -> (u8, usize) {
    let [kind, a, b, c, d] = head;
    (kind, u32::from_le_bytes([a, b, c, d]) as usize)
}
