import { Fieldset, NumberInput, Select, Stack, Text } from '@mantine/core'
import { number } from '../../text/format.ts'
import type { Policy, RetentionWords } from './policy-form.ts'
import { t } from './text.ts'

const DAYS = ['recordingDays', 'dismissedDays', 'confirmedDays', 'recordsDays'] as const
const FACES = ['account', 'exam'] as const
const DAYS_MAX = 3650

interface Props {
  readonly policy: Policy
  /** What the server keeps where the policy says nothing. */
  readonly usual: RetentionWords
  onChange (policy: Policy): void
}

/** What happens after the exam: who decides, the time for an appeal, and for how long things are kept. */
export function Afterward ({ policy, usual, onChange }: Props) {
  const { reviewers, appealDays, retention } = policy
  const set = (change: Partial<Policy>) => onChange({ ...policy, ...change })
  return (
    <>
      <Fieldset legend={t('review')}>
        <Stack>
          <Select
            label={t('reviewers')} description={t('reviewersWhat')} value={String(reviewers)} allowDeselect={false} maw={480}
            data={(['1', '2'] as const).map(value => ({ value, label: t(`reviewers.${value}`) }))}
            onChange={value => set({ reviewers: value === '2' ? 2 : 1 })}
          />
          <NumberInput
            label={t('appealDays')} description={t('appealDaysWhat')} value={appealDays} min={1} max={90}
            allowDecimal={false} maw={280} onChange={value => { if (value !== '') set({ appealDays: Number(value) }) }}
          />
        </Stack>
      </Fieldset>
      <Fieldset legend={t('retention')}>
        <Stack>
          <Text size='sm' c='dimmed'>{t('retentionWhat')}</Text>
          {DAYS.map(name => (
            <NumberInput
              key={name} label={t(name)} description={t(`${name}What`)} value={retention[name] ?? ''} min={0} max={DAYS_MAX}
              allowDecimal={false} maw={480} placeholder={t('usualDays', { days: number(usual[name]) })}
              onChange={value => set({ retention: { ...retention, [name]: value === '' ? null : Number(value) } })}
            />
          ))}
          <Select
            label={t('faceKept')} value={retention.face} clearable maw={480}
            placeholder={t('usualFace', { what: t(`faceKept.${usual.face}`) })}
            data={FACES.map(value => ({ value, label: t(`faceKept.${value}`) }))}
            onChange={value => set({ retention: { ...retention, face: value as Policy['retention']['face'] } })}
          />
        </Stack>
      </Fieldset>
    </>
  )
}
