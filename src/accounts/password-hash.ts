/** Argon2id with the package's defaults (19 MiB, 2 passes, 1 lane: OWASP's first recommendation). */
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { normalizePassword } from './password-rules.ts'

/** The hash of an unused password. Verifying it takes as long as verifying a real one. */
const DECOY = '$argon2id$v=19$m=19456,t=2,p=1$gw5KsA8bcHGOYr4AOC2dyA$+RvVQvPip5silgkIzzPhzFKOuJ/q8XXwCt9IeV4yOqY'

/** The password's hash in PHC form, salt and cost included. */
export async function hashPassword (password: string): Promise<string> {
  return await hash(normalizePassword(password))
}

/** `old-form`: the hash was made from the password as it was typed, before passwords were normalized; hash it again. */
export type PasswordMatch = 'no' | 'yes' | 'old-form'

/**
 * How `password` fits `passwordHash`. Without a hash it takes as long and says no: time does not tell who has an
 * account.
 */
export async function matchPassword (
  passwordHash: string | null | undefined,
  password: string
): Promise<PasswordMatch> {
  const normal = normalizePassword(password)
  const isReal = passwordHash !== null && passwordHash !== undefined
  if (await verify(passwordHash ?? DECOY, normal)) return isReal ? 'yes' : 'no'
  if (normal === password) return 'no'
  return await verify(passwordHash ?? DECOY, password) && isReal ? 'old-form' : 'no'
}

/** Makes a password that survives being read out: 4 characters for 3 bytes. */
export function makePassword (bytes = 18): string {
  return randomBytes(bytes).toString('base64url')
}
