/** Signed reports: issues them, keeps their files in the store, and knows the keys. */
import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import fp from 'fastify-plugin'
import {
  newId, type Database, type EvidenceRow, type ReportKeyRow, type SessionWithUser, type SignedReport
} from '../../db/index.ts'
import type { Config } from '../config.ts'
import { refuse } from '../errors.ts'
import { translate, type Language } from '../i18n/translate.ts'
import type { Account } from '../plugins/auth.ts'
import { refusalOf } from '../plugins/media.ts'
import { openReportKey, type ReportKey } from '../secrets/report-key.ts'
import type { MediaServices } from '../storage/media-services.ts'
import { StorageError } from '../storage/storage.ts'
import { placesOf } from './places.ts'
import { ReportPress } from './press.ts'
import { printReport } from './print.ts'
import { readReport } from './read-report.ts'

/** Reports of one session. Each needs a change of its review since the one before. */
const REPORTS_MAX = 50

export interface Reports {
  /** The newest report, where nothing of the review changed since it was issued in that language; else a new one. */
  issue (session: SessionWithUser, language: Language, by: Account): Promise<SignedReport>
  /** The file. Candidates get it without the detail of the log. */
  open (report: SignedReport, reader: 'candidate' | 'staff'): Promise<Readable>
  /** Every key that signed a report here, and the one that signs now. */
  keys (): Promise<readonly ReportKeyRow[]>
  /** Deletes the files of withdrawn reports. */
  deleteLeftovers (): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly reports: Reports
  }
}

export interface ReportsOptions {
  readonly db: Database
  readonly media: MediaServices
  readonly config: Config
  readonly now: () => number
}

export default fp<ReportsOptions>(
  async function reports (fastify, { db, media: { vault }, config, now }) {
    const press = new ReportPress()
    fastify.addHook('onClose', async () => await press.close())

    let opened: Promise<ReportKey> | undefined
    /** Opens the key at its first use, so that a server without reports makes no file. */
    const openKey = (): Promise<ReportKey> => {
      opened ??= (async () => {
        const key = await openReportKey(config)
        const { kid, publicKey: { x }, isSelfIssued } = key
        await db.signedReports.addKey({ kid, x, isSelfIssued, firstUsedAtMs: now() })
        return key
      })()
      opened.catch(() => { opened = undefined })
      return opened
    }
    // A wrong key stops the start.
    if (config.reportKey !== '') await openReportKey(config)

    /** Undefined for what was deleted, or whose session's key was erased. */
    const openStored = async (place: { readonly sessionId: string, readonly key: string }) =>
      await vault.open(place).catch(error => {
        if (error instanceof StorageError && error.code === 'erased') return undefined
        throw refusalOf(error)
      })

    async function isStored (report: SignedReport): Promise<boolean> {
      const content = await openStored(placesOf(report).candidate)
      content?.destroy()
      return content !== undefined
    }

    /** When people last changed what a report says. */
    async function changedAtMs (sessionId: string): Promise<number> {
      const [review, incidents, decisions, notes, appeal] = await Promise.all([
        db.reviews.bySession(sessionId), db.reviews.incidents(sessionId), db.reviews.decisions(sessionId),
        db.reviews.notes(sessionId), db.appeals.bySession(sessionId)
      ])
      return Math.max(
        review?.decidedAtMs ?? 0,
        appeal?.openedAtMs ?? 0,
        appeal?.answeredAtMs ?? 0,
        appeal?.closedAtMs ?? 0,
        ...[...incidents, ...decisions, ...notes].map(({ atMs }) => atMs)
      )
    }

    async function issue (session: SessionWithUser, language: Language, by: Account): Promise<SignedReport> {
      const key = await openKey()
      const earlier = await db.signedReports.list(session.id)
      const last = earlier.find(report =>
        report.withdrawnAtMs === null && report.language === language && report.kid === key.kid)
      if (last !== undefined && last.issuedAtMs > await changedAtMs(session.id) && await isStored(last)) return last
      if (earlier.length >= REPORTS_MAX) throw refuse('INVIGIL_ERR_REPORTS_FULL')

      const [id, issuedAtMs] = [newId(), Math.trunc(now())]
      const readEvidence = async ({ storageKey }: EvidenceRow): Promise<Uint8Array | undefined> => {
        const content = await openStored({ sessionId: session.id, key: storageKey })
        return content === undefined ? undefined : await buffer(content)
      }
      const { report, log, evidence, decision } =
        await readReport(db, session, { id, language, issuedAtMs, key, readEvidence })
      const files = await press.make({
        report,
        log,
        printed: printReport(report),
        readme: translate(language, 'signedReport.readme'),
        keys: { keys: (await db.signedReports.keys()).map(jwkOf) },
        evidence: evidence.map(({ path, content }) => ({ path, content })),
        issuedAtMs,
        kid: key.kid,
        pem: key.pem
      })
      const { sha256, head: chainHead, entries } = files
      const row = {
        id,
        sessionId: session.id,
        language,
        decision,
        kid: key.kid,
        sha256,
        chainHead,
        entries,
        bytes: files.full.length,
        issuedBy: by.id,
        issuedAtMs
      }
      const { staff, candidate } = placesOf(row)
      await store(staff, files.full)
      await store(candidate, files.forCandidate)
      await db.signedReports.add(row, {
        actorId: by.id,
        action: 'report.issue',
        targetType: 'session',
        targetId: session.id,
        detail: { id, sha256 },
        atMs: issuedAtMs
      })
      return { ...row, withdrawnAtMs: null }
    }

    async function store (place: { readonly sessionId: string, readonly key: string }, content: Uint8Array) {
      await vault.put(place, Readable.from([Buffer.from(content)], { objectMode: false }), 'application/zip')
        .catch(error => { throw refusalOf(error) })
    }

    fastify.decorate('reports', {
      issue,
      open: async (report, reader) => {
        if (report.withdrawnAtMs !== null) throw refuse('INVIGIL_ERR_REPORT_GONE')
        const content = await openStored(placesOf(report)[reader])
        if (content === undefined) throw refuse('INVIGIL_ERR_REPORT_GONE')
        return content
      },
      keys: async () => {
        await openKey()
        return await db.signedReports.keys()
      },
      deleteLeftovers: async () => {
        for (const report of await db.signedReports.leftovers(1000)) {
          for (const place of Object.values(placesOf(report))) await vault.delete(place)
          await db.signedReports.filesDeleted(report.id)
        }
      }
    } satisfies Reports)
  },
  { name: 'reports', dependencies: ['media'] }
)

/** A public key as `keys.json` and `/.well-known/invigil-keys.json` hold it. */
export const jwkOf = ({ kid, x, isSelfIssued, firstUsedAtMs }: ReportKeyRow) =>
  ({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x, isSelfIssued, firstUsedAtMs })
