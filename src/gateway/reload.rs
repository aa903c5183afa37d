//! What a reload may change, and what needs a restart.

use std::path::Path;

use crate::config::{Config, Listen};
use crate::pipeline::RuleSet;

/// Reads the new configuration, runs its tests, and sees that it changes nothing that only a restart can change.
///
/// # Errors
/// What is wrong, in one text.
pub fn read(old: &RuleSet, file: &Path) -> Result<RuleSet, String> {
    let new = RuleSet::read(file).map_err(|mistakes| mistakes.to_string())?;
    let needs_restart = needs_restart(&old.config, &new.config);
    if needs_restart.is_empty() {
        return Ok(new);
    }
    Err(format!("{} cannot change while the gateway runs; restart it for that", needs_restart.join(" and ")))
}

fn needs_restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let doors = |config: &Config| -> Vec<_> {
        let mut doors: Vec<_> =
            config.listen.iter().map(|listen: &Listen| (listen.address, listen.kind as u8, listen.tls.clone())).collect();
        doors.sort_by_key(|door| door.0);
        doors
    };
    let console = |config: &Config| config.console.as_ref().map(|console| console.address);
    let pickup = |config: &Config| config.pickup.as_ref().map(|pickup| pickup.address);
    let differing = [
        ("[store]", old.store.path != new.store.path || old.store.key_file != new.store.key_file),
        ("a [[listen]]'s kind, address or certificate", doors(old) != doors(new)),
        ("[console]'s address", console(old) != console(new)),
        ("[pickup]'s address", pickup(old) != pickup(new)),
        ("[ops]", old.ops.address != new.ops.address || old.ops.log != new.ops.log),
    ];
    differing.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what).collect()
}
