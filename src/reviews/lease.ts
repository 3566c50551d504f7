/** How long a reviewer keeps a session after the last act. */
export const LEASE_MS = 600_000
/** Characters of a reason that a candidate is told. */
export const REASON_CHARS_MIN = 10
/** Incidents that one dismissal of a rule reaches. */
export const DISMISSED_MAX = 2_000
/** Comments that a candidate may write on one session. */
export const COMMENTS_MAX = 50
