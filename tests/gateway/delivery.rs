//! Delivery against scripted upstreams: every scene of `fixtures/upstream`, and what takes more than one mail to show.

mod certificates;
mod desk;
mod postfix;
mod script;
mod site;
mod vouched;
mod zone;

use std::path::Path;
use std::time::{Duration, Instant};

use certificates::Certificates;
use desk::{Delivery, route_to};
use schoolgate::base::{ListenerKind, Notify};
use schoolgate::config::{Listen, NextHop, RequireTls, RouteTls};
use schoolgate::deliver::{Settled, Times};
use schoolgate::ledger::event::Event;
use schoolgate::queue::{Demand, Job, State};
use script::{Scene, play};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

const MAIL: &[u8] = b"Received: by gate\r\nFrom: head@school.example\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n\
    Message-ID: <1@school.example>\r\nSubject: dots\r\n\r\n.\r\n..\r\n.leading\r\n\r\n.\r\n\r\n...\r\ntrailing .\r\n.\r\n";

/// Long enough for a busy machine.
fn patient() -> Times {
    let long = Duration::from_secs(20);
    Times {
        connect: long,
        command: long,
        data: long,
        block: long,
        last: long,
        idle: Duration::from_millis(200),
        stop: long,
        store_pause: Duration::from_millis(50),
    }
}

