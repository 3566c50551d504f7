/**
 * Fills in the integrity hashes that package-lock.json lacks, from the registry that npm is set to:
 * `npm run lock:complete`.
 * npm leaves them out for packages of other platforms that its registry did not have when the lock was made.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = 'package-lock.json'
const lock = JSON.parse(readFileSync(FILE, 'utf8'))
let left = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '' || entry.link === true || entry.integrity !== undefined) continue
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  try {
    const integrity = execFileSync('npm', ['view', `${name}@${entry.version}`, 'dist.integrity'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    if (!/^sha512-[\w+/]+=*$/.test(integrity)) throw new Error(`odd answer: ${integrity}`)
    entry.integrity = integrity
    console.log(`${name}@${entry.version} ${integrity}`)
  } catch {
    left++
    console.error(`${name}@${entry.version} is not in this registry`)
  }
}
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`)
process.exitCode = left === 0 ? 0 : 1
