//! What works as written and wants a thought of the technician: rules that watch for ever, listeners that take anybody's mail.

use super::Finding;
use crate::base::ListenerKind;
use crate::config::{Config, Listen, Rule, Senders};
use crate::ops::remedy::Fault;

/// A finding for each.
pub(super) fn look(config: &Config, today: jiff::civil::Date) -> Vec<Finding> {
    let open = config.listen.iter().filter(|l| l.kind == ListenerKind::Relay && l.senders == Senders::Any);
    config.watched_out(today).map(watched_out).chain(open.map(anybody)).collect()
}

fn watched_out(rule: &Rule) -> Finding {
    let what = "its watch_until has passed, and it still only watches".to_owned();
    Finding::warn(format!("rule {}", rule.id), Fault::new(what, "write mode = \"enforce\" or \"off\", or a later date"))
}

fn anybody(listen: &Listen) -> Finding {
    let what = "machines that may relay here may send as anybody";
    let mend = "if all their mail is the school's own, write senders = \"school\" under this [[listen]]";
    Finding::warn(format!("senders at {}", listen.address), Fault::new(what, mend))
}
