/**
 * Who may import whom. `npm run lint` checks it, types included.
 *
 * Layers stand from the top down. A file imports from its own folder and from lower layers only.
 */
export const SRC_LAYERS = [
  ['cli'],
  ['server.ts'],
  ['app.ts'],
  ['demo', 'routes', 'services.ts', 'drain.ts'],
  ['exams', 'reviews', 'reports', 'sockets', 'metrics', 'webhooks', 'retention'],
  ['live'],
  ['live/session'],
  ['plugins', 'faces'],
  ['live/load', 'cluster', 'analysis', 'recording'],
  ['feed', 'storage'],
  ['accounts', 'protocol', 'policy', 'secrets'],
  ['http', 'bodies', 'quotas.ts', 'names.ts', 'work-queue.ts', 'log.ts'],
  ['errors.ts'],
  ['i18n', 'config.ts', 'config-problems.ts', 'counters.ts', 'limits.ts', 'database-health.ts', 'package-info.ts', 'stored-text.ts', 'csv-cell.ts', 'object-model-warning.ts']
]

export const DETECTION_LAYERS = [
  ['workers'],
  ['events', 'pipeline'],
  ['audio', 'face', 'hands', 'identity', 'liveness', 'objects', 'video'],
  ['models'],
  ['image'],
  ['limiter.ts', 'serial-queue.ts', 'clock.ts', 'native-gate.ts', 'types.ts', 'errors.ts']
]

export const WEB_LAYERS = [
  ['main.tsx'],
  ['app'],
  ['account', 'candidate', 'proctor', 'teacher', 'admin'],
  ['shared'],
  ['live'],
  ['api'],
  ['text']
]

/** A folder's own files; those of `live` without the layers that lie in it. */
const pattern = (root, name) => /\.tsx?$/.test(name)
  ? `^${root}/${name.replaceAll('.', '\\.')}$`
  : name === 'live' ? `^${root}/live/[^/]+$` : `^${root}/${name}/`

const layered = (root, layers) => layers.slice(1).map((layer, at) => ({
  name: `${root.replace('/', '-')}-${layer[0]}-imports-no-higher-layer`,
  comment: `${layer.join(', ')} must not import ${layers.slice(0, at + 1).flat().join(', ')}`,
  severity: 'error',
  from: { path: layer.map(name => pattern(root, name)) },
  to: { path: layers.slice(0, at + 1).flat().map(name => pattern(root, name)) }
}))

export default {
  forbidden: [
    { name: 'no-file-circle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'detection-alone', comment: 'detection knows no HTTP, no database, no logger', severity: 'error', from: { path: '^detection/' }, to: { path: '^(src|db|web)/|node_modules/(fastify|@fastify|drizzle-orm|pino)' } },
    { name: 'db-alone', comment: 'db stores rows and knows nothing else', severity: 'error', from: { path: '^db/' }, to: { path: '^(src|detection|web)/|node_modules/(fastify|@fastify)' } },
    { name: 'lib-alone', comment: 'lib is below every other folder', severity: 'error', from: { path: '^lib/' }, to: { path: '^(src|detection|db|web)/' } },
    ...layered('src', SRC_LAYERS),
    ...layered('detection', DETECTION_LAYERS),
    ...layered('web/src', WEB_LAYERS)
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] }
  }
}
