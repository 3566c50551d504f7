import type { ErrorData } from '../errors.ts'
import type { Channels } from './channels.ts'
import type { DecodeSoundOptions } from './decode.ts'

/** What a decoder process is told, once. */
export interface DecodeJob extends DecodeSoundOptions {
  readonly bytes: Uint8Array
}

/** `ready` once, then pieces, then `done` or `failed`. */
export type DecoderMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'piece', readonly channels: Channels }
  | { readonly type: 'done' }
  | { readonly type: 'failed', readonly error: ErrorData }
