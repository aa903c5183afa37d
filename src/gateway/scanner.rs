//! Tells the ledger when the virus scanner begins to rest and when it works again: once each, whoever was turned away meanwhile.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::ledger::{Event, Ledger};
use crate::scan::Scanner;

/// Follows the scanner in force until told to stop.
pub(super) async fn tell(mut scanner: watch::Receiver<Scanner>, ledger: Ledger, stop: CancellationToken) {
    let mut told = false;
    let mut rest = scanner.borrow_and_update().rest();
    loop {
        let changed = async {
            tokio::select! {
                another = scanner.changed() => another.map(|()| true),
                turned = rest.changed() => Ok(turned.is_err()), // closed: the scanner is another
            }
        };
        match stop.run_until_cancelled(changed).await {
            Some(Ok(true)) => rest = scanner.borrow_and_update().rest(),
            Some(Ok(false)) => {}
            Some(Err(_)) | None => return,
        }
        let why = rest.borrow_and_update().clone();
        match why {
            Some(why) if !told => {
                let what = format!("{why}; mail is answered 451 until it works again: `schoolgate doctor` says how to mend it");
                ledger.note(Event::Trouble { part: "clamd".to_owned(), what });
                told = true;
            }
            None if told => {
                ledger.note(Event::Recovered { part: "clamd".to_owned() });
                told = false;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "scanner_tests.rs"]
mod tests;
