import { parseArgs } from 'node:util'
import { loadConfig } from '../src/config.ts'
import { allCores, type AllCores } from './all-cores.ts'
import { endToEnd, type EndToEnd } from './end-to-end.ts'
import { machine } from './machine.ts'
import { round } from './numbers.ts'
import { oneWorker, type OneWorker } from './one-worker.ts'

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
  allowPositionals: true
})
const folder = positionals[0] ?? '../shared/testdata/video'
const { modelsDir } = loadConfig(process.env)

const wanted = (name: string): boolean => values.only === undefined || values.only === name
const say = (text: string): void => { if (!values.json) process.stdout.write(`${text}\n`) }

const where = machine()
say(`${where.cpu}, ${where.cores} cores, ${where.memoryGb} GB, Node ${where.node}, ${where.date}\n`)
const one = wanted('one-worker') ? await oneWorker(folder, modelsDir) : undefined
if (one !== undefined) say(oneWorkerTable(one))
const all = wanted('all-cores') ? await allCores(folder, modelsDir) : undefined
if (all !== undefined) say(allCoresTable(all, one))
const end = wanted('end-to-end') ? await endToEnd(folder, modelsDir) : undefined
if (end !== undefined) say(endToEndTable(end))
if (values.json) process.stdout.write(`${JSON.stringify({ machine: where, oneWorker: one, allCores: all, endToEnd: end })}\n`)

function oneWorkerTable (result: OneWorker): string {
  const row = (stage: string, ...cells: readonly string[]): string => `  ${stage.padEnd(12)}${cells.map(cell => cell.padStart(12)).join('')}`
  return [
    `One worker, 640×480 JPEG, ${result.frames} frames at 2 a second, objects by ${result.objectsName}`,
    row('stage', 'median ms', 'p95 ms', 'of frames', 'ms a frame'),
    ...result.stages.map(({ stage, medianMs, p95Ms, shareOfFrames, msAFrame }) =>
      row(stage, medianMs.toFixed(2), p95Ms.toFixed(2), `${Math.round(shareOfFrames * 100)} %`, msAFrame.toFixed(2))),
    row('frame', result.frameMedianMs.toFixed(2), result.frameP95Ms.toFixed(2), '', result.frameMeanMs.toFixed(2)),
    `  ${result.framesPerSecond} frames/s, ${result.cpuMsAFrame} ms of processor time a frame; every detector on every frame ${result.stillMedianMs} ms, ${result.cadenceRatio} times the mean frame\n`
  ].join('\n')
}

function allCoresTable (result: AllCores, one: OneWorker | undefined): string {
  const { idleP99, p50, p99, max } = result.loopDelayMs
  const ratio = one === undefined ? '' : `, ${round(result.framesPerSecond / one.framesPerSecond)} times one worker`
  return [
    `${result.workers} workers, ${result.candidates} candidates whose next frame always waits`,
    `  ${result.framesPerSecond} frames/s${ratio}, on ${result.coresUsed} cores' time; alone on the machine about ${result.framesPerSecondAlone}`,
    `  a worker's frame p50 ${result.workerP50Ms}, p95 ${result.workerP95Ms} ms`,
    `  event loop of the main thread: p50 ${p50}, p99 ${p99}, max ${max} ms (idle p99 ${idleP99}, of which 1 is the clock's own)\n`
  ].join('\n')
}

function endToEndTable (result: EndToEnd): string {
  const latency = result.latencyMs === null ? 'no frame was acknowledged' : `p50 ${result.latencyMs.p50}, p95 ${result.latencyMs.p95}, p99 ${result.latencyMs.p99}, max ${result.latencyMs.max} ms`
  const { replaced, unsent, unanswered } = result.framesDropped
  return [
    `${result.candidates} candidates at 2 frames a second for ${result.seconds} s, server and load on the same cores`,
    `  sent ${result.framesSent}, processed ${result.framesProcessed} (${result.processedPerSecond}/s), replaced ${replaced}, unsent ${unsent}, unanswered ${unanswered}`,
    `  sent to ack: ${latency}`,
    `  event loop of the server: p99 ${result.loopDelayMs.p99}, max ${result.loopDelayMs.max} ms`
  ].join('\n')
}
