export { convFilterGradient, matMulTransposedA, outerProducts } from './outer-products';
export { matMulTransposedB } from './dot-products';
export { maxPoolGradient } from './pooling';
export { columnSums } from './reductions';
