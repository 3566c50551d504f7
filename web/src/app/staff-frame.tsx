import '@mantine/dates/styles.layer.css'
import '@mantine/notifications/styles.layer.css'
import 'dayjs/locale/bn'
import { DatesProvider } from '@mantine/dates'
import { Notifications } from '@mantine/notifications'
import type { ReactNode } from 'react'
import { language } from '../text/index.ts'

/** What the pages of staff use and a candidate does not load: date inputs, and short notices in a corner. */
export default function StaffFrame ({ children }: { readonly children: ReactNode }) {
  return (
    <DatesProvider settings={{ locale: language(), firstDayOfWeek: 0 }}>
      <Notifications position='bottom-right' />
      {children}
    </DatesProvider>
  )
}
