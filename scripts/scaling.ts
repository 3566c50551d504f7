/*
 * Calculates what many candidates need from the measured cost of one candidate (scaling-constants.json).
 *
 *   npx tsx scripts/scaling.ts [candidates…]
 *
 * prints the tables of docs/scaling.md for these numbers of candidates. `npm run docs` writes them into the document.
 */
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

interface Constant {
  readonly value: number
  readonly unit: string
  readonly meaning: string
}
interface Measured extends Constant {
  /** The command that measures it. */
  readonly from: string
  /** Why the value is provisional; absent if that command measured it on a machine without other work. */
  readonly open?: string
}

export interface Constants {
  readonly measured: Readonly<
    Record<
      | 'pictureMs'
      | 'soundMs'
      | 'mainMs'
      | 'idleMs'
      | 'connectionKb'
      | 'gatewayMb'
      | 'workerMb'
      | 'jpegKb'
      | 'videoKbps'
      | 'thumbnailKb'
      | 'databaseRows'
      | 'databaseUpdates'
      | 'redisMessages'
      | 'redisDeliveries',
      Measured
    >
  >
  readonly assumed: Readonly<
    Record<
      | 'fps'
      | 'loadMax'
      | 'rowsAnHour'
      | 'updatesAnHour'
      | 'reportsAnHour'
      | 'candidatesAProctor'
      | 'machineCores'
      | 'machineGb'
      | 'machineMbit'
      | 'edgeMbit',
      Constant
    >
  >
}

export const CONSTANTS = JSON.parse(
  readFileSync(new URL('scaling-constants.json', import.meta.url), 'utf8')
) as Constants

const SIZES = [1_000, 10_000, 100_000] as const
/** 16 kHz, 16 bits, one channel. */
const SOUND_KBPS = 32
/** `thumbnailMs` of src/limits.ts. */
const THUMBNAILS_A_SECOND = 0.5
/** A report or an event as a message in Redis, with its envelope. */
const SMALL_KB = 0.6
/**
 * From src/cluster: the time between two heartbeats, which go to all gateways; the time between two renewals of a
 * lease; and the leases that one Redis script renews within a millisecond.
 */
const HEARTBEAT_S = 2
const RENEW_S = 4
const RENEWED_A_MS = 500

/** What one candidate needs in a second. */
export interface Cost {
  readonly workerMs: number
  readonly mainMs: number
  readonly pictureKb: number
  readonly videoKb: number
  readonly rows: number
  readonly updates: number
  /** If the proctor is connected to another gateway. */
  readonly redisMessages: number
  readonly redisKb: number
}

export function costOf ({ measured, assumed }: Constants): Cost {
  const { fps, rowsAnHour, updatesAnHour, reportsAnHour } = assumed
  const small = (rowsAnHour.value + reportsAnHour.value) / 3600
  return {
    workerMs: fps.value * measured.pictureMs.value + measured.soundMs.value,
    mainMs: fps.value * measured.mainMs.value + measured.idleMs.value,
    pictureKb: fps.value * measured.jpegKb.value + SOUND_KBPS,
    videoKb: measured.videoKbps.value + SOUND_KBPS,
    rows: rowsAnHour.value / 3600,
    updates: updatesAnHour.value / 3600,
    redisMessages: THUMBNAILS_A_SECOND + small,
    redisKb: THUMBNAILS_A_SECOND * measured.thumbnailKb.value + small * SMALL_KB
  }
}

/** The number of candidates at which a resource reaches `loadMax`. */
export interface Limit {
  readonly what: string
  /** Whether all gateways share the resource; otherwise each gateway has its own. */
  readonly isShared: boolean
  readonly candidates: number
  readonly then: string
}

