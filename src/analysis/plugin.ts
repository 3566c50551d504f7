import fp from 'fastify-plugin'
import { join } from 'node:path'
import { createRecordingAnalyses, type RecordingAnalyses, type RecordingAnalysesOptions } from './recording-analyses.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly recordingAnalyses: RecordingAnalyses
  }
}

type Options = Omit<RecordingAnalysesOptions, 'folder' | 'log'> & { readonly dataDir: string }

export default fp<Options>(
  async function analyses (fastify, { dataDir, ...options }) {
    const analyses = createRecordingAnalyses({ ...options, folder: join(dataDir, 'analysis'), log: fastify.log })
    fastify.decorate('recordingAnalyses', analyses)
    fastify.addHook('onReady', async () => { analyses.wake() })
    fastify.addHook('onClose', async () => await analyses.close())
  },
  { name: 'analyses' }
)
