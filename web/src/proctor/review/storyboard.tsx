import { Button, Stack, Text, Title } from '@mantine/core'
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useSearchParams } from 'wouter'
import { query } from '../../api/client.ts'
import { Problem } from '../../shared/problem.tsx'
import { clockTime, duration } from '../../text/format.ts'
import { gradeOf } from '../logic/attention.ts'
import { Mark } from '../mark.tsx'
import classes from './storyboard.module.css'
import { StoryboardPlayer } from './storyboard-player.tsx'
import { backgroundOf, incidentsByTile, nearestTile, tileAfterKey, tilesOf, type Tile } from './storyboard-tiles.ts'
import { t } from './text.ts'
import type { Review } from './types.ts'
import { useSheets } from './use-sheets.ts'

type Incident = Review['incidents'][number]

interface Props {
  readonly sessionId: string
  readonly incidents: readonly Incident[]
}

/** Small pictures along the session; nothing where nothing was recorded. The server logs that they were opened. */
export function Storyboard ({ sessionId, incidents }: Props) {
  const answer = query.useQuery('get', '/api/v1/sessions/{sessionId}/storyboard', { params: { path: { sessionId } } })
  const [isShown, setIsShown] = useState(false)
  const sheets = answer.data?.sheets
  const tiles = useMemo(() => tilesOf(sheets ?? []), [sheets])
  if (tiles.length === 0) return null
  return (
    <Stack component='section' aria-label={t('storyboard')} gap='xs'>
      <Title order={2}>{t('storyboard')}</Title>
      <Text size='sm' c='dimmed'>{t('storyboardWhat')}</Text>
      {isShown
        ? <Strip tiles={tiles} incidents={incidents} />
        : (
          <>
            <Text size='sm' c='dimmed'>{t('storyboardLogged')}</Text>
            <Button variant='default' style={{ alignSelf: 'flex-start' }} onClick={() => setIsShown(true)}>
              {t('storyboardShow')}
            </Button>
          </>
          )}
    </Stack>
  )
}

interface StripProps extends Pick<Props, 'incidents'> {
  readonly tiles: readonly Tile[]
}

/** One stop of the Tab key for the whole strip; the selected incident of the page is scrolled to. */
function Strip ({ tiles, incidents }: StripProps) {
  const [search, setSearch] = useSearchParams()
  const { urls, error, load, retry } = useSheets()
  const marked = useMemo(() => incidentsByTile(tiles, incidents), [tiles, incidents])
  const selected = incidents.find(({ eventId }) => eventId === search.get('incident'))
  const [current, setCurrent] = useState(0)
  const [playing, setPlaying] = useState<{ readonly tile: Tile, readonly turn: number }>()
  const strip = useRef<HTMLDivElement>(null)
  const buttonAt = (index: number) => strip.current?.querySelectorAll('button')[index]

  const selectedAtMs = selected?.startedAtMs
  useEffect(() => {
    if (selectedAtMs === undefined || strip.current === null) return
    const index = nearestTile(tiles, selectedAtMs)
    const button = buttonAt(index)
    setCurrent(index)
    // Not `scrollIntoView`, which also moves the page away from the incident.
    if (button !== undefined) strip.current.scrollLeft = button.offsetLeft - strip.current.clientWidth / 2
  }, [tiles, selectedAtMs])

  useEffect(() => {
    const seen = new IntersectionObserver(
      entries => {
        for (const { isIntersecting, target } of entries) {
          const sheetId = target instanceof HTMLElement ? target.dataset['sheet'] : undefined
          if (isIntersecting && sheetId !== undefined) load(sheetId)
        }
      },
      { root: strip.current, rootMargin: '0px 400px' }
    )
    for (const tile of strip.current?.querySelectorAll('[data-sheet]') ?? []) seen.observe(tile)
    return () => seen.disconnect()
  }, [tiles, load])

  const onKey = (event: KeyboardEvent) => {
    const to = tileAfterKey(event.key, current, tiles.length, marked)
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    setCurrent(to)
    buttonAt(to)?.focus()
  }
  const play = (tile: Tile, index: number) => {
    setCurrent(index)
    setPlaying(before => ({ tile, turn: (before?.turn ?? 0) + 1 }))
    const [incident] = marked.get(index) ?? []
    if (incident !== undefined) setSearch({ incident: incident.eventId }, { replace: true })
  }

  return (
    <>
      {error !== undefined && <Problem error={error} onRetry={retry} />}
      <div ref={strip} role='group' aria-label={t('storyboard')} className={classes['strip']} onKeyDown={onKey}>
        {tiles.map((tile, index) => {
          const here = marked.get(index) ?? []
          const url = urls.get(tile.sheet.id)
          const words = [clockTime(tile.atMs), ...here.map(({ title }) => title)].join('. ')
          return (
            <div key={`${tile.sheet.id} ${tile.place}`} className={classes['step']} data-sheet={tile.sheet.id}>
              {tile.gapMs > 0 && <span className={classes['gap']}>{t('storyboardGap', { time: duration(tile.gapMs) })}</span>}
              <button
                type='button' aria-label={words} title={words} tabIndex={index === current ? 0 : -1}
                aria-current={tile === playing?.tile} className={classes['tile']}
                onClick={() => play(tile, index)} onFocus={() => setCurrent(index)}
              >
                <span
                  className={classes['picture']}
                  style={{
                    aspectRatio: `${tile.sheet.tileWidth} / ${tile.sheet.tileHeight}`,
                    ...(url !== undefined && { backgroundImage: `url(${url})`, ...backgroundOf(tile) })
                  }}
                />
                <span className={classes['caption']}>
                  {here.map(({ eventId, severity }) => (
                    <Mark key={eventId} grade={gradeOf({ class: 'integrity', severity })} />
                  ))}
                  {clockTime(tile.atMs)}
                </span>
              </button>
            </div>
          )
        })}
      </div>
      <Text size='sm' c='dimmed'>{t('storyboardKeys')}</Text>
      {playing !== undefined && (
        <StoryboardPlayer
          recordingId={playing.tile.sheet.recordingId} atMs={playing.tile.atMs} turn={playing.turn}
        />
      )}
    </>
  )
}
