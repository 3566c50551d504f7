/** Rows and queries of accounts: users, their tokens, known devices and invitations. */

export type Role = 'student' | 'teacher' | 'admin'

/** What happened to a person's enrolled face. */
export type FaceAction = 'enrolled' | 'replaced' | 'removed'

/** Who changes a face, from where and when. */
export interface FaceChange {
  /** An account's id, or `system`. */
  readonly by: string
  /** The network address that the request came from. */
  readonly address: string
  readonly atMs: number
}

/** An entry in the history of a person's enrolled face. */
export interface FaceEnrollment extends FaceChange {
  readonly id: string
  readonly userId: string
  readonly action: FaceAction
  /** The member of staff who says that this face is the person's. */
  readonly confirmedBy: string | null
  readonly confirmedAtMs: number | null
}

/** A person's face at a moment. */
export interface FaceState {
  readonly isEnrolled: boolean
  /** The last change before that moment; null: none is known, as with faces enrolled before histories were kept. */
  readonly change: FaceEnrollment | null
}

/** `in_use`: a session of the user is open, and its candidate is compared with the face. */
export type FaceOutcome = 'done' | 'missing' | 'in_use'

export interface FaceConfirmation {
  readonly by: string
  readonly reason: string
  /** Confirms only where this is the newest change. */
  readonly enrollmentId?: string
  /** What else the audit entry says. */
  readonly detail?: Readonly<Record<string, unknown>>
  readonly atMs: number
}

export interface FaceEnrollments {
  /** Newest first; 1 to 500 a page. */
  list (userId: string, page: { readonly before?: string, readonly limit: number }): Promise<FaceEnrollment[]>
  /** Number of changes since then. */
  changesSince (userId: string, sinceMs: number): Promise<number>
  /** The face as it was then; `atMs` absent: as it is. */
  at (userId: string, atMs?: number): Promise<FaceState>
  /**
   * Confirms the enrolled face, and writes the audit entry with it. `none`: no face is enrolled. `changed`:
   * `enrollmentId` is not the newest change.
   */
  confirm (userId: string, confirmation: FaceConfirmation): Promise<FaceEnrollment | 'none' | 'changed'>
}

export interface User {
  readonly id: string
  /** Trimmed and in lower case: `users` does that to every address it is given. */
  readonly email: string
  readonly name: string
  readonly role: Role
  /** The language this user chose, or `auto`: whatever the reader's device asks for. */
  readonly locale: string
  readonly hasFace: boolean
  readonly disabledAtMs: number | null
  /** The server refuses tokens that were issued before this time; 0 until the user logs out everywhere. */
  readonly tokensValidAfterMs: number
  /**
   * Rises with every change of password, face, role or state, and with a logout everywhere. A login reads it together
   * with what it verifies, and gets tokens only while it is still the same.
   */
  readonly credentialVersion: number
  readonly createdAtMs: number
}

/** A user with what only the login may read. */
export interface UserSecrets extends User {
  /** Null: no password login. */
  readonly passwordHash: string | null
  /** Encrypted above this layer. */
  readonly faceEmbedding: Uint8Array | null
  /** Where the file storage keeps it; null unless the operator wants pictures kept. */
  readonly facePicture: string | null
}

export interface NewUser {
  /** Made here when absent. */
  readonly id?: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly passwordHash?: string | null
  readonly faceEmbedding?: Uint8Array | null
  readonly facePicture?: string | null
  /** Who enrolled the face, and from where; absent: the user. */
  readonly faceFrom?: Pick<FaceChange, 'by' | 'address'>
  /** `auto` when absent. */
  readonly locale?: string
  readonly createdAtMs: number
}

export interface UserFilter {
  readonly role?: Role
  /** Part of the name or address, in any case (ASCII). */
  readonly search?: string
  /** Continue below this id. */
  readonly before?: string
  /** 1 to 500. */
  readonly limit: number
}

export interface PasswordChange {
  readonly passwordHash: string
  readonly ifVersion?: number
  /** Forgets the enrolled face and the known devices too: who does so, and from where. */
  readonly forgetsOthers: Pick<FaceChange, 'by' | 'address'> | false
  readonly atMs: number
}

