/** Checks a signed report without a network. */
import { readFile } from 'node:fs/promises'
import { verifyReport, type ProblemCode, type PublicKey, type ReportProblem } from '../../lib/signed-report/verify.ts'
import { CommandError, printMessage, writeLine } from './output.ts'

const WORDS: Readonly<Record<ProblemCode, string>> = {
  not_zip: 'it is not a zip file',
  too_large: 'it is larger than any report',
  twice: 'it is in the zip twice',
  unreadable: 'it cannot be read',
  missing: 'it is missing',
  unexpected: 'it is not part of the report',
  form: 'it is not in canonical form',
  changed: 'it was changed',
  signature: 'the signature was changed',
  key: 'it does not hold the key of the signature',
  entry: 'the entry or its hash was changed',
  detail: 'the detail of the entry was changed',
  gone: 'an entry is missing before it, or its number was changed',
  head: 'the log does not end where the report says'
}

const nameOf = ({ file, entry }: ReportProblem): string => entry === undefined ? file : `${file}, entry ${entry}`

/**
 * Prints one JSON line and sets the exit code: 0 for a genuine report, 1 for a changed one, 2 for one of an unknown
 * key. `keys`: a file as `/.well-known/invigil-keys.json` of the issuer.
 */
export async function verify (file: string, { keys }: { readonly keys?: string }): Promise<void> {
  const known = keys === undefined ? [] : await readKeys(keys)
  const { verdict, problems, kid, sha256, report, entries, withoutDetail } =
    await verifyReport(await readFile(file), known)
  await writeLine({ file, verdict, kid, sha256, reportId: report?.['id'] ?? null, entries, withoutDetail, problems })
  for (const problem of problems) printMessage(`${nameOf(problem)}: ${WORDS[problem.code]}`)
  if (verdict === 'unknown_key') {
    printMessage(
      keys === undefined
        ? 'unknown key: everything fits together, but whose key it is was not checked. Name the keys of the issuer with --keys (docs/report.md).'
        : 'unknown key: everything fits together, but the key is none of those in --keys.'
    )
  }
  process.exitCode = verdict === 'genuine' ? 0 : verdict === 'changed' ? 1 : 2
}

async function readKeys (path: string): Promise<PublicKey[]> {
  try {
    const { keys } = JSON.parse(await readFile(path, 'utf8')) as { readonly keys: PublicKey[] }
    if (Array.isArray(keys)) return keys
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new CommandError(`${path} holds no keys: get it from /.well-known/invigil-keys.json of the issuer.`)
}
