import { laneConfig } from '../../tools/vitest/lanes.mjs';

export default laneConfig();
