import neostandard from 'neostandard'

/** `src -> detection`, `src -> db`; detection and db know neither src nor each other. */
const forbid = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] }
})

export default [
  ...neostandard({ ts: true, ignores: ['dist/**', 'data/**', '.tap/**', 'db/migrations/**'] }),
  forbid(['detection/**/*.ts'], [{ group: ['**/src/**', '**/db/**', 'fastify*', '@fastify/*', 'drizzle-orm*', 'pino*'], message: 'detection knows no HTTP, no database, no logger' }]),
  forbid(['db/**/*.ts'], [{ group: ['**/src/**', '**/detection/**', 'fastify*', '@fastify/*'], message: 'db stores rows and knows nothing else' }]),
  { files: ['**/*.ts', '**/*.tsx'], rules: { '@typescript-eslint/no-explicit-any': 'error' } }
]
