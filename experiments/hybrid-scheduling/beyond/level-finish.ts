export { levelFinish as default } from '../../../src/scheduling/schedulers/beyond-level-finish.ts';