/** The setters answer whether the user exists, also when nothing changed. */
export interface Users {
  /** Throws `unique` when the address is taken. */
  create (user: NewUser): Promise<User>
  byId (id: string): Promise<User | undefined>
  /** The names of accounts that exist, by their ids. At most 1,000 ids. */
  namesOf (ids: readonly string[]): Promise<Readonly<Record<string, string>>>
  byEmail (email: string): Promise<User | undefined>
  secretsById (id: string): Promise<UserSecrets | undefined>
  secretsByEmail (email: string): Promise<UserSecrets | undefined>
  /** Newest first. */
  list (filter: UserFilter): Promise<User[]>
  countByRole (): Promise<Record<Role, number>>
  /** Whether an account that is an admin now has logged in from a device that is still remembered. */
  hasAdminLoggedIn (): Promise<boolean>
  /** Every enrolled face, for the check that one face is not enrolled twice; 1 to 500 a page, in the order of ids. */
  listFaces(page: {
    readonly after?: string
    readonly limit: number
  }): Promise<Array<{ id: string, faceEmbedding: Uint8Array }>>
  setProfile(id: string, profile: { readonly name?: string, readonly locale?: string }): Promise<boolean>
  setRole(id: string, role: Role): Promise<boolean>
  setPassword(id: string, passwordHash: string): Promise<boolean>
  /**
   * Replaces the password and ends every login, in one transaction. With `ifVersion` only while the credential version
   * is that one. Gives the new credential version; undefined: there is no such user, or the version has changed.
   */
  replacePassword (id: string, change: PasswordChange): Promise<number | undefined>
  /** Stores the same password in a newer form, if the hash is still `oldHash`. No credential changes by it. */
  rehashPassword (id: string, oldHash: string, newHash: string): Promise<boolean>
  /**
   * Enrolls, replaces or (null) removes the face and writes its history with it, unless a session of the user is open.
   */
  setFace(
    id: string,
    face: { readonly embedding: Uint8Array | null, readonly picture?: string | null, readonly change: FaceChange }
  ): Promise<FaceOutcome>
  /** Null enables the account again. */
  setDisabled (id: string, disabledAtMs: number | null): Promise<boolean>
  /**
   * Ends every login, in one transaction: the refresh tokens, the access tokens issued until now, and logins in
   * progress.
   */
  endLogins (id: string, atMs: number): Promise<boolean>
  /** Takes the user's tokens, sessions, pauses and events with it; false when there was none. */
  delete (id: string): Promise<boolean>
}

export interface RefreshToken {
  readonly id: string
  readonly userId: string
  /** All tokens that came out of one login. */
  readonly familyId: string
  /** The device that logged in, where it is known. */
  readonly deviceId: string | null
  readonly tokenHash: string
  readonly expiresAtMs: number
  readonly usedAtMs: number | null
  readonly revokedAtMs: number | null
}

/** All tokens of one family: from the password to the logout. */
export interface Login {
  /** The family. */
  readonly id: string
  readonly startedAtMs: number
  /** When it was last refreshed. */
  readonly usedAtMs: number
  /** Of its device; null: unknown, or forgotten since. */
  readonly label: string | null
}

export interface NewRefreshToken {
  readonly id?: string
  readonly userId: string
  /** A new family when absent. */
  readonly familyId?: string
  readonly deviceId?: string | null
  readonly tokenHash: string
  readonly expiresAtMs: number
}

/**
 * `rotated`: the old token is used up and `token` takes its place. `reused`: it had been used before, and its whole
 * family is revoked now. `invalid`: unknown, expired or revoked.
 */
export type Rotation =
  | { readonly outcome: 'rotated', readonly token: RefreshToken }
  | { readonly outcome: 'reused', readonly userId: string, readonly familyId: string }
  | { readonly outcome: 'invalid' }

