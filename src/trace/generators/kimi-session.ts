import type { RandomStream } from '../../units/random.ts';
import { Deck } from './kimi-deck.ts';
import { kimiModel, type QuantilePoint } from './kimi-model.ts';

/** A chat session after one of its turns: what its next turn depends on. */
export interface Session {
  /** Standard normal: how much slower than others its user thinks. */
  readonly pace: number;
  /** In [0, 1): where its answers stand among all by length. */
  readonly outputRank: number;
  turns: number;
  promptTokens: number;
  outputTokens: number;
  /** Tokens at the end of its prompt that its next prompt drops; 0 in most sessions. */
  passingTokens: number;
  /** End of the last turn under the assumed service time. */
  endMs: number;
  /** Its last turn as a row of the trace, which those before time 0 are not. */
  written: { readonly id: number; readonly row: number; readonly blocks: Int32Array } | null;
}

/** The prompt of a turn. */
export interface Prompt {
  tokens: number;
  /** Tokens with which the prompt before begins, too; of a first prompt, the system prompt. */
  sharedTokens: number;
  /** The whole prompt before, and nothing else. */
  repeat: boolean;
  /** Tokens at its end that the next prompt drops. */
  passingTokens: number;
}

/** Draws sessions and their turns; a session's own state stands in the session. */
export class SessionModel {
  readonly #random: RandomStream;
  readonly #firstPrompts: Deck;
  readonly #outputs: Deck;
  readonly #goOn: readonly Deck[];
  readonly #retrieves: readonly Deck[];

  constructor(random: RandomStream) {
    this.#random = random.split('turns');
    this.#firstPrompts = new Deck(random.split('first prompts'), 1024);
    this.#outputs = new Deck(random.split('outputs'), 1024);
    this.#goOn = decksBySize(random.split('go on'));
    this.#retrieves = decksBySize(random.split('retrieves'));
  }

  start(): Session {
    return {
      pace: this.#random.normal(),
      outputRank: this.#random.uniform(),
      turns: 0,
      promptTokens: 0,
      outputTokens: 0,
      passingTokens: 0,
      endMs: 0,
      written: null,
    };
  }

  /** The prompt of the session's next turn, null when the context window has no room for it. */
  nextPrompt(session: Session): Prompt | null {
    const prompt = session.turns === 0 ? this.#firstPrompt() : this.#laterPrompt(session);
    return prompt.tokens <= kimiModel.contextTokens ? prompt : null;
  }

  /** Takes the turn: draws its answer and notes when it ends. */
  takeTurn(session: Session, prompt: Prompt, arrivalMs: number): void {
    const { output, outputLoyalty, service } = kimiModel;
    const loyal = this.#random.uniform() < outputLoyalty;
    const rank = loyal ? session.outputRank : this.#random.uniform();
    session.outputTokens = Math.round(quantile(output, this.#outputs.take(rank)));
    session.promptTokens = prompt.tokens;
    session.passingTokens = prompt.passingTokens;
    session.turns++;
    session.endMs = arrivalMs + service.firstTokenMs + service.perTokenMs * session.outputTokens;
  }

  goesOn(session: Session): boolean {
    const { a, b, longTokens, longFactor } = kimiModel.turns;
    const k = session.turns;
    const inclination = (a + k - 1) / (a + b + k - 1);
    const factor = k === 1 && session.promptTokens > longTokens ? longFactor : 1;
    return draw(this.#goOn, session.promptTokens, this.#random) < inclination * factor;
  }

  thinkMs(session: Session): number {
    const { medianMs, sigma, paceShare, leastMs } = kimiModel.think;
    const own = Math.sqrt(paceShare) * session.pace;
    const z = own + Math.sqrt(1 - paceShare) * this.#random.normal();
    return Math.max(leastMs, medianMs * Math.exp(sigma * z));
  }

  #firstPrompt(): Prompt {
    const { blockTokens, firstPrompt, retrieval, systemTokens } = kimiModel;
    const share = this.#firstPrompts.take(this.#random.uniform());
    const tokens = systemTokens + Math.round(quantile(firstPrompt, share));
    const prompt = { tokens, sharedTokens: systemTokens, repeat: false, passingTokens: 0 };
    if (tokens < retrieval.fromTokens) return prompt;
    if (draw(this.#retrieves, tokens, this.#random) >= retrieval.share) return prompt;
    const least = retrieval.keptBlocks * blockTokens;
    const kept = least * (tokens / least) ** this.#random.uniform();
    return { ...prompt, passingTokens: tokens - Math.floor(kept) };
  }

  #laterPrompt({ turns, promptTokens, outputTokens, passingTokens }: Session): Prompt {
    if (this.#random.uniform() < kimiModel.repeatShare) {
      return { tokens: promptTokens, sharedTokens: promptTokens, repeat: true, passingTokens };
    }
    const sharedTokens = promptTokens - passingTokens;
    const history = sharedTokens + outputTokens + this.#message();
    if (passingTokens > 0) {
      const retrieved = this.#retrieved(passingTokens);
      return { tokens: history + retrieved, sharedTokens, repeat: false, passingTokens: retrieved };
    }
    const tokens = history + this.#document(turns);
    return { tokens, sharedTokens, repeat: false, passingTokens: 0 };
  }

  /** Log-normal with the length of the text that it replaces as its mean. */
  #retrieved(replacedTokens: number): number {
    const { sigma } = kimiModel.retrieval;
    const factor = Math.exp(sigma * this.#random.normal() - sigma ** 2 / 2);
    return Math.max(1, Math.round(replacedTokens * factor));
  }

  #message(): number {
    const { median, sigma } = kimiModel.message;
    return Math.ceil(median * Math.exp(sigma * this.#random.normal()));
  }

  #document(turnsBefore: number): number {
    const { secondShare, laterShare, median, sigma } = kimiModel.document;
    const share = turnsBefore === 1 ? secondShare : laterShare;
    if (this.#random.uniform() >= share) return 0;
    return Math.round(median * Math.exp(sigma * this.#random.normal()));
  }
}

/** One deck per octave of prompt tokens. */
function decksBySize(random: RandomStream): Deck[] {
  return Array.from({ length: 18 }, (_, octave) => new Deck(random.split(`octave ${octave}`), 64));
}

/** A number from the deck of the prompt's octave. */
function draw(decks: readonly Deck[], promptTokens: number, random: RandomStream): number {
  return decks[Math.floor(Math.log2(promptTokens))]!.take(random.uniform());
}

/** Value of a quantile function, interpolated linearly in the logarithm. */
function quantile(points: readonly QuantilePoint[], share: number): number {
  let above = 1;
  while (points[above]![0] < share) above++;
  const [shareBelow, below] = points[above - 1]!;
  const [shareAbove, top] = points[above]!;
  return below * (top / below) ** ((share - shareBelow) / (shareAbove - shareBelow));
}
