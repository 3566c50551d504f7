import { number } from '../text/format.ts'
import classes from './bars.module.css'

interface Point {
  readonly name: string
  readonly sessions: number
  readonly incidents: number
}

interface ColumnsProps {
  readonly points: readonly Point[]
  readonly series: ReadonlyArray<{ readonly key: 'sessions' | 'incidents', readonly label: string }>
}

/** Columns over time, one for each series. A table beside it holds the same numbers, so readers of screens skip it. */
export function Columns ({ points, series }: ColumnsProps) {
  const most = Math.max(1, ...points.flatMap(({ sessions, incidents }) => [sessions, incidents]))
  // So many names fit below the columns.
  const step = Math.ceil(points.length / 8)
  return (
    <div aria-hidden='true'>
      <p className={classes['legend']}>
        {series.map(({ key, label }) => <span key={key} data-series={key}>{label}</span>)}
      </p>
      <div className={classes['columns']}>
        <span className={classes['most']}>{number(most)}</span>
        {points.map((point, index) => (
          <div key={point.name} className={classes['point']}>
            <div className={classes['pair']}>
              {series.map(({ key }) => (
                <span key={key} data-series={key} style={{ height: `${(100 * point[key]) / most}%` }} />
              ))}
            </div>
            <span className={classes['name']}>{index % step === 0 ? point.name : ''}</span>
          </div>
        ))}
      </div>
    </div>
  )
}

/** One bar a row, longest first. */
export function Bars ({ rows }: { readonly rows: ReadonlyArray<{ readonly name: string, readonly count: number }> }) {
  const most = Math.max(1, ...rows.map(({ count }) => count))
  return (
    <div className={classes['bars']} aria-hidden='true'>
      {rows.map(({ name, count }) => (
        <div key={name} className={classes['bar']}>
          <span>{name}</span>
          <span className={classes['track']}><span style={{ width: `${(100 * count) / most}%` }} /></span>
          <b>{number(count)}</b>
        </div>
      ))}
    </div>
  )
}
