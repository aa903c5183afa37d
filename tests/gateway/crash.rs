//! kill -9 of the real program under load: what was answered 250 arrives, all of it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::world::session::Session;
use crate::world::{Gateway, Upstream};

#[test]
fn what_was_answered_250_survives_kill_9() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(upstream.port, "");
    let answered = Arc::new(Mutex::new(BTreeSet::new()));
    for round in 0..4 {
        let senders = send_until_it_dies(gateway.relay, round, &answered);
        std::thread::sleep(Duration::from_millis(350 + 130 * round));
        gateway.kill();
        senders.into_iter().for_each(|sender| sender.join().expect("a sender ends"));
        gateway.serve();
    }
    let answered = answered.lock().expect("the senders are gone").clone();
    assert!(answered.len() > 50, "only {} mails were answered", answered.len());
    crate::world::wait_until("every answered mail arrives", Duration::from_secs(60), || {
        let arrived: BTreeSet<String> = upstream.taken().iter().filter_map(|mail| mail.to.first().cloned()).collect();
        answered.is_subset(&arrived).then_some(())
    });
}

fn send_until_it_dies(port: u16, round: u64, answered: &Arc<Mutex<BTreeSet<String>>>) -> Vec<std::thread::JoinHandle<()>> {
    let sender = |number: usize| {
        let answered = answered.clone();
        std::thread::spawn(move || {
            for mail in 0..100_000 {
                let recipient = format!("r{round}-{number}-{mail}@example.com");
                let sent = std::panic::catch_unwind(|| Session::open(port).send(&[&recipient], "Trip", "Text.\r\n"));
                match sent {
                    Ok(reply) if reply.starts_with("250 ") => {
                        answered.lock().expect("no sender panics holding it").insert(recipient)
                    }
                    _ => return, // killed
                };
            }
        })
    };
    (0..8).map(sender).collect()
}
