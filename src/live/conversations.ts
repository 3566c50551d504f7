import type { FastifyBaseLogger } from 'fastify'
import type { Database, NewAuditEntry, SessionWithUser } from '../../db/index.ts'
import type { About, Bus } from '../feed/bus.ts'
import { createCandidateRequests, type CandidateRequests } from './candidate-requests.ts'
import { createIncidentAcknowledgements, type IncidentAcknowledgements } from './incident-acknowledgements.ts'
import type { SessionCommands } from './session-commands.ts'
import type { SessionStore } from './session-store.ts'
import { aboutOf, createThreads, type Threads } from './threads.ts'

/** What candidates and staff say to each other, and what staff say of incidents. */
export interface Conversations {
  readonly threads: Threads
  readonly requests: CandidateRequests
  readonly acknowledgements: IncidentAcknowledgements
  /** A stored session as the feed knows it. */
  aboutOf (session: SessionWithUser): Promise<About>
}

export interface ConversationsOptions {
  readonly db: Database
  readonly bus: Pick<Bus, 'publish'>
  readonly commands: Pick<SessionCommands, 'run'>
  readonly store: Pick<SessionStore, 'report'>
  readonly log: Pick<FastifyBaseLogger, 'warn'>
  readonly now: () => number
  readonly pause: (sessionId: string, by: string, reason?: string, audit?: NewAuditEntry) => Promise<boolean>
}

export function createConversations ({ commands, pause, ...options }: ConversationsOptions): Conversations {
  const threads = createThreads({
    ...options,
    sendToCandidate: async (sessionId, reply) => await commands.run({ kind: 'tell', sessionId, reply })
  })
  const requests = createCandidateRequests({
    ...options,
    threads,
    pause,
    refresh: async sessionId => await commands.run({ kind: 'refresh', sessionId })
  })
  return {
    threads,
    requests,
    acknowledgements: createIncidentAcknowledgements(options),
    aboutOf: async session => await aboutOf(options.db, session)
  }
}
