import { DragDropContext, Draggable, Droppable, type DropResult, type ResponderProvided } from '@hello-pangea/dnd'
import { DragHandleDots2Icon } from '@radix-ui/react-icons'
import { Link } from 'wouter'
import { number } from '../../text/format.ts'
import { excerpt } from '../excerpt.ts'
import type { Question } from '../types.ts'
import { t } from './text.ts'
import classes from './questions.module.css'

interface Props {
  readonly questions: readonly Question[]
  readonly current: string | undefined
  readonly unsaved: ReadonlySet<string>
  readonly isFixed: boolean
  onMove (from: number, to: number): void
}

/** The questions in their order, which the pointer and the keyboard change: Space lifts one, arrows move it. */
export function QuestionList ({ questions, current, unsaved, isFixed, onMove }: Props) {
  const place = (index: number) => ({ place: number(index + 1), count: number(questions.length) })
  const end = ({ source, destination, reason }: DropResult, { announce }: ResponderProvided) => {
    if (reason === 'CANCEL' || destination === null || destination.index === source.index) return announce(t('moveNot'))
    announce(t('moveDone', place(destination.index)))
    onMove(source.index, destination.index)
  }
  return (
    <DragDropContext
      dragHandleUsageInstructions={t('moveHow')} onDragEnd={end}
      onDragStart={({ source }, { announce }) => announce(t('moveStart', place(source.index)))}
      onDragUpdate={({ destination }, { announce }) => {
        if (destination !== null) announce(t('moveOver', place(destination.index)))
      }}
    >
      <Droppable droppableId='questions'>
        {({ innerRef, droppableProps, placeholder }) => (
          <ol ref={innerRef} {...droppableProps} className={classes['list']}>
            {questions.map((question, index) => (
              <Draggable key={question.id} draggableId={question.id} index={index} isDragDisabled={isFixed}>
                {({ innerRef, draggableProps, dragHandleProps }, { isDragging }) => (
                  <li ref={innerRef} {...draggableProps} className={classes['item']} data-lifted={isDragging || undefined}>
                    {question.section !== '' && question.section !== questions[index - 1]?.section && (
                      <div className={classes['section']}>{question.section}</div>
                    )}
                    <div className={classes['row']} data-current={question.id === current || undefined}>
                      {!isFixed && (
                        <span
                          {...dragHandleProps} className={classes['handle']} aria-label={t('move', place(index))}
                        >
                          <DragHandleDots2Icon />
                        </span>
                      )}
                      <Link
                        href={`?question=${question.id}`} className={classes['open'] ?? ''}
                        aria-current={question.id === current ? 'true' : undefined}
                      >
                        <span className={classes['words']}>
                          {number(index + 1)}. {excerpt(question.text, 120)}
                        </span>
                        <span className={classes['facts']}>
                          {t(`kind.${question.kind}`)} · {t('pointsOf', { points: number(question.points, 2) })}
                          {unsaved.has(question.id) && <b> · {t('unsavedQuestion')}</b>}
                        </span>
                      </Link>
                    </div>
                  </li>
                )}
              </Draggable>
            ))}
            {placeholder}
          </ol>
        )}
      </Droppable>
    </DragDropContext>
  )
}
