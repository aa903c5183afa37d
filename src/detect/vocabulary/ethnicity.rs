//! Racial and ethnic origin: the school census's groups (DfE Common Basic Data Set, ethnicity) and how people say them. Nationalities have
//! other senses (languages, food, lessons), so they count only as said of a person.

use super::super::kind::Kind;
use super::{Force, Group};

pub(super) const WORDS: &[Group] = &[
    (
        Kind::Ethnicity,
        Force::Plain,
        "ethnicity; ethnic origin; ethnic group; white british; white - british; white irish; white - irish; white - english; \
         any other white; white other; white european; white eastern european; traveller of irish heritage; irish traveller; \
         gypsy/roma; gypsy roma; roma; romany; white and black caribbean; white & black caribbean; white and black african; \
         white & black african; white and asian; white & asian; mixed race; mixed-race; mixed heritage; dual heritage; mixed \
         ethnicity; black african; black - african; black caribbean; black - caribbean; black british; any other black; asian \
         british; asian or asian british; any other asian; british asian; british indian; british pakistani; british \
         bangladeshi; african-caribbean; afro-caribbean; of african descent; of asian descent; pakistani heritage; indian \
         heritage; bangladeshi heritage; somali heritage; african heritage; caribbean heritage; jamaican heritage; polish \
         heritage; chinese heritage; turkish heritage; arab heritage; wbri; wirt; wrom; woth; wiri; mwbc; mwba; mwas; moth; \
         aind; apkn; aban; aoth; bcrb; bafr; both ethnicity; chne; ooth; refu; nobt; from a traveller family; traveller \
         family; traveller community; gypsy family; roma family; from the traveller community; romany gypsy; of mixed \
         heritage; of mixed race; is mixed race; white and black; black and white; of indian origin; of pakistani origin; of \
         bangladeshi origin; of african origin; of caribbean origin; of chinese origin; of polish origin; of nigerian descent; \
         of somali origin; south asian; east asian; west african; east african; latin american; middle eastern; eastern \
         european; african american; indian background; pakistani background; somali background; nigerian background; ghanaian \
         heritage; nigerian heritage; bengali; punjabi; gujarati; kurdish; tamil; pashtun; hazara; yoruba; igbo",
    ),
    (
        Kind::Ethnicity,
        Force::Weak,
        "black; asian; arab; pakistani; indian; bangladeshi; chinese; somali; nigerian; ghanaian; polish; romanian; \
         lithuanian; latvian; bulgarian; albanian; turkish; kurdish; afghan; syrian; iraqi; iranian; eritrean; ethiopian; \
         sudanese; congolese; jamaican; caribbean; african; vietnamese; filipino; sri lankan; nepali; portuguese; brazilian; \
         ukrainian; hispanic; latino; gypsy; traveller",
    ),
    (
        Kind::Ethnicity,
        Force::Telling,
        "of mixed ethnicity; of dual heritage; family is from; family are from; ethnicity is; ethnically; identifies as black; \
         identifies as white; identifies as asian; identifies as mixed; born in syria; born in afghanistan; born in ukraine; \
         born in somalia; born in nigeria; born in poland; born in romania",
    ),
];
