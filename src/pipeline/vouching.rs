//! Whether mail that is to go by `tls-verified` can, found out before it is promised.
//!
//! In: a judged mail. Out: the same, or another plan, where nobody vouches for the hosts of a domain to which the DNS leads: the way is closed
//! to its recipients, the next one is tried, and in the end `on_error` decides. A route with a host vouches for itself, so nothing is
//! asked. What cannot be found out in time closes nothing: delivery asks again, and the mail waits there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::{Judged, RuleSet};
use crate::base::{Domain, Submission, limits};
use crate::config::{Method, NextHop};
use crate::deliver::{NoWarrant, Warrants};
use crate::plan;

/// Closes `tls-verified` to those for whose domain nobody vouches, and draws the plan again where that changes it.
pub async fn vouch(warrants: &Arc<Warrants>, set: &RuleSet, submission: &Submission, mut judged: Judged) -> Judged {
    let asked = asked(set, &judged);
    if asked.is_empty() {
        return judged;
    }
    let closed = unvouched(warrants, set, asked).await;
    let mut is_news = false;
    for copy in judged.plan.copies.iter().filter(|copy| is_by_tls(copy)) {
        for to in &copy.job.recipients {
            if let Some(why) = closed.get(&(to.address.domain().clone(), copy.job.route.clone())) {
                let way = (to.address.key(), Method::TlsVerified.to_string());
                judged.verdicts.keys.faults.insert(way, why.clone());
                is_news = true;
            }
        }
    }
    if is_news {
        let Judged { message, verdicts, .. } = &judged;
        judged.plan = plan::draw(&set.config, submission, message, verdicts, &plan::SchoolNotices);
    }
    judged
}

fn is_by_tls(copy: &plan::Copy) -> bool {
    copy.encrypt.as_ref().is_some_and(|encryption| encryption.method == Method::TlsVerified)
}

/// Domains, each with its route, to whose hosts the DNS leads.
fn asked(set: &RuleSet, judged: &Judged) -> HashSet<(Domain, String)> {
    let is_direct = |name: &str| set.config.routes.get(name).is_some_and(|route| matches!(route.next_hop, NextHop::Mx { .. }));
    let copies = judged.plan.copies.iter().filter(|copy| is_by_tls(copy) && is_direct(&copy.job.route));
    let all = copies.flat_map(|copy| copy.job.recipients.iter().map(|to| (to.address.domain().clone(), copy.job.route.clone())));
    all.take(limits::WARRANTS_PER_MAIL).collect()
}

/// Those that nobody vouches for, and why, as far as it can be found out in time.
async fn unvouched(
    warrants: &Arc<Warrants>,
    set: &RuleSet,
    asked: HashSet<(Domain, String)>,
) -> HashMap<(Domain, String), String> {
    let mut questions = JoinSet::new();
    for (domain, name) in asked {
        let Some(route) = set.config.routes.get(&name).cloned() else { continue };
        let warrants = warrants.clone();
        questions.spawn(async move { (warrants.look(&domain, &route).await, (domain, name)) });
    }
    let (mut closed, end) = (HashMap::new(), Instant::now() + limits::WARRANTS_WAITED_FOR);
    while let Ok(Some(answer)) = timeout_at(end, questions.join_next()).await {
        if let Ok((Err(NoWarrant::None(why)), place)) = answer {
            closed.insert(place, why);
        }
    }
    closed
}

#[cfg(test)]
#[path = "vouching_tests.rs"]
mod tests;
