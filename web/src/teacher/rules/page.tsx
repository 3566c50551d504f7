import { Alert, Button, Fieldset, Group, NumberInput, Radio, Select, Stack, Switch, Text, Title } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { api, query } from '../../api/client.ts'
import { download } from '../../shared/download.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { useLanguage } from '../../text/index.ts'
import { ExamPage } from '../exam-page.tsx'
import { RefusalNote } from '../../shared/refusal.tsx'
import { useRefresh } from '../refresh.ts'
import { SpanInput } from '../span-input.tsx'
import { useUnsaved } from '../unsaved.ts'
import {
  bodyOf, fromPreset, isAsPreset, isSame, mayRecordScreen, policyOf, withChange, type Policy, type PresetWords,
  type RetentionWords, type RuleWords
} from './policy-form.ts'
import { Afterward } from './afterward.tsx'
import { RuleRow } from './rule-row.tsx'
import classes from './rules.module.css'
import { tell, tellProblem } from '../tell.ts'
import { t } from './text.ts'
import { useRuleWords } from './use-rule-words.ts'

const CLASSES = ['integrity', 'technical', 'coverage', 'information'] as const
const ACTIONS = ['none', 'warn', 'ask', 'terminate'] as const
const WATCHING = ['none', 'wanted', 'required'] as const
const IDENTITY = ['off', 'noted', 'required'] as const
const RECORDING = ['none', 'incidents', 'full'] as const
const HOUR_MS = 3_600_000

export default function RulesPage () {
  useLanguage()
  return <ExamPage tab='rules'>{exam => <Rules examId={exam.id} />}</ExamPage>
}

function Rules ({ examId }: { readonly examId: string }) {
  const words = useRuleWords()
  const stored = query.useQuery('get', '/api/v1/exams/{examId}/policy', { params: { path: { examId } } })
  return (
    <Loaded query={words}>
      {({ rules, presets, retention }) => (
        <Loaded query={stored}>
          {({ policy, policyVersion }) => (
            <PolicyForm
              key={policyVersion} examId={examId} stored={policyOf(policy)} rules={rules} presets={presets}
              usual={retention}
            />
          )}
        </Loaded>
      )}
    </Loaded>
  )
}

interface FormProps {
  readonly examId: string
  readonly stored: Policy
  readonly rules: readonly RuleWords[]
  readonly presets: readonly PresetWords[]
  /** What the server keeps where the policy says nothing. */
  readonly usual: RetentionWords
}

