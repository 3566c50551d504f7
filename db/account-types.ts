/** What belongs to accounts beside users and their tokens: known devices and invitations. */
import type { NewUser, Role, User } from './types.ts'

/** A device that has logged in to an account. */
export interface Device {
  readonly id: string
  readonly userId: string
  readonly tokenHash: string
  readonly createdAtMs: number
  readonly usedAtMs: number
}

export interface NewDevice {
  readonly tokenHash: string
  readonly atMs: number
  /** Of the user's devices the newest so many stay. */
  readonly keepMax: number
}

export interface Devices {
  /** The user's device that one of these tokens belongs to. */
  find (userId: string, tokenHashes: readonly string[]): Promise<Device | undefined>
  /** Notes that it logged in again. */
  touch (id: string, atMs: number): Promise<void>
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
  /** One that `email` can use now, and whose creator may still give that role. */
  usable (tokenHash: string, email: string, atMs: number): Promise<Invitation | undefined>
  /** Newest first. */
  list (filter: { readonly createdBy?: string, readonly before?: string, readonly limit: number }): Promise<Invitation[]>
  /** False: it was revoked before, or there is none. */
  revoke (id: string, atMs: number): Promise<boolean>
  /**
   * Makes the account and counts the use, in one transaction. Undefined: the invitation cannot be used, and no account is made.
   * Throws `unique` when the address is taken; the use is not counted then.
   */
  redeem (tokenHash: string, user: Omit<NewUser, 'role'>, atMs: number): Promise<{ readonly user: User, readonly invitation: Invitation } | undefined>
  /** Removes those addressed to this e-mail address. */
  deleteByEmail (email: string): Promise<number>
  /** Removes what expired before `atMs`. */
  deleteExpired (atMs: number): Promise<number>
}
