//! What a sender may send: which limits hold for whom, and what is said at one of them.
//!
//! In: the configuration, who signed in, the reverse path. Out: a name to count under, its quota, replies. A sender is the account,
//! else the reverse path. Reports (`<>`) of relayed mail are nobody's and are not counted. Limits that nobody wrote hold for who
//! signs in, where a stolen password is the danger; the machines of a relay send what the school's own programs make.

use crate::access::{Allowance, Over, Quota, Reserved};
use crate::base::{Address, Reply, ReversePath, Submission, Timestamp, limits};
use crate::config::{Config, SenderLimits};

/// Who sends, for counting, and how much they may.
pub(super) struct Sending<'c> {
    config: &'c Config,
    who: &'c Address,
    quota: Quota,
}

impl<'c> Sending<'c> {
    /// Nothing where nothing is counted.
    pub(super) fn of(config: &'c Config, account: Option<&'c Address>, from: &'c ReversePath) -> Option<Self> {
        let who = account.or(from.address())?;
        let own = config.sender(who).map(|sender| sender.limits).unwrap_or_default();
        let usual = |written: Option<u32>, usual: u32| written.or(account.is_some().then_some(usual));
        let quota = Quota {
            mails: own.messages_per_hour.or(usual(config.limits.messages_per_hour, limits::MESSAGES_PER_HOUR)),
            recipients: own.recipients_per_hour.or(usual(config.limits.recipients_per_hour, limits::RECIPIENTS_PER_HOUR)),
        };
        (!quota.is_endless()).then_some(Self { config, who, quota })
    }

    /// Whether a mail with so many recipients fits now: `450 4.7.1` otherwise.
    pub(super) fn look(&self, allowance: &Allowance, recipients: usize) -> Result<(), Reply> {
        let over = allowance.look(&self.who.key(), self.quota, number(recipients), Timestamp::now());
        over.map_err(|over| self.reply(over))
    }

    fn reserve(&self, allowance: &Allowance, recipients: usize) -> Result<Reserved, Reply> {
        let place = allowance.reserve(&self.who.key(), self.quota, number(recipients), Timestamp::now());
        place.map_err(|over| self.reply(over))
    }

    fn reply(&self, over: Over) -> Reply {
        let (limit, what, key, again) = match over {
            Over::Mails { limit, again } => (limit, "mails", "messages_per_hour", again),
            Over::Recipients { limit, again } => (limit, "recipients", "recipients_per_hour", again),
        };
        let again = again.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M %Z");
        let (who, postmaster) = (self.who, &self.config.school.postmaster);
        let text = format!(
            "{who} has reached its limit of {limit} {what} in an hour; try again at {again}, or ask {postmaster}, who can raise \
             it: limits.{key} under [[sender]] address = \"{who}\""
        );
        Reply::new(450, "4.7.1", text)
    }
}

/// Takes a place for a mail, where its sender is counted.
pub(super) fn reserve(allowance: &Allowance, config: &Config, mail: &Submission) -> Result<Option<Reserved>, Reply> {
    let sending = Sending::of(config, mail.origin.account.as_ref(), &mail.envelope.reverse_path);
    sending.map(|sending| sending.reserve(allowance, mail.envelope.recipients.len())).transpose()
}

/// How many recipients one mail of this sender may have, where that is not as usual.
pub(super) fn recipients(config: &Config, account: Option<&Address>, from: &ReversePath) -> Option<usize> {
    let own: SenderLimits = config.sender(account.or(from.address())?)?.limits;
    own.recipients
}

fn number(recipients: usize) -> u32 {
    u32::try_from(recipients).unwrap_or(u32::MAX)
}