function PolicyForm ({ examId, stored, rules, presets, usual }: FormProps) {
  const refresh = useRefresh()
  const [policy, setPolicy] = useState(stored)
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const isChanged = !isSame(policy, stored)
  const preset = presets.find(({ name }) => name === policy.preset)
  useUnsaved(isChanged)

  const save = async () => {
    setIsBusy(true)
    setError(undefined)
    try {
      await api.PUT('/api/v1/exams/{examId}/policy', { params: { path: { examId } }, body: bodyOf(policy) })
      tell(t('saved'))
      await refresh('/api/v1/exams/{examId}/policy', '/api/v1/exams/{examId}')
    } catch (error) {
      setError(error as Error)
    }
    setIsBusy(false)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save().catch(() => {})
  }
  return (
    <form onSubmit={submit}>
      <Stack gap='lg' maw={820}>
        <Radio.Group
          label={t('preset')} description={t('presetWhat')} value={policy.preset ?? ''}
          onChange={name => {
            const chosen = presets.find(preset => preset.name === name)
            if (chosen !== undefined) setPolicy(fromPreset(chosen))
          }}
        >
          <div className={classes['presets']}>
            {presets.map(({ name, title, text }) => (
              <Radio.Card key={name} value={name} className={classes['preset'] ?? ''}>
                <Group gap='sm' wrap='nowrap' align='flex-start'>
                  <Radio.Indicator />
                  <div><Text fw={600} component='span'>{title}</Text><Text size='sm' component='div'>{text}</Text></div>
                </Group>
              </Radio.Card>
            ))}
          </div>
        </Radio.Group>
        {preset !== undefined && !isAsPreset(policy, preset) && <Text size='sm'>{t('differs', { preset: preset.title })}</Text>}
        {preset === undefined && <Text size='sm'>{t('noPreset')}</Text>}
        <Conditions policy={policy} onChange={setPolicy} />
        <Consequences policy={policy} onChange={setPolicy} />
        <Afterward policy={policy} usual={usual} onChange={setPolicy} />
        {CLASSES.map(group => (
          <section key={group}>
            <Title order={2}>{t(`class.${group}`)}</Title>
            <Text size='sm' c='dimmed'>{t(`class.${group}What`)}</Text>
            <ul className={classes['rules']}>
              {rules.filter(rule => rule.class === group).map(rule => (
                <RuleRow key={rule.kind} rule={rule} policy={policy} onChange={setPolicy} />
              ))}
            </ul>
          </section>
        ))}
        {error !== undefined && <RefusalNote error={error} />}
        <Group className={classes['bar']}>
          <Button type='submit' loading={isBusy} disabled={!isChanged}>{t('save')}</Button>
          <Button variant='default' disabled={!isChanged} onClick={() => setPolicy(stored)}>{t('discard')}</Button>
          <Text size='sm' role='status'>{isChanged ? t('unsaved') : ''}</Text>
          <Button
            variant='subtle' disabled={isChanged} ml='auto'
            onClick={() => { download(`/exams/${examId}/impact-assessment`, 'impact-assessment.md').catch(tellProblem) }}
          >
            {t('impactAssessment')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface PartProps {
  readonly policy: Policy
  onChange (policy: Policy): void
}

/** What candidates must fulfill: being seen, breaks, identity. */
function Conditions ({ policy, onChange }: PartProps) {
  const { watching, graceMs, seenPercentMin, breaks, identity, face } = policy
  const set = (change: Partial<Policy>) => onChange(withChange(policy, change))
  return (
    <>
      <Fieldset legend={t('seen')}>
        <Stack>
          <Select
            label={t('watching')} value={watching} allowDeselect={false} maw={480}
            data={WATCHING.map(value => ({ value, label: t(`watching.${value}`) }))}
            onChange={value => set({ watching: value as Policy['watching'] })}
          />
          {watching === 'required' && (
            <SpanInput
              label={t('grace')} description={t('graceWhat')} value={graceMs} units={['second', 'minute']} minMs={5000}
              maxMs={HOUR_MS} onChange={ms => { if (ms !== null) set({ graceMs: ms }) }}
            />
          )}
          {watching !== 'none' && (
            <NumberInput
              label={t('seenPercent')} description={t('seenPercentWhat')} value={seenPercentMin} min={0} max={100} suffix=' %'
              maw={280} onChange={value => { if (value !== '') set({ seenPercentMin: Number(value) }) }}
            />
          )}
        </Stack>
      </Fieldset>
      <Fieldset legend={t('breaks')}>
        <Stack>
          <NumberInput
            label={t('breaksMax')} description={t('breaksMaxWhat')} value={breaks.max} min={0} max={100}
            allowDecimal={false} maw={280}
            onChange={value => { if (value !== '') set({ breaks: { ...breaks, max: Number(value) } }) }}
          />
          {breaks.max > 0 && (
            <SpanInput
              label={t('breakLength')} description={t('breakLengthWhat')} value={breaks.lengthMs}
              units={['second', 'minute']} minMs={1000} maxMs={HOUR_MS}
              onChange={ms => { if (ms !== null) set({ breaks: { ...breaks, lengthMs: ms } }) }}
            />
          )}
          {breaks.max > 1 && (
            <SpanInput
              label={t('breakApart')} value={breaks.apartMs} units={['minute', 'hour']} maxMs={24 * HOUR_MS}
              onChange={ms => { if (ms !== null) set({ breaks: { ...breaks, apartMs: ms } }) }}
            />
          )}
        </Stack>
      </Fieldset>
      <Fieldset legend={t('recording')}>
        <Select
          label={t('recorded')} description={t('recordedWhat')} value={policy.recording} allowDeselect={false} maw={480}
          data={RECORDING.map(value => ({ value, label: t(`recording.${value}`) }))}
          onChange={value => set({ recording: value as Policy['recording'] })}
        />
        <Switch
          label={t('recordsScreen')} mt='md' checked={policy.recordsScreen} disabled={!mayRecordScreen(policy)}
          description={t(mayRecordScreen(policy) ? 'recordsScreenWhat' : 'recordsScreenOnly')}
          onChange={({ currentTarget: { checked } }) => set({ recordsScreen: checked })}
        />
        <Switch
          label={t('keepsEvidence')} description={t('keepsEvidenceWhat')} checked={policy.keepsEvidence} mt='md'
          onChange={({ currentTarget: { checked } }) => set({ keepsEvidence: checked })}
        />
      </Fieldset>
      <Fieldset legend={t('identity')}>
        <Stack>
          <Select
            label={t('compare')} value={identity} allowDeselect={false} maw={480}
            data={IDENTITY.map(value => ({ value, label: t(`identity.${value}`) }))}
            onChange={value => set({ identity: value as Policy['identity'] })}
          />
          {identity === 'required' && (
            <>
              <SpanInput
                label={t('enrolledBefore')} description={t('enrolledBeforeWhat')} value={face.enrolledBeforeMs}
                units={['minute', 'hour', 'day']} maxMs={366 * 24 * HOUR_MS}
                onChange={enrolledBeforeMs => set({ face: { ...face, enrolledBeforeMs } })}
              />
              <Switch
                label={t('confirmed')} description={t('confirmedWhat')} checked={face.isConfirmed}
                onChange={event => set({ face: { ...face, isConfirmed: event.currentTarget.checked } })}
              />
            </>
          )}
        </Stack>
      </Fieldset>
    </>
  )
}

/** What follows from a high risk. */
function Consequences ({ policy, onChange }: PartProps) {
  const { riskLimits, actions, mayTerminate } = policy
  const set = (change: Partial<Policy>) => onChange({ ...policy, ...change })
  const ends = actions.medium === 'terminate' || actions.high === 'terminate'
  return (
    <Fieldset legend={t('consequences')}>
      <Stack>
        <Text size='sm' c='dimmed'>{t('riskWhat')}</Text>
        {(['medium', 'high'] as const).map(level => (
          <Group key={level} align='flex-end'>
            <NumberInput
              label={t(`from.${level}`)} value={riskLimits[level]} min={0} max={100_000} w={200}
              onChange={value => { if (value !== '') set({ riskLimits: { ...riskLimits, [level]: Number(value) } }) }}
            />
            <Select
              label={t(`then.${level}`)} value={actions[level]} allowDeselect={false} flex='1 1 16rem'
              data={ACTIONS.map(value => ({ value, label: t(`action.${value}`) }))}
              onChange={value => set({ actions: { ...actions, [level]: value as Policy['actions']['high'] } })}
            />
          </Group>
        ))}
        <Switch
          label={t('mayTerminate')} description={t('mayTerminateWhat')} checked={mayTerminate}
          onChange={event => set({ mayTerminate: event.currentTarget.checked })}
        />
        {ends && mayTerminate && <Alert variant='outline' color='red'>{t('endsByItself')}</Alert>}
      </Stack>
    </Fieldset>
  )
}
