import { defined } from '../../lib/defined.ts'
import { allRows, DatabaseError, type Role, type User } from '../../db/index.ts'
import { cleanLine } from '../names.ts'
import { checkNewPassword, PASSWORD_LENGTH } from '../accounts/password-rules.ts'
import { hashPassword, makePassword } from '../accounts/password-hash.ts'
import { withDatabase } from './database.ts'
import { CommandError, writeLine } from './output.ts'
import { promptHidden, readAll } from './prompt.ts'

const ROLES: readonly Role[] = ['student', 'teacher', 'admin']
/** Rows asked for at a time; the table may be long. */
const PAGE_ROWS = 500

export interface AddOptions {
  readonly role: string
  readonly name?: string
  readonly passwordStdin: boolean
  readonly password?: string
}

/**
 * Makes an account and prints it. The password comes from stdin, from the terminal, or is made here: only then is it
 * printed, once.
 */
export async function addUser (email: string, options: AddOptions): Promise<void> {
  const role = roleOf(options.role)
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new CommandError(`"${email}" is not an email address.`)
  const { password, made } = await newPassword(email, options)
  await withDatabase(async db => {
    const user = await db.users
      .create({
        email,
        name: nameOf(options.name) ?? email,
        role,
        passwordHash: await hashPassword(password),
        createdAtMs: Date.now()
      })
      .catch(error => {
        if (error instanceof DatabaseError && error.code === 'unique') {
          throw new CommandError(`There is an account of ${email} already.`)
        }
        throw error
      })
    await db.audit.append({
      actorId: null,
      action: 'user.add',
      targetType: 'user',
      targetId: user.id,
      detail: { role, from: 'command line' },
      atMs: Date.now()
    })
    await writeLine({ ...userLine(user), ...(made && { password }) })
  })
}

/** Prints one line an account, newest first. */
export async function listUsers (options: { readonly role?: string }): Promise<void> {
  const role = options.role === undefined ? undefined : roleOf(options.role)
  await withDatabase(async db => {
    const users = allRows(PAGE_ROWS, (limit, before) => db.users.list({ limit, ...defined({ role, before }) }))
    for await (const user of users) await writeLine(userLine(user))
  })
}

/** Changes a role and prints the account. Sockets and tokens that are open follow when they are next looked at. */
export async function setRole (email: string, role: string): Promise<void> {
  const wanted = roleOf(role)
  await withDatabase(async db => {
    const user = await db.users.byEmail(email)
    if (user === undefined) throw new CommandError(`There is no account of ${email}.`)
    await db.users.setRole(user.id, wanted)
    await db.audit.append({
      actorId: null,
      action: 'user.role',
      targetType: 'user',
      targetId: user.id,
      detail: { role: wanted, was: user.role, from: 'command line' },
      atMs: Date.now()
    })
    await writeLine(userLine({ ...user, role: wanted }))
  })
}

function userLine ({ id, email, name, role, disabledAtMs, createdAtMs }: User) {
  return { id, email, name, role, disabled: disabledAtMs !== null, createdAt: new Date(createdAtMs).toISOString() }
}

function roleOf (text: string): Role {
  const role = ROLES.find(role => role === text)
  if (role === undefined) throw new CommandError(`"${text}" is no role; there are ${ROLES.join(', ')}.`)
  return role
}

async function newPassword (email: string, options: AddOptions): Promise<{ password: string, made: boolean }> {
  const typed = options.password ?? (options.passwordStdin ? await passwordFromStdin() : await passwordFromTerminal())
  if (typed === undefined) return { password: makePassword(), made: true }
  try {
    checkNewPassword(typed, { email, name: options.name })
  } catch (error) {
    throw new CommandError((error as Error).message)
  }
  return { password: typed, made: false }
}

function nameOf (text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const name = cleanLine(text)
  if (name === '') throw new CommandError('--name holds nothing that can be seen.')
  return name
}

/** A trailing line break belongs to the pipe, not to the password. */
async function passwordFromStdin (): Promise<string> {
  return (await readAll(process.stdin, PASSWORD_LENGTH.max * 4)).replace(/\r?\n$/, '')
}

/** Undefined if there is no terminal, or the user typed nothing. */
async function passwordFromTerminal (): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined
  const first = await promptHidden('Password (empty: make one): ')
  if (first === '') return undefined
  if (await promptHidden('Once more: ') !== first) throw new CommandError('The two were not the same.')
  return first
}
