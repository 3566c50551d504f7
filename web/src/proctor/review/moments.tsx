import { Button, Group, Stack, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { query } from '../../api/client.ts'
import { clockTime } from '../../text/format.ts'
import type { Finding } from '../logic/incidents.ts'
import { Lanes } from '../timeline.tsx'
import { StoryboardPlayer } from './storyboard-player.tsx'
import { t } from './text.ts'
import type { Review } from './types.ts'

/** A session begins before its first picture arrives: the recording is played from its beginning then. */
const AWAY_MS_MAX = 5000

interface Props extends Pick<Review, 'session'> {
  readonly findings: readonly Finding[]
  readonly selected: Finding | undefined
  /** The playhead has come to an incident. */
  onSelect (id: string): void
}

/**
 * The timeline of a session that is over. Its playhead goes to any moment, and the recording follows once it is shown.
 * It is shown by a button, because the server logs who watched.
 */
export function Moments ({ session, findings, selected, onSelect }: Props) {
  const endMs = session.endedAtMs ?? session.startedAtMs
  const [at, setAt] = useState({ ms: selected?.startMs ?? session.startedAtMs, turn: 0 })
  const [isShown, setIsShown] = useState(false)
  const recordings = query.useQuery(
    'get', '/api/v1/recordings', { params: { query: { sessionId: session.id, limit: 100 } } })
  const recorded = recordings.data?.recordings.find(({ source, state, startedAtMs, durationMs }) =>
    source === 'camera' && state === 'ready' &&
    startedAtMs - AWAY_MS_MAX <= at.ms && at.ms <= startedAtMs + (durationMs ?? 0))
  const incidentAt = (ms: number) => findings.find(({ startMs, endMs }) => startMs <= ms && ms <= (endMs ?? startMs))

  const move = (ms = endMs) => {
    setAt(before => ({ ms, turn: before.turn + 1 }))
    const incident = incidentAt(ms)
    if (incident !== undefined && incident.id !== selected?.id) onSelect(incident.id)
  }
  const place = useRef(at.ms)
  place.current = at.ms
  const [selectedId, fromMs, toMs] = [selected?.id, selected?.startMs, selected?.endMs ?? selected?.startMs]
  useEffect(() => {
    // The playhead follows an incident that is selected elsewhere, and stays where it selected one itself.
    if (fromMs === undefined || toMs === undefined || (place.current >= fromMs && place.current <= toMs)) return
    setAt(before => ({ ms: fromMs, turn: before.turn + 1 }))
  }, [selectedId, fromMs, toMs])

  return (
    <Stack gap='xs'>
      <Lanes
        findings={findings} milestones={[]} startedAtMs={session.startedAtMs} nowMs={endMs} firstZoomMs={undefined}
        atMs={at.ms} onMove={move}
        valueText={ms => [clockTime(ms), incidentAt(ms)?.text ?? ''].filter(text => text !== '').join(', ')}
      />
      <Group gap='xs'>
        {recorded !== undefined && !isShown && (
          <Button size='xs' variant='default' onClick={() => setIsShown(true)}>
            {t('playFrom', { time: clockTime(at.ms) })}
          </Button>
        )}
        {recorded === undefined && recordings.isSuccess && (
          <Text size='sm' c='dimmed' role='status'>{t('notRecorded', { time: clockTime(at.ms) })}</Text>
        )}
      </Group>
      {isShown && recorded !== undefined && (
        <StoryboardPlayer recordingId={recorded.id} atMs={Math.max(at.ms, recorded.startedAtMs)} turn={at.turn} />
      )}
    </Stack>
  )
}
