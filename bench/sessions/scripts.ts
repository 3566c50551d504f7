import { developPlans } from './develop.ts'
import { freshPlans } from './fresh.ts'
import { heldOutPlans } from './held-out.ts'
import type { SessionPlan } from './plan.ts'
import { seatPlans } from './seats.ts'
import type { Sources } from './sources.ts'

/** All sessions; most take some five minutes. */
export function sessionPlans (sources: Sources): SessionPlan[] {
  return [...developPlans(sources), ...heldOutPlans(sources), ...freshPlans(sources), ...seatPlans(sources)]
}
