/** Writes the generated tables of the documents (`npm run docs`). test/docs.test.ts fails if one is out of date. */
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { RULES } from '../detection/events/rules.ts'
import type { Rule } from '../detection/events/rule.ts'
import { WEBHOOK_TYPES } from '../db/webhook-types.ts'
import { ENVIRONMENT } from '../src/config.ts'
import { DETECTION_LAYERS, SRC_LAYERS, WEB_LAYERS } from '../.dependency-cruiser.js'
import { CONSTANTS, diagram, SCALING_TABLES } from './scaling.ts'

const seconds = (ms: number): string => `${ms / 1000} s`

function lasts (rule: Rule): string {
  switch (rule.source) {
    case 'frame': return `${seconds(rule.enterMs)}, ends after ${seconds(rule.leaveMs)}`
    case 'input': return rule.enterMs === 0 ? 'at once' : seconds(rule.enterMs)
    case 'client': return rule.isLasting ? 'reported by the page, with start and end' : 'reported by the page'
    case 'other': return 'raised by the server or by a report'
    case 'sound': return `as in limits, ends after ${seconds(rule.leaveMs)}`
  }
}

function limits (rule: Rule): string {
  if (rule.source !== 'frame' && rule.source !== 'sound') return ''
  const numbers = Object.entries(rule.limits).map(([name, value]) => `${name} ${value}`)
  const labels = rule.source === 'frame' && rule.labels !== undefined ? [rule.labels.join(', ')] : []
  return [...numbers, ...labels].join('; ')
}

/** Draws layers from the top down; an arrow means "may import from". */
function layerPicture (root: string, layers: ReadonlyArray<readonly string[]>): string[] {
  const names = layers.map((_, at) => `${root.replace('/', '_')}${at}`)
  return [
    '```mermaid',
    'flowchart TB',
    ...layers.map((layer, at) => `  ${names[at]}["${layer.map(name => `${root}/${name}`).join('<br/>')}"]`),
    `  ${names.join(' --> ')}`,
    '```'
  ]
}

const tables: Readonly<Record<string, () => string[]>> = {
  ...SCALING_TABLES,
  layers: () => [
    ...layerPicture('src', SRC_LAYERS), '',
    ...layerPicture('detection', DETECTION_LAYERS), '',
    ...layerPicture('web/src', WEB_LAYERS)
  ],
  events: () => [
    '| kind | text | also known as | class | severity | weight | starts after | limits |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...Object.entries<Rule>(RULES).map(
      ([kind, rule]) =>
        `| \`${kind}\` | ${rule.says} | ${rule.alsoKnownAs.join(', ')} | ${rule.class} | ${rule.severity} | ${rule.weight} | ${lasts(rule)} | ${limits(rule)} |`
    )
  ],
  webhooks: () => [
    '| type | sent when |',
    '| --- | --- |',
    ...Object.entries(WEBHOOK_TYPES).map(([type, says]) => `| \`${type}\` | ${says} |`)
  ],
  environment: () => [
    '| variable | default | meaning |',
    '| --- | --- | --- |',
    ...ENVIRONMENT.map(
      ({ name, default: value, description }) =>
        `| \`${name}\` | ${value === '' ? '' : `\`${value}\``} | ${description} |`
    )
  ]
}

/** The documents with generated tables. */
export const DOCUMENTS = [
  'docs/architecture.md',
  'docs/deployment.md',
  'docs/events.md',
  'docs/scaling.md',
  'docs/webhooks.md'
] as const

/** The drawing in docs/scaling.md. */
export const DRAWING = { file: 'docs/scaling.svg', content: () => diagram(CONSTANTS) } as const

/** Returns the document with the text between each `<!-- table:NAME -->` and `<!-- /table -->` replaced. */
export function withTables (text: string): string {
  return text.replace(
    /(<!-- table:(\w+) -->\n)[^]*?(<!-- \/table -->)/g,
    (_, open: string, name: string, close: string) => {
      const table = tables[name]
      if (table === undefined) throw new Error(`there is no table ${name}`)
      return `${open}${table().join('\n')}\n${close}`
    }
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const file of DOCUMENTS) writeFileSync(file, withTables(readFileSync(file, 'utf8')))
  writeFileSync(DRAWING.file, DRAWING.content())
}
