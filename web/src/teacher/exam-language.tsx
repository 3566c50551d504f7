import { Select } from '@mantine/core'
import { language as pageLanguage } from '../text/index.ts'
import { t } from './text.ts'

const OFFERED = ['en', 'bn', 'ar', 'de', 'es', 'fr', 'hi', 'id', 'it', 'ja', 'ko', 'pt', 'ru', 'tr', 'uk', 'ur', 'zh']

interface Props {
  readonly value: string
  onChange (language: string): void
}

/** The language of an exam, by which numbers and letters are read. */
export function ExamLanguage ({ value, onChange }: Props) {
  const names = new Intl.DisplayNames(pageLanguage(), { type: 'language' })
  const all = OFFERED.includes(value) ? OFFERED : [value, ...OFFERED]
  return (
    <Select
      label={t('language')} description={t('languageWhat')} value={value} searchable allowDeselect={false}
      data={all.map(value => ({ value, label: names.of(value) ?? value }))}
      onChange={chosen => { if (chosen !== null) onChange(chosen) }}
    />
  )
}
