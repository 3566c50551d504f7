import { Button, Group, TextInput } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { t } from './text.ts'

/** A link or a secret that is shown once, with the button that copies it. */
export function LinkToCopy ({ link, label = t('link') }: { readonly link: string, readonly label?: string }) {
  const { copy, copied } = useClipboard({ timeout: 5000 })
  return (
    <Group align='flex-end' wrap='nowrap'>
      <TextInput
        readOnly label={label} value={link} style={{ flex: 1 }} onFocus={event => event.currentTarget.select()}
      />
      <Button variant='default' onClick={() => copy(link)} aria-live='polite'>{t(copied ? 'copied' : 'copy')}</Button>
    </Group>
  )
}
