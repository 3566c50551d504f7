/** The table of figures: one line for each fault. */
import { appendFileSync } from 'node:fs'
import type { Test } from 'tap'
import type { Figures } from './ledger.ts'

/** `CHAOS=full` runs every fault as often and as long as the README of this folder says; otherwise a shortened run. */
export const IS_FULL = process.env['CHAOS'] === 'full'

/** The first number in a full run, the second in a shortened one. */
export function scaled (full: number, short: number): number {
  return IS_FULL ? full : short
}

/** One line of the table: the fault, the database, and the result. */
export interface Line extends Figures {
  readonly fault: string
  readonly engine: string
  readonly tries: number
  /**
   * Longest time in milliseconds from the end of the fault until the gateway responded again; absent if it always
   * responded.
   */
  readonly recoveredMs?: number
}

/** Adds a line to the file that `CHAOS_FIGURES` names, and asserts that its last four columns are 0. */
export function conclude (t: Test, line: Line): void {
  const {
    fault,
    engine,
    tries,
    sessions,
    acknowledged,
    rows,
    lost,
    doubled,
    broken,
    wrongScores,
    faults,
    recoveredMs
  } = line
  const away = recoveredMs === undefined ? '' : `, back after ${recoveredMs} ms`
  t.comment(`${fault}, ${engine}: ${tries} tries, ${sessions} sessions, ${acknowledged} acknowledged, ${rows} rows; ` +
    `lost ${lost}, doubled ${doubled}, broken ${broken}, wrong scores ${wrongScores}${away}`)
  const file = process.env['CHAOS_FIGURES']
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ ...line, faults: faults.slice(0, 20) })}\n`)
  t.ok(acknowledged > 0, `${fault}, ${engine}: the load was acknowledged`)
  t.same(
    { lost, doubled, broken, wrongScores },
    { lost: 0, doubled: 0, broken: 0, wrongScores: 0 },
    `${fault}, ${engine}`,
    { faults: faults.slice(0, 20) }
  )
}

/** The same of recordings: a row is a part, and a broken one does not play or is not what was sent. */
export interface RecordingLine extends Omit<Line, 'doubled' | 'wrongScores'> {
  /** Most milliseconds from the last frame of a part until the kill. */
  readonly tailMs: number
}

/** As `conclude`, for recordings. */
export function concludeRecordings (t: Test, line: RecordingLine): void {
  const { fault, engine, tries, sessions, acknowledged, rows, lost, broken, faults, tailMs, recoveredMs } = line
  t.comment(`${fault}, ${engine}: ${tries} tries, ${sessions} sessions, ${acknowledged} frames due, ${rows} parts; ` +
    `lost ${lost}, broken ${broken}, last frame at most ${tailMs} ms before the kill, back after ${recoveredMs} ms`)
  const file = process.env['CHAOS_FIGURES']
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ ...line, faults: faults.slice(0, 20) })}\n`)
  t.ok(acknowledged > 0, `${fault}, ${engine}: the load was acknowledged`)
  t.same({ lost, broken, faults: faults.slice(0, 20) }, { lost: 0, broken: 0, faults: [] }, `${fault}, ${engine}`)
}
