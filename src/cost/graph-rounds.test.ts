import { describe, expect, it } from 'vitest';
import { AnalyticClock } from './analytic-clock.ts';
import { addDecodes, addPrefill, newStepWork } from './clock.ts';
import { asGraph, graphBatch } from './graph-rounds.ts';
import { profileNamed } from './profiles.ts';

const graphs = { ...profileNamed('none'), graphBatches: [1, 2, 4, 8] };

function round(batch: number, context: number) {
  const work = newStepWork(1, 32);
  addDecodes(work.segments[0]!, batch, context);
  work.logitRows = work.sequences = batch;
  return work;
}

describe('graphBatch', () => {
  it.each([
    [1, 1],
    [3, 4],
    [4, 4],
    [5, 8],
    [9, 9],
  ])('a round of %d runs as one of %d', (batch, run) => {
    expect(graphBatch(graphs, batch)).toBe(run);
  });

  it('is the batch itself for an engine without sizes of its own', () => {
    expect(graphBatch(profileNamed('default'), 3)).toBe(3);
  });
});

describe('asGraph', () => {
  it('fills a round up with sequences of one token; its own sequences stay counted', () => {
    const filled = asGraph(graphs, round(3, 300));
    expect(filled).toMatchObject({ logitRows: 4, sequences: 3 });
    expect(filled.segments[0]).toMatchObject({
      rows: 4,
      mlpRows: 4,
      decodeSequences: 4,
      decodeKvRead: 301,
    });
  });

  it('leaves alone what fits a graph exactly, is beyond all graphs, or holds a prompt', () => {
    const mixed = round(3, 300);
    addPrefill(mixed.segments[0]!, 10, 10);
    for (const work of [round(4, 300), round(9, 300), mixed])
      expect(asGraph(graphs, work)).toBe(work);
  });
});

describe('the clock of an engine with graphs of a few sizes', () => {
  const clock = new AnalyticClock({
    kind: 'analytic',
    model: 'llama-3.1-8b',
    gpu: 'h200',
    profile: 'h200-research-engine',
  });
  const line = { aMs: 0, bMs: 0, validTo: 0 };
  const roundMs = (batch: number, context: number) => {
    clock.decode(batch, context, line);
    return line.aMs + line.bMs * context;
  };

  it('prices a padded round as the full one with a token for each sequence added', () => {
    expect(roundMs(9, 9000)).toBeCloseTo(roundMs(12, 9003), 9);
    expect(roundMs(9, 9000)).toBeCloseTo(clock.stepMs(round(9, 9000)), 9);
    expect(roundMs(13, 9000)).toBeGreaterThan(roundMs(12, 9000));
  });
});
