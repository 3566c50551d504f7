import { createReadStream } from 'node:fs'
import { text } from 'node:stream/consumers'
import { CommandError } from './output.ts'

export interface FileListOptions {
  /** A file that lists files; `-` is standard input. */
  readonly filesFrom: string | undefined
  /** Names end with NUL, so that they may hold line breaks. */
  readonly endsWithNul: boolean
}

/**
 * The files of the arguments, where `-` stands for a list on standard input, then those of the list. Throws
 * CommandError.
 */
export async function listFiles (
  args: readonly string[],
  { filesFrom, endsWithNul }: FileListOptions
): Promise<string[]> {
  const lists = [...args.filter(arg => arg === '-'), ...(filesFrom === undefined ? [] : [filesFrom])]
  if (lists.filter(list => list === '-').length > 1) throw new CommandError('standard input can be read once only')
  const files: string[] = []
  for (const arg of args) {
    if (arg === '-') files.push(...await readList('-', endsWithNul))
    else files.push(arg)
  }
  if (filesFrom !== undefined) files.push(...await readList(filesFrom, endsWithNul))
  return files
}

async function readList (list: string, endsWithNul: boolean): Promise<string[]> {
  const content = await text(list === '-' ? process.stdin : createReadStream(list))
  return content.split(endsWithNul ? '\0' : /\r?\n/).filter(name => name !== '')
}
