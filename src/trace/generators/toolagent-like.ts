/**
 * Requests that stand in for the tool-and-agent trace of Mooncake, whose file was not at hand:
 * chats, and two tools whose prompts begin with long fixed text.
 *
 * Source: Qin et al., Mooncake, FAST'25. Table 2: 23,608 requests in an hour, 8,596 input and 182
 * output tokens on average, cache ratio 59 %. Figure 9, read from its curve: share of input tokens
 * that a cache of 1e6, 1e7 and unlimited tokens finds: 0.386, 0.561, 0.595. The mixture is that of
 * 172 rows of mooncake_trace.jsonl (the trace of arXiv 2407.00079) that public repositories quote
 * (hiverge/dynamo, ai-dynamo/dynamo), counted to ± 5 points: chats 47 %; a tool with 12 common
 * blocks, most prompts of 6.2 to 7.5 thousand tokens, outputs of 3 or 20 to 50, 40 %; a tool with 5
 * common blocks, prompts of 3.1 to 3.3 thousand, outputs of 14 to 24, 13 %. No row is in here.
 *
 * The rule in words. The chats are those of kimi-like (which is fitted to the conversation trace
 * of the same service) at a lower rate: of an hour of its sessions, each is kept with the chance
 * that makes chats `chatShare` of all requests. The rest are single requests of the two tools,
 * each at a tick of the chats, any as likely. A tool's prompt is its common blocks and then text
 * of its own; its length and its output are even over the ranges above. Outputs of chats are
 * scaled so that all requests have the mean of `outputTokens`.
 *
 * Derived: chats 42 % and the first tool 45 %. With the shares as counted, prompts have 8,850
 * tokens on average and caches of those sizes find 0.35, 0.51 and 0.56, up to 0.055 less than
 * Figure 9: as in the conversation trace, blocks of 512 hide what prompts share behind the last
 * full block. Shares at the edge of the count's error make up for that: 8,597 tokens on average
 * over seeds (all within 3 % of 8,596), and 0.39, 0.54 and 0.58 (all within 0.03 of the curve, at
 * 2, 4, 5, 8 and 50 million tokens too). Figure 6 of the arXiv paper has 46 % and 39 % for the
 * earlier trace. So this trace has the load and the reuse of the original, not its mixture.
 * Assumed: what the outputs lack to the published mean, they lack in the chats (whose mean becomes
 * about 407, not 337; their later prompts stay as they were); half of the first tool's outputs are
 * of 3 tokens; tools have no sessions; ticks of 3,000 ms (the quoted rows have some 3,053).
 */
import type { RandomStream } from '../../units/random.ts';
import type { RequestTrace } from '../request-trace.ts';
import { defineGenerator } from './generator.ts';
import { generateKimiLike } from './kimi-like.ts';
import { blockTokens } from './shared-prefixes.ts';
import { type Draft, draftColumns } from './toolagent-columns.ts';

/** What an hour holds: of requests as published, of chats as kimi-like makes them. */
const hour = { requests: 23_608, chats: 12_350 };

interface Tool {
  readonly commonBlocks: number;
  /** From, to. */
  readonly promptTokens: readonly [number, number];
  readonly outputTokens: readonly [number, number];
  /** Share of outputs that are of 3 tokens instead. */
  readonly shortShare: number;
}

const firstTool: Tool = {
  commonBlocks: 12,
  promptTokens: [6_200, 7_500],
  outputTokens: [20, 50],
  shortShare: 0.5,
};
const secondTool: Tool = {
  commonBlocks: 5,
  promptTokens: [3_100, 3_300],
  outputTokens: [14, 24],
  shortShare: 0,
};

export const toolagentLike = defineGenerator('toolagent-like', {
  about: 'chats and two tools; not the real trace (Mooncake FAST 25, tool and agent)',
  requests: hour.requests,
  source: 'Mooncake, FAST 25, Table 2, column Tool&Agent, and Figure 9',
  rule:
    'Chats of kimi-like, and two tools with 12 and 5 common blocks; shares within the error of a ' +
    'count of quoted rows, such that lengths and reuse are as published. Not the real trace.',
  parameters: {
    outputTokens: { value: 182, known: 'printed', about: 'mean output, tokens', least: 50 },
    chatShare: { value: 0.42, known: 'derived', about: 'of requests', least: 0.1, most: 0.5 },
    firstToolShare: {
      value: 0.45,
      known: 'derived',
      about: 'of requests; the second tool has the rest',
      least: 0,
      most: 0.5,
    },
  },
  columns({ outputTokens, chatShare, firstToolShare }, requests, random) {
    const chats = Math.ceil((requests / hour.requests) * hour.chats);
    const trace = generateKimiLike({ seed: random.split('chats').bits(), requests: chats });
    const chance = (chatShare * requests) / chats;
    const drafts = keptChats(trace, chance, random.split('sessions')).slice(0, requests);
    const ticks = [...new Set(trace.arrivalMs)];
    const draws = random.split('tools');
    const firstChance = firstToolShare / (1 - chatShare);
    while (drafts.length < requests) {
      const tool = draws.uniform() < firstChance ? firstTool : secondTool;
      drafts.push(toolRequest(tool, ticks[draws.integer(ticks.length)] as number, draws));
    }
    scaleChats(drafts, outputTokens);
    return { ...draftColumns(drafts, trace, random.split('order')), blockSize: blockTokens };
  },
});

/** The requests of the sessions that are kept, each session with that chance. */
function keptChats(trace: RequestTrace, chance: number, random: RandomStream): Draft[] {
  const kept = new Map<number, boolean>();
  const drafts: Draft[] = [];
  for (let row = 0; row < trace.count; row++) {
    const session = trace.sessionId![row] as number;
    const keep = kept.get(session) ?? random.uniform() < chance;
    kept.set(session, keep);
    if (!keep) continue;
    drafts.push({
      arrivalMs: trace.arrivalMs[row] as number,
      inputTokens: trace.inputTokens[row] as number,
      outputTokens: trace.outputTokens[row] as number,
      chat: row,
      commonBlocks: 0,
    });
  }
  return drafts;
}

function toolRequest(tool: Tool, arrivalMs: number, random: RandomStream): Draft {
  const between = ([from, to]: readonly [number, number]) => from + random.integer(to - from + 1);
  const inputTokens = between(tool.promptTokens);
  const short = random.uniform() < tool.shortShare;
  const outputTokens = short ? 3 : between(tool.outputTokens);
  const { commonBlocks } = tool;
  return { arrivalMs, inputTokens, outputTokens, chat: -1, commonBlocks };
}

/** Scales the outputs of chats so that all requests have that mean. */
function scaleChats(drafts: readonly Draft[], mean: number): void {
  const sum = (some: readonly Draft[]) => some.reduce((all, one) => all + one.outputTokens, 0);
  const chats = drafts.filter(({ chat }) => chat >= 0);
  const rest = sum(drafts) - sum(chats);
  const factor = (mean * drafts.length - rest) / sum(chats);
  for (const chat of chats) chat.outputTokens = Math.max(1, Math.round(chat.outputTokens * factor));
}
