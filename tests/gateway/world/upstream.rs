//! A next hop that keeps what it takes, and refuses whom it is told to.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::wait_until;

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub content: Vec<u8>,
}

#[derive(Clone)]
pub struct Upstream {
    pub port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Upstream {
    /// Takes everything, but answers `550` for recipients that begin with `nobody` and `450` for those that begin with `later`.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let upstream = Self { port: listener.local_addr().expect("a bound address").port(), taken: Arc::default() };
        let taken = upstream.taken.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let taken = taken.clone();
                std::thread::spawn(move || serve(&client, &taken));
            }
        });
        upstream
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many mails have come.
    pub fn wait_for(&self, count: usize) -> Vec<Taken> {
        wait_until(&format!("{count} mails at the upstream"), Duration::from_secs(30), || {
            let taken = self.taken();
            (taken.len() >= count).then_some(taken)
        })
    }

    /// Waits for the mail to a recipient.
    pub fn wait_for_mail_to(&self, recipient: &str) -> Taken {
        wait_until(&format!("a mail to {recipient}"), Duration::from_secs(30), || {
            self.taken().into_iter().find(|mail| mail.to.iter().any(|to| to == recipient))
        })
    }
}

impl Taken {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

fn serve(client: &TcpStream, taken: &Mutex<Vec<Taken>>) -> Option<()> {
    let mut lines = BufReader::new(client.try_clone().ok()?);
    let mut say = client;
    say.write_all(b"220 upstream.example ESMTP\r\n").ok()?;
    let mut mail = Taken { from: String::new(), to: Vec::new(), content: Vec::new() };
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let (answer, path) = (answer(&line), path(&line));
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "MAIL" => mail = Taken { from: path, to: Vec::new(), content: Vec::new() },
            "RCPT" if answer.starts_with('2') => mail.to.push(path),
            "DATA" => {
                say.write_all(b"354 go on\r\n").ok()?;
                mail.content = body(&mut lines)?;
                taken.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
            }
            _ => {}
        }
        say.write_all(answer.as_bytes()).ok()?;
    }
}

fn answer(line: &str) -> &'static str {
    match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
        "EHLO" => "250-upstream.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 SIZE 104857600\r\n",
        "RCPT" if path(line).starts_with("nobody") => "550 5.1.1 nobody of that name\r\n",
        "RCPT" if path(line).starts_with("later") => "450 4.2.1 come again later\r\n",
        _ => "250 2.0.0 ok\r\n",
    }
}

fn path(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path.to_owned()).unwrap_or_default()
}

fn body(lines: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        match line.as_slice() {
            b".\r\n" => return Some(content),
            [b'.', rest @ ..] => content.extend_from_slice(rest),
            line => content.extend_from_slice(line),
        }
    }
}
