import { randomUUID } from 'node:crypto'
import { mkdir, open, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Gives `use` a new file without a name in `folder`. The system frees its bytes when the file is closed or this process
 * ends.
 */
export async function withNamelessFile<T> (folder: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, randomUUID())
  const file = await open(path, 'wx+', 0o600)
  try {
    await unlink(path)
    return await use(file)
  } finally {
    await file.close()
  }
}
