import { Checkbox, Stack, Text } from '@mantine/core'
import { useCallback, useId, useRef, useState } from 'react'
import { api, dataOf } from '../api/client.ts'
import type { paths } from '../api/schema.d.ts'
import { clockTime, duration, number } from '../text/format.ts'
import { t } from '../text/index.ts'
import classes from './evidence.module.css'
import { boxesOf, type Found } from './evidence-boxes.ts'
import { Problem } from './problem.tsx'
import { useMediaLink } from './use-media-link.ts'

type Evidence = paths['/api/v1/sessions/{sessionId}/evidence']['get']['responses'][200]['content']['application/json']['evidence'][number]
type Shown = Omit<Evidence, 'eventId'>

interface Props {
  readonly evidence: readonly Shown[]
  /** A piece is on the screen, so the server knows that the reader opened it. */
  onOpened? (): void
}

/** What is stored of an incident. Pictures load at once; the server logs each viewing. */
export function EvidenceList ({ evidence, onOpened = () => {} }: Props) {
  return evidence.map(piece => piece.kind === 'picture'
    ? <Picture key={piece.id} piece={piece} onOpened={onOpened} />
    : <Clip key={piece.id} piece={piece} onOpened={onOpened} />)
}

interface PieceProps {
  readonly piece: Shown
  onOpened (): void
}

function useEvidenceLink (evidenceId: string, media: Parameters<typeof useMediaLink>[1]) {
  const load = useCallback(async () =>
    await dataOf(api.POST('/api/v1/evidence/{evidenceId}/link', { params: { path: { evidenceId } } })), [evidenceId])
  return useMediaLink(load, media)
}

/** The picture as it was stored; the boxes are drawn over it from numbers. */
function Picture ({ piece: { id, atMs, seen }, onOpened }: PieceProps) {
  const link = useEvidenceLink(id, useRef(null))
  const [hasBoxes, setHasBoxes] = useState(true)
  const [isThere, setIsThere] = useState(false)
  const found = boxesOf(seen)
  const words = wordsOf(seen, found)
  return (
    <Stack component='figure' m={0} gap='xs'>
      {link.error !== undefined && <Problem error={link.error} onRetry={() => link.renew()} />}
      {link.url !== undefined && (
        <div className={classes['picture']}>
          <img
            src={link.url} alt={`${t('evidence.picture', { time: clockTime(atMs) })}. ${words}`}
            onLoad={() => {
              setIsThere(true)
              onOpened()
            }}
            onError={link.handleError}
          />
          {hasBoxes && isThere && found.map(({ label, left, top, width, height }, index) => (
            <span key={index} aria-hidden='true' className={classes['box']} style={{ left, top, width, height }}>
              <span>{label ?? t('evidence.face')}</span>
            </span>
          ))}
        </div>
      )}
      <Text component='figcaption' size='sm'>{t('evidence.picture', { time: clockTime(atMs) })} · {words}</Text>
      {found.length > 0 && (
        <Checkbox
          size='sm' label={t('evidence.boxes')} checked={hasBoxes}
          onChange={({ currentTarget: { checked } }) => setHasBoxes(checked)}
        />
      )}
    </Stack>
  )
}

function wordsOf ({ hands }: Readonly<Record<string, unknown>>, found: readonly Found[]): string {
  const counts = new Map<string | undefined, number>()
  for (const { label } of found) counts.set(label, (counts.get(label) ?? 0) + 1)
  const words = [...counts].map(([label, n]) =>
    label === undefined ? t('evidence.faces', { n: number(n) }) : t('evidence.objects', { n: number(n), label }))
  if (typeof hands === 'number' && hands > 0) words.push(t('evidence.hands', { n: number(hands) }))
  return t('evidence.found', { list: words.length === 0 ? t('evidence.nothing') : words.join(', ') })
}

function Clip ({ piece: { id, kind, durationMs }, onOpened }: PieceProps) {
  const media = useRef<HTMLVideoElement & HTMLAudioElement>(null)
  const titleId = useId()
  const link = useEvidenceLink(id, media)
  const props = {
    ref: media,
    controls: true,
    preload: 'metadata',
    src: link.url,
    'aria-labelledby': titleId,
    onError: link.handleError,
    onLoadedMetadata: () => {
      link.handleLoaded()
      onOpened()
    }
  } as const
  return (
    <Stack component='figure' m={0} gap='xs'>
      {link.error !== undefined && <Problem error={link.error} onRetry={() => link.renew()} />}
      {kind === 'clip' ? <video {...props} playsInline className={classes['clip']} /> : <audio {...props} />}
      <Text component='figcaption' size='sm'>
        <span id={titleId}>
          {t(kind === 'clip' ? 'evidence.clip' : 'evidence.sound', { time: duration(durationMs ?? 0) })}
        </span>. {t('evidence.clipWhat')}
      </Text>
    </Stack>
  )
}
