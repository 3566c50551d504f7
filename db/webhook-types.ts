/**
 * The types of webhook messages and when each is sent. A new type is a line here, and a call of `announce` in the
 * transaction that causes it; `npm run docs` writes the table of docs/webhooks.md.
 */
export const WEBHOOK_TYPES = {
  'session.started': 'A candidate started to be watched.',
  'session.paused': 'A session was paused, by the candidate or by staff.',
  'session.resumed': 'A paused session goes on.',
  'session.ended': 'A session ended: `data.state` is `stopped` or `terminated`.',
  'incident.opened': 'An incident began, or happened at one moment.',
  'incident.closed': 'An incident that lasted is over: `data.durationMs` says how long it was.',
  'attempt.submitted': 'An attempt was handed in, by the candidate, staff, or the end of its time.',
  'attempt.graded': 'The last ungraded answer of an attempt was graded.',
  'review.decided': 'People decided about a session: `data.decision` is `clear`, `concern` or `technical`.',
  'appeal.opened': 'A candidate appealed.',
  'appeal.answered': 'Staff answered an appeal.',
  'appeal.decided': 'An appeal was closed: `data.state` is `upheld` or `overturned`.',
  'recording.ready': 'A recording can be played.',
  'recording.deleted': 'The file of a recording was deleted, by an admin or because its time was over.',
  'report.issued': 'A signed report about a session was issued, by its reviewer or its candidate.',
  'retention.deleted': 'Something was deleted because its time was over: `data.class` says what, `data.days` by which rule.',
  'webhook.test': 'An admin asked for a test message.'
} as const

export type WebhookType = keyof typeof WEBHOOK_TYPES

/** Why an endpoint gets no messages. `gone`: it answered 410; `failing`: a message failed at every try. */
export type WebhookDisabledReason = 'gone' | 'failing' | 'admin'

/** An address that is told of what happens. */
export interface WebhookEndpoint {
  readonly id: string
  readonly url: string
  /** What it is told of; empty: all. */
  readonly types: readonly WebhookType[]
  readonly disabledAtMs: number | null
  readonly disabledReason: WebhookDisabledReason | null
  readonly createdBy: string
  readonly createdAtMs: number
}

/** Encrypted secrets: the newest, and the one before it while that is still signed with. */
export interface WebhookSecrets {
  readonly secret: Uint8Array
  readonly previousSecret: Uint8Array | null
  readonly previousUntilMs: number | null
}

export type DeliveryState = 'waiting' | 'done' | 'failed'

/** One message to one endpoint. */
export interface WebhookDelivery {
  readonly id: string
  readonly messageId: string
  readonly endpointId: string
  readonly state: DeliveryState
  /** Tries so far. */
  readonly attempts: number
  /** When the next try is due; while one is under way, when it counts as lost. Null: no more tries. */
  readonly nextAtMs: number | null
  readonly lastAtMs: number | null
  /** HTTP status of the last try; null: there was no answer. */
  readonly status: number | null
  readonly durationMs: number | null
  /** Why the last try had no answer. */
  readonly error: string | null
}

export type WebhookDeliveryWithType = WebhookDelivery & { readonly type: WebhookType, readonly createdAtMs: number }

/** What a try needs. */
export interface DueDelivery extends WebhookDelivery {
  readonly url: string
  readonly body: string
  readonly secrets: WebhookSecrets
}

/** What happened, before it is known who is told. */
export interface Cause {
  readonly type: WebhookType
  /** The account that owns the session or attempt. Erasing the account erases the message. */
  readonly userId: string
  readonly sessionId?: string | null
  readonly atMs: number
  /** Ids, numbers and words of a fixed list: no names, addresses, texts of people, or pictures. */
  readonly data: Readonly<Record<string, unknown>>
}

export interface DeliveryOutcome {
  readonly state: DeliveryState
  readonly nextAtMs: number | null
  readonly atMs: number
  readonly status: number | null
  readonly durationMs: number
  readonly error: string | null
}

export type NewWebhook = Pick<WebhookEndpoint, 'id' | 'url' | 'types' | 'createdBy' | 'createdAtMs'> & {
  readonly secret: Uint8Array
}

export interface Webhooks {
  /** Oldest first. */
  list (): Promise<WebhookEndpoint[]>
  byId (id: string): Promise<WebhookEndpoint | undefined>
  /** Undefined: there are `max` endpoints. */
  create (endpoint: NewWebhook, max: number): Promise<WebhookEndpoint | undefined>
  /** False: there is no such endpoint. */
  change (
    id: string,
    values: Partial<Pick<WebhookEndpoint, 'url' | 'types' | 'disabledAtMs' | 'disabledReason'>>
  ): Promise<boolean>
  /** Makes `secret` the endpoint's, and keeps the one before it until then. */
  rotate (id: string, secret: Uint8Array, previousUntilMs: number): Promise<boolean>
  delete (id: string): Promise<boolean>
  /** Puts a message for this endpoint alone into the outbox, and gives the delivery's id. */
  test (endpointId: string, userId: string, atMs: number): Promise<string>
  /** Newest first. */
  deliveries (
    endpointId: string,
    page: { readonly before?: string, readonly limit: number }
  ): Promise<WebhookDeliveryWithType[]>
  /** Makes a delivery due again, from its first try. Undefined: there is no such delivery. */
  redeliver (id: string, atMs: number): Promise<{ readonly endpointId: string } | undefined>
  /** Makes the messages of that time due again at this endpoint, up to `max`; gives their number. */
  replay (endpointId: string, fromMs: number, toMs: number, atMs: number, max: number): Promise<number>
  /** Deliveries of enabled endpoints that are due, each claimed for `leaseMs`: no other gateway gets it meanwhile. */
  claim (atMs: number, leaseMs: number, limit: number): Promise<DueDelivery[]>
  /** Stores the outcome of a try, if the delivery is still as it was claimed. */
  settle (delivery: Pick<DueDelivery, 'id' | 'attempts' | 'nextAtMs'>, outcome: DeliveryOutcome): Promise<boolean>
  /** Removes messages from before that time, with their deliveries; gives their number. */
  deleteBefore (atMs: number): Promise<number>
}
