import { Button, Group, SegmentedControl, Textarea } from '@mantine/core'
import { useEffect, useRef, useState, type RefObject } from 'react'
import { clockTime } from '../text/format.ts'
import { language, type Language } from '../text/index.ts'
import { CANNED, CANNED_TEXT, type Canned } from '../shared/canned.ts'
import classes from './console.module.css'
import type { ConsoleActions } from './console-actions.ts'
import type { Candidate, ThreadMessage } from './logic/room.ts'
import { t } from './text.ts'

interface Props {
  readonly candidate: Candidate
  readonly isOpen: boolean
  readonly actions: ConsoleActions
  readonly input: RefObject<HTMLTextAreaElement | null>
  /** The ready-made warnings are asked for: a digit sends one. */
  readonly isWarning: boolean
  onWarningEnd (): void
}

/** What staff and the candidate wrote to each other, and a field to write. */
export function Thread ({ candidate, isOpen, actions, input, isWarning, onWarningEnd }: Props) {
  const { session: { sessionId, name }, thread } = candidate
  const [text, setText] = useState('')
  const [canned, setCanned] = useState<Canned>()
  const [words, setWords] = useState<Language>(language())
  const [isSending, setIsSending] = useState(false)
  const [isChosen, setIsListed] = useState(false)
  const isListed = isChosen || isWarning
  const log = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => { if (isListed) list.current?.scrollIntoView({ block: 'nearest' }) }, [isListed])
  // Only the messages move: the panel begins at its top, and stays where the proctor reads.
  useEffect(() => { log.current?.scrollTo({ top: log.current.scrollHeight }) }, [thread.length])

  const send = (type: 'message' | 'warn') => {
    setIsSending(true)
    actions.act({ type, sessionId, text: text.trim(), ...(canned !== undefined && { canned }) }).then(isDone => {
      setIsSending(false)
      if (!isDone) return
      setText('')
      setCanned(undefined)
    }, () => {})
  }
  const choose = (key: Canned) => {
    setText(CANNED_TEXT[words][key])
    setCanned(key)
    setIsListed(false)
    onWarningEnd()
    input.current?.focus()
  }
  const isEmpty = text.trim() === ''
  return (
    <section aria-label={t('thread')}>
      <h3 className={classes['heading']}>{t('thread')}</h3>
      {thread.length === 0
        ? <p className={classes['fine']}>{t('threadNone')}</p>
        : (
          <div ref={log} className={classes['thread']} tabIndex={0} role='log' aria-label={t('thread')}>
            <ol>{thread.map(message => <Message key={message.id} message={message} name={name} />)}</ol>
          </div>
          )}
      {isOpen && (
        <>
          <Group gap={6} mb={6} justify='space-between'>
            <Button
              size='compact-sm' variant='default' aria-expanded={isListed}
              onClick={() => {
                setIsListed(!isListed)
                onWarningEnd()
              }}
            >
              {t('canned')}
            </Button>
            <SegmentedControl
              size='xs' aria-label={t('cannedLanguage')} value={words} onChange={value => setWords(value as Language)}
              data={[{ value: 'en', label: 'English' }, { value: 'bn', label: 'বাংলা' }]}
            />
          </Group>
          {isListed && (
            <ol ref={list} className={classes['canned']} aria-label={t('canned')}>
              {CANNED.map((key, at) => (
                <li key={key}>
                  <button type='button' lang={words} onClick={() => choose(key)}>
                    <kbd>{at + 1}</kbd> {CANNED_TEXT[words][key]}
                  </button>
                </li>
              ))}
            </ol>
          )}
          {canned !== undefined && <p className={classes['fine']}>{t('cannedOwn')}</p>}
          <Textarea
            ref={input} label={t('writeTo', { name })} value={text} maxLength={500} autosize minRows={2} maxRows={5}
            onChange={event => {
              setText(event.currentTarget.value)
              setCanned(undefined)
            }}
          />
          <Group gap='xs' mt={6}>
            <Button size='xs' disabled={isEmpty} loading={isSending} onClick={() => send('message')}>{t('send')}</Button>
            <Button size='xs' variant='default' disabled={isEmpty || isSending} onClick={() => send('warn')}>
              {t('sendWarning')}
            </Button>
          </Group>
        </>
      )}
    </section>
  )
}

function Message ({ message, name }: { readonly message: ThreadMessage, readonly name: string }) {
  const { direction, kind, text, by, createdAt, deliveredAt, seenAt } = message
  const isOwn = direction === 'to_candidate'
  const state = seenAt !== null ? t('stateSeen') : deliveredAt !== null ? t('stateDelivered') : t('stateWaiting')
  return (
    <li className={classes['message']} data-direction={direction} data-kind={kind}>
      <span className={classes['messageTop']}>
        <b>{isOwn ? t('fromStaff', { name: by.name ?? t('someone') }) : name}</b>
        <span>{t(`kind.${kind}`)} · {clockTime(createdAt)}</span>
      </span>
      {text !== '' && <span>{text}</span>}
      {isOwn && <span className={classes['fine']}>{state}</span>}
    </li>
  )
}