fn short() -> Times {
    let short = Duration::from_millis(500);
    Times { command: short, data: short, last: short, ..patient() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scene_ends_as_written() {
    let certificates = Certificates::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/upstream");
    let mut scenes = tokio::task::JoinSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let scene = Scene::read(&std::fs::read_to_string(&path).unwrap());
        let certificates = certificates.clone();
        scenes.spawn(async move {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            run(scene, certificates).await.map_err(|wrong| format!("{name}: {wrong}"))
        });
    }
    assert!(scenes.len() > 50);
    let wrong: Vec<String> = scenes.join_all().await.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn run(scene: Scene, certificates: Certificates) -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut route = route_to(scene.setting("host").unwrap_or("localhost"), port, tls(scene.setting("tls")));
    route.ca_file = Some(certificates.file("ca.pem"));
    if scene.setting("requiretls") == Some("demanded") {
        route.requiretls = RequireTls::Demanded;
    }
    route.sign_in = scene.setting("sign-in").map(|_| desk::sign_in(certificates.file("password")));
    if scene.setting("next-hop") == Some("mx") {
        route.next_hop = NextHop::Mx { port };
    }
    let recipients: Vec<&str> = scene.setting("to").unwrap().split(' ').collect();
    let times = if scene.setting("times") == Some("short") { short() } else { patient() };
    let received = if scene.setting("mail") == Some("empty") { Vec::new() } else { MAIL.to_vec() };
    let connections = scene.connections.iter().filter(|steps| !steps.is_empty()).cloned().collect();
    let upstream = tokio::spawn(play(listener, connections, received, certificates.clone()));
    let mut delivery = Delivery::start(route, MAIL, times);
    let demand = scene.setting("demand").map_or(Demand::AsRoute, |_| Demand::VerifiedTls);
    delivery.post(|job| job.copy.demand = demand, &recipients);
    let (_, settled) = delivery.settled().await;
    delivery.stop().await;
    upstream.await.unwrap()?;
    scene.expected.iter().try_for_each(|expected| check(expected, &settled))
}

fn tls(word: Option<&str>) -> RouteTls {
    match word.unwrap_or("none") {
        "none" => RouteTls::None,
        "opportunistic" => RouteTls::Opportunistic,
        "verified" => RouteTls::Verified,
        "implicit" => RouteTls::Implicit,
        other => panic!("no such tls: {other}"),
    }
}

/// Whether one expectation of a scene holds.
fn check(expected: &str, settled: &Settled) -> Result<(), String> {
    let (subject, rest) = expected.split_once(' ').unwrap();
    let text = format!("{:?}", settled.events);
    let holds = match (subject, rest.split_once(' ').unwrap_or((rest, ""))) {
        ("event", (name, _)) => text.contains(&format!("{name} {{")),
        ("no", (_, name)) => !text.contains(&format!("{name} {{")),
        ("tls", (version, _)) => text.contains(version),
        ("report", (kind, _)) => settled.mails.iter().any(|mail| mail.kind == kind),
        (recipient, (outcome, piece)) => outcome_holds(recipient, outcome, piece, settled),
    };
    if holds { Ok(()) } else { Err(format!("not so: {expected}; it was {settled:?}")) }
}

fn outcome_holds(recipient: &str, outcome: &str, piece: &str, settled: &Settled) -> bool {
    let address = desk::address(recipient);
    let told = settled.events.iter().any(|event| match event {
        Event::Delivered { recipients, reply, .. } => {
            outcome == "delivered" && recipients.contains(&address) && reply.contains(piece)
        }
        Event::DeliveryDeferred { recipients, why, .. } => {
            outcome == "deferred" && recipients.contains(&address) && why.contains(piece)
        }
        Event::DeliveryFailed { recipients, .. } => {
            let reported =
                settled.mails.iter().any(|mail| String::from_utf8_lossy(&mail.raw).contains(&format!("Status: {piece}\r\n")));
            outcome == "failed" && recipients.contains(&address) && reported
        }
        _ => false,
    });
    told && settled.done.contains(&address) != (outcome == "deferred")
}

/// An upstream that takes everything, one connection after another, and counts.
async fn taker(listener: TcpListener, mails_per_connection: usize) -> tokio::task::JoinHandle<usize> {
    tokio::spawn(async move {
        let mut connections = 0;
        while let Ok(Ok((stream, _))) = tokio::time::timeout(Duration::from_secs(3), listener.accept()).await {
            connections += 1;
            tokio::spawn(take_all(stream, mails_per_connection));
        }
        connections
    })
}

async fn take_all(stream: tokio::net::TcpStream, mails: usize) {
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    let mut left = mails;
    stream.write_all(b"220 up\r\n").await.ok();
    let mut line = Vec::new();
    let mut in_mail = false;
    while left > 0 {
        line.clear();
        if stream.read_until(b'\n', &mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let reply: &[u8] = match (in_mail, line.as_slice()) {
            (true, b".\r\n") => {
                left -= 1;
                in_mail = false;
                b"250 2.0.0 taken\r\n"
            }
            (true, _) => b"",
            (false, b"DATA\r\n") => {
                in_mail = true;
                b"354 go\r\n"
            }
            (false, b"QUIT\r\n") => return,
            (false, command) if command.starts_with(b"EHLO") => b"250-up\r\n250-DSN\r\n250 PIPELINING\r\n",
            (false, _) => b"250 ok\r\n",
        };
        stream.write_all(reply).await.ok();
    }
}

#[tokio::test]
async fn a_connection_is_used_again_and_a_dead_one_replaced_unseen() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let upstream = taker(listener, 3).await;
    let mut delivery = Delivery::start(route_to("localhost", port, RouteTls::None), MAIL, patient());
    for _ in 0..9 {
        delivery.post(|_| (), &["a@x.example"]);
        let (_, settled) = delivery.settled().await;
        assert!(matches!(settled.events.as_slice(), [Event::Delivered { .. }]), "{settled:?}");
    }
    delivery.stop().await;
    assert_eq!(upstream.await.unwrap(), 3, "three mails over each connection, then the host hung up");
}

#[tokio::test]
async fn a_route_that_cannot_be_reached_rests_and_is_told_once() {
    let port = script::dead_port().await.unwrap();
    let mut delivery = Delivery::start(route_to("localhost", port, RouteTls::None), MAIL, patient());
    let mut troubles = 0;
    let start = Instant::now();
    for n in 0..50 {
        delivery.post(|_| (), &["a@x.example"]);
        let (_, settled) = delivery.settled().await;
        troubles += settled.events.iter().filter(|event| matches!(event, Event::Trouble { .. })).count();
        let Some(State::Waiting { attempts, last_error: Some(why), .. }) = settled.waiting else { panic!("it does not wait") };
        assert_eq!(attempts, u32::from(n == 0), "only the first was a try of its own");
        assert!(why.contains("cannot be reached"), "{why}");
    }
    assert_eq!(troubles, 1);
    assert!(start.elapsed() < Duration::from_secs(10));
    delivery.stop().await;
}

#[tokio::test]
async fn a_host_that_sends_reports_itself_is_left_to_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let upstream = taker(listener, 9).await;
    let mut delivery = Delivery::start(route_to("localhost", port, RouteTls::None), MAIL, patient());
    let wish = |job: &mut Job| job.copy.recipients[0].notify = Some(Notify { success: true, failure: false, delay: false });
    delivery.post(wish, &["a@x.example"]);
    let (_, settled) = delivery.settled().await;
    assert!(settled.mails.is_empty() && settled.waiting.is_none(), "{settled:?}");
    delivery.stop().await;
    upstream.await.unwrap();
}

