import { SimpleGrid, Text } from '@mantine/core'
import type { Seen } from '../live/protocol.ts'
import { number } from '../text/format.ts'
import classes from './practice.module.css'
import { t } from './text.ts'

/** Boxes over the preview: faces and objects where the server saw them. */
export function SeenOverlay ({ seen }: { readonly seen: Seen }) {
  return (
    <svg viewBox='0 0 1 1' preserveAspectRatio='none' aria-hidden='true' className={classes['overlay']}>
      {seen.faces.map(({ box: [x, y, width, height] }) => (
        <rect key={`${x},${y}`} x={x} y={y} width={width} height={height} stroke='#5fc98c' />
      ))}
      {seen.objects?.map(({ label, box: [x, y, width, height] }) => (
        <rect key={`${label}${x}`} x={x} y={y} width={width} height={height} stroke='#ff8a80' strokeDasharray='6 4' />
      ))}
    </svg>
  )
}

/**
 * The same in words, for the candidate to see what is taken from a picture and what is not. The picture's left is the
 * candidate's own right, and is named so.
 */
export function SeenFacts ({ seen }: { readonly seen: Seen }) {
  const [first] = seen.faces
  return (
    <SimpleGrid component='ul' cols={{ base: 2, sm: 3 }} spacing='xs' className={classes['facts'] ?? ''}>
      <Fact label={t('facesSeen')} value={number(seen.faces.length)} />
      {first !== undefined && <Fact label={t('lookingSeen')} value={t(`direction.${first.direction}` as 'direction.center')} />}
      {seen.hands !== undefined && <Fact label={t('handsSeen')} value={number(seen.hands)} />}
      {seen.persons !== undefined && <Fact label={t('personsSeen')} value={number(seen.persons)} />}
      <Fact label={t('light')} value={t(seen.brightness < 0.2 ? 'dark' : 'bright')} />
    </SimpleGrid>
  )
}

function Fact ({ label, value }: { readonly label: string, readonly value: string }) {
  return <li><Text size='sm' c='dimmed'>{label}</Text><Text fw={700}>{value}</Text></li>
}
