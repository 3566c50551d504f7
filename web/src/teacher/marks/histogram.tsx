import { Table } from '@mantine/core'
import { number } from '../../text/format.ts'
import classes from './marks.module.css'
import { t } from './text.ts'

const WIDTH = 640
const HEIGHT = 220
const BOTTOM = 30
const TOP = 20

/** How many attempts reached which share of the points, as bars; the table below says the same. */
export function Histogram ({ counts }: { readonly counts: readonly number[] }) {
  const most = Math.max(1, ...counts)
  const step = WIDTH / counts.length
  const scale = (HEIGHT - BOTTOM - TOP) / most
  const from = (index: number) => number(100 * index / counts.length)
  return (
    <svg className={classes['chart']} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role='img' aria-label={t('histogramLabel')}>
      <line x1='0' x2={WIDTH} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
      {counts.map((count, index) => (
        <g key={index}>
          <rect
            x={index * step + 4} width={step - 8} y={HEIGHT - BOTTOM - count * scale} height={count * scale} rx='3'
          />
          {count > 0 && (
            <text x={(index + 0.5) * step} y={HEIGHT - BOTTOM - count * scale - 5} textAnchor='middle'>{number(count)}</text>
          )}
          <text x={(index + 0.5) * step} y={HEIGHT - 10} textAnchor='middle'>{from(index)}–{from(index + 1)}</text>
        </g>
      ))}
    </svg>
  )
}

export function HistogramTable ({ counts }: { readonly counts: readonly number[] }) {
  return (
    <Table maw={360} verticalSpacing={4}>
      <Table.Thead>
        <Table.Tr><Table.Th scope='col'>{t('share')}</Table.Th><Table.Th scope='col'>{t('attempts')}</Table.Th></Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {counts.map((count, index) => (
          <Table.Tr key={index}>
            <Table.Td>
              {t('percentRange', {
                from: number(100 * index / counts.length), to: number(100 * (index + 1) / counts.length)
              })}
            </Table.Td>
            <Table.Td>{number(count)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
