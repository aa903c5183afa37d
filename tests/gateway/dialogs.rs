//! Plays the dialogs of `fixtures/smtp/*.dialog` against real listeners over loopback. The format is told in `fixtures/smtp/README.md`.

use std::path::Path;
use std::time::Duration;

use crate::front::{Client, Stage, unescape};

/// One dialog of a file: its title and its numbered lines, those of the file's head before them.
struct Dialog {
    title: String,
    lines: Vec<(usize, String)>,
}

fn dialogs(text: &str) -> Vec<Dialog> {
    let mut head = Vec::new();
    let mut all: Vec<Dialog> = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(i, line)| (i + 1, line.to_owned())) {
        if let Some(title) = line.strip_prefix("== ") {
            all.push(Dialog { title: title.to_owned(), lines: head.clone() });
        } else if !line.trim().is_empty() && !line.starts_with('#') {
            all.last_mut().map_or(&mut head, |dialog| &mut dialog.lines).push((number, line));
        }
    }
    all
}

/// Whether a text fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text
            .strip_prefix(head)
            .is_some_and(|text| (0..=text.len()).any(|at| text.is_char_boundary(at) && fits(rest, &text[at..]))),
    }
}

/// A dialog being played.
struct Play {
    stage: Stage,
    client: Option<Client>,
    held: Vec<u8>,
}

impl Play {
    async fn client(&mut self) -> &mut Client {
        if self.client.is_none() {
            self.client = Some(self.stage.connect().await);
        }
        self.client.as_mut().unwrap()
    }

    async fn send(&mut self, octets: Vec<u8>) {
        let mut all = std::mem::take(&mut self.held);
        all.extend(octets);
        self.client().await.send(&all).await;
    }

    async fn expect(&mut self, pattern: &str) -> Result<(), String> {
        let line = self.client().await.line().await;
        if fits(pattern, &line) { Ok(()) } else { Err(format!("expected `{pattern}`, came `{line}`")) }
    }

    async fn step(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "C:" => self.send([unescape(rest), b"\r\n".to_vec()].concat()).await,
            "C+" => self.held.extend([unescape(rest), b"\r\n".to_vec()].concat()),
            "C|" => self.send(unescape(rest)).await,
            "S:" => self.expect(rest).await?,
            "S~" => {
                let reply = self.client().await.reply().await;
                if !reply.starts_with(rest) {
                    return Err(format!("expected a reply {rest}, came `{reply}`"));
                }
            }
            "TLS" => {
                self.client.take().map(Client::tls).ok_or("no connection")?.await.map(|client| self.client = Some(client))?
            }
            "BYE" => {
                let rest = self.client().await.rest().await;
                if !rest.is_empty() {
                    return Err(format!("expected the end, came `{}`", rest.escape_debug()));
                }
            }
            "NEW" => self.client = Some(self.stage.connect().await),
            "STOP" => self.stage.stop.cancel(),
            "WAIT" => tokio::time::sleep(Duration::from_millis(rest.parse().map_err(|_| "milliseconds")?)).await,
            "MAIL:" => self.stage.expect_mail(rest).await?,
            "NOMAIL" => self.stage.expect_no_mail()?,
            "EVENT:" => self.stage.expect_event(rest).await?,
            times => self.repeat(times, rest).await?,
        }
        Ok(())
    }

    /// `20x NOOP => 250 *`
    async fn repeat(&mut self, times: &str, rest: &str) -> Result<(), String> {
        let times: u32 = times.strip_suffix('x').and_then(|n| n.parse().ok()).ok_or("a word that dialogs do not have")?;
        let (command, pattern) = rest.split_once(" => ").ok_or("`N x command => pattern`")?;
        for _ in 0..times {
            self.send([unescape(command), b"\r\n".to_vec()].concat()).await;
            self.expect(pattern).await?;
        }
        Ok(())
    }
}

async fn play(dialog: &Dialog) -> Result<(), String> {
    let directives: Vec<&str> = dialog.lines.iter().filter_map(|(_, line)| line.strip_prefix('@')).collect();
    let mut play = Play { stage: Stage::new(&directives.join(" ")), client: None, held: Vec::new() };
    for (number, line) in dialog.lines.iter().filter(|(_, line)| !line.starts_with('@')) {
        play.step(line).await.map_err(|why| format!("line {number}, `{line}`: {why}"))?;
    }
    Ok(())
}

/// Plays all dialogs of a file at once: each has its own listener and gate.
async fn play_file(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let played: Vec<_> = dialogs(&text)
        .into_iter()
        .map(|dialog| tokio::spawn(async move { play(&dialog).await.map_err(|why| format!("{} ({why})", dialog.title)) }))
        .collect();
    assert!(!played.is_empty(), "{name} holds no dialog");
    let mut failures = Vec::new();
    for dialog in played {
        match dialog.await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => failures.push(format!("{name}: {why}")),
            Err(panic) => failures.push(format!("{name}: {panic}")),
        }
    }
    failures
}

#[tokio::test]
async fn all_dialogs_go_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/smtp");
    let mut failures = Vec::new();
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "dialog") {
            files += 1;
            failures.extend(play_file(&path).await);
        }
    }
    assert!(files >= 8, "dialogs are missing");
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
