//! Health: physical and mental, of pupils and staff (UK GDPR article 4(15)).
//!
//! Conditions that children and working adults in England have, by their everyday names (NHS conditions A–Z is the measure of what is
//! usual); medicines on school medication forms; services that one is under; what absence mails say. Food dislikes and colds are left out.

use super::super::kind::Kind;
use super::{Force, Group};

pub(super) const WORDS: &[Group] = &[
    (
        Kind::Health,
        Force::Plain,
        "epilepsy; epileptic; seizure; asthma; asthmatic; diabetes; diabetic; type 1; type 2 diabetes; eczema; psoriasis; \
         anaphylaxis; anaphylactic; nut allergy; peanut allergy; egg allergy; milk allergy; dairy allergy; latex allergy; bee \
         sting allergy; allergic reaction; severe allergy; allergic to; coeliac; celiac; lactose intolerant; crohn's; crohns; \
         colitis; ibs; irritable bowel; cystic fibrosis; sickle cell; thalassaemia; haemophilia; anaemia; leukaemia; cancer; \
         tumour; lymphoma; chemotherapy; radiotherapy; heart condition; heart murmur; heart defect; heart attack; stroke; \
         angina; high blood pressure; hypertension; pacemaker; cerebral palsy; muscular dystrophy; spina bifida; multiple \
         sclerosis; parkinson's; motor neurone; arthritis; scoliosis; hypermobility; hypermobile; ehlers-danlos; lupus; \
         fibromyalgia; chronic fatigue; long covid; migraine; migraines; narcolepsy; tourette's; tourettes; tourette syndrome; \
         tics; meningitis; hepatitis; hiv; tuberculosis; kidney failure; kidney disease; dialysis; liver disease; thyroid; \
         endometriosis; polycystic; miscarriage; miscarried; pregnant; pregnancy; maternity complications; fertility \
         treatment; ivf; menopause; hysterectomy; termination; hearing aid; cochlear implant; incontinence; incontinent; \
         catheter; stoma; gastrostomy; feeding tube; tracheostomy; wheelchair user; anxiety; depression; depressed; \
         depressive; panic attack; panic attacks; bipolar; schizophrenia; psychosis; psychotic; eating disorder; anorexia; \
         anorexic; bulimia; bulimic; ocd; ptsd; post-traumatic stress; borderline personality; personality disorder; selective \
         mutism; selectively mute; mental health; mental breakdown; nervous breakdown; breakdown; burnout; work-related \
         stress; suicidal; suicide; suicidal ideation; suicidal thoughts; overdose; overdosed; self-harm; self harm; \
         self-harming; self harming; self-harmed; self-injury; cutting herself; cutting himself; cut herself; cut himself; \
         cutting themselves; night terrors; phobia; adhd; attention deficit; attention-deficit; concussion; concussed; \
         fractured; broken arm; broken leg; broken wrist; broken ankle; surgery; operation on; hospitalised; in hospital; \
         admitted to hospital; inpatient; a&e; camhs; cypmhs; counselling; counsellor; psychiatrist; psychiatric; \
         psychologist; psychotherapy; cbt; occupational health; physiotherapy; crisis team; sectioned; mental health act; \
         paediatrician; specialist nurse; alcohol problem; alcoholic; drug problem; addiction; substance misuse; rehab; \
         epipen; epi-pen; jext; adrenaline auto-injector; auto-injector; inhaler; nebuliser; insulin; insulin pump; libre \
         sensor; buccal midazolam; midazolam; ritalin; methylphenidate; concerta; medikinet; equasym; elvanse; \
         lisdexamfetamine; strattera; atomoxetine; sertraline; fluoxetine; prozac; citalopram; escitalopram; mirtazapine; \
         venlafaxine; diazepam; propranolol; risperidone; aripiprazole; quetiapine; olanzapine; lithium; melatonin; \
         salbutamol; ventolin; steroid inhaler; prednisolone; carbamazepine; valproate; lamotrigine; levetiracetam; keppra; \
         methotrexate; warfarin; levothyroxine; antidepressant; antidepressants; anti-depressants; antipsychotic; \
         immunosuppressed; immunosuppressants; methadone; naltrexone; hrt; beta blockers; medication; diagnosed with; \
         individual healthcare plan; ihcp; healthcare plan; fit note; sick note; sick leave; signed off; off sick; long-term \
         sick; long term sick; phased return; sickness absence; terminally ill; terminal illness; palliative; life-limiting; \
         head lice; scabies; chickenpox; shingles; norovirus; covid; tested positive; glandular fever; gender dysphoria; \
         bedwetting; soiling; registered disabled; disabled; disability; blue badge; reasonable adjustments; hearing impaired; \
         hearing impairment; visually impaired; visual impairment; partially sighted; registered blind; deaf; wheelchair; uses \
         a wheelchair; in a wheelchair; walking frame; crutches; prosthetic; amputee; amputation; dwarfism; albinism; colour \
         blind; colour-blind; hearing loss; sight loss; in recovery; recovering alcoholic; alcoholism; alcohol dependency; \
         drug addiction; drug dependency; cut her wrists; cut his wrists; slit her wrists; slit his wrists; self-harms; self \
         harms; selfharming; harming herself; harming himself; harming themselves; hurting herself; hurting himself; tried to \
         hang; tried to end; suicide attempt; suicide note; suicide plan; sleeping pills; insomnia; sleep apnoea; night \
         seizures; absence seizures; absences epilepsy; febrile convulsion; febrile convulsions; convulsion; convulsions; \
         fits; had a fit; pacemaker fitted; angioplasty; bypass; blood pressure tablets; statins; type one diabetes; type two \
         diabetes; blood sugar; blood glucose; glucose monitor; dexcom; hba1c; allergic; anaphylactic shock; epipens; \
         auto-injectors; hay fever severe; egg intolerance; dairy-free; gluten-free diet; fibroids; pcos; painful periods; \
         heavy periods; hot flushes; perimenopause; perimenopausal; gestational; antenatal; scan appointment; due date; \
         maternity leave; bereavement counselling; psychological therapy; trauma therapy; emdr; dbt; eating disorders clinic; \
         eating disorder clinic; tier 4; tier 3; psychiatric unit; psychiatric ward; mental health team; early intervention in \
         psychosis; cahms; emotional wellbeing team; wellbeing practitioner; elsa support; school nurse referral; sickness \
         record; stage 1 sickness; sickness review; absence review; ill health retirement; medical suspension; unwell; been \
         poorly; very poorly; vomiting; diarrhoea; impetigo; ringworm; measles; mumps; scarlet fever; whooping cough; hand \
         foot and mouth; nits; threadworms; molluscum; verruca; meningococcal; lyme disease; malaria; dengue; monkeypox; \
         sickle-cell; g6pd; haemochromatosis; factor v leiden; von willebrand; itp; myasthenia; guillain-barre; fnd; \
         functional neurological; pots; non-epileptic; dissociative; chronic pain; crps; ctd; carpal tunnel; frozen shoulder; \
         hip replacement; knee replacement; knee operation; back operation; spinal; spinal injury; brain injury; head injury; \
         acquired brain injury; brain tumour; aneurysm; haemorrhage; tumor; melanoma; carcinoma; leukemia; immunotherapy; \
         colostomy; ileostomy; gastric band; obese; obesity; overweight; underweight; malnourished; dehydrated; dietary needs; \
         failure to thrive; short stature; puberty; gillick; contraceptive pill; contraception; implant fitted",
    ),
    (
        Kind::Health,
        Force::Plain,
        "mri; mri scan; ct scan; x-ray; biopsy; appendix; appendicitis; tonsils out; tonsillitis; fainted; fainting; \
         collapsed; ambulance; blackouts; pneumonia; bronchitis; sepsis; blood test; blood disorder; blood clot; heart \
         surgery; dislocated; keyhole surgery; hernia; gallstones; kidney stones; vertigo; tinnitus; cataract; glaucoma; \
         vitiligo; alopecia; rheumatoid; osteoporosis; slipped disc; sciatica; perthes; hydrocephalus; cleft palate; brittle \
         bones; phenylketonuria; addison's; cushing's; hypoglycaemia; hypos; ketoacidosis; growth hormone; immune deficiency; \
         immunodeficiency; oxygen cylinder; ventilator; peg feed; peg-fed; tube-fed; emollient; antihistamine; antihistamines; \
         piriton; cetirizine; antibiotics; penicillin; anaesthetic; hospital appointment; hospital appointments; outpatient; \
         bone marrow; remission; relapse; hospice; end of life; mastectomy; prostate; ovarian; endoscopy; colonoscopy; \
         stillbirth; stillborn; ectopic; pre-eclampsia; postnatal depression; morning sickness; hyperemesis; abortion; \
         vasectomy; chlamydia; panic disorder; agoraphobia; school refusal; emotionally based school avoidance; ebsa; low \
         mood; hears voices; hearing voices; delusional; paranoid; hallucinations; hallucinating; body dysmorphia; binge \
         eating; making herself sick; making himself sick; ligature; razor blade; razor blades; scratching her arms; cuts on \
         her arms; cuts on his arms; cuts on their arms; end her life; end his life; her own life; his own life; their own \
         life; wants to die; want to die; not want to be here; detox; alcoholics anonymous; heart problem; heart problems; \
         heart complaint; lung condition; skin condition; bowel condition; kidney problems; liver problems; back problem; back \
         problems; hospital bed; cardiologist; neurologist; dermatologist; oncologist; oncology; gastroenterologist; \
         endocrinologist; rheumatologist; audiologist; audiology; orthoptist; dietician; dietitian; health visitor; community \
         nurse; gp letter; medical certificate; statement of fitness; unfit for work; not fit for work; ill health; \
         ill-health; long-term absence; stress-related; stress at work; nervous exhaustion; grief counselling; cognitive \
         behavioural; talking therapy; play therapy; art therapy; kooth; place2be; crisis line; samaritans",
    ),
    (
        Kind::Health,
        Force::Telling,
        "is under camhs; under camhs; referred to camhs; self-harming; self harming; took an overdose; attempted suicide; \
         tried to kill; signed off with; signed off sick; signed off for; suffers from; suffering from; suffers with; \
         undergoing chemotherapy; is pregnant; carries an epipen; has been sectioned; referred to occupational health; \
         occupational health referral; occupational health report; oh referral; oh report; diagnosed with; being treated for; \
         treatment for; under the care of; under the consultant; is allergic to; is on medication; takes medication; taking \
         medication; on antidepressants; is on long-term sick; off with stress; off with depression; off with anxiety; had a \
         breakdown; lost the baby; lost her baby; is expecting; expecting a baby; has a disability; is disabled; is \
         housebound; has collapsed; has fainted; is terminally ill; hospital again; rushed to hospital; taken to hospital; \
         awaiting surgery; awaiting an operation; recovering from; medical condition called; mental health is; mental health \
         has; mental health crisis; her mental health; his mental health; their mental health; struggling with her mental \
         health; struggling with his mental health; is vaccinated; is unvaccinated",
    ),
    (Kind::Health, Force::Hint, "care plan; consultant; therapy; diagnosis of; medical condition; transplant; prescribed"),
];
