import { appendChannels, type Channels } from './channels.ts'
import { decodeChannels } from './decode.ts'

const PIECE_SAMPLES = 8000
export const PIECE_MS = 500
/** A session ends before this. */
const SOUND_MS_MAX = 24 * 3600 * 1000

/** The sound of a file as a page sends it: half a second at a time. */
export async function * halfSeconds (file: string): AsyncGenerator<Channels> {
  let rest: Channels = []
  for await (const channels of decodeChannels(file, { durationMsMax: SOUND_MS_MAX })) {
    const samples = appendChannels(rest, channels)
    const length = samples[0]!.length
    let from = 0
    for (; from + PIECE_SAMPLES <= length; from += PIECE_SAMPLES) {
      yield samples.map(channel => channel.slice(from, from + PIECE_SAMPLES))
    }
    rest = samples.map(channel => channel.slice(from))
  }
  if ((rest[0]?.length ?? 0) > 0) yield rest
}
