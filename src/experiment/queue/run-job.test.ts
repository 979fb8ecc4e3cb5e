import { relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { shippedFolder } from '../../trace/locate.ts';
import type { PlannedRun } from '../plan.ts';
import { acceptedJob, jobIdOf, jobOf } from './run-job.ts';
import { plansOf } from './testing/plans.ts';

let plan: PlannedRun;
beforeAll(async () => {
  plan = (await plansOf([2]))[0] as PlannedRun;
});

describe('jobOf', () => {
  it('carries the plan, and the worker gets it back from JSON', async () => {
    const job = await jobOf(plan);
    expect(await acceptedJob(JSON.parse(JSON.stringify(job)))).toEqual({
      ...plan,
      engineVersion: job.engineVersion,
    });
  });

  it('names traces as other hosts find them: by name, files by their whole path', async () => {
    expect((await jobOf(plan)).trace).toBe('kimi-like');
    const file = `${shippedFolder()}/kimi-like.arrow`;
    const job = await jobOf({ ...plan, trace: relative(process.cwd(), file) });
    expect(job.trace).toBe(file);
  });
});

describe('jobIdOf', () => {
  it('is never a number, which the queue would refuse', () => {
    expect(Number(jobIdOf('1234567890123456'))).toBeNaN();
    expect(jobIdOf('1234567890123456')).not.toBe(jobIdOf('1234567890123457'));
  });
});
