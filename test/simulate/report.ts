import type { Figures } from './world.ts'

const columns = [
  'client',
  'sign-outs',
  'unseen',
  'tried',
  'missed',
  'coming',
  'held',
  'revived',
  '401s',
  'avoidable',
  'extra',
  'recoveries',
  'lost calls',
]
const widths = [18, 10, 8, 7, 8, 8, 6, 9, 8, 10, 9, 11, 11]

export function header(calls: number, seed: number): string {
  return `${calls} calls per cell, seed ${seed}. All figures per million calls.`
}

/** One cell: the clients side by side. */
export function describeCell(rules: string, network: string, results: { name: string; figures: Figures }[]) {
  const lines = [`\nrules ${rules}, network ${network}`, row(columns)]
  for (const { name, figures } of results) {
    const perMillion = (count: number) => String(Math.round((count * 1e6) / figures.calls))
    const { verdicts } = figures
    lines.push(
      row([
        name,
        ...[
          figures.losses,
          verdicts.unseen,
          verdicts.tried,
          verdicts.missed,
          verdicts.coming,
          verdicts.held,
          verdicts.revived,
          figures.unauthorized,
          figures.avoidableUnauthorized,
          figures.extra,
          figures.recoveries,
          figures.lostCalls,
        ].map(perMillion),
      ]),
    )
  }
  return lines.join('\n')
}

/** What the user did to the account, and what came of the session meanwhile. */
export function describeAccount({ account, calls, losses, verdicts }: Figures): string {
  const perMillion = (count: number) => Math.round((count * 1e6) / calls)
  const acts = Object.entries(account).map(([kind, count]) => `${perMillion(count)} ${kind}`)
  return (
    `asked for: ${acts.join(', ')}\n` +
    `signed out by accident: ${perMillion(losses)}, of which unavoidable (unseen): ${perMillion(verdicts.unseen)}`
  )
}

/** How the sessions were lost, the commonest first. */
export function describeCauses({ causes, calls }: Figures, most = 25): string {
  const sorted = Object.entries(causes).sort(([, a], [, b]) => b - a)
  return sorted
    .slice(0, most)
    .map(([cause, count]) => `${String(Math.round((count * 1e6) / calls)).padStart(6)}  ${cause}`)
    .join('\n')
}

function row(cells: string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!)))
    .join('')
}
