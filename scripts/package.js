/**
 * Packs what `npm run build` has made: `npm run package`. Prints the name of the file.
 *
 * The package carries the tested versions as npm-shrinkwrap.json. npm ignores the `overrides` of an installed package,
 * and without them it would take versions that want a newer Node.
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
