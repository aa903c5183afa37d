//! How long the archive keeps a mail.
//!
//! The first `[[retention]]` in the order written whose `when` matches for any recipient gives the class; the last has no `when`.
//! A rule's `keep` may lengthen it, never shorten it: of all classes named, the one that ends last counts.

use super::{Desk, Kept};
use crate::base::Timestamp;
use crate::config::{Config, Retention};

/// The class of a mail. A configuration without any class (`check` refuses it) keeps for ever: nothing is lost by a mistake.
pub(super) fn class(desk: &Desk) -> Kept {
    let classes = &desk.config.retention;
    let received_at = desk.submission.received_at;
    let mut kept = by_class(desk.config, desk.verdicts.class, received_at);
    for (at, _) in desk.enforced() {
        let named = desk.config.rules.get(at).and_then(|rule| rule.act.keep.as_ref());
        let other = named.and_then(|id| classes.iter().find(|class| class.id == *id)).map(|class| lasting(class, received_at));
        if let Some(longer) = other.filter(|other| other.until > kept.until) {
            kept = longer;
        }
    }
    kept
}

/// How long a mail is kept that no rule judges: by its class alone, the index of the first that matches; where none does, by the last.
#[must_use]
pub fn by_class(config: &Config, class: Option<usize>, received_at: Timestamp) -> Kept {
    let first = class.and_then(|at| config.retention.get(at)).or(config.retention.last());
    first.map_or_else(|| Kept { id: String::new(), until: Timestamp::MAX }, |class| lasting(class, received_at))
}

fn lasting(class: &Retention, received_at: Timestamp) -> Kept {
    Kept { id: class.id.clone(), until: class.ends(received_at) }
}
