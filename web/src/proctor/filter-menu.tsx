import { Button, NativeSelect, Popover, Stack } from '@mantine/core'
import { number } from '../text/format.ts'
import { MARKS, PLACES } from './logic/filter.ts'
import { t } from './text.ts'

interface Props {
  readonly place: string
  readonly marked: string
  onChange (name: 'place' | 'marked', value: string | undefined): void
}

/** Shows only candidates in one state, or with something of one kind now. */
export function FilterMenu ({ place, marked, onChange }: Props) {
  const active = Number(place !== '') + Number(marked !== '')
  const select = (name: 'place' | 'marked') => (event: { readonly currentTarget: { readonly value: string } }) => {
    const { value } = event.currentTarget
    onChange(name, value === '' ? undefined : value)
  }
  return (
    <Popover position='bottom-end' withinPortal trapFocus returnFocus>
      <Popover.Target>
        <Button size='xs' variant={active > 0 ? 'light' : 'default'}>
          {active > 0 ? t('filterOn', { n: number(active) }) : t('filter')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('filter')}>
        <Stack gap='xs'>
          <NativeSelect
            size='xs' label={t('state')} value={place} onChange={select('place')}
            data={[
              { value: '', label: t('all') }, ...PLACES.map(value => ({ value, label: t(`place.${value}`) }))
            ]}
          />
          <NativeSelect
            size='xs' label={t('filterMarks')} value={marked} onChange={select('marked')}
            data={[
              { value: '', label: t('all') }, ...MARKS.map(value => ({ value, label: t(`marked.${value}`) }))
            ]}
          />
          <Button
            size='xs' variant='default' disabled={active === 0}
            onClick={() => {
              onChange('place', undefined)
              onChange('marked', undefined)
            }}
          >
            {t('filterNone')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
