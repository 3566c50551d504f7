import type { PoolInfo, PoolStats } from '../../detection/workers/pool.ts'
import { by, counter, gauge, histogram, type Reading } from './reading.ts'

/** What the workers do, and how long it takes them. */
export function poolReadings (stats: PoolStats): Reading[] {
  const stages = Object.entries(stats.stagesMs).map(([stage, times]) => ({ labels: { stage }, times }))
  return [
    gauge('invigil_workers_wanted', stats.workers),
    gauge('invigil_workers_ready', stats.ready),
    counter('invigil_workers_replaced_total', stats.replaced),
    gauge('invigil_load_ratio', stats.load),
    gauge('invigil_jobs_running', stats.running),
    gauge('invigil_jobs_queued', by('kind', { live: stats.queued, still: stats.stillsQueued })),
    counter('invigil_jobs_done_total', by('kind', { picture: stats.analyzed, sound: stats.listened })),
    counter('invigil_jobs_failed_total', stats.failed),
    counter('invigil_jobs_refused_total', stats.refused),
    counter('invigil_jobs_lost_total', by('cause', stats.lost)),
    counter('invigil_jobs_stale_total', stats.stale),
    gauge('invigil_video_streams', stats.streams),
    histogram('invigil_stage_seconds', stages),
    histogram('invigil_worker_seconds', [
      { labels: { kind: 'picture' }, times: stats.workerMs },
      { labels: { kind: 'sound' }, times: stats.listenMs }
    ]),
    histogram('invigil_queue_seconds', [{ times: stats.queueMs }]),
    histogram('invigil_frame_age_seconds', [{ times: stats.ageMs }])
  ]
}

/** Which models look; nothing while they load. */
export function modelReadings (info: PoolInfo | undefined): Reading[] {
  if (info === undefined) return []
  const models = Object.entries(info.versions).map(([model, version]) => ({ labels: { model, version }, value: 1 }))
  return [
    gauge('invigil_model_info', models),
    gauge('invigil_object_detector_info', [{ labels: { name: info.objectsName }, value: 1 }])
  ]
}
