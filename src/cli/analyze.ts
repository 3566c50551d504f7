import { createProgress, printMessage, writeLine } from './output.ts'
import type { AnalyzeOptions, Line } from './tasks/analyze.ts'
import { runTask, TaskLost } from './tasks/run-task.ts'

/**
 * Prints one JSON line a picture, sampled video frame or sound file, in the order of the files.
 *
 * A file that cannot be analyzed gets a line with its error, a line on stderr, and makes the exit code 1; the others go
 * on. The files are decoded in a process of its own. When that crashes, the files that it had begun are given to
 * another one, one at a time; the file at which that one crashes as well gets the error line.
 */
export async function analyze (files: readonly string[], options: AnalyzeOptions): Promise<void> {
  const progress = createProgress()
  let lines = 0
  /** The file whose lines are being printed, and how many of them were. */
  let current = 0
  let printed = 0
  /** Files before this one are analyzed one at a time. */
  let carefulEnd = 0

  async function print (line: Line): Promise<void> {
    progress.show(`${++lines} lines, ${line.file}`)
    if ('error' in line) {
      progress.end()
      printMessage(`${line.file}: ${line.error.message}`)
      process.exitCode = 1
    }
    await writeLine(line)
  }

  function next (): void {
    current++
    printed = 0
  }

  try {
    while (current < files.length) {
      const first = current
      const isCareful = first < carefulEnd
      let begunEnd = first
      /** Lines of the first file that were printed before its process crashed. */
      let again = printed
      try {
        await runTask(
          'analyze',
          { files: files.slice(first, isCareful ? carefulEnd : files.length), options, isCareful },
          async value => {
            if (value.type === 'begun') {
              begunEnd = first + value.index + 1
            } else if (value.type === 'ended') {
              next()
            } else if (value.index === 0 && again > 0) {
              again--
            } else {
              printed++
              await print(value.line)
            }
          }
        )
      } catch (error) {
        if (!(error instanceof TaskLost)) throw error
        if (begunEnd === first) throw error
        if (begunEnd - current > 1) {
          carefulEnd = begunEnd
          continue
        }
        await print({
          file: files[current]!,
          error: {
            code: 'INVIGIL_ERR_MEDIA_INVALID',
            message: `The file cannot be decoded: the decoder ended with ${error.ending}.`
          }
        })
        next()
      }
    }
  } finally {
    progress.end()
  }
}
