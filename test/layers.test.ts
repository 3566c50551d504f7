import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import t from 'tap'
import config, { DETECTION_LAYERS, SRC_LAYERS } from '../.dependency-cruiser.js'

const { forbidden, options } = config

async function imports (paths: string[], baseDir = process.cwd()): Promise<ICruiseResult> {
  const { output } = await cruise(paths, { ...options, baseDir, validate: true, ruleSet: { forbidden } }, undefined, {
    tsConfig: extractTSConfig('tsconfig.json')
  })
  return output as ICruiseResult
}

/** The folder of a file; the files that lie in `src/` and `detection/` themselves count one by one. */
function nodeOf (file: string): string {
  const [root, ...rest] = file.split('/')
  if (root !== 'src' && root !== 'detection') return root!
  const depth = rest[0] === 'live' && rest.length > 2 ? 2 : 1
  return `${root}/${rest.slice(0, depth).join('/')}`
}

/** The nodes of circles. */
function circles (edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reaches = (from: string): Set<string> => {
    const found = new Set<string>()
    const open = [...(edges.get(from) ?? [])]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (found.has(node)) continue
      found.add(node)
      open.push(...(edges.get(node) ?? []))
    }
    return found
  }
  return [...edges.keys()].filter(node => reaches(node).has(node)).sort()
}

t.test(
  'no file and no folder imports in a circle, no layer imports a higher one, and each folder has its layer',
  async t => {
    const { modules, summary } = await imports(['src', 'detection', 'db', 'lib', 'web/src'])
    t.ok(modules.length > 400, 'the whole tree was read')
    t.same(
      summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} > ${to}`),
      []
    )
    const edges = new Map<string, Set<string>>()
    for (const { source, dependencies } of modules) {
      for (const { resolved } of dependencies) {
        if (
          !/^(src|detection|db|lib|web)\//.test(source) ||
          !/^(src|detection|db|lib|web)\//.test(resolved) ||
          nodeOf(source) === nodeOf(resolved)
        ) { continue }
        edges.set(nodeOf(source), (edges.get(nodeOf(source)) ?? new Set()).add(nodeOf(resolved)))
      }
    }
    t.same(circles(edges), [], 'folders')
    const listed = new Set([
      ...SRC_LAYERS.flat().map(name => `src/${name}`),
      ...DETECTION_LAYERS.flat().map(name => `detection/${name}`)
    ])
    t.same(
      [...edges.keys()].filter(node => node.includes('/') && !listed.has(node)),
      [],
      'folders and files without a layer'
    )
  }
)

t.test('a circle of files is found, also one of types', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'circle-'))
  await writeFile(join(dir, 'a.ts'), "import type { B } from './b.ts'\nexport interface A { b: B }\n")
  await writeFile(join(dir, 'b.ts'), "import type { A } from './a.ts'\nexport interface B { a: A }\n")
  const { summary } = await imports(['.'], dir)
  t.match(
    summary.violations.map(({ rule }) => rule.name),
    ['no-file-circle']
  )
  t.same(
    circles(
      new Map([
        ['a', new Set(['b'])],
        ['b', new Set(['c'])],
        ['c', new Set(['b'])]
      ])
    ),
    ['b', 'c']
  )
})
