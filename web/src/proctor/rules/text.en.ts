export const en = {
  title: 'Rules',
  lead: 'What people said of the incidents of each rule. A rule of which most incidents are dismissed reports too much.',
  exam: 'Exam',
  allExams: 'All exams',
  empty: 'Nothing was judged yet. Rules appear here when reviewers confirm or dismiss incidents.',
  picture: 'Confirmed share of each rule',
  pictureWhat: 'The bar is the share that was confirmed of those that were judged. The line is the range in which the true share lies 95 times out of 100: it is wide while few were judged.',
  none: 'none judged',
  table: 'Judgments by rule',
  rule: 'Rule',
  confirmed: 'Confirmed',
  dismissed: 'Dismissed',
  undecided: 'Undecided',
  undecidedWhat: 'Undecided incidents are counted in sessions that a reviewer has taken.',
  share: 'Confirmed share',
  percent: '{{n}} %',
  range: '{{low}} to {{high}} %'
} as const

export type Key = keyof typeof en
