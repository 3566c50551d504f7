import type { ComponentType } from 'react'
import type { Role } from '../api/login.ts'
import type { TextKey } from '../text/en.ts'

export interface Route {
  /** As wouter reads it: `/exams/:examId/check/:step?`. */
  readonly path: string
  readonly roles: readonly Role[] | 'all' | 'visitor'
  /** Loads when it is opened (`lazy`), unless it is the first page that most people see. */
  readonly page: ComponentType
  /** Set for a page that the menu offers. */
  readonly nav?: TextKey
  /** The page takes the whole width of the window. */
  readonly isWide?: boolean
  /** The page has a header of its own, such as an exam that runs. */
  readonly isBare?: boolean
}
