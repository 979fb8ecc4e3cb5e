import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../../replay/scenario.ts';
import { packageRoot, shippedFolder } from '../../trace/locate.ts';
import type { PlannedRun } from '../plan.ts';
import { runKeyOf } from '../run-key.ts';
import { withUserPolicies } from '../user-policies.ts';
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

describe('a job with a policy of a file', () => {
  const folder = join(packageRoot(), 'experiments', 'scenarios');
  const job = async () => {
    const scenario = await withUserPolicies(
      { ...plan.scenario, placement: { kind: './my-policy.ts' } },
      folder,
    );
    const { run, scenarioHash } = runKeyOf(parseScenario(scenario), plan.traceSha256);
    return jobOf({ ...plan, run, scenarioHash, scenario: parseScenario(scenario) } as PlannedRun);
  };
  /** As a host that does not know the policy yet gets it. */
  const elsewhere = async (file: string) => {
    const text = JSON.stringify(await job());
    const there = JSON.parse(text.replaceAll(/#[0-9a-f]{64}/g, `#${'c'.repeat(64)}`));
    return { ...there, policies: { [Object.keys(there.policies)[0] as string]: file } };
  };

  it('names the file by its whole path, and is accepted', async () => {
    const { policies, ...rest } = await job();
    expect(Object.values(policies)).toEqual([join(folder, 'my-policy.ts')]);
    expect((await acceptedJob({ ...rest, policies })).run).toBe(rest.run);
    expect(rest.run).not.toBe(plan.run);
  });

  it('is refused where the file is not there, or another one', async () => {
    await expect(acceptedJob(await elsewhere('/none/my-policy.ts'))).rejects.toThrow(
      `worker on ${hostname()}: no such policy file (/none/my-policy.ts)`,
    );
    await expect(acceptedJob(await elsewhere(join(folder, 'my-policy.ts')))).rejects.toThrow(
      /^worker on .*: another policy \.\/my-policy\.ts .* the run asks for cccccccccccc$/,
    );
  });
});

describe('jobIdOf', () => {
  it('is never a number, which the queue would refuse', () => {
    expect(Number(jobIdOf('1234567890123456'))).toBeNaN();
    expect(jobIdOf('1234567890123456')).not.toBe(jobIdOf('1234567890123457'));
  });
});