/** All limits, the lowest number of candidates first. */
export function limitsOf (constants: Constants): Limit[] {
  const { measured, assumed } = constants
  const cost = costOf(constants)
  const used = assumed.loadMax.value
  const cores = assumed.machineCores.value
  const memoryMb =
    assumed.machineGb.value * 1024 * used - measured.gatewayMb.value - (cores - 1) * measured.workerMb.value
  const kbOf = (mbit: number): number => mbit * 125 * used
  const own: Limit[] = [
    {
      what: 'processors',
      isShared: false,
      candidates: (cores * 1000 * used) / (cost.workerMs + cost.mainMs),
      then: 'add a gateway, or lower the frame rate'
    },
    {
      what: 'main thread',
      isShared: false,
      candidates: (1000 * used) / cost.mainMs,
      then: 'run two processes on the machine, each with half of the `WORKERS`'
    },
    {
      what: 'memory',
      isShared: false,
      candidates: (memoryMb * 1024) / measured.connectionKb.value,
      then: 'add memory'
    },
    {
      what: 'network',
      isShared: false,
      candidates: kbOf(assumed.machineMbit.value) / cost.pictureKb,
      then: 'send video instead of pictures'
    }
  ]
  const shared: Limit[] = [
    {
      what: 'the incoming line, with pictures',
      isShared: true,
      candidates: kbOf(assumed.edgeMbit.value) / cost.pictureKb,
      then: 'send video instead of pictures, or use several balancers by DNS'
    },
    {
      what: 'the incoming line, with video',
      isShared: true,
      candidates: kbOf(assumed.edgeMbit.value) / cost.videoKb,
      then: 'use several balancers by DNS'
    },
    {
      what: 'one MySQL',
      isShared: true,
      candidates: used / (cost.rows / measured.databaseRows.value + cost.updates / measured.databaseUpdates.value),
      then: 'use one installation for each faculty, or partitions'
    },
    {
      what: 'one Redis',
      isShared: true,
      candidates: redisCarries(constants, cost),
      then: 'connect proctors to the gateways of their candidates, or use Redis Cluster with sharded channels'
    }
  ]
  return [...own, ...shared]
    .map(limit => ({ ...limit, candidates: Math.floor(limit.candidates) }))
    .sort((a, b) => a.candidates - b.candidates)
}

/** The share of one Redis that these candidates on these gateways use. */
function redisShare ({ measured }: Constants, cost: Cost, candidates: number, gateways: number): number {
  const elsewhere = 1 - 1 / gateways
  return (
    (candidates * cost.redisMessages * elsewhere) / measured.redisMessages.value +
    (gateways * gateways) / HEARTBEAT_S / measured.redisDeliveries.value +
    candidates / RENEW_S / RENEWED_A_MS / 1000
  )
}

function redisCarries (constants: Constants, cost: Cost): number {
  let low = 0
  let high = 100_000_000
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (redisShare(constants, cost, middle, gatewaysFor(constants, cost, middle)) <= constants.assumed.loadMax.value) {
      low = middle
    } else high = middle
  }
  return low
}

/**
 * Gateways needed for their processors. The other limits of a gateway are assumed to be higher, which holds on a usual
 * machine.
 */
function gatewaysFor ({ assumed }: Constants, cost: Cost, candidates: number): number {
  return Math.max(
    1,
    Math.ceil((candidates * (cost.workerMs + cost.mainMs)) / 1000 / assumed.loadMax.value / assumed.machineCores.value)
  )
}

/** The resources that a number of candidates needs. */
export interface Need {
  readonly candidates: number
  readonly cores: number
  readonly gateways: number
  readonly picturesMbit: number
  readonly videoMbit: number
  readonly memoryGbAGateway: number
  readonly rows: number
  readonly updates: number
  readonly databaseShare: number
  readonly redisMessages: number
  readonly redisMb: number
  readonly redisShare: number
  readonly proctors: number
}

