import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RecordingAnalysis } from '../../../db/index.ts'
import { compareIncidents } from '../../analysis/compare-incidents.ts'
import { refuse } from '../../errors.ts'
import { translateEvent } from '../../i18n/translate.ts'
import { accountOf, STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { eventsOf, incidentsOf } from '../../reviews/session-file.ts'
import { AnalysisAnswer, AnalysisSchema } from './analysis-schemas.ts'
import { loadRecording, playable } from './load.ts'
import { RecordingIdParams } from './schemas.ts'

const tags = ['recordings']
const named = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_RECORDING_UNKNOWN'] as const

/** Recordings once more through the detectors. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db } = fastify.services

  fastify.post(
    '/:recordingId/analyze',
    {
      config: { access: { roles: STAFF } },
      schema: {
        tags,
        summary: 'Run a recording through the detectors and rules once more',
        description:
          'A job that waits for idle workers and survives a restart. One that waits or runs already is returned. The incidents of the session stay as they are: the result is stored beside them.',
        params: RecordingIdParams,
        response: {
          202: AnalysisSchema,
          ...refusals(
            'guarded', ...named, 'INVIGIL_ERR_RECORDING_UNFINISHED', 'INVIGIL_ERR_RECORDING_FAILED',
            'INVIGIL_ERR_MEDIA_GONE', 'INVIGIL_ERR_RECORDING_SCREEN', 'INVIGIL_ERR_OVERLOADED'
          )
        }
      }
    },
    async (request, reply) => {
      const account = accountOf(request)
      const recording = playable(await loadRecording(db, request.params.recordingId, account))
      if (recording.source === 'screen') throw refuse('INVIGIL_ERR_RECORDING_SCREEN')
      const job = await fastify.recordingAnalyses.request(recording.id, account.id)
      if (job === undefined) throw refuse('INVIGIL_ERR_OVERLOADED')
      await db.audit.append({
        actorId: account.id,
        action: 'recording.analyze',
        targetType: 'recording',
        targetId: recording.id,
        detail: { sessionId: recording.sessionId },
        atMs: Date.now()
      })
      return await reply.code(202).send(view(job))
    }
  )

  fastify.get(
    '/:recordingId/analysis',
    {
      config: { access: { roles: STAFF } },
      schema: {
        tags,
        summary: 'The newest analysis of a recording: its progress, and how it differs from what was noted live',
        params: RecordingIdParams,
        response: { 200: AnalysisAnswer, ...refusals('guarded', ...named) }
      }
    },
    async request => {
      const recording = await loadRecording(db, request.params.recordingId, accountOf(request))
      const job = await db.analyses.newest(recording.id)
      if (job?.state !== 'done') return { analysis: job === undefined ? null : view(job), differences: null }
      const live = incidentsOf(await eventsOf(db, recording.sessionId)).map(({ start, endedAtMs }) =>
        ({ eventId: start.id, kind: start.kind, atMs: start.atMs, endedAtMs }))
      const { again, missing, added, unseen } = compareIncidents(live, job.found, recording)
      const titled = <Incident extends { readonly kind: string }>(incidents: readonly Incident[]) =>
        incidents.map(incident => ({ ...incident, title: translateEvent(request.language, incident.kind) }))
      return {
        analysis: view(job),
        differences: { again: titled(again), missing: titled(missing), added: titled(added), unseen }
      }
    }
  )
}

function view ({ found, requestedBy: _, tries: _tries, models, ...analysis }: RecordingAnalysis) {
  return { ...analysis, models: { ...models }, foundCount: found.length }
}

export default routes
