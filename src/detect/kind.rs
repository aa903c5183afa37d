//! What can be found: the kinds that rules name in `data`, and the groups they fall into.

use std::fmt;

/// A kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Nino,
    NhsNumber,
    Upn,
    Uln,
    Utr,
    DrivingLicence,
    Passport,
    BankAccount,
    TeacherReference,
    DbsCertificate,
    Iban,
    PaymentCard,
    UsSsn,
    DateOfBirth,
    Phone,
    EuNationalId,
    EmailAddress,
    PostalAddress,
    Postcode,
    IpAddress,
    PersonName,
    Health,
    Ethnicity,
    Religion,
    Political,
    TradeUnion,
    Sexuality,
    Genetic,
    Biometric,
    Criminal,
    Safeguarding,
    SpecialNeeds,
    FinancialHardship,
}

const WORDS: &[(Kind, &str)] = &[
    (Kind::Nino, "uk-nino"),
    (Kind::NhsNumber, "uk-nhs-number"),
    (Kind::Upn, "uk-upn"),
    (Kind::Uln, "uk-uln"),
    (Kind::Utr, "uk-utr"),
    (Kind::DrivingLicence, "uk-driving-licence"),
    (Kind::Passport, "uk-passport"),
    (Kind::BankAccount, "uk-bank-account"),
    (Kind::TeacherReference, "uk-teacher-reference"),
    (Kind::DbsCertificate, "uk-dbs-certificate"),
    (Kind::Iban, "iban"),
    (Kind::PaymentCard, "payment-card"),
    (Kind::UsSsn, "us-ssn"),
    (Kind::DateOfBirth, "date-of-birth"),
    (Kind::Phone, "phone"),
    (Kind::EuNationalId, "eu-national-id"),
    (Kind::EmailAddress, "email-address"),
    (Kind::PostalAddress, "postal-address"),
    (Kind::Postcode, "uk-postcode"),
    (Kind::IpAddress, "ip-address"),
    (Kind::PersonName, "person-name"),
    (Kind::Health, "health"),
    (Kind::Ethnicity, "ethnicity"),
    (Kind::Religion, "religion"),
    (Kind::Political, "political"),
    (Kind::TradeUnion, "trade-union"),
    (Kind::Sexuality, "sexuality"),
    (Kind::Genetic, "genetic"),
    (Kind::Biometric, "biometric"),
    (Kind::Criminal, "criminal"),
    (Kind::Safeguarding, "safeguarding"),
    (Kind::SpecialNeeds, "special-needs"),
    (Kind::FinancialHardship, "financial-hardship"),
];

impl Kind {
    /// Every kind, in the order of the guide.
    pub fn all() -> impl Iterator<Item = Self> {
        WORDS.iter().map(|(kind, _)| *kind)
    }

    /// The kind that rules call so.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        WORDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
    }

    /// As rules and people write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }

    /// UK GDPR articles 9 and 10, and what the Department for Education asks schools to treat alike.
    #[must_use]
    pub fn is_special_category(self) -> bool {
        self >= Self::Health
    }

    /// Whether it says where somebody's money is.
    #[must_use]
    pub fn is_financial(self) -> bool {
        matches!(self, Self::BankAccount | Self::Iban | Self::PaymentCard | Self::Utr)
    }

    /// Whether it is everyday contact data, which alone says little of anybody.
    #[must_use]
    pub fn is_contact(self) -> bool {
        matches!(
            self,
            Self::Phone | Self::EmailAddress | Self::Postcode | Self::PostalAddress | Self::IpAddress | Self::PersonName
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How sure it is that it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It may be: shown to those who tune, seldom worth a rule.
    Low,
    /// It is, as far as one can see: wrong for one in ten or fewer.
    Medium,
    /// It is: two independent signs say so.
    High,
}

impl Confidence {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|level| level.word() == word)
    }
}
