/**
 * Checks a signed report (`report.zip`) and names what does not fit: the file, and in the log the entry. It needs no
 * network, and runs in Node and in browsers.
 */
import { unzipSync } from 'fflate'
import { canonical, sha256, toBytes, toHex } from './chain.ts'
import { checkLog } from './check-log.ts'
import { fromBase64Url, isCanonical, parse, readText, toBase64Url, type Parsed } from './read.ts'

/**
 * `changed`: its content is not what was signed. `signature`: the signature does not fit. `key`: it does not hold the
 * key of the signature. `entry`, `detail`, `gone`: of the log, see `check-log.ts`. `head`: the log does not end where
 * the report says.
 */
export type ProblemCode =
  | 'not_zip' | 'too_large' | 'twice' | 'unreadable' | 'missing' | 'unexpected'
  | 'form' | 'changed' | 'signature' | 'key' | 'entry' | 'detail' | 'gone' | 'head'

export interface ReportProblem {
  readonly file: string
  /** Of the log: the number of the entry. */
  readonly entry?: number
  readonly code: ProblemCode
}

export interface PublicKey {
  readonly kty: string
  readonly crv: string
  readonly x: string
}

export interface Verification {
  /** `unknown_key`: everything fits together, but the key is none of the known ones. */
  readonly verdict: 'genuine' | 'unknown_key' | 'changed'
  readonly problems: readonly ReportProblem[]
  /** Thumbprint of the key that the signature names (RFC 7638). */
  readonly kid: string | null
  /** SHA-256 of `report.json`, as the PDF shows it. */
  readonly sha256: string | null
  /** The report; null where it cannot be read. */
  readonly report: Readonly<Record<string, unknown>> | null
  readonly entries: number
  /** Entries whose detail was left out. */
  readonly withoutDetail: number
}

export const REPORT_FILE = 'report.json'
export const SIGNATURE_FILE = 'report.jws'
export const LOG_FILE = 'events.jsonl'
export const KEYS_FILE = 'keys.json'
/** Files whose hashes stand in the signature's header. */
export const HASHED_FILES = [KEYS_FILE, 'README.txt', 'report.pdf'] as const

/** Unpacked bytes and files; a report with a hundred pictures has less. */
const BYTES_MAX = 200 * 1024 * 1024
const FILES_MAX = 500

type Blame = (file: string, code: ProblemCode, entry?: number) => void

export async function verifyReport (zip: Uint8Array, knownKeys: readonly PublicKey[]): Promise<Verification> {
  const problems: ReportProblem[] = []
  /** The first problem of a file or entry is its cause; others follow from it. */
  const blame: Blame = (file, code, entry) => {
    if (problems.some(known => known.file === file && known.entry === entry)) return
    problems.push({ file, ...(entry !== undefined && { entry }), code })
  }
  const files = readZip(zip, blame)
  const [report, jws, ownKeys] = [REPORT_FILE, SIGNATURE_FILE, KEYS_FILE].map(name => readJson(files, name, blame))
  const content = files.get(REPORT_FILE)
  const digest = content === undefined ? null : toHex(await sha256(content))

  const header = readHeader(jws)
  if (jws !== undefined && header === undefined) blame(SIGNATURE_FILE, 'changed')
  const kid = typeof header?.['kid'] === 'string' ? header['kid'] : null
  const isSame = digest !== null && (jws?.['header'] as Parsed | undefined)?.['sha256'] === digest
  let isHeaderSigned = false
  let isReportSigned = isSame
  if (header !== undefined && content !== undefined) {
    const own = await keyOf(kid, keysIn(ownKeys))
    if (ownKeys !== undefined && own === undefined) {
      // The report names its key as well.
      const isKeyThere = await keyOf((report?.['issuer'] as Parsed | undefined)?.['kid'], keysIn(ownKeys)) !== undefined
      if (isKeyThere) blame(SIGNATURE_FILE, 'changed')
      else blame(KEYS_FILE, 'key')
    }
    const key = await keyOf(kid, knownKeys) ?? own
    if (key === undefined) {
      if (!isSame) blame(REPORT_FILE, 'changed')
    } else if (await isSignedBy(key, jws!, content)) {
      if (!isSame) blame(SIGNATURE_FILE, 'changed')
      isHeaderSigned = isReportSigned = true
    } else if (isSame) {
      blame(SIGNATURE_FILE, 'signature')
    } else {
      blame(REPORT_FILE, 'changed')
      // The signature itself is probably as it was.
      isHeaderSigned = true
    }
  }

  const hashes = { ...(isHeaderSigned && header?.['files'] as Record<string, string> | undefined) }
  const pictures = isReportSigned && Array.isArray(report?.['evidence']) ? report['evidence'] as Parsed[] : []
  for (const { path, sha256 } of pictures) hashes[String(path)] = String(sha256)
  for (const [name, expected] of Object.entries(hashes)) {
    const bytes = files.get(name)
    if (bytes === undefined) blame(name, 'missing')
    else if (toHex(await sha256(bytes)) !== expected) blame(name, 'changed')
  }
  const expected = new Set<string>([REPORT_FILE, SIGNATURE_FILE, LOG_FILE, ...HASHED_FILES, ...Object.keys(hashes)])
  for (const name of expected) if (!files.has(name)) blame(name, 'missing')
  if (isReportSigned) for (const name of files.keys()) if (!expected.has(name)) blame(name, 'unexpected')

  const log = files.get(LOG_FILE)
  const { entries, withoutDetail } = log === undefined
    ? { entries: 0, withoutDetail: 0 }
    : await checkLog(log, isReportSigned ? report : undefined, (code, entry) => blame(LOG_FILE, code, entry))
  const isKnown = await keyOf(kid, knownKeys) !== undefined
  return {
    verdict: problems.length > 0 ? 'changed' : isKnown ? 'genuine' : 'unknown_key',
    problems,
    kid,
    sha256: digest,
    report: report ?? null,
    entries,
    withoutDetail
  }
}