export interface RotateOptions {
  /**
   * For so long after its use a token is answered again, while none of its successors has been used: an answer may have
   * been lost.
   */
  readonly graceMs?: number
  /**
   * Hashes of the device tokens that came with the request. The device that the login was made on may use a token again
   * until it expires: a browser's tabs share their device token, and a copied tab has a copy of the refresh token.
   */
  readonly deviceTokenHashes?: readonly string[]
}

export interface RefreshTokens {
  /** Stores a token without asking anything: for tests and tools. */
  create (token: NewRefreshToken): Promise<RefreshToken>
  /**
   * Begins a login: stores the token if the user is enabled and has this credential version still, in one transaction.
   * Undefined: what was verified has changed meanwhile. `newDevice` is stored with it, and the token is of that device.
   */
  issue (token: NewRefreshToken, credentialVersion: number, newDevice?: NewDevice): Promise<RefreshToken | undefined>
  byHash (tokenHash: string): Promise<RefreshToken | undefined>
  /** The logins of a user that have not ended, the last used first. */
  logins (userId: string, atMs: number, limit: number): Promise<Login[]>
  /**
   * Of several callers with the same old token exactly one gets `rotated`, the others void the family; except where
   * `options` allow a token to be used again: then each gets a successor of its own.
   */
  rotate(
    tokenHash: string,
    next: { readonly tokenHash: string, readonly expiresAtMs: number },
    atMs: number,
    options?: RotateOptions
  ): Promise<Rotation>
  /** Logs this login out; false when there was nothing left to revoke. */
  revokeFamily (familyId: string, atMs: number): Promise<boolean>
  /** Removes what expired before `atMs`; gives the number removed. */
  deleteExpired (atMs: number): Promise<number>
}

/** A device that has logged in to an account. */
export interface Device {
  readonly id: string
  readonly userId: string
  readonly tokenHash: string
  /** Browser and system, for its owner to know it again. */
  readonly label: string | null
  readonly createdAtMs: number
  readonly usedAtMs: number
}

export interface NewDevice {
  readonly tokenHash: string
  readonly label?: string | null
  readonly atMs: number
  /** Of the user's devices the newest so many stay. */
  readonly keepMax: number
}

export interface Devices {
  /** The user's device that one of these tokens belongs to. */
  find (userId: string, tokenHashes: readonly string[]): Promise<Device | undefined>
  /** Notes that it logged in again, and by which browser. */
  touch (id: string, atMs: number, label?: string | null): Promise<void>
}

export interface Invitation {
  readonly id: string
  readonly createdBy: string
  readonly role: Role
  /** The only address that may use it; null: any, or it has been used. */
  readonly email: string | null
  /** The exam that the new account is assigned to. */
  readonly examId: string | null
  readonly usesMax: number
  readonly uses: number
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly revokedAtMs: number | null
}

export interface NewInvitation {
  readonly tokenHash: string
  readonly createdBy: string
  readonly role: Role
  readonly email?: string | null
  readonly examId?: string | null
  readonly usesMax: number
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export interface Invitations {
  /** Undefined: the creator has `openMax` that can still be used. */
  create (invitation: NewInvitation, openMax: number): Promise<Invitation | undefined>
  byId (id: string): Promise<Invitation | undefined>
  /** The invitation, if `email` can use it now and its creator may still assign its role. */
  usable (tokenHash: string, email: string, atMs: number): Promise<Invitation | undefined>
  /** Newest first. */
  list(filter: { readonly createdBy?: string, readonly before?: string, readonly limit: number }): Promise<Invitation[]>
  /** Returns false if the invitation was already revoked or does not exist. */
  revoke (id: string, atMs: number): Promise<boolean>
  /**
   * Makes the account and counts the use, in one transaction. Undefined: the invitation cannot be used, and no account
   * is made. Throws `unique` when the address is taken; the use is not counted then.
   */
  redeem(
    tokenHash: string,
    user: Omit<NewUser, 'role'>,
    atMs: number
  ): Promise<{ readonly user: User, readonly invitation: Invitation } | undefined>
  /** Removes what expired before `atMs`. */
  deleteExpired (atMs: number): Promise<number>
}
