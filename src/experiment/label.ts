import type { Scenario } from '../replay/scenario.ts';

/** What sets the system of a scenario apart, in a few words: the name of its line in a chart. */
export function labelOf(scenario: Scenario): string {
  const group = scenario.groups[0] as Scenario['groups'][number];
  const { arrivals, placement, admission } = scenario;
  const isApart = scenario.groups.some(({ roles }) => roles.length === 1);
  const words: string[] = [isApart ? topologyOf(scenario) : group.scheduler.kind];
  if (group.slots > 0) words.push(`${group.slots} slots`);
  if (group.order.kind !== 'fcfs') words.push(group.order.kind);
  if (group.lengths.kind !== 'none') words.push(`lengths ${group.lengths.kind}`);
  if (group.prefixCache.kind !== 'off') words.push('prefix cache');
  if (scenario.groups.some(({ store }) => store.kind !== 'none')) words.push('host store');
  if (admission.kind !== 'none') words.push(`admission ${admission.kind}`);
  if (placement.kind !== 'round-robin') words.push(placement.kind);
  if (scenario.estimator.kind !== 'regression') words.push(`estimator ${scenario.estimator.kind}`);
  if (scenario.network.streaming !== 'layer-wise') words.push(scenario.network.streaming);
  if (scenario.network.discipline !== 'fair') words.push(scenario.network.discipline);
  if (group.pipeline > 1) words.push(`pipeline ${group.pipeline}`);
  if (arrivals.mode === 'session') words.push('sessions');
  if (arrivals.mode === 'closed') words.push(`closed ${arrivals.concurrency}`);
  const { factor, by } = arrivals.rate;
  const how = by === 'compress' ? '' : ` by ${by}`;
  if (factor !== 1 || by === 'resample') words.push(`rate ${factor}x${how}`);
  if (arrivals.dequantise) words.push('dequantised');
  const draw = Number(scenario.clock.draw ?? 0);
  if (draw > 0) words.push(`clock draw ${draw}`);
  return words.join(', ');
}

/** Instances by the stages that they do: `8P+8D` computes prompts on 8 and decodes on 8 others. */
export function topologyOf({ groups }: Pick<Scenario, 'groups'>): string {
  const stage = ({ roles }: Scenario['groups'][number]) => {
    if (roles.length === 2) return '';
    return roles[0] === 'prefill' ? 'P' : 'D';
  };
  return groups.map((group) => `${group.count}${stage(group)}`).join('+');
}
