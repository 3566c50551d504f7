import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A file system of so many megabytes in memory, unmounted after the test; or the reason why it cannot be mounted. */
export function smallDisk (t: Test, megabytes: number): { readonly path: string } | { readonly missing: string } {
  const path = mkdtempSync(join(tmpdir(), 'invigil-small-disk-'))
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], {
    encoding: 'utf8'
  })
  if (status !== 0) {
    rmSync(path, { recursive: true })
    return { missing: `a small file system cannot be mounted: ${stderr}` }
  }
  t.teardown(() => {
    spawnSync('umount', ['-l', path])
    rmSync(path, { recursive: true, force: true })
  })
  return { path }
}

/** Fills the disk, also while others write; returns a function that frees the space. */
export function fillDisk (path: string): () => void {
  const file = join(path, 'ballast')
  const block = Buffer.alloc(4096)
  for (;;) {
    try {
      appendFileSync(file, block)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      return () => rmSync(file)
    }
  }
}
