/** Light, dark, or as the system has it (no attribute); kept in this browser. */
import { useState } from 'preact/hooks';

const KEY = 'orderlog.theme';
const THEMES = ['system', 'light', 'dark'];

const kept = () => {
  const theme = localStorage.getItem(KEY) ?? '';
  return THEMES.includes(theme) ? theme : 'system';
};

/** @param {string} theme */
function apply(theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  // What draws its colours itself, as plots do, draws anew.
  dispatchEvent(new Event('themechange'));
}

export const applyKeptTheme = () => apply(kept());

/** @returns {[theme: string, next: () => void]} */
export function useTheme() {
  const [theme, setTheme] = useState(kept);
  const next = () => {
    const following = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
    localStorage.setItem(KEY, following);
    apply(following);
    setTheme(following);
  };
  return [theme, next];
}
