import type { Scenario } from '../replay/scenario.ts';

/** What sets the system of a scenario apart, in a few words: the name of its line in a chart. */
export function labelOf(scenario: Scenario): string {
  const group = scenario.groups[0] as Scenario['groups'][number];
  const { arrivals, placement } = scenario;
  const words: string[] = [group.scheduler.kind];
  if (group.order.kind !== 'fcfs') words.push(group.order.kind);
  if (group.prefixCache.kind !== 'off') words.push('prefix cache');
  if (placement.kind !== 'round-robin') words.push(placement.kind);
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
