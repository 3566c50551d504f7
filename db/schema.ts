import type { FaceAction, Role } from './account-types.ts'
import type { Kit } from './kit-mysql.ts'
import { defineExamSchema } from './schema-exams.ts'
import { defineMediaSchema } from './schema-media.ts'
import { defineRetentionSchema } from './schema-retention.ts'
import { defineReviewSchema } from './schema-reviews.ts'
import { defineThreadSchema } from './schema-threads.ts'
import { defineWebhookSchema } from './schema-webhooks.ts'
import type { SessionState } from './types.ts'

/** All tables, made once per dialect. */
export function defineSchema (kit: Kit) {
  const { table, index, uniqueIndex } = kit

  const users = table('users', {
    id: kit.id('id').primaryKey(),
    email: kit.text('email', 320).notNull(),
    name: kit.text('name', 200).notNull(),
    /** Email and name as `foldForSearch` returns them. Null in rows of an older version until `refold` fills them. */
    emailFolded: kit.longText('email_folded'),
    nameFolded: kit.longText('name_folded'),
    role: kit.text('role', 16).$type<Role>().notNull(),
    passwordHash: kit.text('password_hash', 255),
    faceEmbedding: kit.blob('face_embedding'),
    facePicture: kit.text('face_picture', 500),
    locale: kit.text('locale', 16).notNull(),
    disabledAtMs: kit.time('disabled_at'),
    tokensValidAfterMs: kit.time('tokens_valid_after').notNull(),
    /**
     * Counts changes of password, face, role, state and "log out everywhere": a login in progress compares it before it
     * ends.
     */
    credentialVersion: kit.count('credential_version').notNull().default(0),
    createdAtMs: kit.time('created_at').notNull()
  }, t => [
    uniqueIndex('users_email').on(t.email),
    index('users_role').on(t.role, t.id)
  ])

  const refreshTokens = table('refresh_tokens', {
    id: kit.id('id').primaryKey(),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
    familyId: kit.id('family_id').notNull(),
    /** The device that logged in. No foreign key: the login may outlive the row of the device. */
    deviceId: kit.id('device_id'),
    tokenHash: kit.text('token_hash', 128).notNull(),
    expiresAtMs: kit.time('expires_at').notNull(),
    usedAtMs: kit.time('used_at'),
    revokedAtMs: kit.time('revoked_at')
  }, t => [
    uniqueIndex('refresh_tokens_hash').on(t.tokenHash),
    index('refresh_tokens_user').on(t.userId),
    index('refresh_tokens_family').on(t.familyId),
    index('refresh_tokens_expires').on(t.expiresAtMs)
  ])

  /** Devices that have logged in: failed logins from elsewhere do not lock them out. */
  const devices = table('devices', {
    id: kit.id('id').primaryKey(),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
    tokenHash: kit.text('token_hash', 128).notNull(),
    /** Browser and system, such as `Firefox, Windows`. Null: a program, or a row of an older version. */
    label: kit.text('label', 64),
    createdAtMs: kit.time('created_at').notNull(),
    usedAtMs: kit.time('used_at').notNull()
  }, t => [
    uniqueIndex('devices_hash').on(t.tokenHash),
    index('devices_user').on(t.userId, t.usedAtMs)
  ])

  /** The history of a person's enrolled face; the face itself is with the user. */
  const faceEnrollments = table('face_enrollments', {
    id: kit.id('id').primaryKey(),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
    action: kit.text('action', 16).$type<FaceAction>().notNull(),
    /** Id of the account that made the change. */
    by: kit.text('changed_by', 64).notNull(),
    /** The network address it was sent from. */
    address: kit.text('address', 64).notNull(),
    atMs: kit.time('at').notNull(),
    /** The member of staff who says that the face is this person's. */
    confirmedBy: kit.text('confirmed_by', 64),
    confirmedAtMs: kit.time('confirmed_at')
  }, t => [
    index('face_enrollments_user').on(t.userId, t.id)
  ])

  const invitations = table('invitations', {
    id: kit.id('id').primaryKey(),
    tokenHash: kit.text('token_hash', 128).notNull(),
    /** The account that made it; without that account it is void. */
    createdBy: kit.id('created_by').notNull().references(() => users.id, { onDelete: 'cascade' }),
    role: kit.text('role', 16).$type<Role>().notNull(),
    /** The only address that may use it; null: any. */
    email: kit.text('email', 320),
    /** The exam that the new account is assigned to. No foreign key: the invitation is good without it. */
    examId: kit.id('exam_id'),
    usesMax: kit.count('uses_max').notNull(),
    uses: kit.count('uses').notNull(),
    createdAtMs: kit.time('created_at').notNull(),
    expiresAtMs: kit.time('expires_at').notNull(),
    revokedAtMs: kit.time('revoked_at')
  }, t => [
    uniqueIndex('invitations_hash').on(t.tokenHash),
    index('invitations_creator').on(t.createdBy, t.id),
    index('invitations_email').on(t.email),
    index('invitations_expires').on(t.expiresAtMs)
  ])

  const sessions = table('sessions', {
    id: kit.id('id').primaryKey(),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
    /** The user's id while the session is open, else null. The unique index allows one open session per user. */
    openFor: kit.id('open_for'),
    /** No foreign keys: the session stays when its exam or attempt is deleted. */
    examId: kit.id('exam_id'),
    attemptId: kit.id('attempt_id'),
    state: kit.text('state', 16).$type<SessionState>().notNull(),
    startedAtMs: kit.time('started_at').notNull(),
    endedAtMs: kit.time('ended_at'),
    endReason: kit.text('end_reason', 1000),
    riskScore: kit.real('risk_score').notNull(),
    trustScore: kit.real('trust_score').notNull(),
    complianceScore: kit.real('compliance_score').notNull(),
    eventCount: kit.count('event_count').notNull(),
    /**
     * Null: the session is older than this column, its events were cleared, or its exam has the policy `watching:
     * none`.
     */
    seenPercent: kit.real('seen_percent'),
    /** False: the API returns null for the two scores above. */
    isEnoughSeen: kit.flag('is_enough_seen').notNull().default(true),
    updatedAtMs: kit.time('updated_at').notNull(),
    /**
     * Fencing number: raised by each gateway that takes the session, and part of the condition of every write for it.
     */
    epoch: kit.count('epoch').notNull().default(0),
    /** Since when the candidate raises a hand; null: not raised. */
    handRaisedAtMs: kit.time('hand_raised_at'),
    /** When the candidate asked for the break that staff have not answered yet; null: none is asked for. */
    breakAskedAtMs: kit.time('break_asked_at')
  }, t => [
    uniqueIndex('sessions_open_for').on(t.openFor),
    index('sessions_user').on(t.userId, t.id),
    index('sessions_exam').on(t.examId, t.id),
    index('sessions_attempt').on(t.attemptId, t.id),
    index('sessions_state').on(t.state, t.id),
    index('sessions_started').on(t.startedAtMs),
    index('sessions_risk').on(t.riskScore, t.id)
  ])

  const sessionPauses = table('session_pauses', {
    id: kit.id('id').primaryKey(),
    sessionId: kit.id('session_id').notNull().references(() => sessions.id, { onDelete: 'cascade' }),
    startedAtMs: kit.time('started_at').notNull(),
    endedAtMs: kit.time('ended_at'),
    by: kit.text('paused_by', 64).notNull()
  }, t => [
    index('session_pauses_session').on(t.sessionId, t.id)
  ])

  const events = table('events', {
    id: kit.id('id').primaryKey(),
    sessionId: kit.id('session_id').notNull().references(() => sessions.id, { onDelete: 'cascade' }),
    userId: kit.id('user_id').notNull(),
    kind: kit.text('kind', 64).notNull(),
    phase: kit.text('phase', 16).notNull(),
    incident: kit.count('incident').notNull(),
    atMs: kit.time('at').notNull(),
    durationMs: kit.big('duration_ms'),
    class: kit.text('class', 16).notNull(),
    severity: kit.text('severity', 16).notNull(),
    weight: kit.real('weight').notNull(),
    detail: kit.json('detail').$type<Readonly<Record<string, unknown>>>().notNull(),
    createdAtMs: kit.time('created_at').notNull()
  }, t => [
    index('events_session').on(t.sessionId, t.id),
    index('events_user').on(t.userId, t.id),
    index('events_kind').on(t.kind, t.id)
  ])

  const auditLog = table('audit_log', {
    id: kit.id('id').primaryKey(),
    /** No foreign key: an entry outlives its actor. */
    actorId: kit.id('actor_id'),
    action: kit.text('action', 64).notNull(),
    targetType: kit.text('target_type', 64).notNull(),
    targetId: kit.text('target_id', 255).notNull(),
    detail: kit.json('detail').$type<Readonly<Record<string, unknown>>>().notNull(),
    atMs: kit.time('at').notNull()
  }, t => [
    index('audit_log_actor').on(t.actorId, t.id),
    index('audit_log_target').on(t.targetType, t.targetId, t.id)
  ])

  const settings = table('settings', {
    key: kit.text('key', 128).primaryKey(),
    /** JSON text. */
    value: kit.longText('value').notNull()
  })

  /** What an hour that has passed brought, counted from sessions and events, so that no statistic counts them again. */
  const eventHours = table('event_hours', {
    atMs: kit.time('at').primaryKey(),
    sessions: kit.count('sessions').notNull(),
    /** Incidents by kind. */
    events: kit.json('events').$type<Readonly<Record<string, number>>>().notNull()
  })

  return {
    users,
    refreshTokens,
    devices,
    faceEnrollments,
    invitations,
    sessions,
    sessionPauses,
    events,
    auditLog,
    settings,
    eventHours,
    ...defineExamSchema(kit, users),
    ...defineWebhookSchema(kit, { users }),
    ...defineThreadSchema(kit, { sessions, events }),
    ...defineMediaSchema(kit, { sessions }),
    ...defineReviewSchema(kit, { users, sessions, events }),
    ...defineRetentionSchema(kit, { users })
  }
}

/** The tables, typed as MySQL's. */
export type Schema = ReturnType<typeof defineSchema>
