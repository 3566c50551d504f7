import { Group, NumberInput, Select } from '@mantine/core'
import { useState } from 'react'
import { toMs, toSpan, type Unit } from './span.ts'
import { unitWord } from './span-words.ts'
import { t } from './text.ts'

interface Props {
  readonly label: string
  readonly description?: string
  /** Null where nothing is typed. */
  readonly value: number | null
  readonly units?: readonly Unit[]
  readonly minMs?: number
  readonly maxMs?: number
  readonly disabled?: boolean
  readonly placeholder?: string
  onChange (ms: number | null): void
}

const ALL: readonly Unit[] = ['second', 'minute', 'hour', 'day']

/** A length of time as a number and a unit. */
export function SpanInput ({
  label, description, value, units = ALL, minMs = 0, maxMs, disabled = false, placeholder, onChange
}: Props) {
  const [unit, setUnit] = useState<Unit>(() => value === null ? units[1] ?? units[0]! : toSpan(value, units).unit)
  const count = value === null ? '' : value / toMs({ count: 1, unit })
  return (
    <Group gap='xs' align='flex-end' wrap='nowrap' maw={420}>
      <NumberInput
        label={label} description={description} value={count} disabled={disabled} flex={1} decimalScale={2}
        min={minMs / toMs({ count: 1, unit })} allowNegative={false} placeholder={placeholder}
        {...(maxMs !== undefined && { max: maxMs / toMs({ count: 1, unit }) })}
        onChange={typed => onChange(typed === '' ? null : toMs({ count: Number(typed), unit }))}
      />
      <Select
        aria-label={t('unitOf', { label })} w={130} disabled={disabled} allowDeselect={false} value={unit}
        data={units.map(value => ({ value, label: unitWord(value) }))}
        onChange={chosen => {
          const next = chosen as Unit
          setUnit(next)
          if (count !== '') onChange(toMs({ count, unit: next }))
        }}
      />
    </Group>
  )
}
