/**
 * The process of the attackers of `hostile`. It receives the plan, then `begin`, and sends the outcomes at the end.
 */
import { count } from '../src/cli/simulate/tally.ts'
import { ATTACKS } from './attacks.ts'
import type { Seat } from './server.ts'

/** The message that prepares an attack. */
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
  if (plan === undefined) throw new Error('`begin` came before the plan.')
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