export function resourceNeed (constants: Constants, candidates: number): Need {
  const { measured, assumed } = constants
  const cost = costOf(constants)
  const gateways = gatewaysFor(constants, cost, candidates)
  const elsewhere = 1 - 1 / gateways
  return {
    candidates,
    cores: (candidates * (cost.workerMs + cost.mainMs)) / 1000 / assumed.loadMax.value,
    gateways,
    picturesMbit: (candidates * cost.pictureKb) / 125,
    videoMbit: (candidates * cost.videoKb) / 125,
    memoryGbAGateway:
      (measured.gatewayMb.value +
        (assumed.machineCores.value - 1) * measured.workerMb.value +
        ((candidates / gateways) * measured.connectionKb.value) / 1024) /
      1024,
    rows: candidates * cost.rows,
    updates: candidates * cost.updates,
    databaseShare:
      candidates * (cost.rows / measured.databaseRows.value + cost.updates / measured.databaseUpdates.value),
    redisMessages:
      candidates * cost.redisMessages * elsewhere + (gateways > 1 ? (gateways * gateways) / HEARTBEAT_S : 0),
    redisMb: (candidates * cost.redisKb * elsewhere) / 1024,
    redisShare: gateways > 1 ? redisShare(constants, cost, candidates, gateways) : 0,
    proctors: candidates / assumed.candidatesAProctor.value
  }
}

/** Rounds to three digits (two below 10): the inputs are not more exact. */
function about (value: number): string {
  if (value === 0) return '0'
  return Number(value.toPrecision(value < 10 ? 2 : 3)).toLocaleString('en-US')
}

const percent = (share: number): string => `${about(share * 100)} %`

function formatNeed (constants: Constants, sizes: readonly number[]): string[] {
  const columns = sizes.map(size => resourceNeed(constants, size))
  const row = (what: string, cell: (need: Need) => string): string => `| ${what} | ${columns.map(cell).join(' | ')} |`
  const { machineCores } = constants.assumed
  return [
    row('candidates', need => about(need.candidates)),
    `| --- | ${columns.map(() => '---').join(' | ')} |`,
    row('cores', need => about(need.cores)),
    row(`gateways of ${machineCores.value} cores`, need => about(need.gateways)),
    row('memory of each gateway', need => `${about(need.memoryGbAGateway)} GB`),
    row('incoming, with pictures', need => `${about(need.picturesMbit)} Mbit/s`),
    row('incoming, with video', need => `${about(need.videoMbit)} Mbit/s`),
    row('event rows', need => `${about(need.rows)} /s`),
    row('score updates', need => `${about(need.updates)} /s`),
    row('share of one MySQL', need => percent(need.databaseShare)),
    row('Redis messages', need => `${about(need.redisMessages)} /s`),
    row('Redis traffic', need => `${about(need.redisMb)} MB/s`),
    row('share of one Redis', need => percent(need.redisShare)),
    row('proctors', need => about(need.proctors))
  ]
}

function costs (constants: Constants): string[] {
  const cost = costOf(constants)
  const { measured, assumed } = constants
  return [
    '| resource | one candidate, in a second | made up of |',
    '| --- | --- | --- |',
    `| workers | ${about(cost.workerMs)} ms | ${assumed.fps.value} frames of ${measured.pictureMs.value} ms, sound ${measured.soundMs.value} ms |`,
    `| main thread | ${about(cost.mainMs)} ms | ${assumed.fps.value} frames of ${measured.mainMs.value} ms, open connection ${measured.idleMs.value} ms |`,
    `| incoming line, with pictures | ${about(cost.pictureKb)} KB | ${assumed.fps.value} JPEGs of ${measured.jpegKb.value} KB, sound ${SOUND_KBPS} KB |`,
    `| incoming line, with video | ${about(cost.videoKb)} KB | VP8 ${measured.videoKbps.value} KB, sound ${SOUND_KBPS} KB |`,
    `| database | ${about(cost.rows)} rows, ${about(cost.updates)} updates | ${assumed.rowsAnHour.value} rows and ${assumed.updatesAnHour.value} updates an hour |`,
    `| Redis, if the proctor is on another gateway | ${about(cost.redisMessages)} messages, ${about(cost.redisKb)} KB | ${THUMBNAILS_A_SECOND} thumbnails; events and session reports |`,
    '',
    `While connected, a candidate also takes ${measured.connectionKb.value} KB of memory.`
  ]
}

