//! Sex life and sexual orientation, genetic and biometric data (UK GDPR articles 4(13), 4(14) and 9). Gender identity is kept with these, as
//! schools do. Lessons (RSE), awareness months and door systems use the same words of nobody.

use super::super::kind::Kind;
use super::{Force, Group};

pub(super) const WORDS: &[Group] = &[
    (
        Kind::Sexuality,
        Force::Telling,
        "came out as; come out as; coming out as; identifies as gay; identifies as a lesbian; identifies as bisexual; \
         identifies as trans; identifies as transgender; identifies as non-binary; identifies as nonbinary; identifies as \
         pansexual; identifies as queer; identifies as female; identifies as male; sexual orientation; sexually active; sexual \
         relationship; sleeping with; had sex; having sex; same-sex partner; same sex partner; transitioning; gender \
         reassignment; gender identity; gender questioning; questioning their gender; questioning his sexuality; questioning \
         her sexuality; questioning their sexuality; on hormones; puberty blockers; morning after pill; morning-after pill; is \
         having an affair; sexual health clinic; uses they/them; deadname; assigned female at birth; assigned male at birth",
    ),
    (
        Kind::Sexuality,
        Force::Weak,
        "gay; lesbian; bisexual; pansexual; asexual; transgender; trans; non-binary; nonbinary; queer; lgbt; lgbtq; lgbtq+; \
         homosexual",
    ),
    (
        Kind::Genetic,
        Force::Plain,
        "genetic test; genetic testing; genetic results; genetic condition; genetic disorder; genetic counselling; genetics \
         clinic; brca; brca1; brca2; chromosome; chromosomal; dna test; dna result; dna results; dna profile; gene mutation; \
         carrier of the gene; carries the gene; carrier for; genome sequencing; microarray; huntington's; inherited condition; \
         hereditary; deletion syndrome; turner syndrome; klinefelter; 22q11; prader-willi; williams syndrome",
    ),
    (
        Kind::Biometric,
        Force::Plain,
        "fingerprint; fingerprints; thumbprint; thumb print; biometric; biometrics; facial recognition; face recognition; iris \
         scan; retina scan; voiceprint; palm vein; face template; finger scan",
    ),
];
