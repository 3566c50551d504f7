import { fork } from 'node:child_process'
import type { Readable } from 'node:stream'
import { DetectionError, errorFromData } from '../../detection/errors.ts'
import type { VideoFacts } from '../../detection/video/types.ts'
import type { FilmJob, FilmMessage, FilmPiece } from './film-messages.ts'
import { withNamelessFile } from './nameless-file.ts'

const HEAP_MB_MAX = 512
/** A process that decodes nothing for so long is given up. */
const SILENT_MS = 60_000
/** What a process may know of this one's environment: none of its secrets. */
const ENVIRONMENT = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot']
/** The first descriptor after those of a child process with a channel. */
const FILE_DESCRIPTOR = 4

/**
 * Gives `use` the frames and the sound of a recording, decoded by a process of its own. The plain bytes lie in a file
 * without a name, which is gone with this process.
 */
export async function withFilm<T> (
  content: Readable, folder: string, fps: number, use: (film: AsyncIterable<FilmPiece>) => Promise<T>
): Promise<T> {
  return await withNamelessFile(folder, async file => {
    for await (const chunk of content as AsyncIterable<Uint8Array>) await file.writeFile(chunk)
    return await use(decode(file.fd, fps))
  })
}

/** What the container of a file says, read by a process of its own. Throws DetectionError for what is no video. */
export async function probeFilm (descriptor: number): Promise<VideoFacts> {
  for await (const message of play(descriptor, 0)) if (message.type === 'facts') return message.facts
  throw new DetectionError('INVIGIL_ERR_MEDIA_INVALID', 'The recording has no picture.')
}

async function * decode (descriptor: number, fps: number): AsyncGenerator<FilmPiece> {
  for await (const message of play(descriptor, fps)) if (message.type !== 'facts') yield message
}

async function * play (
  descriptor: number, fps: number
): AsyncGenerator<Extract<FilmMessage, { readonly type: 'frame' | 'sound' | 'facts' }>> {
  const isSource = import.meta.url.endsWith('.ts')
  const child = fork(new URL(isSource ? './film-process.ts' : './film-process.js', import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc', descriptor],
    execArgv: [...(isSource ? process.execArgv : []), `--max-old-space-size=${HEAP_MB_MAX}`],
    env: isSource
      ? process.env
      : Object.fromEntries(
        ENVIRONMENT.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
      )
  })
  const messages: Array<FilmMessage | { readonly type: 'lost', readonly ending: string }> = []
  let wake = (): void => {}
  const take = (message: typeof messages[number]): void => {
    messages.push(message)
    wake()
  }
  const onLost = (ending: string): void => take({ type: 'lost', ending })
  child.on('message', take)
  child.once('error', error => onLost(error.message))
  child.once('close', (code, signal) => onLost(signal ?? `code ${code}`))
  // An error says that it has ended meanwhile, which its end says too.
  const send = (message: FilmJob | 'next'): void => { child.send(message, () => {}) }

  async function next (): Promise<typeof messages[number]> {
    const timer = setTimeout(() => { child.kill('SIGKILL') }, SILENT_MS)
    try {
      while (messages.length === 0) await new Promise<void>(resolve => { wake = resolve })
      return messages.shift()!
    } finally {
      clearTimeout(timer)
    }
  }

  try {
    for (;;) {
      const message = await next()
      switch (message.type) {
        case 'ready':
          send({ path: `/dev/fd/${FILE_DESCRIPTOR}`, fps })
          break
        case 'frame':
        case 'sound':
          yield message
          send('next')
          break
        case 'facts':
          yield message
          return
        case 'done': return
        case 'failed': throw errorFromData(message.error)
        case 'lost':
          throw new DetectionError('INVIGIL_ERR_MEDIA_INVALID', `The recording cannot be decoded (${message.ending}).`)
      }
    }
  } finally {
    child.kill('SIGKILL')
  }
}
