/** Reads server-sent events as the HTML standard says, as far as Orderlog uses it. */

export interface ReadEvent {
  readonly event: string;
  readonly id: string | undefined;
  // Whatever JSON the route sends: tests look into it.
  // biome-ignore lint/suspicious/noExplicitAny: a test's own look at JSON
  readonly data: any;
}

/** What comes; comments and `retry` are passed over. Ends with the response, also where that is cut off. */
export async function* readEvents(response: Response): AsyncGenerator<ReadEvent> {
  if (!response.body) return;
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = eventIn(text.slice(0, end));
      text = text.slice(end + 2);
      if (event) yield event;
    }
  }
}

function eventIn(block: string): ReadEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { event: fields.get('event') ?? 'message', id: fields.get('id'), data: JSON.parse(data) };
}