/** RFC 7638. */
export const thumbprint = async ({ crv, kty, x }: PublicKey): Promise<string> =>
  toBase64Url(await sha256(toBytes(canonical({ crv, kty, x }))))

const keysIn = (file: Parsed | undefined): readonly PublicKey[] =>
  Array.isArray(file?.['keys']) ? file['keys'] as PublicKey[] : []

/** The key with that thumbprint. What a list says of its keys' ids is not read. */
async function keyOf (kid: unknown, keys: readonly PublicKey[]): Promise<PublicKey | undefined> {
  for (const key of keys) {
    if (typeof key?.x === 'string' && key.kty === 'OKP' && key.crv === 'Ed25519' && await thumbprint(key) === kid) {
      return key
    }
  }
  return undefined
}

function readZip (zip: Uint8Array, blame: Blame): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  const sizes = new Map<string, number>()
  try {
    unzipSync(zip, {
      filter: ({ name, originalSize }) => {
        if (sizes.has(name)) blame(name, 'twice')
        sizes.set(name, originalSize)
        return false
      }
    })
  } catch {
    blame('report.zip', 'not_zip')
    return files
  }
  if (sizes.size > FILES_MAX || [...sizes.values()].reduce((sum, size) => sum + size, 0) > BYTES_MAX) {
    blame('report.zip', 'too_large')
    return files
  }
  // One by one: an error of the decompressor names no file.
  for (const name of sizes.keys()) {
    try {
      files.set(name, unzipSync(zip, { filter: file => file.name === name })[name]!)
    } catch {
      blame(name, 'unreadable')
      files.set(name, new Uint8Array())
    }
  }
  return files
}

/** The object in a file; undefined, with the problem named, where it is none in canonical form. */
function readJson (files: ReadonlyMap<string, Uint8Array>, name: string, blame: Blame): Parsed | undefined {
  const bytes = files.get(name)
  if (bytes === undefined) return undefined
  const text = readText(bytes)
  const value = text === undefined ? undefined : parse(text)
  if (value === undefined) blame(name, 'unreadable')
  else if (!isCanonical(value, text)) blame(name, 'form')
  return value
}

/** The protected header of a detached EdDSA signature; undefined where the file is anything else. */
function readHeader (jws: Parsed | undefined): Parsed | undefined {
  if (jws === undefined || Object.keys(jws).sort().join() !== 'header,protected,signature') return undefined
  const bytes = fromBase64Url(jws['protected'])
  const header = bytes === undefined ? undefined : parse(readText(bytes) ?? '')
  const isOurs = header !== undefined && ['EdDSA', 'Ed25519'].includes(String(header['alg'])) &&
    header['b64'] === false && Array.isArray(header['crit']) && header['crit'].join() === 'b64' &&
    fromBase64Url(jws['signature']) !== undefined && Object.keys(jws['header'] ?? {}).join() === 'sha256'
  return isOurs ? header : undefined
}

async function isSignedBy ({ kty, crv, x }: PublicKey, jws: Parsed, content: Uint8Array): Promise<boolean> {
  const key = await crypto.subtle.importKey('jwk', { kty, crv, x }, { name: 'Ed25519' }, false, ['verify'])
  // RFC 7797: the payload itself, not its base64.
  const start = toBytes(`${String(jws['protected'])}.`)
  const signed = new Uint8Array(start.length + content.length)
  signed.set(start)
  signed.set(content, start.length)
  return await crypto.subtle.verify('Ed25519', key, fromBase64Url(jws['signature'])!, signed)
}
