/**
 * Exact mean waits (arrival to start of service, first come first served) of queues with Poisson
 * arrivals, for holding replays against closed forms. Any unit of time: the rate is per that unit
 * and the wait comes out in it. A load of 1 or more has no steady state and is refused.
 *
 * M/D/c by two methods, each where it is accurate:
 * - Load above 0.5: Crommelin's roots (Delay probability formulae when the holding times are
 *   constant, P.O. Electrical Engineers' Journal 25, 1932; Franx, Operations Research Letters 29,
 *   2001). The number in the system at times D apart has the generating function
 *   N(z) / (z^c e^{a(1−z)} − 1), a = arrivals per service time, N a polynomial of degree c whose
 *   zeros are 1 and the c − 1 roots z_k of z^c = e^{−a(1−z)} inside the unit circle. Its
 *   logarithmic derivative at 1 gives L = Σ 1/(1 − z_k) + (c − (c − a)²) / (2 (c − a)), and the
 *   wait is (L − a) / rate.
 * - Load up to 0.5, where L − a would cancel: with equal service times a server gets every c-th
 *   arrival, so the wait is that of E_c/D/1, and Spitzer's identity makes its mean
 *   Σ_{n≥1} E[(Poisson(n a) − n c)⁺] / (n · rate): positive terms only, quickly falling.
 */

/** Mean wait of M/M/1. */
export function meanWaitMM1(arrivalRate: number, meanService: number): number {
  const load = loadOf(arrivalRate, meanService, 1);
  return (load * meanService) / (1 - load);
}

/** Mean wait of M/D/1 (Pollaczek-Khinchine with no variance). */
export function meanWaitMD1(arrivalRate: number, service: number): number {
  const load = loadOf(arrivalRate, service, 1);
  return (load * service) / (2 * (1 - load));
}

/** Mean wait of M/D/c. */
export function meanWaitMDc(arrivalRate: number, service: number, servers: number): number {
  const load = loadOf(arrivalRate, service, servers);
  if (arrivalRate === 0) return 0;
  const offered = arrivalRate * service;
  const scaled = load > 0.5 ? queueByRoots(offered, servers) : queueBySpitzer(offered, servers);
  return scaled / arrivalRate;
}

/** Mean number waiting in M/D/c by Crommelin's roots; `offered` = arrivals per service time. */
export function queueByRoots(offered: number, servers: number): number {
  const spare = servers - offered;
  let inSystem = (servers - spare * spare) / (2 * spare);
  for (let k = 1; k < servers; k++) inSystem += realOfInverseOneMinusRoot(offered, servers, k);
  return inSystem - offered;
}

/** Mean number waiting in M/D/c by Spitzer's identity; `offered` = arrivals per service time. */
export function queueBySpitzer(offered: number, servers: number): number {
  let queue = 0;
  for (let n = 1; ; n++) {
    const term = meanExcess(n * offered, n * servers) / n;
    queue += term;
    if (term <= queue * 1e-17) return queue;
  }
}

/** E[(Poisson(mean) − threshold)⁺] for a threshold above the mean. */
function meanExcess(mean: number, threshold: number): number {
  let logProbability = -mean;
  for (let j = 1; j <= threshold; j++) logProbability += Math.log(mean / j);
  let probability = Math.exp(logProbability);
  let sum = 0;
  for (let excess = 1; ; excess++) {
    probability *= mean / (threshold + excess);
    sum += excess * probability;
    if (excess * probability <= sum * 1e-17) return sum;
  }
}

/** Re(1 / (1 − z)) for the k-th root: the fixed point of z = ω^k e^{−(a/c)(1−z)}, by Newton. */
function realOfInverseOneMinusRoot(offered: number, servers: number, k: number): number {
  const load = offered / servers;
  const angle = (2 * Math.PI * k) / servers;
  let re = 0;
  let im = 0;
  // The map contracts by the load at least; a few rounds of it bring Newton near enough.
  for (let round = 0; round < 40; round++) {
    const size = Math.exp(-load * (1 - re));
    const turn = angle + load * im;
    [re, im] = [size * Math.cos(turn), size * Math.sin(turn)];
  }
  for (let round = 0; round < 8; round++) {
    const size = Math.exp(-load * (1 - re));
    const turn = angle + load * im;
    const gRe = size * Math.cos(turn);
    const gIm = size * Math.sin(turn);
    // z − g over 1 − load·g, the derivative of z − g.
    const dRe = 1 - load * gRe;
    const dIm = -load * gIm;
    const norm = dRe * dRe + dIm * dIm;
    const fRe = re - gRe;
    const fIm = im - gIm;
    re -= (fRe * dRe + fIm * dIm) / norm;
    im -= (fIm * dRe - fRe * dIm) / norm;
  }
  return (1 - re) / ((1 - re) ** 2 + im ** 2);
}

function loadOf(arrivalRate: number, service: number, servers: number): number {
  const load = (arrivalRate * service) / servers;
  if (!(load >= 0 && load < 1)) throw new RangeError(`invalid load; not in [0, 1): ${load}`);
  return load;
}
