//! Words that say what the next thing is: "NHS no.", "order", "date of birth". One pass finds them all.
//!
//! In: the text of a reading. Out: [`Label`]s in order. The rule they serve is how people read: *the nearest name before a number names
//! it*. So the names of other numbers (orders, meetings, meters, companies, establishments) matter as much as those of personal ones.
//! The phrases are what forms, management systems and office staff in England call these things; a word that labels no number
//! ("form", "room") is left out, since it would stand between a label and its number.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::kind::Kind;
use super::vocabulary;

/// What a label says of what follows, or of the column below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    /// One of our kinds.
    Is(Kind),
    SortCode,
    /// Some other number: whatever it is, it is nobody's.
    Other,
    /// "ref", "id": belongs to the label before it, or else is another number.
    Noun,
    /// A column or a line with a person's name.
    Name,
    Forename,
    Surname,
    /// The column of a class list that gives a special-category code: its value counts, not the label.
    Code(Kind),
    /// The person named next is known to all: an author, a speaker.
    Public,
    /// A date that is not of birth.
    Date,
    /// A person's class, year, admission number: the row is about a person.
    Pupil,
}

/// A label in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) means: Means,
}

/// The labels that are known, compiled.
pub(super) struct Labels {
    find: AhoCorasick,
    /// What each pattern means.
    means: Vec<Means>,
}

impl Labels {
    pub(super) fn compile() -> Option<Self> {
        let pairs = || GROUPS.iter().flat_map(|(means, list)| vocabulary::phrases(list).map(move |phrase| (phrase, *means)));
        let find = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(pairs().map(|(phrase, _)| phrase))
            .ok()?;
        Some(Self { find, means: pairs().map(|(_, means)| means).collect() })
    }

    /// All labels in a text, in order.
    pub(super) fn find(&self, text: &str) -> Vec<Label> {
        let mut found: Vec<Label> = Vec::new();
        for hit in self.find.find_iter(text) {
            let (start, end) = (hit.start(), hit.end());
            let Some(meant) = self.means.get(hit.pattern().as_usize()) else { continue };
            if !is_whole(text, start..end) {
                continue;
            }
            match found.last_mut() {
                Some(last) if *meant == Means::Noun && start - last.end <= 3 => last.end = end,
                _ => found.push(Label { start, end, means: if *meant == Means::Noun { Means::Other } else { *meant } }),
            }
        }
        found
    }
}

/// Whether a phrase stands as a word of its own; of two letters, in capitals ("NI" is a label and "ni" is not).
fn is_whole(text: &str, range: Range<usize>) -> bool {
    let found = text.get(range.clone()).unwrap_or_default();
    let before = text.get(..range.start).and_then(|t| t.chars().next_back());
    let mut after = text.get(range.end..).unwrap_or_default().chars();
    let next = after.next();
    let plural = next == Some('s') && !after.next().is_some_and(char::is_alphanumeric);
    let is_open = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    let is_short = found.len() <= 3 && found.bytes().all(|b| b.is_ascii_alphabetic()) && !matches!(found, "dob" | "nhs" | "upn");
    // "ac 16535544", "sc 771704": in small letters a label only right before figures.
    let is_before_figures = text
        .get(range.end..)
        .is_some_and(|t| t.trim_start_matches([':', '.', ' ', '#']).starts_with(|c: char| c.is_ascii_digit()));
    let is_short_ok = is_before_figures && matches!(found, "ac" | "sc")
        || !is_short
        || found.len() == 3
        || found.bytes().all(|b| b.is_ascii_uppercase());
    is_open(before) && (is_open(next) || plural) && is_short_ok
}

