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
         age-related; well below age-related; high needs funding; one-page profile; one page profile; pupil passport; sensory \
         diet; sensory room; movement breaks; ear defenders; weighted blanket; makaton; pecs; echolalia; non-verbal; \
         nonverbal; pre-verbal; selective eater; meltdown; meltdowns; masking at school; executive function; working memory; \
         processing speed; processing difficulties; slow processing; below the 5th centile; standardised score; specific \
         learning; literacy difficulties; numeracy difficulties; handwriting difficulties; motor skills; fine motor; gross \
         motor; occupational therapy; special educational; high needs; complex needs; profound and multiple; physical \
         disability; multi-sensory impairment; deafblind; teacher of the deaf; radio aid; braille; large print papers; \
         modified papers; rest breaks; supervised rest breaks; laptop in exams; coloured overlay; coloured overlays; tinted \
         lenses; nurture group; alternative provision; pupil referral unit; pru; managed move; reduced timetable; part-time \
         timetable; eotas; sen tribunal; early years inclusion; portage; education psychologist; ed psych; ehcna; ehc; send \
         needs; sen needs; asd traits; adhd traits; autistic traits; autism traits; autism pathway; asd pathway; adhd pathway; \
         neurodiversity; neurodevelopmental pathway; neurodevelopmental assessment; combined type adhd; inattentive adhd; add \
         diagnosis; williams syndrome; angelman; rett syndrome; 22q; noonan; tourette",
    ),
    (
        Kind::SpecialNeeds,
        Force::Telling,
        "has an ehcp; on the sen register; on the send register; on sen support; diagnosed with autism; diagnosed with asd; \
         diagnosed as autistic; diagnosed with dyslexia; diagnosed dyslexic; awaiting an autism assessment; awaiting an asd \
         assessment; on the autism pathway; on the neurodevelopmental pathway; asd assessment; autism assessment; adhd \
         assessment; is autistic; is dyslexic; is dyspraxic; is neurodivergent; on the sen; sen k; has additional needs; has \
         special needs; assessed for autism; assessed for adhd; assessed for dyslexia; assessed for asd; referred for an \
         autism; referred for an adhd; referred for autism; referred for adhd; autism diagnosis; adhd diagnosis; asd \
         diagnosis; diagnosis of autism; diagnosis of adhd; diagnosis of asd; diagnosis of dyslexia; working with the \
         educational psychologist; seen by the educational psychologist; assessed by the educational psychologist; seen by the \
         ep; assessed by the ep; one-to-one ta; 1:1 ta; one to one ta; needs a reader; has a reader; needs a scribe; has a \
         scribe; has extra time; gets extra time",
    ),
    (
        Kind::SpecialNeeds,
        Force::Hint,
        "iep; individual education plan; provision map; annual review; access arrangements; extra time; 25% extra time; \
         scribe; reader pen; form 8; educational psychologist; educational psychology; ep report; ep assessment; ehc needs \
         assessment; salt report; top-up funding; resource base; special school; tribunal; reader; prompter; word processor; \
         senco; sendco; needs assessment; occupational therapist; reading age; spelling age; tics and adhd",
    ),
];
