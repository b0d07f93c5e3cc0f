/** The icons, drawn on a grid of 24 in the colour of the text. Decoration: whoever shows one says in words what it means. */
import { html } from 'htm/preact';

/** @type {Readonly<Record<string, string>>} */
const PATHS = {
  lock: 'M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c1-4 4-6 8-6s7 2 8 6',
  live: 'M3 12h4l3-8 4 16 3-8h4',
  orders: 'M6 3h12a1 1 0 0 1 1 1v17l-3-2-2 2-2-2-2 2-2-2-3 2V4a1 1 0 0 1 1-1zM9 8h6M9 12h6',
  catalog: 'M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9',
  parked: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM10 9v6M14 9v6',
  analytics: 'M4 20V4M4 20h16M8 16v-4M12.5 16V8M17 16v-6',
  try: 'M6 4l13 8-13 8z',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6L6 18',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  check: 'M5 12.5l4.5 4.5L19 7',
  warning: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  empty: 'M4 13l2.5-8h11L20 13v6H4zM4 13h5l1 2h4l1-2h5',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  system: 'M4 5h16v11H4zM9 20h6M12 16v4',
  keyboard: 'M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8',
  next: 'M9 6l6 6-6 6',
  back: 'M15 6l-6 6 6 6',
  refresh: 'M20 12a8 8 0 1 1-2.5-5.8M20 4v4h-4',
};

/** @param {{ name: string }} props */
export const Icon = ({ name }) => html`
  <svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.75"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;

export const Logo = () => html`
  <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="#3552d6" />
    <g fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"><path d="M9 10h9M9 16h14M9 22h6" /></g>
    <circle cx="22.5" cy="10" r="2.1" fill="#8fe3b4" /><circle cx="19.5" cy="22" r="2.1" fill="#fff" />
  </svg>`;
