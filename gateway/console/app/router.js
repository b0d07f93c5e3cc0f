/** Where the user is: the address's fragment, `#/orders/<id>?version=3`. Back, forward and bookmarks work as everywhere. */
import { useLayoutEffect, useState } from 'preact/hooks';

/** @typedef {{ path: string[], params: URLSearchParams }} Route */

/**
 * @param {string} hash
 * @returns {Route}
 */
export function routeOf(hash) {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return {
    path: path.split('/').filter(Boolean).map(decoded),
    params: new URLSearchParams(query),
  };
}

/** As it is where it cannot be: a page that is not there is told so. @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * `#/orders?query=coffee`; what is empty is left out.
 * @param {readonly string[]} path
 * @param {Record<string, string | undefined>} [params]
 */
export function hrefOf(path, params = {}) {
  const given = Object.entries(params).filter(([, value]) => value);
  const query = new URLSearchParams(/** @type {string[][]} */ (given)).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${query && `?${query}`}`;
}

/** @returns {Route} */
export function useRoute() {
  const [hash, setHash] = useState(location.hash);
  useLayoutEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return routeOf(hash);
}

/** @param {string} href */
export const goTo = (href) => {
  location.hash = href;
};

/** In place of where one is: what is typed into a filter is not worth a step back for each letter. @param {string} href */
export function replaceWith(href) {
  history.replaceState(null, '', href);
  dispatchEvent(new HashChangeEvent('hashchange'));
}
