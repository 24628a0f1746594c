import http from 'node:http';
import https from 'node:https';

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

const patienceMs = 60_000;

/** One request on a connection of its own. Certificates are not checked. Rejects after a minute of silence. */
export function ask(url: string, options: https.RequestOptions = {}, body?: string): Promise<Answer> {
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { agent: false, rejectUnauthorized: false, ...options } as object,
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (more: string) => (text += more));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: text }),
        );
      },
    );
    asked.on('error', reject);
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode!, headers: response.headers, body: '' });
    });
    asked.setTimeout(patienceMs, () =>
      asked.destroy(new Error(`${url} has not answered for ${patienceMs} ms`)),
    );
    asked.end(body);
  });
}