const GROUPS: &[(Means, &str)] = &[
    (
        Means::Is(Kind::NhsNumber),
        "nhs; n.h.s.; n.h.s; nhs number; national health number; health number; patient number; patient no; chi number; health \
         and care number; h&c number",
    ),
    (
        Means::Is(Kind::Uln),
        "uln; u.l.n.; u.l.n; unique learner number; unique learner no; unique learner reference; learner number; learner no; \
         learner ref; lrs number",
    ),
    (
        Means::Is(Kind::Upn),
        "upn; u.p.n.; u.p.n; unique pupil number; unique pupil no; unique pupil reference; unique pupil id; pupil number; \
         pupil no; former upn; temporary upn",
    ),
    (
        Means::Is(Kind::Nino),
        "national insurance; nat ins; nat. ins; nat insurance; natl insurance; n.i.; n.i; n i number; n i no; ni; ni number; \
         ni no; ni num; ni #; ni code; nino; n.i.n.o; n.i. number; insurance number; insurance no",
    ),
    (
        Means::Is(Kind::Utr),
        "utr; u.t.r.; u.t.r; unique taxpayer reference; unique tax reference; taxpayer reference; taxpayer ref; tax reference; \
         tax ref; tax payer reference; self assessment reference; self-assessment reference; sa reference; sa utr; hmrc \
         reference; tax number",
    ),
    (
        Means::Is(Kind::DrivingLicence),
        "driving licence; driving license; driver's licence; drivers licence; driver licence; driver number; driver no; dvla; \
         licence no; licence number; license number; licence; d/l; driving lic",
    ),
    (Means::Is(Kind::Passport), "passport; passport no; passport number; travel document; p/port; pass port; ppt no"),
    (
        Means::Is(Kind::BankAccount),
        "account number; account no; account num; acc number; acc no; acc num; a/c no; a/c number; a/c; acct no; acct number; \
         acct; acc; account; bank details; bank account; bank; pay to; paid into; pay into; bacs; refund; refunded; reimburse; reimbursement; pay me; payment to; transfer to; transferred to; salary; wages; expenses; ac",
    ),
    (Means::SortCode, "sort code; sort-code; sortcode; sort; s/c; sc; sort no"),
    (
        Means::Is(Kind::TeacherReference),
        "trn; t.r.n.; teacher reference; teacher ref; teacher number; teacher no; teachers number; teacher's reference; \
         teaching reference; teacher id; dfe teacher; dfe reference; dfe ref; gtc number; gtcs; qts number; tra number; \
         teachers' pension; teachers pension; tp number; tp ref",
    ),
    (
        Means::Is(Kind::DbsCertificate),
        "dbs; dbs certificate; disclosure number; disclosure no; disclosure certificate; crb; certificate number; certificate \
         no; cert no; dbs cert",
    ),
    (Means::Is(Kind::Iban), "iban; i.b.a.n"),
    (
        Means::Is(Kind::PaymentCard),
        "card number; card no; card num; card details; credit card; debit card; bank card; visa; mastercard; master card; \
         amex; american express; long number; long card number; pan; card; barclaycard; maestro",
    ),
    (Means::Is(Kind::UsSsn), "ssn; s.s.n.; social security; us social"),
    (
        Means::Is(Kind::EuNationalId),
        "pesel; cnp; ppsn; pps number; pps no; pps; dni; nie; nif; asmens kodas; asmens kod; national id; national identity; \
         identity number; identity no; id card; personal code; personal number; cod numeric personal; numer pesel; identity \
         card",
    ),
    (
        Means::Is(Kind::DateOfBirth),
        "dob; d.o.b.; d.o.b; d o b; d/o/b; date of birth; dates of birth; born; born on; birth date; birthdate; birth; \
         dateofbirth; birthday; bday; b-day; d. o. b.; d.of.b; birth-date; date-of-birth; date_of_birth",
    ),
    (
        Means::Is(Kind::Phone),
        "tel; telephone; phone; mobile; mob; cell; fax; contact no; contact number; contact; whatsapp; call; ring; landline; \
         home number; work number; emergency contact; helpdesk; helpline; switchboard; text",
    ),
    (Means::Is(Kind::EmailAddress), "email; e-mail"),
    (
        Means::Is(Kind::PostalAddress),
        "address; home address; addr; lives at; living at; moved to; resides at; residing at; residence",
    ),
    (Means::Is(Kind::Postcode), "postcode; post code"),
    (Means::Is(Kind::IpAddress), "ip; ip address; ipv4; ipv6"),
    (
        Means::Other,
        "order; order no; order number; purchase order; po number; po no; p.o.; invoice; invoice no; invoice number; inv; \
         isbn; isbn-10; isbn-13; issn; doi; meeting id; meeting; webinar id; zoom; teams id; conference id; passcode; \
         tracking; tracking number; tracking no; parcel; consignment; ticket; tickets; booking; booking ref; booking \
         reference; quote; quoting; job no; job number; job ref; serial; serial no; serial number; asset; asset tag; part no; \
         part number; product code; item; item no; sku; barcode; ean; mpan; mprn; meter; meter no; vat; vat reg; vat reg no; \
         vat no; vat number; company no; company number; company reg; registered in england; registration no; registration \
         number; charity; charity no; charity number; ukprn; urn; laestab; dfe number; dfe no; estab; establishment; \
         establishment no; centre number; centre no; budget code; cost code; nominal code; version; build; mac; log id; event \
         id; event; transaction; transaction id; receipt; policy number; policy no; membership no; membership number; member \
         no; winning; raffle; lottery; case number; case no; case ref; incident number; incident no; batch; epoch; timestamp; \
         session id; device id; thread id; message id; document id; doc id; form id; licence key; product key; licence count; \
         ext; extension; pin; reg no; vehicle reg; edubase; quotation; grant; delivery note; dispatch; purchase; customer \
         number; customer no; customer ref; supplier no; supplier number; tender; contract no; contract number; model; model \
         no; firmware; library; shelf; sample; check number; luhn; phone model; imei; sim; ticket no; case; guid; uuid; hash; \
         checksum; commit; reservation; reservation no; flight; seat; gift card; voucher; library card; oyster card; business \
         card; report card; sim card; id badge",
    ),
    (Means::Noun, "ref; ref.; reference; ref no; reference no; reference number; id; id no; id number"),
    (
        Means::Name,
        "name; full name; pupil name; student name; child name; pupil; student; child; employee; employee name; staff name; \
         staff member; member of staff; learner; candidate; candidate name; parent; parent/carer; carer; mother; father; \
         guardian; next of kin; applicant; claimant; account name; payee; account holder; passenger; traveller; participant; \
         tutor; patient; name as on passport; name (as passport); legal name; preferred name; child's name; pupil's name; \
         student's name; sibling; son; daughter; surname, forename; surname/forename; parent name; parent 1; parent 2; contact \
         name; teacher name; worker",
    ),
    (
        Means::Forename,
        "forename; forenames; first name; firstname; given name; given names; legal forename; preferred forename; chosen name; \
         known as; christian name; parent forename",
    ),
    (Means::Surname, "surname; last name; lastname; family name; legal surname; preferred surname; second name; parent surname"),
    (
        Means::Code(Kind::SpecialNeeds),
        "sen; sen status; sen code; sen need; send; send status; sen stage; sen provision; primary need; sen type; ehcp; need \
         type; send need",
    ),
    (Means::Code(Kind::Ethnicity), "ethnicity; ethnic; ethnic code; ethnic group; ethnic origin; ethnicity code; race"),
    (Means::Code(Kind::Religion), "religion; faith; religion/belief; religious affiliation"),
    (
        Means::Code(Kind::FinancialHardship),
        "fsm; pp; pupil premium; free school meals; free meals; fsm ever 6; ever 6; ever6; fsm eligible; disadvantaged; pp \
         eligible; fsm status; pp status",
    ),
    (Means::Code(Kind::Safeguarding), "lac; cla; in care; cp plan; cin; looked after; cp status; safeguarding status; post-lac"),
    (
        Means::Code(Kind::Health),
        "medical; medical condition; medical conditions; medical needs; medical notes; dietary/medical; health; medication; \
         allergies; allergy; condition; health needs; reason for absence; absence reason; medical info; medical information; \
         additional needs; disability; medical/dietary",
    ),
    (
        Means::Date,
        "issue date; date of issue; date issued; issued; start date; starting; started; expiry; expiry date; expires; exp; \
         valid until; valid to; valid from; deadline; due; due date; joined; date joined; leaving date; end date; admission \
         date; date of admission; admitted; appointment; review date; review; date of incident; incident date; date of \
         referral; referral date; date of meeting; dated; date sent; sent; date checked; checked; date; renewal; renewal date; \
         date of entry; entry date; last day; departure; return; date of arrival; date of exam; exam date; test date; \
         assessment date; dose; vaccination date; sample date; effective; built; founded; opened",
    ),
    (
        Means::Pupil,
        "class; reg; reg group; tutor group; form; year; year group; nc year; adno; adm no; admission no; admission number; \
         roll no; cand no; candidate no; candidate number; gender; sex; house; eal",
    ),
    // Before a name: an author's, a speaker's or a public figure's.
    (
        Means::Public,
        "works by; written by; author; authors; speaker; speakers; novel; poet; poem; poems; play by; book by; books by; \
         illustrated by; directed by; starring; biography; reading list; featuring; composer; composed by; painting by; \
         artist; keynote; presented by; lecture by; talk by; paper by; et al; edited by; translated by; president; prime \
         minister; minister; mp for; saint; prince; princess; sir; dame; founded by; named after; statue of; life of; story \
         of; published by; music by; lyrics by; song by; film; stories by; visiting author; historian; scientist; inventor; \
         explorer; playwright; novelist; guest speaker; guest speakers; key speaker; author of; book of the; works of; plays \
         of; novels; novels by; by the author; poetry of; art of; artists; actor; actress; singer; footballer; olympian; \
         paralympian; astronaut; inspired by; visit from; visit by; performance by; performed by; directed; screenplay; \
         adapted from; adaptation of; portrait of; portrait by; photographs by; photo by; photos by; designed by; architect; \
         emperor; pope; archbishop; bishop of; mayor; lord mayor; councillor; councillors; secretary of state; chancellor; \
         education secretary; chief inspector; professor; reading from; set text; set texts; biopic; documentary; podcast; \
         youtube; ted talk; celebrity; patron; ambassador; reading: works by; king charles; queen elizabeth; lord of",
    ),
];
