#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander'
import { ConfigError } from '../config.ts'
import { PRIVATE_UMASK } from '../secrets/private-files.ts'
import { VERSION } from '../package-info.ts'
import { CommandError, ReaderGone, printMessage, watchReader } from './output.ts'

// Before any command runs: whatever it makes is for this user alone.
process.umask(PRIVATE_UMASK)

// Each command is loaded when it is called: `invigil user list` needs no model runtime.
const program = new Command('invigil')
  .description('A real-time exam-proctoring gateway: frames in, explained events out.')
  .version(VERSION)
  .showHelpAfterError()

program.command('serve')
  .description('Start the server; settings come from the environment.')
  .action(async () => { await (await import('./serve.ts')).serve() })

program.command('demo')
  .description('Start a server on a temporary folder with demo accounts and four candidates on the wall. The candidates are drawn: no camera is needed, and no real person is shown.')
  .option('--port <port>', 'port to listen on; 0 takes any free one (default: PORT, else 8080)', whole(0, 65_535))
  .option('--seconds <count>', 'end after so many seconds; without it Ctrl-C ends the demo', whole(1, 86_400))
  .action(async (options: { port?: number, seconds?: number }) => { await (await import('./demo.ts')).demo(options) })

program.command('analyze')
  .description('Print one JSON line a picture, sampled video frame or sound file.')
  .argument(
    '[files...]',
    'pictures (JPEG, PNG, WebP, GIF), videos (MP4, MOV, WebM, MKV, animated GIF) and sounds (WAV, FLAC, OGG, MP3, AAC, WebM, MP4); - reads a list of files from standard input'
  )
  .option('--files-from <list>', 'read a list of files, one a line, from this file, or from standard input (-)')
  .option('--null', 'the names in the list end with NUL instead of a line break, as find -print0 writes them', false)
  .option('--landmarks', 'print the landmarks of faces and hands', false)
  .option('--embed', 'print the vector of each face, whose Euclidean distance tells people apart', false)
  .option('--fps <rate>', 'frames of a video looked at, a second', rate, 2)
  .action(
    async (
      files: string[],
      {
        filesFrom,
        null: endsWithNul,
        ...options
      }: {
        filesFrom?: string
        null: boolean
        landmarks: boolean
        embed: boolean
        fps: number
      },
      command: Command
    ) => {
      if (files.length === 0 && filesFrom === undefined) {
        command.error('error: name at least one file, or give a list with --files-from')
      }
      const listed = await (await import('./file-list.ts')).listFiles(files, { filesFrom, endsWithNul })
      await (await import('./analyze.ts')).analyze(listed, options)
    }
  )

program.command('compare')
  .description('Print whether the largest faces of two pictures are one person\'s, as one JSON line.')
  .argument('<a>', 'a picture')
  .argument('<b>', 'another picture')
  .action(async (a: string, b: string) => { await (await import('./compare.ts')).compare(a, b) })

program.command('events')
  .description('Print the events that a session with this video as camera would have raised, one JSON line each.')
  .argument('<video>', 'the video')
  .option('--fps <rate>', 'frames a second the camera would send', rate, 2)
  .option('--explain', 'also print what rules saw and did not report, and why not')
  .action(async (video: string, options: { fps: number, explain?: boolean }) => {
    await (await import('./events.ts')).events(video, options)
  })

program.command('simulate')
  .description('Stream videos or pictures as candidates to a running server, and print what became of the frames.')
  .argument('<files...>', 'videos and pictures')
  .option('--candidates <count>', 'candidates at once', whole(1, 1000), 1)
  .option('--fps <rate>', 'frames a second of each', rate, 2)
  .option('--seconds <count>', 'how long', whole(1, 86_400), 30)
  .option('--url <url>', 'the server', 'ws://localhost:8080')
  .option('--follow-rate', 'send as slowly as the server asks', false)
  .option('--video', 'send VP8 instead of pictures', false)
  .option('--allow-remote', 'let the server be another machine', false)
  .option('--json', 'print one JSON line in place of the table', false)
  .action(
    async (
      files: string[],
      options: {
        candidates: number
        fps: number
        seconds: number
        url: string
        followRate: boolean
        video: boolean
        allowRemote: boolean
        json: boolean
      }
    ) => {
      await (await import('./simulate.ts')).simulate(files, options)
    }
  )

const user = program.command('user').description('Accounts in the database that the environment names.')
const role = (): Option =>
  new Option('--role <role>', 'what the account may do').choices(['student', 'teacher', 'admin'])

user
  .command('add')
  .description(
    'Make an account. Without --password-stdin a terminal is asked; without a terminal a password is made and printed.'
  )
  .argument('<email>')
  .addOption(role().default('student'))
  .option('--name <name>', 'shown to proctors; the address when absent')
  .option('--password-stdin', 'read the password from standard input', false)
  .option('--password <password>', 'the password itself, which other users of this machine can see: for tests')
  .action(
    async (email: string, options: { role: string, name?: string, passwordStdin: boolean, password?: string }) => {
      await (await import('./user.ts')).addUser(email, options)
    }
  )

user.command('list')
  .description('Print one JSON line an account, newest first.')
  .addOption(role())
  .action(async (options: { role?: string }) => {
    await (await import('./user.ts')).listUsers(options)
  })

user.command('role')
  .description('Change what an account may do.')
  .argument('<email>')
  .argument('<role>', 'student, teacher or admin')
  .action(async (email: string, role: string) => {
    await (await import('./user.ts')).setRole(email, role)
  })

program.command('rules')
  .description('Print one JSON line a rule: how many of its incidents reviewers confirmed and dismissed, and the share of confirmed ones with its 95 % interval (Wilson).')
  .option('--exam <id>', 'of one exam only')
  .action(async (options: { exam?: string }) => { await (await import('./rules.ts')).printRules(options) })

program.command('backup')
  .description('Copy the embedded database and the key files into a new folder, also while the server runs.')
  .argument('<folder>', 'is made; one for each backup')
  .action(async (folder: string) => { await (await import('./backup.ts')).backup(folder) })

program.command('verify')
  .description('Check a signed report without a network, and name what was changed in it. Ends with 0 (genuine), 1 (changed) or 2 (unknown key).')
  .argument('<report>', 'report.zip')
  .option('--keys <file>', 'keys of the issuer: its /.well-known/invigil-keys.json')
  .action(async (report: string, options: { keys?: string }) => {
    await (await import('./verify.ts')).verify(report, options)
  })

program.command('models')
  .description('Download the models that have an address into MODELS_DIR, and check them.')
  .action(async () => { await (await import('./models.ts')).models() })

/** A number above 0, at most 1000. */
function rate (text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 1000)) throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

function whole (min: number, max: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
    }
    return value
  }
}

watchReader()
try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof ReaderGone)) {
    // A wrong setting or argument needs its sentence; anything else is ours and needs its stack.
    const known =
      error instanceof CommandError || error instanceof ConfigError || (error instanceof Error && 'code' in error)
    printMessage(
      error instanceof Error && !known
        ? (error.stack ?? error.message)
        : `invigil: ${error instanceof Error ? error.message : String(error)}`
    )
    process.exitCode = 1
  }
}
