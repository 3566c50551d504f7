import { Button, Group, NumberInput, Stack, Switch, Text } from '@mantine/core'
import { number } from '../../text/format.ts'
import { SpanInput } from '../span-input.tsx'
import { spanWords } from '../span-words.ts'
import { ruleState, withoutChanges, withRule, type Policy, type RuleWords } from './policy-form.ts'
import classes from './rules.module.css'
import { t, type NumberName } from './text.ts'

interface Props {
  readonly rule: RuleWords
  readonly policy: Policy
  onChange (policy: Policy): void
}

const HOUR_MS = 3_600_000

/** One rule in words, with its switch; its numbers open on demand. */
export function RuleRow ({ rule, policy, onChange }: Props) {
  const state = ruleState(policy, rule)
  const defaults = rule.defaults as Readonly<Record<string, number>>
  const set = (name: string, value: number | boolean, isLimit = false) =>
    onChange(withRule(policy, rule, { name, isLimit }, value))
  const hasNumbers = rule.class === 'integrity' || Object.keys(defaults).length > 0 || rule.limits.length > 0
  return (
    <li className={classes['rule']}>
      <Switch
        checked={state.isEnabled} onChange={event => set('enabled', event.currentTarget.checked)}
        label={<b>{rule.title}</b>} description={rule.text} classNames={{ description: classes['words'] ?? '' }}
      />
      <div className={classes['facts']}>
        <Text size='sm'>{rule.limit} {rule.effect}</Text>
        {state.isChanged && <Text size='sm' fw={600}>{t('isChanged')}</Text>}
        {hasNumbers && (
          <details>
            <summary>{t('numbersOf')}</summary>
            <Stack gap='sm' mt='xs'>
              {rule.class === 'integrity' && (
                <NumberInput
                  label={t('weight')} description={byDefault(number(rule.weight, 2))} value={state.weight} min={0} max={100}
                  maw={280} decimalScale={2} onChange={value => { if (value !== '') set('weight', Number(value)) }}
                />
              )}
              {Object.entries(state.numbers).map(([name, value]) => name.endsWith('Ms')
                ? (
                  <SpanInput
                    key={name} label={t(`number.${name as NumberName}`)} description={byDefault(spanWords(defaults[name]!))}
                    value={value} units={['second', 'minute']} maxMs={HOUR_MS}
                    onChange={ms => { if (ms !== null) set(name, ms) }}
                  />
                  )
                : (
                  <NumberInput
                    key={name} label={t(`number.${name as NumberName}`)} description={byDefault(number(defaults[name]!, 3))}
                    value={value} min={0} maw={280} decimalScale={3} step={name === 'enterCount' ? 1 : 0.1}
                    onChange={value => { if (value !== '') set(name, Number(value)) }}
                  />
                  ))}
              {rule.limits.map(({ name, title, value, minimum, maximum }) => (
                <NumberInput
                  key={name} label={title} description={byDefault(number(value, 6))}
                  value={state.limits[name]!} min={minimum} max={maximum} maw={280} decimalScale={6}
                  step={value !== 0 && Math.abs(value) < 1 ? 0.01 : 1}
                  onChange={value => { if (value !== '') set(name, Number(value), true) }}
                />
              ))}
              {state.isChanged && (
                <Group>
                  <Button size='xs' variant='default' onClick={() => onChange(withoutChanges(policy, rule.kind))}>
                    {t('asDefault')}
                  </Button>
                </Group>
              )}
            </Stack>
          </details>
        )}
      </div>
    </li>
  )
}

const byDefault = (value: string): string => t('byDefault', { value })
