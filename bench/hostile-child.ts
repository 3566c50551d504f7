/**
 * The attackers of `hostile`, in a process of their own: told which attack, then when to begin; says at the end what
 * became of it.
 */
import { count } from '../src/cli/simulate/tally.ts'
import { ATTACKS } from './attacks.ts'
import type { Seat } from './server.ts'

/** What the bench tells the attackers. */
export interface AttackPlan {
  readonly name: string
  readonly url: string
  readonly seats: readonly Seat[]
  readonly ms: number
}

export type AttackOutcomes = Readonly<Record<string, number>>

let plan: AttackPlan | undefined

async function execute (message: AttackPlan | 'begin'): Promise<AttackOutcomes> {
  if (message !== 'begin') {
    plan = message
    await ATTACKS.find(({ name }) => name === message.name)!.prepare?.(message)
    return {}
  }
  if (plan === undefined) throw new Error('The attack was not told what to do.')
  const { name, url, seats, ms } = plan
  const outcomes = new Map<string, number>()
  await ATTACKS.find(attack => attack.name === name)!.run({
    url,
    seats,
    untilMs: performance.now() + ms,
    count: outcome => count(outcomes, outcome)
  })
  return Object.fromEntries(outcomes)
}

process.on('message', (message: AttackPlan | 'begin') => {
  execute(message).then(result => { process.send?.(result) }, (error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  })
})
