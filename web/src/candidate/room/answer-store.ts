/**
 * What this device keeps of open attempts, so that a reload, a closed window or a lost line costs no answer: answers,
 * marks, and the questions for a page that opens without a line. It is removed when the attempt is handed in.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Attempt, Question } from '../types.ts'
import type { KeptAnswer } from './answer-buffer.ts'

export interface KeptAttempt {
  readonly attemptId: string
  readonly title: string
  readonly attempt: Attempt
  readonly questions: readonly Question[]
  /** By the device's clock, for the time that has passed since. */
  readonly keptAtMs: number
}

interface Tables extends DBSchema {
  answers: { key: [string, string], value: KeptAnswer & { readonly attemptId: string } }
  attempts: { key: string, value: KeptAttempt }
  flags: { key: string, value: readonly string[] }
}

export interface AnswerStore {
  keepAnswer (answer: KeptAnswer): void
  answers (): Promise<readonly KeptAnswer[]>
  keepAttempt (attempt: KeptAttempt): void
  attempt (): Promise<KeptAttempt | undefined>
  keepFlags (questionIds: readonly string[]): void
  flags (): Promise<readonly string[]>
  /** Removes everything of the attempt. */
  clear (): Promise<void>
}

/**
 * A browser that keeps nothing (a private window, a full disk) has an empty store: answers still go to the server.
 * `onKept` is called after each answer, and when nothing can be kept at all, with whether this device has kept it.
 */
export function openAnswerStore (attemptId: string, onKept: (isKept: boolean) => void): AnswerStore {
  const opened: Promise<IDBPDatabase<Tables> | undefined> = openDB<Tables>('invigil-exam', 1, {
    upgrade (database) {
      database.createObjectStore('answers', { keyPath: ['attemptId', 'questionId'] })
      database.createObjectStore('attempts', { keyPath: 'attemptId' })
      database.createObjectStore('flags')
    }
  }).catch(() => {
    onKept(false)
    return undefined
  })
  const write = (work: (database: IDBPDatabase<Tables>) => Promise<unknown>): void => {
    opened.then(async database => { if (database !== undefined) await work(database) }).catch(() => {})
  }
  const read = async <T>(other: T, work: (database: IDBPDatabase<Tables>) => Promise<T | undefined>): Promise<T> => {
    const database = await opened
    return database === undefined ? other : await work(database).catch(() => undefined) ?? other
  }
  const ofAttempt = IDBKeyRange.bound([attemptId], [attemptId, []])
  return {
    keepAnswer (answer) {
      opened.then(async database => {
        await database?.put('answers', { ...answer, attemptId })
        onKept(database !== undefined)
      }).catch(() => onKept(false))
    },
    answers: () => read<readonly KeptAnswer[]>([], database => database.getAll('answers', ofAttempt)),
    keepAttempt: attempt => write(database => database.put('attempts', attempt)),
    attempt: () => read<KeptAttempt | undefined>(undefined, database => database.get('attempts', attemptId)),
    keepFlags: questionIds => write(database => database.put('flags', questionIds, attemptId)),
    flags: () => read<readonly string[]>([], database => database.get('flags', attemptId)),
    async clear () {
      const database = await opened
      await Promise.all([
        database?.delete('answers', ofAttempt),
        database?.delete('attempts', attemptId),
        database?.delete('flags', attemptId)
      ]).catch(() => {})
    }
  }
}
