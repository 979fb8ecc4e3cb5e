import { describe, expect, it } from 'vitest';
import { parseObjective, parseSlo } from './objective.ts';

describe('parseObjective', () => {
  it('takes a direction and an expression', () => {
    expect(parseObjective('min:ttft_p99_ms')).toEqual({
      direction: 'min',
      expression: 'ttft_p99_ms',
    });
    expect(parseObjective(" max: if(tp = 1, 'a:b', 0) ")).toEqual({
      direction: 'max',
      expression: "if(tp = 1, 'a:b', 0)",
    });
  });

  it.each([
    ['ttft_p99_ms', /objective "ttft_p99_ms" \(--objective\): min:EXPRESSION or max:/],
    ['min:', /objective "min:"/],
    ['mn:gpus', /unknown direction "mn" \(--objective\): did you mean min\?/],
  ])('refuses %s', (text, message) => {
    expect(() => parseObjective(text)).toThrow(message);
  });
});

describe('parseSlo', () => {
  it('takes limits in milliseconds', () => {
    expect(parseSlo('ttft=500, tpot=37.5')).toEqual({ ttftMs: 500, tpotMs: 37.5 });
    expect(parseSlo('e2e=1e4,gap=100')).toEqual({ e2eMs: 10_000, gapMs: 100 });
  });

  it.each([
    ['tftt=500', /unknown SLO "tftt" \(--slo\): did you mean ttft\?/],
    ['ttft', /bad SLO "ttft" \(--slo\): NAME=MILLISECONDS/],
    ['ttft=0', /bad SLO "ttft=0"/],
    ['ttft=fast', /bad SLO "ttft=fast"/],
    ['ttft=5=6', /bad SLO "ttft=5=6"/],
  ])('refuses %s', (text, message) => {
    expect(() => parseSlo(text)).toThrow(message);
  });
});