function limits (constants: Constants): string[] {
  return [
    '| candidates | resource that is full | remedy |',
    '| --- | --- | --- |',
    ...limitsOf(constants).map(
      ({ what, isShared, candidates, then }) =>
        `| ${about(candidates)} | ${isShared ? what : `the ${what} of one gateway`} | ${then} |`
    )
  ]
}

function sources ({ measured, assumed }: Constants): string[] {
  return [
    '| name | value | meaning | from |',
    '| --- | --- | --- | --- |',
    ...Object.entries<Measured>(measured).map(
      ([name, { value, unit, meaning, from, open }]) =>
        `| \`${name}\` | ${value.toLocaleString('en-US')} ${unit} | ${meaning} | ${open === undefined ? '' : `**provisional, ${open}**: `}${from} |`
    ),
    ...Object.entries<Constant>(assumed).map(
      ([name, { value, unit, meaning }]) =>
        `| \`${name}\` | ${[value.toLocaleString('en-US'), unit].filter(Boolean).join(' ')} | ${meaning} | assumed |`
    )
  ]
}

/** Draws one bar for each limit on a logarithmic scale of candidates. */
export function diagram (constants: Constants): string {
  const bars = limitsOf(constants)
  const [left, right, top, step] = [230, 700, 34, 28]
  const [fewest, most] = [100, 10_000_000]
  const x = (candidates: number): number =>
    left +
    ((right - left) * Math.log10(Math.min(most, Math.max(fewest, candidates)) / fewest)) / Math.log10(most / fewest)
  const bottom = top + bars.length * step
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 ${bottom + 40}" font-family="sans-serif" font-size="13">`,
    `<rect width="800" height="${bottom + 40}" fill="#fff"/>`,
    '<text x="10" y="18" font-weight="bold">Candidates at which a resource is full; dark: one for each gateway, light: shared by all</text>'
  ]
  for (let size = fewest; size <= most; size *= 10) {
    lines.push(
      `<path d="M${x(size)} ${top}V${bottom}" stroke="#ccc"/>`,
      `<text x="${x(size)}" y="${bottom + 18}" text-anchor="middle" fill="#555">${size.toLocaleString('en-US')}</text>`
    )
  }
  for (const [index, { what, isShared, candidates }] of bars.entries()) {
    const y = top + index * step + 5
    lines.push(
      `<text x="${left - 8}" y="${y + 14}" text-anchor="end">${what}</text>`,
      `<rect x="${left}" y="${y}" width="${(x(candidates) - left).toFixed(1)}" height="18" fill="${isShared ? '#9db8dd' : '#2f5d9b'}"/>`,
      `<text x="${(x(candidates) + 6).toFixed(1)}" y="${y + 14}">${about(candidates)}</text>`
    )
  }
  return `${[...lines, '</svg>'].join('\n')}\n`
}

/** The tables of docs/scaling.md by name. */
export const SCALING_TABLES: Readonly<Record<string, () => string[]>> = {
  scaling_costs: () => costs(CONSTANTS),
  scaling_needs: () => formatNeed(CONSTANTS, SIZES),
  scaling_limits: () => limits(CONSTANTS),
  scaling_sources: () => sources(CONSTANTS)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sizes = process.argv.slice(2).map(Number)
  if (sizes.some(size => !Number.isInteger(size) || size < 1)) {
    throw new Error('Usage: npx tsx scripts/scaling.ts [candidates…], whole numbers')
  }
  process.stdout.write(
    `${[costs(CONSTANTS), formatNeed(CONSTANTS, sizes.length === 0 ? SIZES : sizes), limits(CONSTANTS)].map(table => table.join('\n')).join('\n\n')}\n`
  )
}
