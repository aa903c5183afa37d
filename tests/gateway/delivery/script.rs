//! Scenes for delivery, written as dialogs (`fixtures/upstream/*.dialog`).
//!
//! ```text
//! # What the scene is about.
//! to: a@x.example b@x.example      the recipients
//! tls: verified                    further settings: host, tls, sign-in, demand, requiretls, times, next-hop
//!
//! S: 220 hello                     the upstream says a line
//! C: EHLO gate.school.example      the gateway must say a line that begins so
//! C: .                             the gateway must send the mail, byte for byte, and the final dot
//! ! drop                           closes · hang · flood · reset · tls CERT · raw BYTES
//! ---                              the next connection
//! = a@x.example delivered 250      what must become of each recipient, and a piece of the reason
//! = event DeliveryUncertain        an event that must be told;  = no event X
//! ```

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::certificates::Certificates;
use super::desk::PATIENCE;

/// One scene.
#[derive(Debug, Default)]
pub struct Scene {
    pub settings: Vec<(String, String)>,
    pub connections: Vec<Vec<Step>>,
    pub expected: Vec<String>,
}

#[derive(Clone, Debug)]
pub enum Step {
    Say(String),
    Hear(String),
    Mail,
    Act(String),
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Scene {
    pub fn read(text: &str) -> Self {
        let mut scene = Self { connections: vec![Vec::new()], ..Self::default() };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let step = match line.split_once(' ') {
                Some(("S:", said)) => Step::Say(said.to_owned()),
                Some(("C:", ".")) => Step::Mail,
                Some(("C:", heard)) => Step::Hear(heard.to_owned()),
                Some(("!", act)) => Step::Act(act.to_owned()),
                Some(("=", expected)) => {
                    scene.expected.push(expected.to_owned());
                    continue;
                }
                Some((key, value)) if key.ends_with(':') => {
                    scene.settings.push((key.trim_end_matches(':').to_owned(), value.to_owned()));
                    continue;
                }
                _ if line == "---" => {
                    scene.connections.push(Vec::new());
                    continue;
                }
                _ => panic!("not a line of a dialog: {line}"),
            };
            scene.connections.last_mut().unwrap().push(step);
        }
        scene
    }

    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

/// Plays the upstream of a scene; ends with what went otherwise than written.
pub async fn play(
    listener: TcpListener,
    connections: Vec<Vec<Step>>,
    mail: Vec<u8>,
    certificates: Certificates,
) -> Result<(), String> {
    for (number, steps) in connections.into_iter().enumerate() {
        let accepted = tokio::time::timeout(PATIENCE, listener.accept()).await;
        let (stream, _) = accepted.map_err(|_| format!("connection {number} was never made"))?.map_err(|e| e.to_string())?;
        stream.set_nodelay(true).unwrap();
        let played = tokio::time::timeout(PATIENCE, perform(stream, steps, &mail, &certificates)).await;
        played.map_err(|_| format!("connection {number}: hangs"))?.map_err(|e| format!("connection {number}: {e}"))?;
    }
    Ok(())
}

async fn perform(stream: TcpStream, steps: Vec<Step>, mail: &[u8], certificates: &Certificates) -> Result<(), String> {
    let mut stream: BufReader<Box<dyn Stream>> = BufReader::new(Box::new(stream));
    for step in steps {
        match step {
            Step::Say(line) => say(&mut stream, format!("{line}\r\n").as_bytes()).await,
            Step::Hear(expected) => hear(&mut stream, &expected).await?,
            Step::Mail => take_mail(&mut stream, mail).await?,
            Step::Act(act) => match act.split_once(' ').unwrap_or((&act, "")) {
                ("drop", _) => return Ok(()),
                ("hang", _) => return wait_for_end(&mut stream).await,
                ("flood", _) => return flood(&mut stream).await,
                ("raw", bytes) => say(&mut stream, bytes.replace("\\r", "\r").replace("\\n", "\n").as_bytes()).await,
                ("tls", which) => {
                    let acceptor = certificates.acceptor(which);
                    match acceptor.accept(stream.into_inner()).await {
                        Ok(secure) => stream = BufReader::new(Box::new(secure)),
                        Err(_) => return Ok(()),
                    }
                }
                _ => panic!("no such act: {act}"),
            },
        }
    }
    // The gateway ends the session itself, with or without QUIT.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.ok();
    let rest = String::from_utf8_lossy(&rest).into_owned();
    if rest.is_empty() || rest == "QUIT\r\n" { Ok(()) } else { Err(format!("it went on with {rest:?}")) }
}

async fn say(stream: &mut BufReader<Box<dyn Stream>>, bytes: &[u8]) {
    // A gateway that has gone shows at the next line it should say.
    stream.write_all(bytes).await.ok();
    stream.flush().await.ok();
}

async fn hear(stream: &mut BufReader<Box<dyn Stream>>, expected: &str) -> Result<(), String> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await.map_err(|e| e.to_string())?;
    let line = String::from_utf8_lossy(&line).into_owned();
    let told = line.strip_suffix("\r\n").ok_or_else(|| format!("said {line:?} for {expected:?}"))?;
    if told.starts_with(expected) { Ok(()) } else { Err(format!("said {told:?} for {expected:?}")) }
}

async fn take_mail(stream: &mut BufReader<Box<dyn Stream>>, mail: &[u8]) -> Result<(), String> {
    let mut got = Vec::new();
    loop {
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line).await.map_err(|e| e.to_string())?;
        match line.strip_prefix(b".") {
            _ if line.is_empty() => return Err("the mail has no end".into()),
            Some(b"\r\n") => break,
            Some(rest) => got.extend_from_slice(rest),
            None => got.extend_from_slice(&line),
        }
    }
    if got == mail { Ok(()) } else { Err(format!("the mail is another: {:?}", String::from_utf8_lossy(&got))) }
}

async fn wait_for_end(stream: &mut BufReader<Box<dyn Stream>>) -> Result<(), String> {
    let mut space = [0u8; 4096];
    while stream.read(&mut space).await.is_ok_and(|n| n > 0) {}
    Ok(())
}

async fn flood(stream: &mut BufReader<Box<dyn Stream>>) -> Result<(), String> {
    let block = vec![b'x'; 1 << 16];
    for _ in 0..1 << 14 {
        if stream.write_all(&block).await.is_err() {
            return Ok(());
        }
    }
    Err("a gigabyte of one reply was read to its end".into())
}

/// A port with nobody behind it.
pub async fn dead_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}
