/**
 * Removes from node_modules what never runs on this machine: `npm run slim`, after `npm ci`. Prints how much it was.
 *
 * The engine's package holds the libraries of every system (220 MB of other ones), and of the model packages only
 * the files in detection/models/catalogue.ts are read. `npm ci` brings all of it back.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

let bytes = 0

function sizeOf (path) {
  if (!statSync(path).isDirectory()) return statSync(path).size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}

function remove (path) {
  bytes += sizeOf(path)
  rmSync(path, { recursive: true })
}

/** Entries of a folder; none when it is not installed. */
function entries (folder) {
  return existsSync(folder) ? readdirSync(folder).map(name => [name, join(folder, name)]) : []
}

for (const [, version] of entries('node_modules/onnxruntime-node/bin')) {
  for (const [platform, folder] of entries(version)) {
    if (platform !== process.platform) remove(folder)
    else for (const [arch, path] of entries(folder)) if (arch !== process.arch) remove(path)
  }
}

const catalogue = readFileSync('detection/models/catalogue.ts', 'utf8')
const kept = new Map()
for (const [, name, path] of catalogue.matchAll(/package: '([^']+)',\s+path: '([^']+)'/g)) {
  kept.set(name, [...kept.get(name) ?? [], path, path.replace(/\.data$/, '_loader.js')])
}

function removeOthers (folder, below, paths) {
  for (const [name, path] of entries(folder)) {
    const inside = `${below}${name}`
    if (paths.includes(inside) || /^(package\.json|readme|licen[cs]e)/i.test(inside)) continue
    if (paths.some(kept => kept.startsWith(`${inside}/`))) removeOthers(path, `${inside}/`, paths)
    else remove(path)
  }
}
for (const [name, paths] of kept) removeOthers(join('node_modules', name), '', paths)

console.log(`removed ${Math.round(bytes / 1024 / 1024)} MB`)
