import { capacityOf } from '../replay/prepare-group.ts';
import { type Group, parseScenario } from '../replay/scenario.ts';
import { InputError } from '../units/input-error.ts';
import type { Run } from './runs.ts';

/** Instances of one group of a run, as the rows of `steps` number them. */
export interface KvPool {
  readonly run: string;
  /** Its instances are those in [from, to). */
  readonly from: number;
  readonly to: number;
  /** Whether they decode: `decode`; or only compute prompts: `prefill`. */
  readonly stage: 'prefill' | 'decode';
  /** KV tokens of one of them. */
  readonly capacityTokens: number;
}

/**
 * The KV memory of a run by group of its scenario. The table `runs` has the capacity of the first
 * group; that of others follows from the scenario, as it did when the run was made.
 */
export function kvPoolsOf(run: Run): KvPool[] {
  const groups = groupsOf(run);
  if (groups === null) {
    const { instances, kvCapacityTokens } = run;
    return [
      { run: run.run, from: 0, to: instances, stage: 'decode', capacityTokens: kvCapacityTokens },
    ];
  }
  let to = 0;
  return groups.map((group, i) => {
    const from = to;
    to += group.count;
    return {
      run: run.run,
      from,
      to,
      stage: group.roles.includes('decode') ? 'decode' : 'prefill',
      capacityTokens: i === 0 ? run.kvCapacityTokens : capacityOf(group),
    };
  });
}

/** Groups, of several; null where one capacity says all, or the scenario cannot be read here. */
function groupsOf({ scenario, instances }: Run): readonly Group[] | null {
  try {
    // Policies say nothing of memory, and some stand in files that this host may lack.
    const read: { groups?: readonly Group[] } = JSON.parse(scenario);
    const bare = (read.groups ?? []).map(({ count, roles, model, gpu, tp, pipeline, kv }) => {
      return { count, roles, model, gpu, tp, pipeline, kv };
    });
    const { groups } = parseScenario({ groups: bare });
    const count = groups.reduce((sum, group) => sum + group.count, 0);
    return groups.length > 1 && count === instances ? groups : null;
  } catch (error) {
    // A scenario of another version, or no JSON.
    if (error instanceof InputError || error instanceof SyntaxError) return null;
    throw error;
  }
}
