/**
 * Tables as files: CSV that no spreadsheet changes (`csv-cell.ts`), or JSON; made row by row, so that any number fits.
 */
import { Readable } from 'node:stream'
import { cellOf, type Cell } from '../../csv-cell.ts'

export type Row = Readonly<Record<string, Cell>>

/** Spreadsheets read UTF-8 as such only after it. */
const BYTE_ORDER_MARK = '\uFEFF'
/** Rows that become one piece of the stream. */
const ROWS_A_PIECE = 200

/** The file of these rows; every row has the columns named. */
export function fileOf (format: 'csv' | 'json', columns: readonly string[], rows: AsyncIterable<Row>): Readable {
  return Readable.from(inPieces(format === 'csv' ? csv(columns, rows) : json(rows)), { objectMode: false })
}

async function * csv (columns: readonly string[], rows: AsyncIterable<Row>): AsyncGenerator<string> {
  yield `${BYTE_ORDER_MARK}${columns.join(',')}\r\n`
  for await (const row of rows) yield `${columns.map(column => cellOf(row[column] ?? null)).join(',')}\r\n`
}

async function * json (rows: AsyncIterable<Row>): AsyncGenerator<string> {
  let before = '[\n'
  for await (const row of rows) {
    yield `${before}${JSON.stringify(row)}`
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

async function * inPieces (lines: AsyncIterable<string>): AsyncGenerator<string> {
  let piece: string[] = []
  for await (const line of lines) {
    piece.push(line)
    if (piece.length < ROWS_A_PIECE) continue
    yield piece.join('')
    piece = []
  }
  if (piece.length > 0) yield piece.join('')
}

/** A moment for people; empty for none. */
export function moment (atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString()
}
