//! The demo's next hop: our own front with a gate that keeps what it takes, each mail in a file.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::base::{Address, Domain, ListenerKind, Ref, Reply, ReversePath, Secret, Submission, Timestamp};
use crate::config::{Journal, Network, Senders};
use crate::front::{Gate, Listener, Patience, Settings, Shared, SignIn};
use crate::ledger::Event;
use crate::pipeline::name::new_reference;

/// A next hop that runs.
pub struct Upstream {
    pub address: SocketAddr,
    pub folder: PathBuf,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

struct Keep {
    folder: PathBuf,
    count: AtomicU32,
}

impl Upstream {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// A sentence.
    pub fn start(folder: &Path) -> Result<Self, String> {
        let trouble = |error: std::io::Error| format!("the demo's upstream cannot start: {error}");
        std::fs::create_dir(folder).map_err(trouble)?;
        let listener = Listener::bind(([127, 0, 0, 1], 0).into()).map_err(trouble)?;
        let address = listener.address().map_err(trouble)?;
        let stop = CancellationToken::new();
        let gate = Arc::new(Keep { folder: folder.to_owned(), count: AtomicU32::new(0) });
        let (keep_open, settings) = watch::channel(Arc::new(settings()?));
        let serving = listener.serve(gate, settings, Shared::default(), stop.clone());
        let task = tokio::spawn(async move {
            serving.await;
            drop(keep_open);
        });
        Ok(Self { address, folder: folder.to_owned(), stop, task })
    }

    pub async fn stop(self) {
        self.stop.cancel();
        let _ = self.task.await; // a task that panicked has stopped too
    }
}

fn settings() -> Result<Settings, String> {
    let address = |text: &str| Address::parse(text).map_err(|error| format!("{text}: {error}"));
    Ok(Settings {
        kind: ListenerKind::Relay,
        hostname: Domain::parse("upstream.example").map_err(|error| error.to_string())?,
        postmaster: address("postmaster@upstream.example")?,
        message_size: 100 << 20,
        recipients: 1000,
        trusted: vec![Network { address: IpAddr::from([127, 0, 0, 1]), prefix: 8 }],
        proxy_from: Vec::new(),
        senders: Senders::Any,
        journal: Journal::default(),
        certificates: None,
        patience: Patience::default(),
    })
}

impl Gate for Keep {
    fn draw(&self) -> (Ref, Timestamp) {
        let now = Timestamp::now();
        (new_reference(now), now)
    }

    fn room(&self, _: u64) -> Result<(), Reply> {
        Ok(())
    }

    async fn sign_in(&self, _: &str, _: &Secret, _: IpAddr) -> SignIn {
        SignIn::Refused
    }

    async fn may_send(&self, _: Option<&Address>, _: Senders, _: &ReversePath) -> Result<(), Reply> {
        Ok(())
    }

    async fn journal(&self, mail: Submission, _: &Journal) -> Reply {
        self.admit(mail, Senders::Any).await // it takes everything, whatever for
    }

    async fn admit(&self, mail: Submission, _: Senders) -> Reply {
        let recipients = &mail.envelope.recipients;
        if recipients.iter().all(|recipient| recipient.address.local() == "nobody") {
            return Reply::new(550, "5.1.1", "nobody of that name here");
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let names: Vec<_> = recipients.iter().map(|recipient| recipient.address.local()).collect();
        let file = self.folder.join(format!("{number:02}-to-{}.eml", names.join("+").replace('/', "_")));
        match std::fs::write(file, &mail.raw) {
            Ok(()) => Reply::new(250, "2.0.0", "kept"),
            Err(_) => Reply::new(451, "4.3.0", "cannot be kept"),
        }
    }

    fn observe(&self, _: Event) {}
}
