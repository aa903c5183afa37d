//! Poverty measures: free meals, pupil premium and what families in need get. Special category in schools by the DfE's guidance.

use super::super::kind::Kind;
use super::{Force, Group};

pub(super) const WORDS: &[Group] = &[
    (
        Kind::FinancialHardship,
        Force::Plain,
        "free school meals; free school meal; fsm; pupil premium; pp funding; pp child; pp pupil; ever 6; ever6; universal \
         credit; income support; jobseeker's allowance; jobseekers allowance; housing benefit; council tax reduction; child \
         tax credit; benefits claim; on benefits; claims benefits; receives benefits; food bank; foodbank; food parcel; food \
         voucher; supermarket voucher; hardship fund; hardship grant; hardship payment; uniform grant; in arrears; rent \
         arrears; dinner money debt; dinner debt; owes dinner money; school fees arrears; debt collector; bailiffs; bankrupt; \
         bankruptcy; iva; evicted; eviction; homeless; homelessness; temporary accommodation; emergency accommodation; living \
         in a hotel; living in a hostel; bed and breakfast accommodation; sofa surfing; cannot afford; can't afford; unable to \
         pay; unable to afford; struggling financially; financial difficulty; financial difficulties; financial hardship; low \
         income; lost his job; lost her job; made redundant; unemployed; bursary; 16-19 bursary; remission of charges; nass \
         support; asylum support; disability living allowance; in receipt of benefits; receipt of benefits; on income support; \
         living on benefits; benefit cap; two-child limit; in debt; debts; unpaid dinner money; unpaid fees; owes money; \
         behind with rent; behind on rent; repossessed; repossession; payday loan; county court judgment; ccj; insolvent; \
         individual voluntary arrangement; lost their home; no fixed abode; hostel; refuge accommodation; overcrowded; no \
         heating; no electricity; cannot heat; school uniform voucher; uniform voucher; second-hand uniform; free uniform; \
         holiday activities and food; haf; household support fund; struggling to pay; struggles to pay; struggling for money; \
         money is tight; help with the cost; cannot pay; can't pay; could not pay; subsidised place; funded place; zero hours; \
         redundant; job loss; out of work; sick pay only; statutory sick pay; lone parent benefit; carer's allowance; \
         disability benefit; personal independence payment; attendance allowance; early years pupil premium; eypp; \
         disadvantaged",
    ),
    (
        Kind::FinancialHardship,
        Force::Telling,
        "is eligible for free school meals; is entitled to free school meals; eligible for fsm; eligible for pupil premium; is \
         pupil premium; is pp; is fsm; is on fsm; gets free school meals; receives free school meals; receives pupil premium; \
         in debt with; is in debt; is in arrears; is homeless; are homeless; family is homeless; family are homeless; lost her \
         job; lost his job; lost their jobs; been made redundant; is eligible for fsm; is entitled to fsm; qualifies for free \
         school meals; qualifies for pupil premium; attracts pupil premium; is a pupil premium; is a pp; is ever 6; claims \
         universal credit; is on universal credit; are on universal credit",
    ),
    (
        Kind::FinancialHardship,
        Force::Hint,
        "dinner money; redundancy; poverty; hardship; debt; help with costs; child maintenance; service premium; recovery \
         premium; disadvantaged; payment plan; means tested; means-tested",
    ),
];
