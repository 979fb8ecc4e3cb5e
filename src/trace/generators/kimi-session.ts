import type { RandomStream } from '../../units/random.ts';
import { Deck } from './kimi-deck.ts';
import type { KimiModel, QuantilePoint } from './kimi-model.ts';

/** A chat session after one of its turns: what its next turn depends on. */
export interface Session {
  /** Standard normal: how much slower than others its user thinks. */
  readonly pace: number;
  /** In [0, 1): where its answers stand among all by length. */
  readonly outputRank: number;
  turns: number;
  promptTokens: number;
  outputTokens: number;
  /** End of the last turn under the assumed service time. */
  endMs: number;
  /** Of its last turn; null while the session has not entered the trace. */
  visible: { readonly id: number; row: number; blocks: Int32Array } | null;
}

/** The prompt of a turn: its length and how much of the prompt before it begins with. */
export interface Prompt {
  tokens: number;
  /** Tokens that begin both; of a first prompt, the system prompt. */
  sharedTokens: number;
  /** The whole prompt before, and nothing else. */
  repeat: boolean;
}

/** Draws sessions and their turns. */
export class SessionModel {
  readonly #model: KimiModel;
  readonly #random: RandomStream;
  readonly #firstPrompts: Deck;
  readonly #outputs: Deck;

  constructor(model: KimiModel, random: RandomStream) {
    this.#model = model;
    this.#random = random.split('turns');
    this.#firstPrompts = new Deck(random.split('first prompts'));
    this.#outputs = new Deck(random.split('outputs'));
  }

  start(): Session {
    return {
      pace: this.#random.normal(),
      outputRank: this.#random.uniform(),
      turns: 0,
      promptTokens: 0,
      outputTokens: 0,
      endMs: 0,
      visible: null,
    };
  }

  /** The prompt of the session's next turn, null when the context window has no room for it. */
  nextPrompt(session: Session): Prompt | null {
    const prompt = session.turns === 0 ? this.#firstPrompt() : this.#laterPrompt(session);
    return prompt.tokens <= this.#model.contextTokens ? prompt : null;
  }

  /** Takes the turn: draws its answer and notes when it ends. */
  take(session: Session, prompt: Prompt, arrivalMs: number): void {
    const { output, outputLoyalty, service } = this.#model;
    const loyal = this.#random.uniform() < outputLoyalty;
    const rank = loyal ? session.outputRank : this.#random.uniform();
    session.outputTokens = Math.round(quantile(output, this.#outputs.take(rank)));
    session.promptTokens = prompt.tokens;
    session.turns++;
    session.endMs = arrivalMs + service.firstTokenMs + service.perTokenMs * session.outputTokens;
  }

  goesOn(session: Session): boolean {
    const { a, b, longTokens, longFactor } = this.#model.turns;
    const k = session.turns;
    const inclination = (a + k - 1) / (a + b + k - 1);
    const factor = k === 1 && session.promptTokens > longTokens ? longFactor : 1;
    return this.#random.uniform() < inclination * factor;
  }

  thinkMs(session: Session): number {
    const { medianMs, sigma, paceShare, leastMs } = this.#model.think;
    const own = Math.sqrt(paceShare) * session.pace;
    const z = own + Math.sqrt(1 - paceShare) * this.#random.normal();
    return Math.max(leastMs, medianMs * Math.exp(sigma * z));
  }

  #firstPrompt(): Prompt {
    const { firstPrompt, systemTokens } = this.#model;
    const share = this.#firstPrompts.take(this.#random.uniform());
    const tokens = systemTokens + Math.round(quantile(firstPrompt, share));
    return { tokens, sharedTokens: systemTokens, repeat: false };
  }

  #laterPrompt(session: Session): Prompt {
    const { repeatShare, replace } = this.#model;
    const before = session.promptTokens;
    const u = this.#random.uniform();
    if (u < repeatShare) return { tokens: before, sharedTokens: before, repeat: true };
    const share = before < replace.fromTokens ? replace.lessShare : replace.share;
    if (u < repeatShare + share) return this.#replaced(before);
    const tokens = before + session.outputTokens + this.#message() + this.#material();
    return { tokens, sharedTokens: before, repeat: false };
  }

  #replaced(before: number): Prompt {
    const { blockTokens, replace } = this.#model;
    const least = Math.min(before, replace.keptBlocks * blockTokens);
    const sharedTokens = Math.floor(least * (before / least) ** this.#random.uniform());
    const fresh = (before - sharedTokens) * Math.exp(replace.sigma * this.#random.normal());
    return { tokens: sharedTokens + Math.ceil(fresh), sharedTokens, repeat: false };
  }

  #message(): number {
    const { median, sigma } = this.#model.message;
    return Math.ceil(median * Math.exp(sigma * this.#random.normal()));
  }

  #material(): number {
    const { share, median, sigma } = this.#model.material;
    if (this.#random.uniform() >= share) return 0;
    return Math.round(median * Math.exp(sigma * this.#random.normal()));
  }
}

/** Value of a quantile function, interpolated linearly in the logarithm. */
function quantile(points: readonly QuantilePoint[], share: number): number {
  let above = 1;
  while (points[above]![0] < share) above++;
  const [shareBelow, below] = points[above - 1]!;
  const [shareAbove, top] = points[above]!;
  return below * (top / below) ** ((share - shareBelow) / (shareAbove - shareBelow));
}
