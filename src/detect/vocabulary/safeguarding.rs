//! Safeguarding and care: "Working together to safeguard children", "Keeping children safe in education", the Children Act 1989 sections 17,
//! 20, 31 and 47, and what designated leads write about them. Special category in schools by the DfE's guidance.

use super::super::kind::Kind;
use super::{Force, Group};

pub(super) const WORDS: &[Group] = &[
    (
        Kind::Safeguarding,
        Force::Plain,
        "child protection; cp plan; cp conference; cpp; cin plan; cin meeting; child in need; section 17; s17; s.17; section \
         47; s47; s.47; section 20; s20; strategy meeting; strategy discussion; looked after; looked-after; lac; cla; lac \
         review; care order; interim care order; foster care; foster carer; foster carers; foster placement; fostered; in \
         care; care leaver; special guardianship; kinship care; previously looked after; adopted; private fostering; social \
         worker; social workers; social care; social services; children's services; childrens services; children's social \
         care; mash; mash referral; lado; marac; early help; family support worker; safeguarding referral; safeguarding \
         disclosure; neglect; neglected; physical abuse; emotional abuse; sexual abuse; sexually abused; abused; abuse at \
         home; domestic abuse; domestic violence; operation encompass; encompass; honour-based; forced marriage; fgm; female \
         genital mutilation; breast ironing; csa; cse; cce; child sexual exploitation; child criminal exploitation; sexual \
         exploitation; criminal exploitation; exploited; exploitation; county lines; groomed; grooming; trafficked; \
         trafficking; modern slavery; gang; gang affiliation; gangs; radicalised; radicalisation; prevent referral; channel \
         panel; channel referral; sexually harmful behaviour; harmful sexual behaviour; peer-on-peer; child-on-child; sexting; \
         nudes; indecent images; sexual assault; sexually assaulted; raped; missing from home; ran away; runaway; young carer; \
         bruise; bruises; bruising; unexplained injury; refuge; non-molestation order; non-molestation; prohibited steps; \
         child arrangements order; no contact order; not allowed contact; supervised contact; contact order; bereaved; online \
         grooming; pornography; extremist content; extremist material; self-harm content; suicide websites; private law \
         proceedings; cafcass; guardian ad litem; no recourse to public funds; asylum seeker; unaccompanied asylum; uasc; at \
         risk of",
    ),
    (
        Kind::Safeguarding,
        Force::Telling,
        "has a social worker; on a child protection plan; on a cp plan; on a child in need plan; on a cin plan; subject to a \
         child protection; subject to a section 47; made a disclosure; disclosed that; disclosed to; disclosed abuse; known to \
         social care; known to social services; known to mash; known to children's services; at risk of cse; at risk of \
         exploitation; at risk of harm; at risk of significant harm; taken into care; placed in care; removed from home; \
         witnessed domestic abuse; is a looked after child; is a young carer; hit by dad; hit by mum; hit by his; hit by her; \
         scared to go home; afraid to go home",
    ),
    (
        Kind::Safeguarding,
        Force::Hint,
        "virtual school; personal education plan; cause for concern; safeguarding concern; safeguarding concerns; cpoms; \
         myconcern; core group; risk assessment for; team around the family; taf meeting; adoption; parental responsibility",
    ),
];
