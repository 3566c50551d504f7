import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Copies the data folder of a database server to `to`. `install` makes one in the folder it is given, which takes
 * seconds; it runs once a machine, and each test file gets a copy. `name` must name the server's version and whatever
 * else makes such folders differ.
 */
export async function copyTemplate (
  name: string,
  to: string,
  install: (folder: string) => Promise<void>
): Promise<void> {
  const template = join(tmpdir(), 'invigil-test-templates', name)
  if (!existsSync(template)) {
    await mkdir(dirname(template), { recursive: true })
    const draft = await mkdtemp(`${template}.draft-`)
    await install(join(draft, 'data'))
    // Of several files that come here at the same time, the first one's folder stays.
    await rename(join(draft, 'data'), template).catch(() => {})
    await rm(draft, { recursive: true, force: true })
  }
  const copy = spawn('cp', ['-a', '--reflink=auto', template, to], { stdio: 'inherit' })
  const [status] = await once(copy, 'exit')
  if (status !== 0) throw new Error(`cp of ${template} ended with ${status}`)
}
