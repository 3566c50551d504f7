import type { LogEntry } from '../../lib/signed-report/chain.ts'
import type { Printed } from './print.ts'

/** What the thread makes files of. */
export interface ReportJob {
  /** As in `report.json`, without `chain`. */
  readonly report: { readonly session: { readonly id: string } }
  readonly log: readonly LogEntry[]
  readonly printed: Printed
  readonly readme: string
  /** `keys.json`: the key that signs is one of them. */
  readonly keys: unknown
  readonly evidence: ReadonlyArray<{ readonly path: string, readonly content: Uint8Array }>
  readonly issuedAtMs: number
  readonly kid: string
  readonly pem: string
}

export interface ReportFiles {
  readonly full: Uint8Array
  /** The same report without the detail of the log, which only staff read. */
  readonly forCandidate: Uint8Array
  readonly sha256: string
  readonly head: string
  readonly entries: number
}

export type FromPress = { readonly type: 'done', readonly files: ReportFiles } | { readonly type: 'failed', readonly text: string }
