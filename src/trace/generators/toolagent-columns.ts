import type { RandomStream } from '../../units/random.ts';
import { DenseIds } from '../dense-ids.ts';
import { Growable } from '../growable.ts';
import type { TraceParts } from '../new-trace.ts';
import type { RequestTrace } from '../request-trace.ts';
import { blockTokens } from './shared-prefixes.ts';

/** A request before it has its place. */
export interface Draft {
  readonly arrivalMs: number;
  readonly inputTokens: number;
  outputTokens: number;
  /** Row of the chat trace, whose blocks and session it has; −1 for a tool's. */
  readonly chat: number;
  /** Blocks that its prompt has in common with all of its tool; a tool's number tells them apart. */
  readonly commonBlocks: number;
}

/**
 * Drafts in the order of arrival, those of one tick at random, as columns: block ids dense in
 * order of first appearance, sessions and parents of chats by their new rows.
 */
export function draftColumns(
  drafts: readonly Draft[],
  chats: RequestTrace,
  random: RandomStream,
): TraceParts {
  const ranked = drafts.map((draft) => ({ draft, rank: random.uniform() }));
  ranked.sort((a, b) => a.draft.arrivalMs - b.draft.arrivalMs || a.rank - b.rank);
  const rows = ranked.map(({ draft }) => draft);
  const sessions = new DenseIds();
  const rowOfChat = new Map(rows.map(({ chat }, row) => [chat, row]));
  const ofChat = (column: ArrayLike<number>, missing: number) =>
    rows.map(({ chat }) => (chat < 0 ? missing : (column[chat] as number)));
  const parents = ofChat(chats.parentRequestId!, -1);
  return {
    arrivalMs: rows.map((row) => row.arrivalMs),
    inputTokens: rows.map((row) => row.inputTokens),
    outputTokens: rows.map((row) => row.outputTokens),
    sessionId: Int32Array.from(ofChat(chats.sessionId!, -1), (id) =>
      id < 0 ? -1 : sessions.idOf(id),
    ),
    parentRequestId: Int32Array.from(parents, (chat) =>
      chat < 0 ? -1 : (rowOfChat.get(chat) as number),
    ),
    thinkMs: Float64Array.from(ofChat(chats.thinkMs!, Number.NaN)),
    ...blocksOf(rows, chats),
  };
}

function blocksOf(rows: readonly Draft[], chats: RequestTrace) {
  const { offsets: chatOffsets, values: chatValues } = chats.blocks!;
  const ids = new DenseIds();
  const values = new Growable('int32');
  const offsets = new Int32Array(rows.length + 1);
  // Under 0: common blocks of tools. From the chats' number of blocks up: a tool request's own.
  let own = chats.uniqueBlocks;
  for (const [row, { chat, commonBlocks, inputTokens }] of rows.entries()) {
    if (chat >= 0) {
      const end = chatOffsets[chat + 1] as number;
      for (let at = chatOffsets[chat] as number; at < end; at++) {
        values.push(ids.idOf(chatValues[at] as number));
      }
    } else {
      for (let i = 0; i < commonBlocks; i++) values.push(ids.idOf(-1000 * commonBlocks - i));
      const left = Math.ceil(inputTokens / blockTokens) - commonBlocks;
      for (let i = 0; i < left; i++) values.push(ids.idOf(own++));
    }
    offsets[row + 1] = values.length;
  }
  return { blocks: { offsets, values: values.toArray() }, uniqueBlocks: ids.count };
}
