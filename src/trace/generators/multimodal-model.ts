/** How the requests of one application look; medians and sigmas are of log-normal laws. */
export interface Application {
  /** Fixed prompt that every request of a client repeats, tokens. */
  readonly promptTokens: number;
  /** Fixed prompts of the application's clients lie evenly within ± this, in natural logs. */
  readonly promptSpread: number;
  /** Sigma of the half-normal user text after the fixed prompt, tokens. */
  readonly userTextTokens: number;
  /**
   * Images of a request, rounded, at least 1; `albums` = share of requests that bring any number
   * up to the largest, evenly spread. Null for text only.
   */
  readonly imageCount: {
    readonly median: number;
    readonly sigma: number;
    readonly albums: number;
  } | null;
  /** Prompt tokens of one image before the service's pixel limit; `icons` = share of tiny ones. */
  readonly imageTokens: { readonly median: number; readonly sigma: number; readonly icons: number };
  /** Answer length; `verdicts` = share of answers that are a label of a few tokens. */
  readonly outputTokens: {
    readonly median: number;
    readonly sigma: number;
    readonly verdicts: number;
  };
  /** Coefficient of variation of a client's inter-arrival times. */
  readonly arrivalCv: number;
}

const always = { median: 1, sigma: 0, albums: 0 };

/** Rows differ by what the request asks for; figures are rounded to what the fit can tell apart. */
export const applications = {
  /** One small cut-out with a caption prompt, sent in batch jobs. */
  snippet: {
    promptTokens: 74,
    promptSpread: 0,
    userTextTokens: 1,
    imageCount: always,
    imageTokens: { median: 250, sigma: 0.37, icons: 0 },
    outputTokens: { median: 158, sigma: 0.4, verdicts: 0 },
    arrivalCv: 4.5,
  },
  /** One large photograph, most at the pixel limit, to be labelled or briefly described. */
  verdict: {
    promptTokens: 85,
    promptSpread: 0.39,
    userTextTokens: 2,
    imageCount: always,
    imageTokens: { median: 2030, sigma: 0.71, icons: 0 },
    outputTokens: { median: 60, sigma: 0.46, verdicts: 0.43 },
    arrivalCv: 1.2,
  },
  /** One or a few mid-sized pictures, sent in batch jobs. */
  batch: {
    promptTokens: 74,
    promptSpread: 0,
    userTextTokens: 217,
    imageCount: { median: 1.22, sigma: 0.34, albums: 0 },
    imageTokens: { median: 373, sigma: 0.48, icons: 0 },
    outputTokens: { median: 114, sigma: 0.45, verdicts: 0 },
    arrivalCv: 4.5,
  },
  /** Long text with its figures: pictures of any size among icons. */
  document: {
    promptTokens: 895,
    promptSpread: 0,
    userTextTokens: 1045,
    imageCount: { median: 1.62, sigma: 0.84, albums: 0.02 },
    imageTokens: { median: 390, sigma: 1.42, icons: 0.37 },
    outputTokens: { median: 173, sigma: 0.6, verdicts: 0 },
    arrivalCv: 1.2,
  },
  /** A page of one format, read into fields. */
  form: {
    promptTokens: 252,
    promptSpread: 0,
    userTextTokens: 10,
    imageCount: always,
    imageTokens: { median: 1027, sigma: 0.21, icons: 0 },
    outputTokens: { median: 78, sigma: 0.78, verdicts: 0 },
    arrivalCv: 1.2,
  },
  /** One or two pictures compared. */
  comparison: {
    promptTokens: 115,
    promptSpread: 0,
    userTextTokens: 55,
    imageCount: { median: 1.65, sigma: 0.4, albums: 0 },
    imageTokens: { median: 340, sigma: 1.78, icons: 0 },
    outputTokens: { median: 110, sigma: 0.4, verdicts: 0.5 },
    arrivalCv: 1.2,
  },
  /** No image at all. */
  text: {
    promptTokens: 50,
    promptSpread: 0,
    userTextTokens: 20,
    imageCount: null,
    imageTokens: { median: 0, sigma: 0, icons: 0 },
    outputTokens: { median: 180, sigma: 0.6, verdicts: 0 },
    arrivalCv: 1.2,
  },
} as const satisfies Record<string, Application>;

/** The application of each client, from the busiest down. */
export const clientApplications: readonly (keyof typeof applications)[] = [
  'snippet',
  'verdict',
  'batch',
  'document',
  'form',
  'verdict',
  'document',
  'document',
  'verdict',
  'verdict',
  'comparison',
  'snippet',
  'verdict',
  'batch',
  'text',
  'snippet',
  'form',
  'verdict',
  'snippet',
];

/** A client sends this many requests for each one of the client before it. */
export const clientRatio = 0.839;

/** Mean arrival rate of all clients, requests per second: 15,318 in an hour. */
export const requestsPerSecond = 4.255;

/** Tokens of the smallest image, and of every icon. */
export const iconTokens = 6;
/** The service's pixel limit: larger images are scaled into this range, evenly spread in it. */
export const limitTokens = { from: 1196, to: 1280 };
/** Largest number of images that a request may bring. */
export const maxImages = 49;
/** Tokens of a label answer, evenly spread. */
export const verdictTokens = { from: 2, to: 9 };
/** Output limit, and the share of free answers that run into it. */
export const outputLimit = { tokens: 2000, share: 0.003 };
