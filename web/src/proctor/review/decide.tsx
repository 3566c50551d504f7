import { Button, Paper, Radio, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { dateTime } from '../../text/format.ts'
import { ReasonDialog } from './reason-dialog.tsx'
import { t } from './text.ts'
import type { Part } from './types.ts'

const DECISIONS = ['clear', 'concern', 'technical'] as const
type Decision = typeof DECISIONS[number]

/** The decision in two steps, and those that were made. */
export function Decide ({ file: { session, review, decisions }, isMine, run }: Part) {
  const [chosen, setChosen] = useState<Decision>()
  const [isAsked, setIsAsked] = useState(false)
  const mayDecide = isMine && review.state !== 'decided'
  if (!mayDecide && decisions.length === 0) return null
  return (
    <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={t('decide')}>
      <Title order={2} mb='xs'>{t('decide')}</Title>
      <Stack gap='sm' align='flex-start'>
        {decisions.map(({ step, decision, reason, by, atMs }) => (
          <div key={step}>
            <Text fw={600}>{t(`step.${step}`)}: {t(`decision.${decision}`)}</Text>
            <Text>{reason}</Text>
            <Text size='sm' c='dimmed'>{t('by', { name: by.name ?? t('someone'), time: dateTime(atMs) })}</Text>
          </div>
        ))}
        {mayDecide && (
          <>
            <Radio.Group
              label={t('decideWhat')} value={chosen ?? ''} onChange={value => setChosen(value as Decision)}
            >
              <Stack gap='xs' mt='xs'>
                {DECISIONS.map(value => <Radio key={value} value={value} label={t(`decision.${value}`)} />)}
              </Stack>
            </Radio.Group>
            <Button disabled={chosen === undefined} onClick={() => setIsAsked(true)}>{t('decideNext')}</Button>
          </>
        )}
      </Stack>
      {isAsked && chosen !== undefined && (
        <ReasonDialog
          title={t('decideTitle', { decision: t(`decision.${chosen}`) })} what={t('decideSure')} action={t('decide')}
          onConfirm={async reason => await run(() =>
            api.POST('/api/v1/reviews/{sessionId}/decision', {
              params: { path: { sessionId: session.id } }, body: { decision: chosen, reason }
            })
          )}
          onClose={() => setIsAsked(false)}
        />
      )}
    </Paper>
  )
}
