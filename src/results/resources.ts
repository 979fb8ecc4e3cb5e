import type { StepColumns } from './step-columns.ts';

/** What a system takes up, by instance. */
export interface Allocation {
  /** GPUs of each instance. */
  readonly gpus: readonly number[];
  /** Host memory set aside beside each instance, GiB. */
  readonly dramGib: readonly number[];
  readonly prices: {
    readonly currency: string;
    readonly gpuHour: number;
    readonly dramGibHour: number;
  } | null;
}

/** Columns of `runs`. */
export interface Resources {
  readonly gpu_s_allocated: number;
  readonly gpu_s_busy: number;
  readonly dram_gib_h: number;
  readonly cost: number | null;
  readonly currency: string | null;
}

/**
 * GPUs and host memory over a run, allocated from time 0 to the last finish; a GPU is busy while
 * its instance is in a step. Money only where the scenario states dated prices.
 */
export function resourcesOf(
  { gpus, dramGib, prices }: Allocation,
  simulatedS: number,
  steps: StepColumns,
): Resources {
  const allocated = total(gpus) * simulatedS;
  const dramHours = (total(dramGib) * simulatedS) / 3600;
  return {
    gpu_s_allocated: allocated,
    gpu_s_busy: busyMs(steps, gpus) / 1000,
    dram_gib_h: dramHours,
    cost:
      prices === null ? null : (allocated / 3600) * prices.gpuHour + dramHours * prices.dramGibHour,
    currency: prices?.currency ?? null,
  };
}

function busyMs(steps: StepColumns, gpus: readonly number[]): number {
  let busy = 0;
  for (const [i, { instance, startMs, endMs }] of steps.chunks.entries()) {
    const rows = steps.rowsOf(i);
    for (let row = 0; row < rows; row++) {
      const lasted = (endMs[row] as number) - (startMs[row] as number);
      busy += lasted * (gpus[instance[row] as number] as number);
    }
  }
  return busy;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