#[tokio::test]
async fn many_recipients_go_a_hundred_at_a_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let upstream = taker(listener, 9).await;
    let mut delivery = Delivery::start(route_to("localhost", port, RouteTls::None), MAIL, patient());
    let recipients: Vec<String> = (0..250).map(|n| format!("r{n}@x.example")).collect();
    delivery.post(|_| (), &recipients.iter().map(String::as_str).collect::<Vec<_>>());
    let (_, settled) = delivery.settled().await;
    assert_eq!((settled.done.len(), settled.events.len()), (250, 3));
    delivery.stop().await;
    assert_eq!(upstream.await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_delivered_and_not_written_down_is_not_delivered_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // A second mail over the one connection would find the host gone, and a second connection would be counted.
    let upstream = taker(listener, 1).await;
    let mut delivery = Delivery::start(route_to("localhost", port, RouteTls::None), MAIL, patient());
    delivery.fail_settlements(3);
    delivery.post(|_| (), &["a@x.example"]);
    let (_, settled) = delivery.settled().await;
    assert!(matches!(settled.events.as_slice(), [Event::Delivered { .. }]), "{settled:?}");
    delivery.stop().await;
    assert_eq!(upstream.await.unwrap(), 1);
}

/// Plays a host up to its 354, then leaves the rest of the stream to the test.
async fn until_data(listener: &TcpListener) -> BufReader<tokio::net::TcpStream> {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 up\r\n").await.unwrap();
    let mut line = String::new();
    while line != "DATA\r\n" {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        let reply: &[u8] = if line == "DATA\r\n" { b"354 go\r\n" } else { b"250 ok\r\n" };
        stream.write_all(reply).await.unwrap();
    }
    stream
}

#[tokio::test]
async fn a_stop_lets_an_open_transaction_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut delivery = Delivery::start(route_to("localhost", port, RouteTls::None), MAIL, patient());
    delivery.post(|_| (), &["a@x.example"]);
    let mut stream = until_data(&listener).await;
    let answer = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stream.write_all(b"250 late but taken\r\n").await.unwrap();
    };
    let mut settled = delivery.take_settled();
    tokio::join!(delivery.stop(), answer);
    let (_, settled) = settled.try_recv().unwrap();
    assert!(matches!(settled.events.as_slice(), [Event::Delivered { .. }]), "{settled:?}");
}

#[tokio::test]
async fn a_large_mail_cut_short_is_refused_or_waits_and_is_never_uncertain() {
    let mut large = MAIL.to_vec();
    large.extend_from_slice("and so on, line by line, for a long time\r\n".repeat(500_000).as_bytes());
    for said in ["552 5.3.4 too large for us\r\n", ""] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut delivery = Delivery::start(route_to("localhost", port, RouteTls::None), &large, patient());
        delivery.post(|_| (), &["a@x.example"]);
        let mut stream = until_data(&listener).await;
        let mut space = vec![0u8; 100_000];
        stream.read_exact(&mut space).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        drop(stream);
        let (_, settled) = delivery.settled().await;
        let text = format!("{:?}", settled.events);
        assert!(!text.contains("DeliveryUncertain"), "{text}");
        assert_eq!((text.contains("5.3.4"), settled.waiting.is_none()), (!said.is_empty(), !said.is_empty()), "{text}");
        delivery.stop().await;
    }
}

#[tokio::test]
async fn a_route_to_our_own_door_is_a_circle() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut config = desk::config_with(route_to("localhost", address.port(), RouteTls::None));
    let (trusted, proxy_from) = (Vec::new(), Vec::new());
    config.listen.push(Listen {
        kind: ListenerKind::Relay,
        address,
        tls: None,
        trusted,
        proxy_from,
        senders: Default::default(),
        journal: Default::default(),
    });
    let mut delivery = Delivery::start_with(config, MAIL, patient());
    delivery.post(|_| (), &["a@x.example"]);
    let (_, settled) = delivery.settled().await;
    assert!(format!("{:?}", settled.events).contains("leads in a circle"), "{settled:?}");
    delivery.stop().await;
}

#[tokio::test]
async fn a_host_that_takes_one_connection_at_a_time_gets_all_mail_over_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let upstream = tokio::spawn(async move {
        let (first, _) = listener.accept().await.unwrap();
        let first = tokio::spawn(take_all(first, 1000));
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"421 4.7.0 too many connections\r\n").await.unwrap();
        }
        first.await.unwrap();
    });
    let mut delivery = Delivery::start(route_to("localhost", port, RouteTls::None), MAIL, patient());
    for _ in 0..40 {
        delivery.post(|_| (), &["a@x.example"]);
    }
    let mut delivered = 0;
    for _ in 0..40 {
        let (_, settled) = delivery.settled().await;
        delivered += settled.events.iter().filter(|event| matches!(event, Event::Delivered { .. })).count();
    }
    delivery.stop().await;
    upstream.abort();
    assert!(delivered >= 36, "only {delivered} of 40: all but those that came before the first connection stood");
}
