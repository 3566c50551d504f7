/** Makes the files of a signed report, in a thread of its own: the PDF and the zip take hundreds of milliseconds. */
import { randomBytes } from 'node:crypto'
import { zipSync, type Zippable } from 'fflate'
import { FlattenedSign, importPKCS8 } from 'jose'
import { canonical, chainOf, sha256, toBytes, toHex } from '../../lib/signed-report/chain.ts'
import { HASHED_FILES, KEYS_FILE, LOG_FILE, REPORT_FILE, SIGNATURE_FILE } from '../../lib/signed-report/verify.ts'
import type { ReportFiles, ReportJob } from './messages.ts'
import type { Printed } from './print.ts'

const SALT_BYTES = 16

/** `compile` makes the PDF. */
export async function packReport (job: ReportJob, compile: (printed: Printed) => Uint8Array): Promise<ReportFiles> {
  const { lines, head } = await chainOf(
    job.report.session.id, job.log.map(normal), () => randomBytes(SALT_BYTES).toString('hex')
  )
  const report = toBytes(canonical(normal({ ...job.report, chain: { entries: lines.length, head } })))
  const digest = toHex(await sha256(report))
  const files: Record<string, Uint8Array> = {
    [REPORT_FILE]: report,
    'report.pdf': compile(withCheck(job.printed, digest, lines.length, head)),
    [KEYS_FILE]: toBytes(canonical(job.keys)),
    'README.txt': toBytes(job.readme)
  }
  const hashes: Record<string, string> = {}
  for (const name of HASHED_FILES) hashes[name] = toHex(await sha256(files[name]!))
  files[SIGNATURE_FILE] = toBytes(canonical(await sign(report, digest, hashes, job)))
  const log = (withDetail: boolean): Uint8Array =>
    toBytes(lines.map(({ entry, hash, ...rest }) => `${canonical({ entry, hash, ...(withDetail && rest) })}\n`).join(''))
  return {
    full: zip({ ...files, [LOG_FILE]: log(true) }, job),
    forCandidate: zip({ ...files, [LOG_FILE]: log(false) }, job),
    sha256: digest,
    head,
    entries: lines.length
  }
}

/**
 * The signature over `report.json` (detached, RFC 7797), with the hashes of the other files in its header. The
 * unprotected hash of the report tells a changed report from a changed signature.
 */
async function sign (
  report: Uint8Array, digest: string, files: Readonly<Record<string, string>>, { kid, pem }: ReportJob
): Promise<object> {
  const { header, protected: head, signature } = await new FlattenedSign(report)
    .setProtectedHeader({ alg: 'EdDSA', kid, b64: false, crit: ['b64'], files })
    .setUnprotectedHeader({ sha256: digest })
    .sign(await importPKCS8(pem, 'EdDSA'))
  return { header, protected: head, signature }
}

function zip (files: Readonly<Record<string, Uint8Array>>, { evidence, issuedAtMs }: ReportJob): Uint8Array {
  const content: Zippable = {}
  for (const [name, bytes] of Object.entries(files)) content[name] = [bytes, { level: 6 }]
  // Pictures are compressed already.
  for (const { path, content: bytes } of evidence) content[path] = [bytes, { level: 0 }]
  return zipSync(content, { mtime: issuedAtMs })
}

/** NFC, so that texts that look alike have the same bytes, and without undefined members. */
const normal = <Value>(value: Value): Value =>
  JSON.parse(JSON.stringify(value, (_, part: unknown) => typeof part === 'string' ? part.normalize('NFC') : part)) as Value

/** Adds the hashes to the last section, which says how to check them. */
function withCheck (printed: Printed, digest: string, entries: number, head: string): Printed {
  const { check, sections } = printed
  const facts = [[check.sha256, digest], [check.entries, String(entries)], [check.head, head]] as const
  return {
    ...printed,
    sections: sections.map((section, index) =>
      index < sections.length - 1 ? section : { ...section, facts: [...facts, ...section.facts] })
  }
}
