import type { Emit } from '../../stages/events.js';

interface BatchSeen {
  epoch: number;
  epochs: number;
  done: number;
  total: number;
  loss: number;
}

interface EpochSeen {
  epoch: number;
  trainLoss: number;
  trainAccuracy?: number;
  validation: Record<string, number>;
  best: boolean;
  seconds: number;
}

/** Turns what a training tells into events: progress with a rate, and a point of its curves an epoch. */
export function trainingEvents(emit: Emit, stage: string, network: string, epochs: number) {
  const since = performance.now();
  let before = 0;
  return {
    onBatch({ epoch, done, total, loss }: BatchSeen): void {
      const all = epochs * total;
      const at = (epoch - 1) * total + done;
      before ||= at - done;
      const rate = (at - before) / ((performance.now() - since) / 1000);
      emit({
        type: 'progress',
        stage,
        done: at,
        total: all,
        unit: 'images',
        ratePerSecond: rate,
        secondsLeft: (all - at) / rate,
        detail: `${network} epoch ${epoch}/${epochs}, loss ${loss.toFixed(3)}`,
      });
    },
    onEpoch({ epoch, trainLoss, trainAccuracy, validation, best, seconds }: EpochSeen): void {
      emit({
        type: 'epoch',
        ...{ stage, network, epoch, epochs, trainLoss, validation, best, seconds },
        ...(trainAccuracy === undefined ? {} : { trainAccuracy }),
      });
    },
  };
}
