import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadConfig } from '../src/config.ts'
import { machine } from './machine.ts'
import type { Answer, BenchOptions, Part } from './part.ts'
import additions from './additions.ts'
import allCores from './all-cores.ts'
import bare from './bare.ts'
import candidates from './candidates.ts'
import consolePage from './console.ts'
import database from './database.ts'
import firstLoad from './first-load.ts'
import hostile from './hostile.ts'
import human from './human.ts'
import idle from './idle.ts'
import inbox from './inbox.ts'
import monitors from './monitors.ts'
import oneWorker from './one-worker.ts'
import overload from './overload.ts'
import recording from './recording.ts'
import recordingWaits from './recording-waits.ts'
import video from './video.ts'

/** Measures Invigil on this machine and prints the figures. Usage: see README.md. */
const PARTS: readonly Part[] = [
  oneWorker,
  additions,
  bare,
  human,
  allCores,
  candidates,
  overload,
  idle,
  monitors,
  consolePage,
  firstLoad,
  database,
  inbox,
  recording,
  recordingWaits,
  video,
  hostile
]

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    minutes: { type: 'string', default: '1' },
    held: { type: 'string' },
    attack: { type: 'string', multiple: true },
    // This file starts itself with `--part` for each part, in its own process.
    part: { type: 'string' }
  },
  allowPositionals: true
})
const { modelsDir: configured } = loadConfig(process.env)
const options: BenchOptions = {
  folder: positionals[0] ?? '../shared/testdata',
  // If MODELS_DIR is not set, the models beside the labeled material are used if they exist.
  modelsDir:
    process.env['MODELS_DIR'] === undefined && existsSync('../shared/models') ? '../shared/models' : configured,
  minutes: positive('minutes', values.minutes),
  attacks: values.attack ?? [],
  held: values.held === undefined ? undefined : positive('held', values.held)
}

if (values.part !== undefined) {
  const answer = await PARTS.find(({ name }) => name === values.part)!.ask(options)
  process.send?.(answer)
  process.disconnect()
} else {
  await runAll(PARTS.filter(({ name }) => values.only === undefined || values.only.includes(name)))
}

/** Runs the parts one after the other, each in its own process, so that none slows the next one. */
async function runAll (parts: readonly Part[]): Promise<void> {
  if (parts.length === 0) {
    throw new Error(`There is no such part; there are ${PARTS.map(({ name }) => name).join(', ')}.`)
  }
  const writeLine = (text: string): void => {
    if (!values.json) process.stdout.write(`${text}\n`)
  }
  const where = machine()
  writeLine(`${where.cpu}, ${where.cores} cores, ${where.memoryGb} GB, Node ${where.node}, ${where.date}\n`)
  const figures: Record<string, object> = {}
  let { held } = options
  for (const { name } of parts) {
    try {
      const answer = await runInChild(name, held)
      figures[name] = answer.figures
      if ('held' in answer.figures && typeof answer.figures.held === 'number' && answer.figures.held > 0) {
        held ??= answer.figures.held
      }
      writeLine(`${name}: ${answer.table}\n`)
    } catch (error) {
      // The other parts still run.
      process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 1
    }
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ machine: where, ...figures })}\n`)
}

function runInChild (name: string, held: number | undefined): Promise<Answer> {
  const child = fork(
    new URL(import.meta.url),
    [
      options.folder,
      '--part',
      name,
      '--minutes',
      String(options.minutes),
      ...(held === undefined ? [] : ['--held', String(held)]),
      ...(options.attacks ?? []).flatMap(name => ['--attack', name])
    ],
    {
      env: { ...process.env, MODELS_DIR: options.modelsDir },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc']
    }
  )
  return new Promise((resolve, reject) => {
    let answer: Answer | undefined
    child.on('message', message => { answer = message as Answer })
    child.on('error', reject)
    // Not `exit`, which may come before the last message.
    child.on('close', code => {
      if (answer !== undefined && code === 0) resolve(answer)
      else reject(new Error(`ended with ${String(code)} and ${answer === undefined ? 'no answer' : 'an answer'}`))
    })
  })
}

function positive (name: string, text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} must be a number above zero, not "${text}".`)
  return value
}
