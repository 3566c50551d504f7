import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { Histogram } from '../detection/workers/histogram.ts'
import { localCluster } from '../src/cluster/cluster.ts'
import { build, scriptedPool } from './support/app.ts'

interface Panel {
  readonly title: string
  readonly gridPos: { readonly x: number, readonly y: number, readonly w: number, readonly h: number }
  readonly targets?: ReadonlyArray<{ readonly expr: string }>
}
interface Alerts {
  readonly groups: ReadonlyArray<{
    readonly rules: ReadonlyArray<{
      readonly alert: string
      readonly expr: string
      readonly labels: { readonly severity: string }
      readonly annotations: Readonly<Record<string, string>>
    }>
  }>
}

const { panels } = JSON.parse(readFileSync('ops/grafana/invigil.json', 'utf8')) as { readonly panels: readonly Panel[] }
const rules = (parse(readFileSync('ops/alerts.yml', 'utf8')) as Alerts).groups.flatMap(group => group.rules)

/** Labels that Prometheus adds to every series. */
const ADDED = new Set(['instance', 'job'])
/** A metric that Prometheus itself makes. */
const OWN = 'up'

/** The series of a gateway after a picture, a refusal and a lost row: labels by name. */
async function series (test: Test): Promise<Map<string, Array<Map<string, string>>>> {
  const times = new Histogram()
  times.add(20)
  const cluster = {
    ...localCluster(),
    isShared: true,
    windows: () => ({ add: async () => ({ count: 1, endsInMs: 1000 }) })
  }
  const app = await build(test, {
    live: { cluster },
    pool: { stats: () => ({ ...scriptedPool().stats(), stagesMs: { face: times.percentiles() } }) }
  })
  app.services.live.counters.errors.set('INVIGIL_ERR_IMAGE_INVALID', 1)
  const byName = new Map<string, Array<Map<string, string>>>()
  for (const line of (await app.inject('/metrics')).body.split('\n')) {
    const [, name, labels] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? []
    if (name === undefined) continue
    const pairs = [...(labels ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!] as const)
    byName.set(name, [...byName.get(name) ?? [], new Map(pairs)])
  }
  return byName
}

/** The names in an expression that a gateway does not export. */
function missing (expr: string, known: ReadonlyMap<string, ReadonlyArray<ReadonlyMap<string, string>>>): string[] {
  const found: string[] = []
  const labelled = new Set<string>(ADDED)
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels]) =>
    labels!.split(',').map(label => label.trim())
  )
  for (const [, name, matchers = ''] of expr.matchAll(/\b((?:invigil|nodejs|process)_\w+|up\b)(?:\{([^}]*)\})?/g)) {
    if (name === OWN) continue
    const all = known.get(name!) ?? []
    if (all.length === 0) found.push(name!)
    for (const [, label, value] of matchers.matchAll(/(\w+)="([^"]*)"/g)) {
      if (!ADDED.has(label!) && !all.some(labels => labels.get(label!) === value)) {
        found.push(`${name}{${label}="${value}"}`)
      }
    }
    for (const labels of all) for (const label of labels.keys()) labelled.add(label)
  }
  return [...found, ...grouped.filter(label => !labelled.has(label)).map(label => `by ${label}`)]
}

t.test('everything the dashboard shows is measured', async t => {
  const known = await series(t)
  const targets = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })))
  t.ok(targets.length > 20)
  for (const { title, expr } of targets) t.same(missing(expr, known), [], `${title}: ${expr}`)
  t.same(missing('sum by (colour) (invigil_no_such_total{kind="x"})', known).length, 3, 'the check can fail')
})

t.test('every alert is about something measured, says how bad it is and what to do', async t => {
  const known = await series(t)
  for (const { alert, expr, labels, annotations } of rules) {
    t.same(missing(expr, known), [], `${alert}: ${expr}`)
    t.match(labels.severity, /^(critical|warning)$/)
    t.ok((annotations['do'] ?? '').length > 20, `${alert} says what to do`)
  }
})

t.test('no panel covers another', async t => {
  for (const [index, { title, gridPos: a }] of panels.entries()) {
    t.ok(a.x + a.w <= 24, title)
    const covered = panels
      .slice(index + 1)
      .filter(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
    t.same(
      covered.map(panel => panel.title),
      [],
      title
    )
  }
})
