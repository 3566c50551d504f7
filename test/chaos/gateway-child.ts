/*
 * A gateway in a process of its own, made as `invigil serve` makes it, with the settings of the environment. Only its
 * workers are replaced: they see a face in large pictures and none in small ones, so that a start takes a second.
 */
import type { AnalyzeJob } from '../../detection/pool-types.ts'
import { loadConfig } from '../../src/config.ts'
import { startServer } from '../../src/server.ts'
import { analysis, laneOn, scriptedPool } from '../support/app.ts'
import { EMPTY_CHAIR_BYTES_MAX } from './pictures.ts'

async function analyze (job: AnalyzeJob): ReturnType<ReturnType<typeof scriptedPool>['analyze']> {
  const isEmpty = job.bytes.length <= EMPTY_CHAIR_BYTES_MAX
  return analysis(isEmpty ? { faces: [], persons: 0 } : {}, job.atMs)
}

await startServer(loadConfig(process.env), undefined, { openPool: () => ({ ...scriptedPool(), analyze, lane: take => laneOn(analyze, take) }) })
