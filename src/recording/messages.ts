import type { FinalizedPart, FinalizeJob } from './finalize.ts'
import type { PartAbout, RecordKind } from './journal.ts'

/** From the gateway to the thread. */
export type ToThread =
  | { readonly type: 'begin', readonly id: string, readonly path: string, readonly dataKey: Uint8Array, readonly about: PartAbout }
  | { readonly type: 'media', readonly id: string, readonly kind: RecordKind, readonly atMs: number, readonly bytes: Uint8Array }
  | { readonly type: 'pcm', readonly id: string, readonly atMs: number, readonly pcm: Float32Array }
  | { readonly type: 'end', readonly id: string }
  | { readonly type: 'finalize', readonly id: string, readonly job: FinalizeJob }

/** From the thread to the gateway. */
export type FromThread =
  | { readonly type: 'begun', readonly id: string }
  | { readonly type: 'failed', readonly id: string, readonly code: string }
  | { readonly type: 'ended', readonly id: string }
  | { readonly type: 'finalized', readonly id: string, readonly part: FinalizedPart | null }
  | { readonly type: 'unfinalized', readonly id: string, readonly code: string }
