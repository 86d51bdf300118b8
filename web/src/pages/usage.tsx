import { type ReactNode, useMemo, useState } from 'react';
import { useUsage } from '../api/queries.ts';
import type { Counts, Usage } from '../api/types.ts';
import { formatCount, formatDate, formatMonth, formatMs, monthOf, shiftMonth } from '../lib/format.ts';
import { fillDays } from '../lib/usage-days.ts';
import { buttonClass, IconButton } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { Card, Empty, Failed, Loading, Meter, PageHeader } from '../ui/states.tsx';
import { UsageChart } from '../ui/usage-chart.tsx';

export default function UsagePage() {
  const current = monthOf(new Date());
  const [month, setMonth] = useState(current);
  const usage = useUsage(month);
  return (
    <>
      <PageHeader title="Usage" lead="Successful removals count; failures and test keys do not. Months are in UTC.">
        <div className="flex items-center gap-1 max-sm:-ml-2.5">
          <IconButton icon="left" label="Month before" onClick={() => setMonth(shiftMonth(month, -1))} />
          <span className="numbers min-w-32 text-center font-medium" aria-live="polite">
            {formatMonth(month)}
          </span>
          <IconButton
            icon="right"
            label="Month after"
            disabled={month >= current}
            onClick={() => setMonth(shiftMonth(month, 1))}
          />
        </div>
        <a className={buttonClass()} href={`/api/usage.csv?month=${month}`} download>
          <Icon name="download" className="size-[1.125rem]" />
          CSV
        </a>
      </PageHeader>
      {usage.isPending && <Loading label="Loading the usage" rows={4} />}
      {usage.error && <Failed error={usage.error} onRetry={() => void usage.refetch()} />}
      {usage.data && <Month usage={usage.data} isCurrent={month === current} />}
    </>
  );
}

function Month({ usage, isCurrent }: { usage: Usage; isCurrent: boolean }) {
  const { month, used, quota, resetsAt, keys, latencyMs } = usage;
  // The same array from one drawing to the next, since the chart is made anew for another.
  const days = useMemo(() => fillDays(month, usage.days, new Date()), [month, usage.days]);
  const failed = days.reduce((sum, day) => sum + day.failed, 0);
  const succeeded = days.reduce((sum, day) => sum + day.succeeded, 0);
  return (
    <div className="grid gap-4">
      <Card>
        <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
          <h2 className="font-normal text-base text-soft">
            <span data-testid="used" className="numbers font-semibold text-2xl text-ink">
              {formatCount(used)}
            </span>{' '}
            of {formatCount(quota)} removals
          </h2>
          {isCurrent && <p className="text-soft">Starts anew on {formatDate(resetsAt)}</p>}
        </div>
        <div className="mt-4">
          <Meter label="Removals used of the month" value={used} max={quota} />
        </div>
      </Card>
      <dl className="grid grid-cols-6 gap-2 sm:gap-4 lg:grid-cols-5">
        <Fact title="Succeeded" width="col-span-3">
          {formatCount(succeeded)}
        </Fact>
        <Fact title="Failed" width="col-span-3">
          {formatCount(failed)}
        </Fact>
        <Fact title="50 % within">{formatMs(latencyMs.p50)}</Fact>
        <Fact title="95 % within">{formatMs(latencyMs.p95)}</Fact>
        <Fact title="99 % within">{formatMs(latencyMs.p99)}</Fact>
      </dl>
      {succeeded + failed === 0 ? (
        <Empty icon="chart" title="Nothing in this month">
          As soon as a picture is sent, by the playground or by a key, its day is drawn here.
        </Empty>
      ) : (
        <>
          <Card>
            <h2 className="mb-3 text-lg">By day</h2>
            <UsageChart days={days} />
            <DayTable days={days} />
          </Card>
          <Card>
            <h2 className="mb-3 text-lg">By key</h2>
            <CountTable head="Key" rows={keys.toSorted((a, b) => sumOf(b) - sumOf(a))} />
          </Card>
        </>
      )}
    </div>
  );
}

type FactProps = { title: string; width?: string; children: ReactNode };

function Fact({ title, width = 'col-span-2', children }: FactProps) {
  return (
    <div className={`${width} rounded-lg border border-line bg-surface p-3 shadow-card sm:p-4 lg:col-span-1`}>
      <dt className="text-soft max-sm:text-xs">{title}</dt>
      <dd className="numbers mt-1 whitespace-nowrap font-semibold text-base sm:text-xl">{children}</dd>
    </div>
  );
}

/** The chart in words, for those who cannot see it and for copying. */
function DayTable({ days }: { days: Usage['days'] }) {
  const busy = days.filter((day) => day.succeeded + day.failed > 0);
  return (
    <details className="mt-2">
      <summary className="font-medium text-soft">As a table</summary>
      <div className="mt-1">
        <CountTable head="Day" rows={busy.map((day) => ({ ...day, id: day.date, name: formatDate(day.date) }))} />
      </div>
    </details>
  );
}

const sumOf = ({ succeeded, failed }: Counts): number => succeeded + failed;

type Row = { id: string | null; name: string; succeeded: number; failed: number };

function CountTable({ head, rows }: { head: string; rows: readonly Row[] }) {
  return (
    <table className="numbers w-full text-left [&_td]:border-line [&_td]:border-t [&_td]:py-2.5 [&_th]:pb-2 [&_th]:font-medium [&_th]:text-soft">
      <thead>
        <tr>
          <th scope="col">{head}</th>
          <th scope="col" className="pr-4 text-right">
            Succeeded
          </th>
          <th scope="col" className="text-right">
            Failed
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, name, succeeded, failed }) => (
          <tr key={id ?? name}>
            <td className="wrap-anywhere pr-4">{name}</td>
            <td className="pr-4 text-right">{formatCount(succeeded)}</td>
            <td className="text-right">{formatCount(failed)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
