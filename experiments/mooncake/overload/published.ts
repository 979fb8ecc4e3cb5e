/** Figures of arXiv 2407.00079v3 on overload: LLaMA2-70B, the trace of 2024. */
export const overload = {
  /** Table 3, printed: rejected of 23,000 requests at twice the rate, 8 prefill, 8 decode nodes. */
  rejected: { 'two-gates': 4183, early: 3771, predicted: 3589 },
  /** Figure 9, read: loads of 20 machines under early rejection, 81 samples of 15 s. */
  fluctuation: {
    prefillMean: 0.54,
    prefillSd: 0.26,
    decodeMean: 0.63,
    decodeSd: 0.14,
    lag0: -0.52,
  },
} as const;
