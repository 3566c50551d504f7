/** The data protection impact assessment of an exam. English. */
export const impactEn = {
  impact: {
    title: 'Data protection impact assessment: {{exam}}',
    made: 'Invigil wrote this on {{date}} (UTC) from the settings of the exam (policy version {{version}}). It states what the program does. Your institution decides whether that is lawful, and fills in the lines marked "To fill in".',
    toFill: 'To fill in',
    yes: 'yes',
    no: 'no'
  },
  impactTitles: {
    processing: 'The processing',
    told: 'What candidates are told before they agree',
    consents: 'What candidates agree to, one by one',
    rules: 'The rules in effect',
    never: 'What the program never does',
    necessity: 'Necessity and proportionality',
    risks: 'Risks, and what reduces them',
    sign: 'Opinions and decision'
  },
  impactColumns: {
    rule: 'Rule',
    reports: 'Reports',
    when: 'When',
    effect: 'Effect',
    risk: 'Risk',
    measures: 'Measures in this exam'
  },
  impactFacts: {
    purpose: 'Purpose: supervision of the exam "{{exam}}".',
    author: 'Responsible for the exam: {{name}}.',
    candidates: 'Assigned candidates: {{n}}.',
    open: 'Anyone with an account may take the exam.',
    coverageNone: 'Whether the camera sees the candidate is not measured.',
    coverageWanted: 'Whether the camera sees the candidate is measured; the exam goes on without it.',
    coverageRequired: 'The candidate must be seen: otherwise questions and answers are refused.',
    recordingNone: 'Recording: none.',
    recordingIncidents: 'Recording: from 5 seconds before each incident until 10 seconds after it.',
    recordingFull: 'Recording: the whole exam.',
    screenRecorded: 'Recording of the whole screen of the candidate: {{kept}}.',
    evidence: 'Evidence of incidents (a picture and a short clip): {{kept}}.',
    biometric: 'Special categories of personal data (Art. 9 GDPR): {{name}}',
    biometricOff: 'none. No face is compared.',
    biometricOn: 'yes. The face of the candidate is compared with the enrolled face. That needs explicit consent or a law, and another way for people who refuse.'
  },
  impactNever: {
    emotions: 'No rule estimates emotions, stress, attention or character.',
    roomScan: 'Candidates are not asked to show their room.',
    verdict: 'No rule decides that someone cheated. An incident is confirmed only by a person, with a reason, after that person opened the evidence of it.',
    training: 'Pictures and sound are not used to train models, and are not sent to another company.'
  },
  impactAsk: {
    basis: 'Legal basis of the processing (Art. 6 GDPR, and Art. 9 if a face is compared).',
    lighter: 'Why a lighter way (an oral exam, an exam on site, no camera, no recording) does not serve the purpose.',
    alternative: 'The way in which candidates take the exam who do not agree, in the same place and without a disadvantage.',
    test: 'Test of the exam on representative computers and with people of several groups, and its result.',
    views: 'Views of candidates or their representatives.',
    officer: 'Opinion of the data protection officer.',
    decision: 'Decision, name, date, and date of the next review.'
  },
  impactRisks: {
    falseReport: 'An honest candidate is reported.',
    unequal: 'Errors are more frequent for some groups of people.',
    automatic: 'A program decides alone.',
    disclosure: 'Pictures, sound or reports reach people who may not see them.',
    keptTooLong: 'Data is kept longer than needed.',
    pressure: 'Watching causes distress, or a computer cannot take part.',
    face: 'The enrolled face is misused.'
  },
  impactMeasures: {
    explained: 'Each report names its values and limits, and candidates read the same reports.',
    reviewers: 'People who decide about a session: {{n}}.',
    appeal: 'Candidates may appeal for {{n}} days; another person answers.',
    accuracy: 'The measured errors, by group where data allow, are in the accuracy document of the program.',
    accommodation: 'Rules can be switched off for a candidate, and the time extended.',
    endsByItself: 'Not reduced: the exam may end by itself at a high risk score. A person reviews it and can allow another attempt.',
    peopleEnd: 'Only a person ends an exam or confirms an incident.',
    access: 'Only the author and administrators see the reports. Each viewing of a recording or of evidence is logged, and candidates see who looked.',
    encrypted: 'Stored pictures and sound are encrypted with a key for each session; its deletion makes copies useless too.',
    retention: 'Recordings: {{recording}}. Evidence of dismissed incidents: {{dismissed}} after the decision. Evidence of a concern or an appeal: {{confirmed}} after its end. Reports and decisions: {{records}}. Consents and the log of staff: {{audit}}. An hourly job deletes what is due.',
    practice: 'Candidates can try everything before the exam, and can withdraw their consent during it without a penalty.',
    breaks: 'Breaks that candidates may take on their own: {{n}}.',
    numbers: 'Only encrypted numbers are stored, not the pictures of the enrollment. The owner can delete them, except during an exam.'
  }
} as const
