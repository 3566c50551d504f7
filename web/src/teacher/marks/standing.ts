import type { Attempt } from '../types.ts'

/** Where an attempt stands. */
export const standingOf = ({ state, submittedBy, gradedAtMs }: Pick<Attempt, 'state' | 'submittedBy' | 'gradedAtMs'>) => ({
  isOpen: state === 'open',
  needsGrading: state === 'submitted' && gradedAtMs === null,
  isTerminated: state === 'submitted' && submittedBy === 'terminated'
})
