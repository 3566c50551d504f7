/** `npm run chaos`: runs every fault in full and prints the figures. Exits with 1 if a figure that must be 0 is not. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Line, RecordingLine } from '../test/chaos/figures.ts'

const folder = mkdtempSync(join(tmpdir(), 'invigil-chaos-figures-'))
const file = join(folder, 'lines')
const { status } = spawnSync(
  'npx',
  [
    'tap',
    '--jobs=1',
    '--timeout=3600',
    ...process.argv.slice(2),
    ...(process.argv.length > 2 ? [] : ['test/chaos/*.test.ts'])
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, CHAOS: 'full', CHAOS_FIGURES: file }
  }
)
const lines = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Line | RecordingLine)
console.log(
  '| fault | engine | tries | sessions | acknowledged | rows | lost | doubled | broken incidents | wrong scores | back after |'
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
for (const line of lines) {
  const { fault, engine, tries, sessions, acknowledged, rows, lost, broken, recoveredMs } = line
  const [doubled, wrongScores] = 'tailMs' in line ? ['', ''] : [line.doubled, line.wrongScores]
  const back = recoveredMs === undefined ? '' : `${(recoveredMs / 1000).toFixed(1)} s`
  console.log(
    `| ${[fault, engine, tries, sessions, acknowledged, rows, lost, doubled, broken, wrongScores, back].join(' | ')} |`
  )
}
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
