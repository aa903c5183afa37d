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
         relationship; sleeping with; had sex; having sex; same-sex partner; same sex partner; gender \
         reassignment; gender identity; gender questioning; questioning their gender; questioning his sexuality; questioning \
         her sexuality; questioning their sexuality; on hormones; puberty blockers; morning after pill; morning-after pill; is \
         having an affair; sexual health clinic; uses they/them; deadname; assigned female at birth; assigned male at birth; \
         is gay; is a lesbian; is lesbian; is bisexual; is bi; is trans; is transgender; is non-binary; is queer; is asexual; \
         is pansexual; has two mums; has two dads; married to another man; married to another woman; has a girlfriend and; his \
         husband; her wife; came out to; has come out; coming out; transitioned; preferred pronouns; pronouns are; wants to be \
         known as; changed gender; change of gender; sex life; slept with; pregnancy test; sexual partner; sexual partners; \
         sexual history; having an affair; hiv test; sti test",
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
         hereditary; deletion syndrome; turner syndrome; klinefelter; 22q11; prader-willi; williams syndrome; genetic; \
         genetics; genetic carrier; genetic screening; gene test; carrier status; faulty gene; carries a gene; dna sample; \
         paternity test; sickle cell carrier; sickle cell trait; thalassaemia trait; chromosome disorder; chromosome deletion; \
         chromosome abnormality; karyotype; duchenne; tay-sachs; marfan; lynch syndrome; huntington",
    ),
    (
        Kind::Biometric,
        Force::Plain,
        "fingerprint; fingerprints; thumbprint; thumb print; biometric; biometrics; facial recognition; face recognition; iris \
         scan; retina scan; voiceprint; palm vein; face template; finger scan; biometric consent; biometric data; fingerprint \
         data; finger print; finger prints; fingerprinted; facial scan; face scan; face id; iris recognition; voice \
         recognition; palm scan; hand scan; retinal scan; cashless biometric",
    ),
];
