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
         allegations against; gross misconduct; known to the police; police record; police involvement; police matter; police \
         attended; police were called; reported to the police; reported to police; questioned by police; court date; court \
         hearing; court case; crown prosecution; prosecuted; guilty plea; pleaded guilty; found guilty; not guilty; sentenced; \
         suspended sentence; jail; jailed; young offender; young offenders; young offenders institution; detention centre; \
         electronic monitoring; community resolution; out of court disposal; restorative caution; banned from driving; \
         speeding points; drug possession; possession of cannabis; possession with intent; supplying drugs; supplying \
         cannabis; dealt drugs; machete; bb gun; air rifle; firearm; stabbing; stabbed; mugging; mugged; joyriding; car theft; \
         taking without consent; vandalism; public order offence; racially aggravated; racist assault; hate incident; sexual \
         offence; upskirting; voyeurism; grooming offence; indecent exposure; fixed penalty; pending charges; criminal charge; \
         criminal charges; criminal proceedings; criminal conviction; criminal convictions; dbs disclosure; filtered offence; \
         barred from working; prohibited from teaching; tra prohibition; suspended pending; suspended from work; dismissed \
         for; final written warning; excluded for",
    ),
    (
        Kind::Criminal,
        Force::Telling,
        "was arrested; been arrested; was charged with; been charged with; was convicted; has a conviction; has convictions; \
         spent conviction; has a criminal record; caution showing; received a caution; received a youth caution; accepted a \
         caution; has a youth offending; has a yot worker; on a referral order; is on bail; is in prison; is on remand; served \
         time; on the sex offenders register; is known to the police; is known to police; has a police record; is under \
         arrest; under police investigation; is being investigated by the police; has been in prison; is in custody; is in \
         jail; was sentenced; been sentenced; was cautioned; been cautioned; pleaded guilty; was found guilty; is on \
         probation; has unspent; offending team",
    ),
    (
        Kind::Criminal,
        Force::Hint,
        "sentence; weapon; weapons; graffiti; dismissal; prosecution; knives; cps; permanent exclusion; fixed-term exclusion; \
         suspended for; excluded for; permanently excluded; disciplinary hearing; curfew; trespass; asb",
    ),
];
