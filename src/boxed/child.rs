//! What runs in a child: walls first, then one file after another, until the input ends.
//!
//! In: questions on standard input. Out: answers on standard output ([`frame`](super::frame)). It runs in the main thread alone, whose
//! stack has a bound: a file that overflows it, or asks for more memory than there is, ends this process and no other. Nothing
//! of a file goes anywhere but into its answer: a panic is silent, for its message may hold content.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use super::frame::{self, Question};
use super::{attempts, lockdown};
use crate::extract::read;

/// Becomes a child. Exit code 0: the input ended; 1: nobody listens, or nonsense was asked; 2: the walls cannot be raised.
#[must_use]
pub fn run() -> ExitCode {
    std::panic::set_hook(Box::new(|_| ()));
    let Ok(walls) = lockdown::raise() else { return ExitCode::from(2) };
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    match greet(&mut output, &walls).and_then(|()| answer_all(&mut input, &mut output)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(1),
    }
}

fn greet(output: &mut impl Write, walls: &lockdown::Walls) -> io::Result<()> {
    frame::say(output, &serde_json::to_vec(walls)?)
}

fn answer_all(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    while let Some(question) = frame::hear(input)? {
        let answer = answer(question)?;
        frame::say(output, &answer)?;
    }
    Ok(())
}

fn answer(Question { kind, name, body }: Question) -> io::Result<Vec<u8>> {
    let json = match kind {
        frame::READ => serde_json::to_vec(&read::read(&String::from_utf8_lossy(&name), body)),
        frame::TRY => serde_json::to_vec(&attempts::all()),
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    json.map_err(io::Error::from)
}
