/** Where comparisons are kept, in the project's folder: the one that is published, and one that was made to try. */
export const FULL_FOLDER = 'docs/comparison';
export const QUICK_FOLDER = '.orderlog/comparison';
export const FIGURES_FILE = 'comparison.json';
