import type { FormatName, ImportOptions } from './importers/index.ts';
import type { Provenance } from './request-trace.ts';

/** A public trace that is fetched, not shipped: where it lies, what it must hash to, how to read it. */
export interface CatalogueEntry {
  readonly name: string;
  readonly title: string;
  readonly kind: Provenance;
  readonly repository: string;
  /** null where the file is derived from the repository's data and lies in mirrors only. */
  readonly path: string | null;
  readonly commit: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly licence: string;
  /** Path below a mirror folder. */
  readonly mirrorPath: string;
  readonly format: FormatName;
  readonly options: ImportOptions;
}

export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'conversation',
    title: '12,031 requests of a real chat service, with prefix-block hashes (Mooncake, FAST 25)',
    kind: 'recorded',
    repository: 'kvcache-ai/Mooncake',
    path: 'FAST25-release/traces/conversation_trace.jsonl',
    commit: 'a2a4b18ac537fd798d50e6e9f57031ce86419a37',
    sha256: 'b8cbb061a85206d729d91cdc2981f43c9e0d99209dce588d3af5f7934408b9df',
    bytes: 3_029_533,
    licence: 'Apache-2.0',
    mirrorPath: 'mooncake/conversation_trace.jsonl',
    format: 'mooncake',
    options: {},
  },
  {
    name: 'synthetic',
    title: '3,993 requests built from public long-context sets (Mooncake, FAST 25)',
    kind: 'generated',
    repository: 'kvcache-ai/Mooncake',
    path: 'FAST25-release/traces/synthetic_trace.jsonl',
    commit: '3cca71daccf2a7afb8fe3f0295358f70e3a69fdb',
    sha256: 'bd070915a98fc0ed264d7cfef2ce746002eb3076a695ec31ba2674c0111ec131',
    bytes: 1_136_313,
    licence: 'Apache-2.0',
    mirrorPath: 'mooncake/synthetic_trace.jsonl',
    format: 'mooncake',
    options: {},
  },
  {
    name: 'gsm8k-test',
    title: '1,319 grade-school maths problems, measured; output lengths generated (seed 91)',
    kind: 'recorded',
    repository: 'openai/grade-school-math',
    path: 'grade_school_math/data/test.jsonl',
    commit: '3101c7d5072418e28b9008a6636bde82a006892c',
    sha256: '3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14',
    bytes: 749_738,
    licence: 'MIT',
    mirrorPath: 'gsm8k/test.jsonl',
    format: 'gsm8k',
    options: {},
  },
  {
    name: 'azure-code-2023',
    title: '8,819 requests of a real coding service, 2023',
    kind: 'recorded',
    repository: 'Azure/AzurePublicDataset',
    path: 'data/AzureLLMInferenceTrace_code.csv',
    commit: '790921015d50dd6aae7f7e47f39ba0e235ad6b08',
    sha256: '54e9a6d2a4bd06ba1e060304b900abbc74cbea53de96506e60fe5bb4f2277fb6',
    bytes: 320_117,
    licence: 'CC-BY-4.0',
    mirrorPath: 'azure/AzureLLMInferenceTrace_code.csv',
    format: 'azure-llm',
    options: {},
  },
  {
    name: 'servegen-image-peak',
    title: '15,399 multimodal requests in 20 min, sampled from the ServeGen mm-image workload',
    kind: 'sampled',
    repository: 'alibaba/ServeGen',
    path: null,
    commit: 'f891d11',
    sha256: '4175b3c89be2ca035ed5961a8f6b63d82e93544e90b0cf0e6b3e163f59870f2a',
    bytes: 456_856,
    licence: 'Apache-2.0',
    mirrorPath: 'multimodal/servegen_mm_image_peak_20min.csv',
    format: 'multimodal-csv',
    options: {},
  },
  {
    name: 'servegen-image-hour',
    title: '15,318 multimodal requests in 1 h, sampled from the ServeGen mm-image workload at 1/3',
    kind: 'sampled',
    repository: 'alibaba/ServeGen',
    path: null,
    commit: 'f891d11',
    sha256: '925ef32df73ad0c36b4c550c1130b2056a7fad35ccdf0373ea38a5cd64f4fdc8',
    bytes: 465_270,
    licence: 'Apache-2.0',
    mirrorPath: 'multimodal/servegen_mm_image_1h_third.csv',
    format: 'multimodal-csv',
    options: {},
  },
];

/** Public address of an entry's file, at its commit; null where it lies in mirrors only. */
export function publicAddress({ repository, commit, path }: CatalogueEntry): string | null {
  return path && `https://raw.githubusercontent.com/${repository}/${commit}/${path}`;
}
