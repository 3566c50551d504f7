/**
 * Packs what `npm run build` has made: `npm run package`. Prints the name of the file.
 *
 * The versions that were tested go along as npm-shrinkwrap.json: a package's own `overrides` count for nothing where it is
 * installed, and without them npm would take versions that want a newer Node.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, rmSync } from 'node:fs'

const SHRINKWRAP = 'npm-shrinkwrap.json'

if (!existsSync('dist/src/cli/main.js')) throw new Error('nothing is built: npm run build')
copyFileSync('package-lock.json', SHRINKWRAP)
try {
  const { status } = spawnSync('npm', ['pack', '--ignore-scripts', ...process.argv.slice(2)], { stdio: 'inherit', shell: process.platform === 'win32' })
  process.exitCode = status ?? 1
} finally {
  rmSync(SHRINKWRAP)
}
