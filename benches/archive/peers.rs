//! notmuch and PostgreSQL's full-text search on the same mails. Neither encrypts, neither keeps a ledger, and PostgreSQL is given the texts alone: what they
//! show is how near a search may come.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::mails::Mails;
use super::{Asked, ROUNDS, size, spread};

/// Fills and asks those that are installed.
pub fn run(folder: &Path, count: usize, queries: &[Asked]) {
    match installed("notmuch") {
        true => notmuch(folder, count, queries),
        false => println!("\nnotmuch is not installed: left out"),
    }
    match ["initdb", "postgres", "psql"].into_iter().all(installed) {
        true => postgres(count, queries),
        false => println!("\nPostgreSQL is not installed, or not on the path: left out"),
    }
}

fn installed(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

fn notmuch(folder: &Path, count: usize, queries: &[Asked]) {
    let root = folder.join("notmuch");
    let maildir = root.join("mail/cur");
    for name in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(root.join("mail").join(name)).unwrap();
    }
    let mut octets = 0;
    for (number, mail) in Mails::new(count).enumerate() {
        octets += mail.raw.len();
        std::fs::write(maildir.join(format!("{number}:2,S")), mail.raw).unwrap();
    }
    let settings = root.join("config");
    let text =
        format!("[database]\npath={}\n[user]\nname=b\nprimary_email=b@example.com\n[new]\ntags=\n", root.join("mail").display());
    std::fs::write(&settings, text).unwrap();
    let notmuch = |arguments: &[&str]| {
        let done = Command::new("notmuch").arg(format!("--config={}", settings.display())).args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        done.stdout
    };
    let began = Instant::now();
    notmuch(&["new", "--quiet"]);
    let took = began.elapsed();
    let index = size(&root.join("mail/.notmuch"));
    let floor = timed(|| drop(notmuch(&["--version"])));
    head("notmuch", count, took, index as f64 / octets as f64);
    println!("a process of it that does nothing: {floor} (each search starts one)");
    for asked in queries.iter().filter(|asked| !asked.query.contains(':')) {
        let newest = timed(|| drop(notmuch(&["search", "--output=messages", "--limit=50", "--sort=newest-first", &asked.query])));
        let total = timed(|| drop(notmuch(&["count", &asked.query])));
        println!(
            "{:<22} {:>10} {newest:>18} {total:>22}",
            asked.what,
            String::from_utf8_lossy(&notmuch(&["count", &asked.query])).trim()
        );
    }
}

fn head(name: &str, count: usize, took: Duration, share: f64) {
    let rate = count as f64 / took.as_secs_f64();
    println!("\n{name}: {count} mails, {rate:.0} a second indexed, index {share:.2} of the raw octets; milliseconds p50 / p99");
}

fn timed(mut work: impl FnMut()) -> String {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .collect();
    spread(&mut times)
}

/// A server of our own in a folder of its own, on a socket in it.
struct Server {
    root: std::path::PathBuf,
    as_other: bool,
}

impl Server {
    fn start(root: &Path) -> Self {
        let as_other = rustix::process::geteuid().is_root(); // it refuses to run as root
        std::fs::create_dir_all(root).unwrap();
        let server = Self { root: root.to_owned(), as_other };
        if as_other {
            assert!(Command::new("chown").arg("nobody").arg(root).status().unwrap().success());
        }
        let place = root.join("data").display().to_string();
        server.sh(&format!("initdb -D {place} -U bench -A trust -E UTF8 --locale=C >/dev/null"));
        let options = format!("-k {} -c listen_addresses= -c shared_buffers=512MB -c maintenance_work_mem=256MB", root.display());
        server.sh(&format!("pg_ctl -D {place} -w -l {}/log -o '{options}' start >/dev/null", root.display()));
        server
    }

