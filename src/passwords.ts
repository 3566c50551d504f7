/** Argon2id with the package's defaults (19 MiB, 2 passes, 1 lane: OWASP's first recommendation). */
import { hash, verify } from '@node-rs/argon2'

/** Lengths of a password; the upper one bounds the work. */
export const PASSWORD_LENGTH = { min: 8, max: 200 } as const

/** The hash of a password that nobody has, of the same cost as a real one. */
const DECOY = '$argon2id$v=19$m=19456,t=2,p=1$gw5KsA8bcHGOYr4AOC2dyA$+RvVQvPip5silgkIzzPhzFKOuJ/q8XXwCt9IeV4yOqY'

/** The password's hash in PHC form, salt and cost included. */
export async function hashPassword (password: string): Promise<string> {
  return await hash(password)
}

/** Whether `password` made `passwordHash`. Without a hash it takes as long and says no: time does not tell who has an account. */
export async function verifyPassword (passwordHash: string | null | undefined, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? DECOY, password)
  return matches && passwordHash !== null && passwordHash !== undefined
}
