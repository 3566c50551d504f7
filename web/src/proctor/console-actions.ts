import type { Acknowledgement } from './logic/room.ts'

/** What stands in the middle of the console; the queue is beside it, or the whole page. */
export type View = 'wall' | 'table' | 'queue'

/** What the parts of the console ask its page to do. */
export interface ConsoleActions {
  acknowledge (sessionId: string, eventId: string, state: Acknowledgement['state'], note?: string): void
  /** Opens the candidate with the ready-made warnings. */
  warn (sessionId: string): void
  /** Asks for a note, then flags. */
  flag (sessionId: string, eventId: string): void
  pause (sessionId: string): void
  end (sessionId: string): void
  /** Sends an action of the socket; what goes wrong is shown. Settles with whether it was done. */
  act (action: object): Promise<boolean>
}
