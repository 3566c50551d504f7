import { Button, Group, Text } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useCallback, useState, type KeyboardEvent } from 'react'
import classes from './console.module.css'
import { gridFor, PAGE_TILES, step, TILE_SHAPE, TILE_WIDTH_MAX } from './logic/grid.ts'
import { t } from './text.ts'
import { number } from '../text/format.ts'
import { Tile } from './tile.tsx'

interface Props {
  readonly ids: readonly string[]
  readonly openId: string | undefined
  onOpen (sessionId: string): void
}

/** Every candidate in a place that does not change; the whole wall is one stop of the Tab key. */
export function Wall ({ ids, openId, onOpen }: Props) {
  const { ref, width, height } = useElementSize<HTMLDivElement>()
  const [page, setPage] = useState(0)
  const [focusId, setFocusId] = useState<string>()
  const pages = Math.max(1, Math.ceil(ids.length / PAGE_TILES))
  const current = Math.min(page, pages - 1)
  const shown = ids.slice(current * PAGE_TILES, (current + 1) * PAGE_TILES)
  const { columns, rows } = gridFor(shown.length, width, height)
  const tileHeight = Math.min(TILE_WIDTH_MAX / TILE_SHAPE, Math.floor(height / rows))
  const stop = focusId !== undefined && shown.includes(focusId) ? focusId : shown[0]
  const focus = useCallback((sessionId: string) => setFocusId(sessionId), [])

  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const at = shown.indexOf(stop ?? '')
    const next = step(at, event.key, columns, shown.length)
    if (next === at) return
    event.preventDefault()
    const id = shown[next]!
    setFocusId(id)
    event.currentTarget.querySelector<HTMLElement>(`[data-session="${id}"]`)?.focus()
  }

  return (
    <section className={classes['wallArea']} aria-label={t('wall')}>
      <div
        ref={ref}
        className={classes['wall']}
        role='group'
        aria-label={t('wall')}
        style={{
          gridTemplateColumns: `repeat(${columns}, minmax(0, ${TILE_WIDTH_MAX}px))`,
          gridTemplateRows: `repeat(${rows}, minmax(0, ${tileHeight}px))`
        }}
        onKeyDown={move}
      >
        {shown.map(id => (
          <Tile
            key={id} sessionId={id} isOpen={id === openId} tabIndex={id === stop ? 0 : -1}
            onOpen={onOpen} onFocus={focus}
          />
        ))}
      </div>
      {pages > 1 && (
        <Group justify='center' gap='xs' wrap='nowrap'>
          <Button
            size='compact-sm' variant='default' disabled={current === 0}
            onClick={() => setPage(current - 1)}
          >
            {t('previousPage')}
          </Button>
          <Text size='sm'>{t('pageOf', { page: number(current + 1), pages: number(pages) })}</Text>
          <Button
            size='compact-sm' variant='default' disabled={current === pages - 1}
            onClick={() => setPage(current + 1)}
          >
            {t('nextPage')}
          </Button>
        </Group>
      )}
    </section>
  )
}
