import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { useJobs } from '../api/queries.ts';
import type { Job, JobError, JobStatus } from '../api/types.ts';
import { ERRORS } from '../lib/error-table.ts';
import { formatAgo, formatMs, formatTime, ownPath } from '../lib/format.ts';
import { Button, ButtonLink, buttonClass, IconButton } from '../ui/button.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { Segmented } from '../ui/field.tsx';
import { Icon } from '../ui/icons.tsx';
import { Badge, Empty, Failed, Loading, PageHeader } from '../ui/states.tsx';
import { Thumb } from '../ui/thumb.tsx';

const FILTERS = [
  { value: '', title: 'All' },
  { value: 'processing', title: 'Processing' },
  { value: 'completed', title: 'Completed' },
  { value: 'failed', title: 'Failed' },
] as const;
const TONES = { queued: 'plain', processing: 'warn', completed: 'good', failed: 'bad' } as const satisfies Record<
  JobStatus,
  string
>;

export default function Jobs() {
  const [status, setStatus] = useState<string>('');
  const [doomed, setDoomed] = useState<Job | null>(null);
  const jobs = useJobs(status);
  const list = jobs.data?.pages.flatMap((page) => page.jobs) ?? [];
  return (
    <>
      <PageHeader title="Jobs" lead="Every picture that was sent. Results are kept for a day, the record for longer.">
        <Segmented label="Show" isLabelHidden value={status} choices={FILTERS} onChange={setStatus} />
      </PageHeader>
      {jobs.isPending && <Loading label="Loading the jobs" rows={5} />}
      {jobs.error && <Failed error={jobs.error} onRetry={() => void jobs.refetch()} />}
      {jobs.data && list.length === 0 && (
        <Empty
          icon="list"
          title={status === '' ? 'No job yet' : 'No job in this state'}
          action={<ButtonLink to="/playground">Open the playground</ButtonLink>}
        >
          Pictures that you send by the playground or by a key are listed here, with what became of them.
        </Empty>
      )}
      {list.length > 0 && (
        <ul className="grid gap-3">
          {list.map((job) => (
            <JobRow key={job.id} job={job} onDelete={() => setDoomed(job)} />
          ))}
        </ul>
      )}
      {jobs.hasNextPage && (
        <div className="mt-5 grid justify-center">
          <Button isBusy={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      )}
      {doomed && <DeleteDialog job={doomed} onClose={() => setDoomed(null)} />}
    </>
  );
}

function JobRow({ job, onDelete }: { job: Job; onDelete: () => void }) {
  return (
    <li className="grid grid-cols-[4rem_minmax(0,1fr)_auto] items-center gap-4 rounded-lg border border-line bg-surface p-3 shadow-card sm:p-4">
      <div className="checkerboard grid size-16 place-items-center self-start sm:self-center overflow-hidden rounded-md border border-line">
        <Thumb src={job.thumbnailUrl} />
      </div>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Badge tone={TONES[job.status]}>{job.status}</Badge>
          <time dateTime={job.createdAt} title={formatTime(job.createdAt)} className="font-medium">
            {formatAgo(job.createdAt, new Date())}
          </time>
          <span className="text-soft">{job.keyName ?? 'Playground'}</span>
        </p>
        <p className="numbers mt-1 flex flex-wrap gap-x-4 text-soft text-xs">
          {job.width !== null && (
            <span>
              {job.width} × {job.height}
            </span>
          )}
          <span>
            {job.format} · {job.output} · {job.quality}
          </span>
          {job.confidence !== null && <span>confidence {Math.round(job.confidence * 100)} %</span>}
        </p>
        {job.error && <WhatWentWrong error={job.error} />}
        {job.timings && <Timings timings={job.timings} />}
      </div>
      <div className="-mr-1 flex flex-col self-start sm:mr-0 sm:flex-row sm:gap-1 sm:self-center">
        {job.resultUrl !== null && (
          <a
            className={`${buttonClass('quiet')} size-10 p-0 text-soft hover:text-ink`}
            href={ownPath(job.resultUrl)}
            download={`${job.id}.${job.format}`}
            aria-label={`Download the result of ${formatTime(job.createdAt)}`}
          >
            <Icon name="download" />
          </a>
        )}
        <IconButton icon="trash" label={`Delete the job of ${formatTime(job.createdAt)}`} onClick={onDelete} />
      </div>
    </li>
  );
}

function WhatWentWrong({ error }: { error: JobError }) {
  const advice = ERRORS.find(({ code }) => code === error.code)?.advice;
  return (
    <p className="mt-1 text-xs">
      <span className="text-danger">{error.message}</span> {advice && <span className="text-soft">{advice}</span>}
    </p>
  );
}

const STAGES = ['queue', 'decode', 'infer', 'refine', 'encode'];

function Timings({ timings }: { timings: Readonly<Record<string, number>> }) {
  const known = Object.entries(timings).filter(([name]) => name !== 'total');
  known.sort(([a], [b]) => STAGES.indexOf(a) - STAGES.indexOf(b));
  return (
    <p className="numbers mt-1 flex flex-wrap gap-x-3 text-soft text-xs">
      {known.map(([name, ms]) => (
        <span key={name}>
          {name} {formatMs(ms)}
        </span>
      ))}
    </p>
  );
}

function DeleteDialog({ job, onClose }: { job: Job; onClose: () => void }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => call(`/api/jobs/${job.id}`, { method: 'DELETE' }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['jobs'] });
      onClose();
    },
  });
  return (
    <Confirm
      title="Delete this job?"
      verb="Delete now"
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      Its result is deleted from the server at once, and links to it stop working. What it counted stays counted.
    </Confirm>
  );
}
