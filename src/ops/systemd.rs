//! What the service manager is told: ready, reloading, stopping, still alive (sd_notify).
//!
//! In: the turns of a running gateway. Out: datagrams to `$NOTIFY_SOCKET`; where there is none (a terminal, a container) every
//! call does nothing. A datagram that cannot be sent is logged at `debug` and never an error: the manager has its own timeouts.

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

/// The listeners are open.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The configuration is being read again; follow it with [`ready`]. `Type=notify-reload` wants the time with it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// The gateway is ending its open sessions.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// One line for `systemctl status`.
pub fn status(text: &str) {
    tell(&[NotifyState::Status(text)]);
}

/// Tells the manager at half its `WatchdogSec` that the gateway is alive, as long as `alive` says so.
///
/// `alive` should reach for what can get stuck (the store's writer), so that a gateway that answers but keeps nothing is restarted.
pub async fn watchdog<A, F>(alive: A, stop: CancellationToken)
where
    A: Fn() -> F + Send,
    F: Future<Output = bool> + Send,
{
    let Some(limit) = sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero()) else { return };
    let mut tick = tokio::time::interval(limit / 2);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        if tokio::time::timeout(limit, alive()).await.unwrap_or(false) {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

fn tell(state: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager could not be told");
    }
}
