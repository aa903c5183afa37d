//! Special educational needs and disability: the four areas of the SEND code of practice 2015 (paragraph 6.28), its plans and services.
//! The Department for Education asks schools to treat these as special category ("What data protection means for schools").

use super::super::kind::Kind;
use super::{Force, Group};

pub(super) const WORDS: &[Group] = &[
    (
        Kind::SpecialNeeds,
        Force::Plain,
        "ehcp; ehc plan; education, health and care plan; education health and care plan; education, health & care plan; sen \
         support; send support; sen register; send register; sen list; send list; sen status; sen k; code k; k code; special \
         educational needs; special needs; additional needs; learning difficulty; learning difficulties; learning disability; \
         learning disabilities; statement of sen; sen statement; autism; autistic; asd; asc; autism spectrum; autistic \
         spectrum; asperger's; aspergers; asperger; pda; pathological demand avoidance; demand avoidance; dyslexia; dyslexic; \
         dyscalculia; dysgraphia; dyspraxia; dyspraxic; developmental coordination disorder; developmental language disorder; \
         dld; dcd; speech and language disorder; speech and language difficulties; speech and language needs; speech and \
         language delay; speech and language therapy; speech and language therapist; speech delay; speech impediment; stammer; \
         stutter; language disorder; global developmental delay; developmental delay; sensory processing; sensory needs; \
         auditory processing; semh; social, emotional and mental health; emotional and behavioural difficulties; oppositional \
         defiant; attachment disorder; attachment difficulties; foetal alcohol; fetal alcohol; fasd; down's syndrome; downs \
         syndrome; down syndrome; fragile x; irlen; slcn; mld; pmld; spld; neurodivergent; neurodiverse; 1:1 support; \
         one-to-one support; one to one support; 1-1 support; specialist provision; neurodevelopmental; working below \
         age-related; well below age-related; high needs funding",
    ),
    (
        Kind::SpecialNeeds,
        Force::Telling,
        "has an ehcp; on the sen register; on the send register; on sen support; diagnosed with autism; diagnosed with asd; \
         diagnosed as autistic; diagnosed with dyslexia; diagnosed dyslexic; awaiting an autism assessment; awaiting an asd \
         assessment; on the autism pathway; on the neurodevelopmental pathway; asd assessment; autism assessment; adhd \
         assessment",
    ),
    (
        Kind::SpecialNeeds,
        Force::Hint,
        "iep; individual education plan; provision map; annual review; access arrangements; extra time; 25% extra time; \
         scribe; reader pen; form 8; educational psychologist; educational psychology; ep report; ep assessment; ehc needs \
         assessment; salt report; top-up funding; resource base; special school",
    ),
];
