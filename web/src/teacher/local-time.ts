/** Times as `<input type="datetime-local">` has them: local, to the minute. */

/** `2026-12-03T10:00`, or '' for none. */
export function toLocalInput (ms: number | null): string {
  if (ms === null) return ''
  const at = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}` +
    `T${two(at.getHours())}:${two(at.getMinutes())}`
}

/** Null for none, and for what is no time. */
export function fromLocalInput (text: string): number | null {
  if (text === '') return null
  const ms = new Date(text).getTime()
  return Number.isNaN(ms) ? null : ms
}
