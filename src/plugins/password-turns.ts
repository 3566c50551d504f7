import fp from 'fastify-plugin'
import { createPasswordTurns, type PasswordTurns } from '../accounts/password-queue.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route that hashes or verifies a password does so in here. */
    readonly passwordTurns: PasswordTurns
  }
}

export default fp(async function passwordTurns (fastify) {
  fastify.decorate('passwordTurns', createPasswordTurns())
}, { name: 'password-turns' })
