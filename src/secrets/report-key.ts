/** The key that signs reports: Ed25519. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { thumbprint, type PublicKey } from '../../lib/signed-report/verify.ts'
import { ConfigError, type Config } from '../config.ts'
import { readOrMakeFile } from './key-file.ts'

export const REPORT_KEY_FILE = 'report.key'

export interface ReportKey {
  /** Its thumbprint (RFC 7638). */
  readonly kid: string
  readonly publicKey: PublicKey
  /** PKCS8. */
  readonly pem: string
  /** Made by this server: no other place says whose it is. */
  readonly isSelfIssued: boolean
}

/**
 * `REPORT_KEY` (the PEM text, or the path of its file), else the one in the data folder's `report.key`, which is made
 * at first use. Throws a ConfigError that says what to do with anything that is no Ed25519 key.
 */
export async function openReportKey ({ reportKey, dataDir }: Pick<Config, 'reportKey' | 'dataDir'>): Promise<ReportKey> {
  const isSelfIssued = reportKey === ''
  const isText = reportKey.startsWith('-----BEGIN')
  const place = isSelfIssued ? join(dataDir, REPORT_KEY_FILE) : isText ? 'REPORT_KEY' : reportKey
  const pem = isSelfIssued
    ? await readOrMakeFile(place, makePem)
    // An environment file holds the lines of a PEM as one.
    : isText ? reportKey.replaceAll('\\n', '\n') : await readFile(reportKey, 'utf8').catch(() => '')
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    throw problem(place)
  }
  if (key.asymmetricKeyType !== 'ed25519') throw problem(place)
  const { kty, crv, x } = createPublicKey(key).export({ format: 'jwk' })
  const publicKey = { kty: kty!, crv: crv!, x: x! }
  return { kid: await thumbprint(publicKey), publicKey, pem, isSelfIssued }
}

const makePem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** What OpenSSL says of the text may hold parts of it. */
const problem = (place: string): ConfigError => new ConfigError([
  `${place} is not an Ed25519 private key in PKCS8 PEM; make one with: openssl genpkey -algorithm ed25519`
])
