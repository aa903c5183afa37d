//! All listeners of a gateway: opened before anything runs, served later, given new settings by a reload.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::base::limits;
use crate::config::{Config, Listen};
use crate::front::{Certificates, Gate, Listener, Settings, Shared};
use crate::ops::remedy;

/// Every `[[listen]]` of the configuration.
pub struct Doors(Vec<Door>);

struct Door {
    listen: Listen,
    address: SocketAddr,
    /// Taken when it begins to serve.
    listener: Mutex<Option<Listener>>,
    certificates: Option<Arc<Certificates>>,
    settings: watch::Sender<Arc<Settings>>,
}

impl Doors {
    /// Loads every certificate and opens every port. Needs a running tokio.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn open(config: &Config) -> Result<Self, String> {
        let load = |listen: &Listen| listen.tls.as_ref().map(Certificates::load).transpose().map_err(|error| error.to_string());
        let certificates = config.listen.iter().map(load).collect::<Result<Vec<_>, _>>()?; // all, before any port
        let doors = config.listen.iter().zip(certificates);
        doors.map(|(listen, certificates)| Door::open(config, listen, certificates)).collect::<Result<_, _>>().map(Self)
    }

    /// Answers clients at every door until stopped.
    pub fn serve<G: Gate>(&self, gate: &Arc<G>, shared: &Shared, stop: &CancellationToken, tasks: &TaskTracker) {
        for door in &self.0 {
            let listener = door.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(listener) = listener else { continue };
            tasks.spawn(listener.serve(gate.clone(), door.settings.subscribe(), shared.clone(), stop.clone()));
            if let Some(certificates) = door.certificates.clone() {
                let (gate, stop) = (gate.clone(), stop.clone());
                tasks.spawn(async move {
                    certificates.watch(limits::CERTIFICATE_POLL, stop, |event| gate.observe(event)).await;
                });
            }
        }
    }

    /// Gives each door the settings of a new configuration; sessions under way keep theirs.
    pub fn settle(&self, config: &Config) {
        for door in &self.0 {
            let listen = config.listen.iter().find(|listen| listen.address == door.listen.address).unwrap_or(&door.listen);
            door.settings.send_replace(Arc::new(Settings::new(config, listen, door.certificates.clone())));
        }
    }

    /// Where they listen.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.0.iter().map(|door| door.address).collect()
    }
}

impl Door {
    fn open(config: &Config, listen: &Listen, certificates: Option<Certificates>) -> Result<Self, String> {
        let certificates = certificates.map(Arc::new);
        let listener = Listener::bind(listen.address).map_err(|error| remedy::bind_error(listen.address, &error))?;
        let address = listener.address().map_err(|error| remedy::bind_error(listen.address, &error))?;
        let settings = watch::channel(Arc::new(Settings::new(config, listen, certificates.clone()))).0;
        Ok(Self { listen: listen.clone(), address, listener: Mutex::new(Some(listener)), certificates, settings })
    }
}
