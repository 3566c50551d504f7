import type { QuestionValues } from '../../db/index.ts'

/** Texts of the exam that shows every kind of question. */
export const DEMO_EXAM = {
  title: 'Demonstration: everything an exam can ask',
  description: 'One question of each kind. Created by SEED_DEMO; nothing in it counts.'
} as const

/** One question of each kind, in two sets. */
export const DEMO_QUESTIONS: readonly QuestionValues[] = [
  {
    section: 'Chosen and counted',
    kind: 'single',
    text: 'Which of these planets has the most moons that are known?',
    points: 1,
    body: {
      choices: [
        { id: 'a', text: 'Earth' },
        { id: 'b', text: 'Mars' },
        { id: 'c', text: 'Saturn' },
        { id: 'd', text: 'Venus' }
      ],
      correct: 'c'
    }
  },
  {
    section: 'Chosen and counted',
    kind: 'multiple',
    text: 'Which of these numbers are prime?',
    points: 2,
    body: {
      choices: [
        { id: 'a', text: '2' },
        { id: 'b', text: '9' },
        { id: 'c', text: '17' },
        { id: 'd', text: '21' }
      ],
      correct: ['a', 'c']
    }
  },
  {
    section: 'Chosen and counted',
    kind: 'boolean',
    text: 'Water boils at a lower temperature on a high mountain.',
    points: 1,
    body: { correct: true }
  },
  {
    section: 'Chosen and counted',
    kind: 'number',
    text: 'How long is the diagonal of a square whose sides are 1 m long?',
    points: 2,
    body: { correct: 1.414, tolerance: 0.01, unit: 'm' }
  },
  {
    section: 'Written',
    kind: 'short',
    text: 'What is the capital of Bangladesh?',
    points: 1,
    body: { accepted: ['Dhaka', 'Dacca', 'ঢাকা'] }
  },
  {
    section: 'Written',
    kind: 'long',
    text: 'Why is the sky blue? Explain it to a child.',
    points: 5,
    body: { guidance: 'Scattering, and that it depends on the colour.' }
  },
  {
    section: 'Written',
    kind: 'code',
    text: 'Write a function that says whether a word reads the same backwards.',
    points: 4,
    body: { language: 'python', starter: 'def is_palindrome(word):\n    ', guidance: 'The empty word counts as one.' }
  }
]

/** What the demo student answered, by the position of the question: mostly right, two left for a person to grade. */
export const DEMO_ANSWERS: readonly unknown[] = [
  'c',
  ['a', 'c'],
  true,
  1.41,
  'dhaka',
  'Small things in the air throw blue light around more than red light.',
  'def is_palindrome(word):\n    return word == word[::-1]\n'
]
