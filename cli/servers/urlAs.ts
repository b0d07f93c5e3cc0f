/** The same server, as a user; without passwords it has none. */
export const urlAs = (
  url: string,
  user: string,
  passwords: Readonly<Record<string, string>> | undefined,
): string => (passwords ? url.replace(/\/\/(?:[^@/]*@)?/, `//${user}:${passwords[user]}@`) : url);
