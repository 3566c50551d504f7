export const en = {
  title: 'Signed report',
  what: 'A zip with everything that was noticed and decided, as a PDF and as data. Its signature shows later that nothing was changed.',
  download: 'Download the signed report',
  check: 'How to check it'
} as const

export type Key = keyof typeof en
