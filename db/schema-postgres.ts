import { postgresKit } from './kit-postgres.ts'
import { defineSchema } from './schema.ts'

/** The tables one by one, as drizzle-kit wants to find them. */
export const {
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
  exams,
  examAssignments,
  accommodations,
  preflights,
  questions,
  questionCorrections,
  attempts,
  answers,
  codeSubmissions,
  grades,
  messages,
  acknowledgements,
  mediaKeys,
  recordings,
  sessionReviews,
  reviewDecisions,
  incidentReviews,
  reviewNotes,
  evidence,
  evidenceViews,
  appeals,
  consents
} = defineSchema(postgresKit)
