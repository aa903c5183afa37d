//! Passwords as people give them to a command: a line of standard input, or typed on a terminal that does not show it.

use std::io::BufRead;

use crate::base::Secret;

/// The first line of standard input.
///
/// # Errors
/// A sentence.
pub fn line() -> Result<Secret, String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(unread)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n']).as_bytes().to_vec()))
}

/// What is typed behind a prompt.
///
/// # Errors
/// A sentence.
pub fn asked(prompt: &str) -> Result<Secret, String> {
    rpassword::prompt_password(prompt).map(|typed| Secret::new(typed.into_bytes())).map_err(unread)
}

fn unread(error: std::io::Error) -> String {
    format!("the password cannot be read: {error}")
}
