/** English, for the list of exams alone: it is the first page, and must load quickly. */
export const en = {
  exams: 'Your exams',
  openNow: 'Open now',
  coming: 'Coming',
  past: 'Past',
  noExams: 'You have no exams yet. They appear here when a teacher assigns you to one or opens one to everyone.',
  noneOpen: 'No exam is open right now. This page shows it as soon as one opens.',
  start: 'Get ready',
  continue: 'Continue',
  running: 'You have started this exam, and its clock is running. Your saved answers are there.',
  again: 'You have handed this exam in. You may take it again.',
  blocked: 'Another exam of yours is open. Hand it in first.',
  length: '{{minutes}} minutes',
  closes: 'Closes {{time}}',
  opens: 'Opens {{time}}',
  opensIn: 'in {{time}}',
  notTaken: 'Not taken',
  submittedAt: 'Handed in {{time}}',
  pointsOf: '{{points}} of {{max}} points',
  terminatedShort: 'Ended by a proctor',
  noResultYet: 'No result yet'
} as const

export type Key = keyof typeof en
