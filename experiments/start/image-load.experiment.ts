import { defineExperiment, presentTrace } from 'reprise';

export default defineExperiment({
  name: 'image-load',
  paper: 'start',
  question: 'How much image traffic do 8 GPUs carry before latency breaks?',
  scenarios: {
    grid: {
      base: {
        preset: 'multimodal-8xA100',
        trace: presentTrace('servegen-image-hour', 'multimodal'),
        groups: [
          {
            count: 8,
            model: 'qwen2-vl-7b',
            gpu: 'a100-80gb',
            scheduler: { kind: 'chunked-prefill', budget: 2048 },
          },
        ],
      },
      axes: { rate: { set: 'arrivals.rate.factor', to: [1, 8, 12, 16, 20] } },
    },
  },
  notes:
    '8 Qwen2-VL-7B instances, one A100-80GB each, least-loaded placement, image tokens as prompt ' +
    'tokens.',
});
