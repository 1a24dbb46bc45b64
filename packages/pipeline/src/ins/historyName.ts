/** Epochs of a training, beside its checkpoint. */
export const historyName = 'history.json';
