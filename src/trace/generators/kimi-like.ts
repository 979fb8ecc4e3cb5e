/**
 * HEADER
 */
import { InputError } from '../../units/input-error.ts';
import { RandomStream } from '../../units/random.ts';
import { newTrace } from '../new-trace.ts';
import type { RequestTrace } from '../request-trace.ts';
import { KimiColumns } from './kimi-columns.ts';
import { type KimiModel, kimiModel } from './kimi-model.ts';
import { type Prompt, type Session, SessionModel } from './kimi-session.ts';

export function generateKimiLike({
  seed = 1,
  requests = kimiModel.requests,
  model = kimiModel as KimiModel,
}: {
  seed?: number;
  requests?: number;
  model?: KimiModel;
} = {}): RequestTrace {
  if (!Number.isSafeInteger(requests) || requests < 0) {
    throw new InputError(`invalid requests: ${requests}`, { rule: 'an integer of at least 0' });
  }
  const random = new RandomStream(seed, 'kimi-like');
  const columns = simulate(model, random, requests);
  return newTrace({
    name: 'kimi-like',
    kind: 'generated',
    blockSize: model.blockTokens,
    importer: 'generate kimi-like',
    importOptions: { requests },
    seed,
    notes,
    arrivalMs: columns.arrivalMs,
    inputTokens: columns.inputTokens,
    outputTokens: columns.outputTokens,
    blocks: columns.blocks,
    uniqueBlocks: columns.uniqueBlocks,
    sessionId: columns.sessionId,
    parentRequestId: columns.parentRequestId,
    thinkMs: columns.thinkMs,
  });
}

const notes = 'x';

/** Tick by tick: the turns that fall due and the sessions that start, in random order. */
function simulate(model: KimiModel, random: RandomStream, requests: number): KimiColumns {
  const columns = new KimiColumns(requests);
  const sessions = new SessionModel(model, random);
  const arrivals = random.split('arrivals');
  const clock = random.split('clock');
  const due = new Map<number, Session[]>();
  let ids = 0;
  for (let tick = -Math.ceil(model.warmUpMs / model.tickMs); columns.rows < requests; tick++) {
    const tickMs =
      tick * model.tickMs - (tick > 0 && clock.uniform() < model.earlyTickShare ? 1 : 0);
    const taking = due.get(tick) ?? [];
    due.delete(tick);
    for (let n = poisson(sessionsPerTick(model, tick), arrivals); n > 0; n--) {
      taking.push(sessions.start());
    }
    shuffle(taking, arrivals);
    for (const session of taking) {
      if (columns.rows === requests) break;
      const prompt = sessions.nextPrompt(session);
      if (prompt === null) continue;
      const thinkMs = tickMs - session.endMs;
      sessions.take(session, prompt, tickMs);
      if (tick >= 0) {
        if (session.visible === null) session.visible = { id: ids++, row: -1, blocks: root };
        write(columns, model, session, prompt, tickMs, thinkMs);
      }
      if (sessions.goesOn(session)) {
        const next = Math.ceil((session.endMs + sessions.thinkMs(session)) / model.tickMs);
        const list = due.get(next);
        if (list) list.push(session);
        else due.set(next, [session]);
      }
    }
  }
  return columns;
}

const root = Int32Array.of(0);

function write(
  columns: KimiColumns,
  { blockTokens }: KimiModel,
  session: Session,
  prompt: Prompt,
  arrivalMs: number,
  thinkMs: number,
): void {
  const visible = session.visible!;
  const row = columns.rows;
  const count = Math.ceil(prompt.tokens / blockTokens);
  const full = prompt.repeat ? count : Math.floor(prompt.sharedTokens / blockTokens);
  if (columns.uniqueBlocks === 0) columns.uniqueBlocks = 1;
  const from = visible.row === -1 ? root : visible.blocks;
  const shared = visible.row === -1 ? 1 : full;
  visible.blocks = columns.addBlocks(from, Math.min(shared, count), count);
  columns.arrivalMs[row] = arrivalMs;
  columns.inputTokens[row] = prompt.tokens;
  columns.outputTokens[row] = session.outputTokens;
  columns.sessionId[row] = visible.id;
  columns.parentRequestId[row] = visible.row;
  columns.thinkMs[row] = visible.row === -1 ? Number.NaN : thinkMs;
  visible.row = row;
  columns.rows++;
}

/** Mean number of sessions that start within a tick. */
function sessionsPerTick({ drift, sessionsPerSecond, tickMs }: KimiModel, tick: number): number {
  const phase = (2 * Math.PI * tick * tickMs) / drift.periodMs;
  return (1 - drift.amplitude * Math.cos(phase)) * sessionsPerSecond * (tickMs / 1000);
}

function poisson(mean: number, random: RandomStream): number {
  let count = 0;
  for (let at = random.exponential(1); at < mean; at += random.exponential(1)) count++;
  return count;
}

function shuffle<T>(items: T[], random: RandomStream): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const item = items[i]!;
    items[i] = items[j]!;
    items[j] = item;
  }
}
