//! How long the archive keeps a mail.
//!
//! The first `[[retention]]` in the order written whose `when` matches for any recipient gives the class; the last has no `when`.
//! A rule's `keep` may lengthen it, never shorten it: of all classes named, the one that ends last counts.

use super::{Desk, Kept};
use crate::base::Timestamp;
use crate::config::Retention;

/// The class of a mail. A configuration without any class (`check` refuses it) keeps for ever: nothing is lost by a mistake.
pub(super) fn class(desk: &Desk) -> Kept {
    let classes = &desk.config.retention;
    let first = desk.verdicts.class.and_then(|at| classes.get(at)).or(classes.last());
    let mut kept = first.map_or_else(|| Kept { id: String::new(), until: Timestamp::MAX }, |class| lasting(desk, class));
    for (at, _) in desk.enforced() {
        let named = desk.config.rules.get(at).and_then(|rule| rule.act.keep.as_ref());
        let other = named.and_then(|id| classes.iter().find(|class| class.id == *id)).map(|class| lasting(desk, class));
        if let Some(longer) = other.filter(|other| other.until > kept.until) {
            kept = longer;
        }
    }
    kept
}

fn lasting(desk: &Desk, class: &Retention) -> Kept {
    Kept { id: class.id.clone(), until: class.ends(desk.submission.received_at) }
}
