import { type Metric, Registry } from 'prom-client'
import { BUCKET_ENDS_MS, type Percentiles } from '../../detection/workers/histogram.ts'
import { HELP } from './help.ts'

type Labels = Readonly<Record<string, string>>

interface Sample {
  readonly value: number
  readonly labels?: Labels
  /** Where it is not the reading's own: the parts of a histogram. */
  readonly metricName?: string
}

/** One metric as it stands at the moment of a scrape. */
export interface Reading {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly values: readonly Sample[]
}

/** What has been counted since the start; `values` may be one number. */
export function counter (name: string, values: number | readonly Sample[]): Reading {
  return {
    name,
    type: 'counter',
    help: helpOf(name),
    values: typeof values === 'number' ? [{ value: values }] : values
  }
}

/** What is now. */
export function gauge (name: string, values: number | readonly Sample[]): Reading {
  return { ...counter(name, values), type: 'gauge' }
}

/** One histogram in seconds, or one for each label. */
export function histogram (
  name: string,
  parts: ReadonlyArray<{ readonly labels?: Labels, readonly times: Percentiles }>
): Reading {
  const values = parts.flatMap(({ labels = {}, times: { cumulative, count, sum } }) => [
    ...cumulative.map((value, index) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: String(BUCKET_ENDS_MS[index]! / 1000) },
      value
    })),
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sum / 1000 },
    { metricName: `${name}_count`, labels, value: count }
  ])
  return { name, type: 'histogram', help: helpOf(name), values }
}

/** One sample for each member of a record or map, named by `label`. */
export function by (
  label: string,
  counts: Readonly<Record<string, number>> | ReadonlyMap<string | number, number>
): Sample[] {
  const entries = counts instanceof Map ? [...counts] : Object.entries(counts)
  return entries.map(([key, value]) => ({ labels: { [label]: String(key) }, value }))
}

/** A registry that holds these readings and nothing that goes on counting. */
export function registryOf (readings: readonly Reading[]): Registry {
  const registry = new Registry()
  // What the registry asks of a metric is its name and `get`; its own classes count by themselves, and here everything
  // is counted already.
  for (const reading of readings) {
    registry.registerMetric({ name: reading.name, get: async () => reading } as unknown as Metric)
  }
  return registry
}

function helpOf (name: string): string {
  return HELP[name] ?? 'Counted since the start; the code says where.'
}
