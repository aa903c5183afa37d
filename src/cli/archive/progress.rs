//! How far a long command has come, on standard error: a bar on a terminal, else a line every few seconds.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often a bar is drawn.
const BAR: Duration = Duration::from_millis(150);
/// How often a line is written where there is no terminal.
const LINE: Duration = Duration::from_secs(5);
/// Characters of a bar.
const WIDTH: usize = 30;

/// Shows it.
pub struct Progress {
    /// What is counted: `mails`.
    what: &'static str,
    /// All there is to do, in any unit; zero where it is not known.
    all: u64,
    began: Instant,
    shown: Instant,
    on_terminal: bool,
    drawn: bool,
}

impl Progress {
    pub fn new(what: &'static str, all: u64) -> Self {
        let now = Instant::now();
        Self { what, all, began: now, shown: now, on_terminal: std::io::stderr().is_terminal(), drawn: false }
    }

    /// Says how much there is to do, where that is known only now.
    pub fn of(&mut self, all: u64) {
        self.all = all;
    }

    /// Says how much of all is done, and how many of what is counted, where it is time to.
    pub fn show(&mut self, done: u64, count: u64) {
        let pause = if self.on_terminal { BAR } else { LINE };
        if self.shown.elapsed() < pause {
            return;
        }
        self.shown = Instant::now();
        self.drawn = true;
        let text = text(self.what, (done, self.all), count, self.began.elapsed());
        let mut out = std::io::stderr().lock();
        let _ = match self.on_terminal {
            true => write!(out, "\r{text}\u{1b}[K").and_then(|()| out.flush()),
            false => writeln!(out, "schoolgate: {text}"),
        };
    }

    /// Clears the line for what is written next.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) && self.on_terminal {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}

fn text(what: &str, (done, all): (u64, u64), count: u64, time: Duration) -> String {
    let rate = count.saturating_mul(1000) / u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
    let counted = format!("{count} {what}, {rate}/s");
    if all == 0 {
        return counted;
    }
    let percent = usize::try_from(done.min(all).saturating_mul(100) / all).unwrap_or(100);
    let full = percent * WIDTH / 100;
    format!("[{}{}] {percent:>3} %  {counted}", "#".repeat(full), "-".repeat(WIDTH - full))
}

#[cfg(test)]
mod tests {
    use super::text;
    use std::time::Duration;

    #[test]
    fn it_says_how_much_is_done_and_how_fast() {
        let half = text("mails", (50, 100), 300, Duration::from_secs(3));
        assert_eq!(half, "[###############---------------]  50 %  300 mails, 100/s");
        assert!(text("mails", (9, 3), 1, Duration::ZERO).starts_with("[##############################] 100 %"));
        assert_eq!(text("mails", (9, 0), 7, Duration::from_secs(1)), "7 mails, 7/s");
    }
}
