import { describe, expect, it } from 'vitest';
import { presets } from '../experiment/presets.ts';
import { parseScenario } from '../replay/scenario.ts';
import { fullSetting } from './policy-settings.ts';
import { readScenario } from './scenario-argument.ts';

describe('a setting that names a policy', () => {
  it.each([
    ['estimator=exact', 'estimator.kind=exact'],
    ['groups.1.scheduler=orca', 'groups.1.scheduler.kind=orca'],
    ['groups.0.order=./mine.ts', 'groups.0.order.kind=./mine.ts'],
    ['groups.0.lengths="oracle"', 'groups.0.lengths.kind="oracle"'],
  ])('%s sets its kind', (short, full) => {
    expect(fullSetting(short)).toBe(full);
  });

  it.each([
    'estimator.kind=exact',
    'estimator={"kind":"exact"}',
    'groups.0.scheduler.budget=512',
    'groups.0.count=2',
    'firstToken=decode',
    'seed',
    '=x',
  ])('%s stays as it is', (setting) => {
    expect(fullSetting(setting)).toBe(setting);
  });

  it('leaves short names of a preset to the preset', () => {
    const aliases = { scheduler: 'groups.0.scheduler.kind' };
    expect(fullSetting('scheduler=orca', aliases)).toBe('scheduler=orca');
  });

  it.each(['estimator=3', 'estimator=null', 'groups.0.order=[]', 'placement={}', 'placement='])(
    'refuses %s, which is no policy',
    (setting) => {
      expect(() => fullSetting(setting)).toThrow('a policy: its name');
    },
  );

  it('says where the policies of groups stand', () => {
    expect(() => fullSetting('scheduler=orca')).toThrow('groups.0.scheduler');
    expect(() => fullSetting('order.kind=fcfs')).toThrow('groups.0.order.kind');
  });

  it('knows every place of a policy', () => {
    const { groups, ...rest } = parseScenario({ groups: [{ model: 'llama-3.1-8b' }] });
    const named = (of: object, prefix: string) =>
      Object.entries(of)
        .filter(([, value]) => typeof value?.kind === 'string')
        .map(([name]) => prefix + name);
    const places = [...named(rest, ''), ...named(groups[0] as object, 'groups.0.')];
    expect(places.length).toBe(9);
    for (const place of places) expect(fullSetting(`${place}=x`)).toBe(`${place}.kind=x`);
  });
});

describe('a scenario with such settings', () => {
  it('is that with the kinds, of a preset with all its short names', async () => {
    const settings = ['estimator=exact', 'groups.1.order=shortest-prompt', 'admission=early'];
    const scenario = await readScenario('mooncake-8p8d', settings, undefined);
    expect(parseScenario(scenario)).toMatchObject({
      estimator: { kind: 'exact' },
      admission: { kind: 'early' },
      groups: [{ order: { kind: 'fcfs' } }, { order: { kind: 'shortest-prompt' } }],
    });
    const slots = await readScenario('client-slots-65b', ['lengths=oracle'], undefined);
    expect(parseScenario(slots).groups[0]?.lengths).toMatchObject({ kind: 'oracle' });
    expect(presets.find(({ name }) => name === 'client-slots-65b')?.parameters.lengths).toBe(
      'groups.0.lengths.kind',
    );
  });
});
