export { convFilterGradient, matMul, matMulTransposedA } from './outer-products';
export { matMulTransposedB } from './dot-products';
export { avgPoolGradient, maxPoolGradient } from './pooling';
export { columnSums } from './reductions';
export { scaleChannels } from './channels';
export { reluGradient } from './relu';
