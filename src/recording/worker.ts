/** The recorder's threads: one writes journals, one makes files of them. Nothing of it runs on the main thread. */
import { parentPort } from 'node:worker_threads'
import type { FromThread, ToThread } from './messages.ts'
import { PartWriter } from './part-writer.ts'

const parts = new Map<string, PartWriter>()
const send = (message: FromThread): void => parentPort!.postMessage(message)
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.name : 'unknown'

parentPort!.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'begin': {
      const { id, path, dataKey, about } = message
      parts.set(id, new PartWriter(path, dataKey, about, {
        begun: () => send({ type: 'begun', id }),
        failed: error => send({ type: 'failed', id, code: codeOf(error) })
      }))
      return
    }
    case 'media':
      parts.get(message.id)?.add(message)
      return
    case 'pcm':
      parts.get(message.id)?.addSound(message.pcm, message.atMs)
      return
    case 'end': {
      const { id } = message
      const part = parts.get(id)
      parts.delete(id)
      if (part === undefined) return send({ type: 'ended', id })
      part.end().catch(() => {}).finally(() => send({ type: 'ended', id }))
      return
    }
    case 'finalize': {
      const { id, job } = message
      // Loaded here only, so that the thread that writes starts sooner.
      import('./finalize.ts').then(async ({ finalizePart }) => await finalizePart(job)).then(
        part => send({ type: 'finalized', id, part: part ?? null }),
        error => send({ type: 'unfinalized', id, code: codeOf(error) })
      )
    }
  }
})
