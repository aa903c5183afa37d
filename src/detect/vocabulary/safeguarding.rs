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
         risk of; police protection; emergency protection order; epo; women's aid; womens aid; refuge place; domestic abuse \
         support; domestic incident; domestic incidents; coercive control; stalked by; restraining order; injunction; contact \
         centre; supervised visits; supervision order; public law outline; plo; pre-proceedings; section 31; child \
         arrangements; residence order; custody dispute; custody battle; abducted; abduction; wardship; prevent duty referral; \
         extremism; extremist; radical views; incel; far-right material; child refugee; refugee; asylum; unaccompanied; nrm \
         referral; national referral mechanism; child protection register; cp register; at risk register; allocated social \
         worker; edge of care; respite placement; children's home; secure unit; kinship carer; kinship carers; adoptive; \
         adoptive parents; adoptive mum; birth mother; birth mum; birth father; birth dad; birth family; birth parents; \
         post-adoption; placed for adoption; private fostering arrangement; step down to; cin; cin review; cp review; cp \
         chair; independent reviewing officer; leaving care; personal adviser; fabricated illness; fii; perplexing \
         presentations; parental alcohol; parental substance; drinks heavily; mum drinks; dad drinks; drunk at pick-up; drunk \
         at collection; smelling of alcohol; smelling of cannabis; hit her; hit him; hits her; hits him; hits me; beats her; \
         beats him; slapped; strangled; choked; burn marks; bite mark; bite marks; scratches on; dirty clothes; home alone; \
         unsupervised; inappropriate touching; touched inappropriately; touched her; touched him; sexual touching; sexualised \
         behaviour; sexualised language; sexual images; explicit images; explicit photos; naked pictures; naked photos; nude \
         photo; nude photos; nude images; indecent image; sent nudes; sextortion; blackmailed; catfished; older boyfriend; \
         older man; missing episodes; reported missing; went missing; has gone missing; return home interview; absconded; \
         absconding; running away; forced to marry; honour based; honour-based violence; witchcraft; spirit possession; gang \
         related; gang-related; cuckooed; cuckooing; drug running; running drugs; carrying drugs; ligature risk; safety plan; \
         risk management plan; low-level concern; low level concern; allegation made by; position of trust; bullied; died \
         suddenly; frightened at home; scared at home; unsafe at home; does not feel safe; not safe at home; afraid of her; \
         afraid of his; porn; adult content; adult sites; suicide methods; how to kill; kill myself; kill himself; kill \
         herself; bomb making; bomb-making; make a bomb; terrorist; terrorism; gambling site; gambling sites; online gambling; \
         pro-ana; thinspo; dark web; buy drugs; extremist website; extremist websites; extremist videos; violent videos; \
         self-harm sites; self-harm images",
    ),
    (
        Kind::Safeguarding,
        Force::Telling,
        "has a social worker; on a child protection plan; on a cp plan; on a child in need plan; on a cin plan; subject to a \
         child protection; subject to a section 47; made a disclosure; disclosed that; disclosed to; disclosed abuse; known to \
         social care; known to social services; known to mash; known to children's services; at risk of cse; at risk of \
         exploitation; at risk of harm; at risk of significant harm; taken into care; placed in care; removed from home; \
         witnessed domestic abuse; is a looked after child; is a young carer; hit by dad; hit by mum; hit by his; hit by her; \
         scared to go home; afraid to go home; referred to prevent; referred to channel; referred to mash; referred to early \
         help; referred to social care; referred to children's services; referral to social care; referral to children's \
         services; made a mash referral; supported by women's aid; lives with foster carers; living with foster carers; lives \
         in care; is fostered; is adopted; is in care; was abused; been abused; being abused; has been neglected; known to \
         social; known to the social; open to social care; open to early help; open to children's services; social worker is; \
         social worker has; social worker rang; social worker called; his social worker; her social worker; their social \
         worker; child in need plan; made an allegation; made allegations; has made a disclosure; disclosed to me; told me \
         that her dad; told me that his dad; told me that her mum; told me that his mum; under a care order; under a special \
         guardianship; lives with grandparents; lives with his grandparents; lives with her grandparents; lives with her nan; \
         lives with his nan; is a refugee; is an asylum; is a care leaver; child protection conference; cp conference; initial \
         child protection conference; review child protection conference; icpc; rcpc",
    ),
    (
        Kind::Safeguarding,
        Force::Hint,
        "virtual school; personal education plan; cause for concern; safeguarding concern; safeguarding concerns; cpoms; \
         myconcern; core group; risk assessment for; team around the family; taf meeting; adoption; parental responsibility; \
         prevent; injuries; hungry; no food; beaten; tribunal; step up; bullying; iro; unkempt; injured by; marks on; \
         refugees; family support; respite care; no contact; left alone; bereavement; residential care",
    ),
];
