/** Kinds of question files. */
export const FORMATS = ['csv', 'aiken', 'gift', 'moodle-xml', 'json'] as const
export type Format = typeof FORMATS[number]

/** The kind of file by its name, and by how it begins where the name says nothing. */
export function formatOf (name: string, text: string): Format {
  const ending = name.toLowerCase().split('.').at(-1)
  if (ending === 'csv' || ending === 'json' || ending === 'gift') return ending
  if (ending === 'xml' || /^\s*<\?xml|^\s*<quiz/.test(text)) return 'moodle-xml'
  if (/^\s*[[{]/.test(text)) return 'json'
  return /^ANSWER:\s*[A-Z]\s*$/m.test(text) ? 'aiken' : 'gift'
}
