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
         support; asylum support; disability living allowance",
    ),
    (
        Kind::FinancialHardship,
        Force::Telling,
        "is eligible for free school meals; is entitled to free school meals; eligible for fsm; eligible for pupil premium; is \
         pupil premium; is pp; is fsm; is on fsm; gets free school meals; receives free school meals; receives pupil premium",
    ),
];
