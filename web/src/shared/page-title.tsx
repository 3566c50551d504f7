import { Title } from '@mantine/core'
import { useEffect, useRef } from 'react'

interface Props {
  readonly children: string
  /** What stands in the window's title, from the narrow to the wide; the heading by default. */
  readonly trail?: readonly string[]
}

/** The page's heading and the window's title. It takes the focus, so that a screen reader says where the reader is. */
export function PageTitle ({ children, trail = [children] }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  const title = [...trail, 'Invigil'].join(' – ')
  useEffect(() => { document.title = title }, [title])
  useEffect(() => { heading.current?.focus({ preventScroll: true }) }, [])
  return <Title ref={heading} order={1} tabIndex={-1} className='page-title'>{children}</Title>
}
