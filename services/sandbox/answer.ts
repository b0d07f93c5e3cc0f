/** What the sandbox provider answers: a status and a JSON body. Errors are `{ error: { code, message } }`. */

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export const fault = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code, message } },
});
