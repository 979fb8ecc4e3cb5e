import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { catalogue, publicAddress } from './catalogue.ts';
import { fetchTrace } from './fetch.ts';
import { fetchedFolder, packageRoot, resolveTrace } from './locate.ts';
import { findTraceMirror } from './mirror.ts';
import { readTrace } from './read.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-fetch-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

/** Without a mirror: an environment variable that names a missing folder. */
function withoutMirror(): void {
  vi.stubEnv('REPRISE_TRACE_MIRROR', join(folder, 'missing'));
}

describe('catalogue', () => {
  it('names each trace once, with a full checksum and a licence', () => {
    expect(new Set(catalogue.map((entry) => entry.name)).size).toBe(catalogue.length);
    for (const entry of catalogue) {
      expect(entry.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(entry.licence).not.toBe('');
      if (entry.path !== null) expect(entry.commit).toMatch(/^[0-9a-f]{40}$/);
    }
  });

  it('builds the public address from repository, commit and path', () => {
    const entry = catalogue.find(({ name }) => name === 'azure-code-2023');
    expect(entry && publicAddress(entry)).toBe(
      'https://raw.githubusercontent.com/Azure/AzurePublicDataset/' +
        '790921015d50dd6aae7f7e47f39ba0e235ad6b08/data/AzureLLMInferenceTrace_code.csv',
    );
  });
});

describe('fetchTrace', () => {
  it('refuses bytes with another checksum, and writes nothing', async () => {
    mkdirSync(join(folder, 'azure'));
    writeFileSync(join(folder, 'azure/AzureLLMInferenceTrace_code.csv'), 'other bytes');
    const cacheDir = join(folder, 'cache');
    const fetching = fetchTrace('azure-code-2023', { mirror: folder, cacheDir });
    await expect(fetching).rejects.toThrow(/11 bytes with sha256 .*: azure-code-2023 has 320117/);
    expect(existsSync(cacheDir)).toBe(false);
  });

  it('says where a mirror should have the file', async () => {
    const fetching = fetchTrace('synthetic', { mirror: folder, cacheDir: folder });
    await expect(fetching).rejects.toThrow(/no such file .*mooncake\/synthetic_trace\.jsonl/);
  });

  it('suggests the nearest name', async () => {
    await expect(fetchTrace('conversaton')).rejects.toThrow('did you mean conversation?');
  });

  it('says what to do without a network', async () => {
    withoutMirror();
    const cause = new Error('getaddrinfo ENOTFOUND raw.githubusercontent.com');
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed', { cause })));
    const fetching = fetchTrace('conversation', { cacheDir: folder });
    await expect(fetching).rejects.toThrow(/cannot reach https.*ENOTFOUND.*--mirror/);
  });

  it('tells the status of a refused download', async () => {
    withoutMirror();
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('no', { status: 404 })));
    const fetching = fetchTrace('conversation', { cacheDir: folder });
    await expect(fetching).rejects.toThrow(/answered 404/);
  });

  it('says that derived samples come from a mirror only', async () => {
    withoutMirror();
    const fetching = fetchTrace('servegen-image-peak', { cacheDir: folder });
    await expect(fetching).rejects.toThrow(/no public file of its own.*--mirror/);
  });
});

const mirror = findTraceMirror();
describe.skipIf(!mirror)('fetchTrace from the mirror (needs a trace mirror)', () => {
  for (const { name, kind, licence, repository, sha256 } of catalogue) {
    it(`imports ${name} and keeps the original beside it`, async () => {
      const options = { mirror: mirror as string, cacheDir: folder };
      const { path } = await fetchTrace(name, options);
      const { trace } = await readTrace(path);
      expect(trace.meta).toMatchObject({ name, kind, licence, source: { repository, sha256 } });
      expect(readdirSync(folder)).toHaveLength(2);
    });
  }
});

describe('resolveTrace', () => {
  it('finds a shipped name from anywhere', async () => {
    const { path, name, bytes, sha256 } = await resolveTrace('gsm8k');
    expect(path).toBe(join(packageRoot(), 'traces', 'gsm8k.arrow'));
    expect(name).toBe('gsm8k');
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(bytes.length).toBeGreaterThan(1000);
  });

  it('finds a file by its path', async () => {
    const path = join(folder, 'mine.arrow');
    writeFileSync(path, 'x');
    expect(await resolveTrace(path)).toMatchObject({ path, name: 'mine' });
  });

  it('suggests the nearest name, or fetching a public one', async () => {
    await expect(resolveTrace('gsm8')).rejects.toThrow('did you mean gsm8k?');
    await expect(resolveTrace('./none.arrow')).rejects.toThrow('no such file (./none.arrow)');
    await expect(resolveTrace(folder)).rejects.toThrow('not a file');
    if (!existsSync(join(fetchedFolder(), 'synthetic.arrow'))) {
      await expect(resolveTrace('synthetic')).rejects.toThrow('reprise traces fetch synthetic');
    }
  });
});
