//! Opens a port, lets clients in, and stops gracefully.
//!
//! In: a port and the [`Settings`] of its `[[listen]]`, which a reload may replace at any time. Out: a [`Session`] for each client that
//! gets a seat. When told to stop it lets nobody else in, waits for mails under way, says 421 to everybody else, and ends what is left after
//! [`super::Patience::stop`]. What can fail: binding (before anything runs), and accepting, which is told as trouble and tried again.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::access::{Seat, Turned, Turnstile};
use super::proxy::{self, ProxyError};
use super::smtp::{Session, Visitor, Wire};
use super::{Gate, Settings};
use crate::base::{ListenerKind, Room};
use crate::ledger::Event;

/// Connections that may wait in the kernel to be accepted.
const BACKLOG: u32 = 1024;
/// Pause after an accept that failed: mostly there are no file descriptors left, and a session must end first.
const BREATH: Duration = Duration::from_millis(200);

/// What all listeners share.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    pub turnstile: Arc<Turnstile>,
    pub room: Arc<Room>,
}

/// An open port.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
}

impl Listener {
    /// Opens the port, within a Tokio runtime. Nobody is answered before [`Listener::serve`].
    ///
    /// # Errors
    /// As the system says: taken, not permitted, not an address of this machine.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(Self { socket: socket.listen(BACKLOG)? })
    }

    /// The address it has, with the real port where 0 was asked for.
    ///
    /// # Errors
    /// As the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Lets clients in until stopped, then waits for their sessions.
    pub async fn serve<G: Gate>(
        self,
        gate: Arc<G>,
        settings: watch::Receiver<Arc<Settings>>,
        shared: Shared,
        stop: CancellationToken,
    ) {
        let mut sessions = JoinSet::new();
        let mut trouble = false;
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(_) = sessions.join_next() => continue,
                accepted = self.socket.accept() => accepted,
            };
            if trouble != accepted.is_err() {
                trouble = !trouble;
                gate.observe(accept_trouble(accepted.as_ref().err()));
            }
            let Ok((stream, peer)) = accepted else {
                tokio::time::sleep(BREATH).await;
                continue;
            };
            let settings = Arc::clone(&settings.borrow());
            match shared.turnstile.enter() {
                Ok(seat) => {
                    let door = Door { gate: Arc::clone(&gate), settings, room: Arc::clone(&shared.room), stop: stop.clone() };
                    sessions.spawn(door.receive(stream, peer, seat));
                }
                Err(turned) => turn_away(&*gate, &settings, stream, peer, turned),
            }
        }
        let patience = settings.borrow().patience.stop;
        drop(self.socket);
        let _ = tokio::time::timeout(patience, async { while sessions.join_next().await.is_some() {} }).await;
        sessions.shutdown().await;
    }
}

fn accept_trouble(why: Option<&io::Error>) -> Event {
    let part = "accepting connections".to_owned();
    match why {
        Some(why) => Event::Trouble { part, what: format!("{why}; where files run out, raise LimitNOFILE") },
        None => Event::Recovered { part },
    }
}

/// All that a new connection needs.
struct Door<G> {
    gate: Arc<G>,
    settings: Arc<Settings>,
    room: Arc<Room>,
    stop: CancellationToken,
}

impl<G: Gate> Door<G> {
    /// Finds out who the client is, and runs its session.
    async fn receive(self, mut stream: TcpStream, peer: SocketAddr, mut seat: Seat) {
        let Self { gate, settings, room, stop } = self;
        let _ = stream.set_nodelay(true); // replies are whole when they are written; waiting for more gains nothing
        let client = match client(&mut stream, peer, &settings).await {
            Ok(client) => client,
            Err(why) => return gate.observe(connected(peer, settings.kind, Some(why.to_string()))),
        };
        if let Err(turned) = seat.name(client.ip()) {
            return turn_away(&*gate, &settings, stream, client, turned);
        }
        gate.observe(connected(client, settings.kind, None));
        let wire = Wire::new(stream, settings.patience);
        Session::new(Visitor { wire, client }, gate, settings, room, stop).run().await;
        drop(seat);
    }
}

/// The client's address: the peer's, or what a trusted balancer says before anything else.
async fn client(stream: &mut TcpStream, peer: SocketAddr, settings: &Settings) -> Result<SocketAddr, ProxyError> {
    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
    if !settings.proxy_from.iter().any(|net| net.contains(peer.ip())) {
        return Ok(peer);
    }
    let named = proxy::read(stream, settings.patience.handshake).await?;
    Ok(named.unwrap_or(peer))
}

fn connected(client: SocketAddr, listener: ListenerKind, refused: Option<String>) -> Event {
    Event::Connected { client: client.ip(), listener, refused }
}

/// Says 421 if that can be done without waiting; where TLS comes first there is no way to say it.
fn turn_away<G: Gate>(gate: &G, settings: &Settings, stream: TcpStream, client: SocketAddr, turned: Turned) {
    gate.observe(connected(client, settings.kind, Some(turned.to_string())));
    if settings.kind == ListenerKind::Submissions {
        return;
    }
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(format!("421 4.7.0 {turned}; try again later\r\n").as_bytes());
    }
}