    fn sh(&self, command: &str) {
        let mut run = if self.as_other { Command::new("setpriv") } else { Command::new("sh") };
        if self.as_other {
            run.args(["--reuid=nobody", "--clear-groups", "sh"]);
        }
        let done = run.args(["-c", command]).current_dir(&self.root).output().unwrap();
        assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn psql(&self, sql: &str) -> String {
        let mut run = Command::new("psql");
        run.args([
            "-h",
            self.root.to_str().unwrap(),
            "-U",
            "bench",
            "-d",
            "postgres",
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
        ]);
        let mut child = run.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), sql.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success());
        String::from_utf8_lossy(&done.stdout).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.sh(&format!("pg_ctl -D {} -m immediate stop >/dev/null", self.root.join("data").display()));
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// It gets the texts of the mails alone: it opens no attachments, and base64 is no text.
fn postgres(count: usize, queries: &[Asked]) {
    // The way to the socket must not be long, nor closed to another user.
    let root = std::env::temp_dir().join(format!("schoolgate-bench-pg-{}", std::process::id()));
    let server = Server::start(&root);
    server.psql("CREATE TABLE mail (seq bigint PRIMARY KEY, sender text, received timestamptz, words tsvector);");
    let mut octets = 0;
    let began = Instant::now();
    let mut sql = String::new();
    for (number, mail) in Mails::new(count).enumerate() {
        octets += mail.raw.len();
        let text = String::from_utf8_lossy(&mail.raw);
        let text = text.split("Content-Type: text/html").next().unwrap_or_default();
        let text = text.split("Content-Disposition: attachment").next().unwrap_or_default().replace('\'', "''");
        let _ = write!(
            sql,
            "({number},'{}',timestamptz '2026-05-04' + interval '{} ms',to_tsvector('simple','{text}'))",
            mail.from, mail.after_ms
        );
        let full = (number + 1) % 200 == 0 || number + 1 == count;
        sql.push(if full { ';' } else { ',' });
        if full {
            server.psql(&format!("INSERT INTO mail VALUES {sql}"));
            sql.clear();
        }
    }
    server.psql("CREATE INDEX ON mail USING gin (words); CREATE INDEX ON mail (sender); ANALYZE mail;");
    let took = began.elapsed();
    let bytes: f64 = server.psql("SELECT pg_total_relation_size('mail');").trim().parse().unwrap();
    head("PostgreSQL", count, took, bytes / octets as f64);
    for asked in queries {
        let condition = condition(asked);
        let newest = explained(&server, &format!("SELECT seq FROM mail WHERE {condition} ORDER BY seq DESC LIMIT 50"));
        let total = explained(&server, &format!("SELECT count(*) FROM mail WHERE {condition}"));
        let hits = server.psql(&format!("SELECT count(*) FROM mail WHERE {condition};"));
        println!("{:<22} {:>10} {newest:>18} {total:>22}", asked.what, hits.trim());
    }
}

fn condition(asked: &Asked) -> String {
    let words = &asked.words[0];
    match asked.what {
        "phrase" => format!("words @@ phraseto_tsquery('simple','{words}')"),
        "prefix" => format!("words @@ to_tsquery('simple','{words}:*')"),
        "sender, word, dates" => {
            let sender = Mails::staff(7);
            format!(
                "words @@ to_tsquery('simple','{words}') AND sender='{sender}' AND received >= '2026-07-01' AND received < '2026-09-01'"
            )
        }
        _ => format!("words @@ to_tsquery('simple','{words}')"),
    }
}

/// The server's own time for a query, so that the client costs nothing.
fn explained(server: &Server, sql: &str) -> String {
    let all: String = (0..ROUNDS).map(|_| format!("EXPLAIN (ANALYZE, TIMING OFF, SUMMARY ON) {sql};\n")).collect();
    let said = server.psql(&all);
    let times = said.lines().filter_map(|line| line.strip_prefix("Execution Time: ")?.strip_suffix(" ms")?.parse::<f64>().ok());
    let mut times: Vec<Duration> = times.map(|ms| Duration::from_secs_f64(ms / 1e3)).collect();
    spread(&mut times)
}
