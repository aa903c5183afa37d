//! Convictions, offences, proceedings and allegations (UK GDPR article 10, Data Protection Act 2018 section 11(2)), and the exclusions that
//! schools write of in the same mails. Words of staff vetting (DBS) count as far as they say what was found.

use super::super::kind::Kind;
use super::{Force, Group};

pub(super) const WORDS: &[Group] = &[
    (
        Kind::Criminal,
        Force::Plain,
        "arrested; arrest; charged with; convicted; conviction; convictions; criminal record; criminal offence; police \
         caution; youth caution; a caution; cautioned; conditional caution; reprimand; bail; on bail; bail conditions; remand; \
         on remand; in custody; custodial; prison; in prison; prisoner; probation; on probation; probation officer; youth \
         offending; yot; yos; youth justice; referral order; community order; community service; court order; asbo; criminal \
         behaviour order; antisocial behaviour order; anti-social behaviour; tagged; electronic tag; sex offender; sex \
         offenders register; sexual offences; offender; offending; magistrates' court; magistrates court; youth court; crown \
         court; court appearance; appear in court; police investigation; under investigation; police interview; interviewed \
         under caution; interviewed by police; crime reference; possession of; intent to supply; drug dealing; dealing drugs; \
         cannabis; cocaine; knife; bladed article; offensive weapon; burglary; shoplifting; theft; stole; stealing; assault; \
         assaulted; abh; gbh; affray; robbery; criminal damage; arson; drink driving; drink-driving; fraud; barred list; \
         prohibition order; disqualified by association; disclosed on his dbs; disclosed on her dbs; positive disclosure; \
         spent conviction; unspent conviction; harassment; stalking; malicious communications; hate crime; allegation against; \
         allegations against; gross misconduct",
    ),
    (
        Kind::Criminal,
        Force::Telling,
        "was arrested; been arrested; was charged with; been charged with; was convicted; has a conviction; has convictions; \
         spent conviction; has a criminal record; caution showing; received a caution; received a youth caution; accepted a \
         caution; has a youth offending; has a yot worker; on a referral order; is on bail; is in prison; is on remand; served \
         time; on the sex offenders register",
    ),
];
