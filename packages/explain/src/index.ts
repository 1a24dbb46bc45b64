export { ExplainError, type ExplainErrorDetails } from './errors.js';
export { resizeBilinear, resizeTiles } from './image/resize.js';
export { type TileMeans, tileMeans } from './image/tiles.js';
export {
  activationMap,
  type ActivationMap,
  type MapMethod,
  type MapOptions,
} from './maps/activation-map.js';
