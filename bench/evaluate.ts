import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { loadConfig } from '../src/config.ts'
import { accuracyPage, type DetectorFigures } from './accuracy-page.ts'
import { fairness, type GroupRates } from './fairness.ts'
import { machine } from './machine.ts'
import { round } from './numbers.ts'
import { portraitGroups, type PortraitRates } from './portrait-groups.ts'
import { newPeoplePlans } from './sessions/new-people.ts'
import { runSessions } from './sessions/run.ts'
import { sessionPlans } from './sessions/scripts.ts'
import { openSources } from './sessions/sources.ts'
import { faults, tally, type SessionResult } from './sessions/tally.ts'

/**
 * Measures detectors, sessions and fairness on labeled material, and writes docs/accuracy.md. Usage: see
 * bench/README.md.
 */
const PAGE = 'docs/accuracy.md'
const LINES_MAX = 64 << 20

const { values, positionals } = parseArgs({
  options: {
    only: { type: 'string' },
    out: { type: 'string', default: PAGE },
    resume: { type: 'string' },
    people: { type: 'string', default: '../shared/testdata2' }
  },
  allowPositionals: true
})
const folder = positionals[0] ?? '../shared/testdata'
const { modelsDir: configured } = loadConfig(process.env)
// If MODELS_DIR is not set, the models beside the labeled material are used if they exist.
const modelsDir =
  process.env['MODELS_DIR'] === undefined && existsSync('../shared/models') ? '../shared/models' : configured
const writeLine = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
const wanted = (part: string): boolean => values.only === undefined || values.only === part

/** The results of an interrupted run, stored in the file given by `--resume`. */
interface Saved {
  detectors?: DetectorFigures
  results: SessionResult[]
  groups?: GroupRates[]
  portraits?: PortraitRates[]
}

const saved: Saved =
  values.resume !== undefined && existsSync(values.resume)
    ? (JSON.parse(readFileSync(values.resume, 'utf8')) as Saved)
    : { results: [] }
const save = (): void => {
  if (values.resume !== undefined) writeFileSync(values.resume, JSON.stringify(saved))
}

const startedMs = performance.now()
const detectors = wanted('detectors') ? saved.detectors ??= detectorFigures() : undefined
save()
if (detectors !== undefined) writeLine(`detectors: ${detectors.right} of ${detectors.of} labels`)

const areSessionsWanted = wanted('sessions') || wanted('people') || wanted('aside')
const plans = areSessionsWanted
  ? [
      ...(wanted('sessions') ? sessionPlans(openSources(folder)) : []),
      ...(wanted('sessions') || wanted('people') ? await newPeoplePlans(values.people, modelsDir, 'new people') : []),
      ...(wanted('sessions') || wanted('aside') ? await newPeoplePlans(values.people, modelsDir, 'kept aside') : [])
    ]
  : []
const results = areSessionsWanted
  ? await runSessions(plans, modelsDir, [...saved.results], result => {
    saved.results.push(result)
    save()
    writeLine(
        `${result.set}: ${result.name}: found ${result.found.length}, missed ${result.missed.length}, false ${result.falseIncidents.length}`
    )
    for (const fault of faults(result)) writeLine(`  ${fault}`)
  })
  : undefined
if (results !== undefined) {
  const { found, expected, falsePerHour, hours } = tally(results)
  writeLine(
    `sessions: ${found} of ${expected} incidents found, ${round(falsePerHour)} false an hour in ${round(hours)} hours`
  )
}

const groups = wanted('fairness') ? saved.groups ??= await fairness(folder, modelsDir) : undefined
const portraits = wanted('fairness') ? saved.portraits ??= await portraitGroups(values.people, modelsDir) : []
save()
if (groups !== undefined && values.only !== undefined) writeLine(JSON.stringify([groups, portraits], undefined, 2))

const seconds = Math.round((performance.now() - startedMs) / 1000)
if (detectors !== undefined && results !== undefined && groups !== undefined) {
  writeFileSync(values.out, accuracyPage({ machine: machine(), detectors, results, groups, portraits }))
  writeLine(`${values.out} written after ${seconds} s`)
}

/** Runs the tool that comes with the labels; it calls `invigil analyze` on the whole material. */
function detectorFigures (): DetectorFigures {
  const tool = path.join(folder, '../tools/evaluate.mjs')
  if (!existsSync(tool)) throw new Error(`${tool} is missing: the detectors cannot be measured.`)
  const run = spawnSync(process.execPath, [tool, folder, '--json'], {
    encoding: 'utf8',
    maxBuffer: LINES_MAX,
    env: { ...process.env, MODELS_DIR: modelsDir },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  if (run.status !== 0) throw new Error(`${tool} ended with ${String(run.status)}.`)
  return JSON.parse(run.stdout) as DetectorFigures
}
