import { pino, type DestinationStream, type Logger } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from './config.ts'

/** Fields that never reach a log, wherever they lie. */
const SECRETS = ['authorization', 'password', 'passwordHash', 'accessToken', 'refreshToken', 'token', 'email', 'name']

/**
 * The logger of the server: JSON lines, readable lines when a person looks on. What it is told of people are their ids;
 * should more slip in, it is taken out.
 */
export function createLog ({ logLevel }: Pick<Config, 'logLevel'>, stream?: DestinationStream): Logger {
  const target =
    stream ??
    (process.stdout.isTTY
      ? pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' })
      : pino.destination(1))
  return pino(
    {
      level: logLevel,
      redact: {
        paths: [
          ...SECRETS,
          ...SECRETS.flatMap(name => (name === 'name' ? [] : [`*.${name}`, `*.headers.${name}`])),
          'headers.authorization'
        ],
        remove: true
      },
      serializers: {
        req: (request: { readonly id: string, readonly method: string, readonly url: string }) => ({
          id: request.id,
          method: request.method,
          path: request.url.split('?', 1)[0]
        }),
        res: (reply: { readonly statusCode: number }) => ({ status: reply.statusCode })
      }
    },
    target
  )
}
