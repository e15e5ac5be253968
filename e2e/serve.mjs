// Serves a directory on a free port of 127.0.0.1 and prints the address.
// Nothing may be kept in a cache: a page that only works from there must fail.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, resolve, sep } from 'node:path';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

const root = resolve(process.argv[2] ?? 'dist');

async function respond(url) {
  const path = decodeURIComponent(new URL(url, 'http://127.0.0.1').pathname);
  const file = resolve(root, `.${path.endsWith('/') ? `${path}index.html` : path}`);
  if (!file.startsWith(root + sep)) throw new Error('outside of the directory');
  return { body: await readFile(file), type: TYPES[extname(file)] ?? 'application/octet-stream' };
}

const server = createServer(async (request, response) => {
  try {
    const { body, type } = await respond(request.url);
    response.writeHead(200, {
      'Cache-Control': 'no-store',
      'Content-Type': type,
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  } catch {
    response.writeHead(404, { 'Cache-Control': 'no-store', 'Content-Type': 'text/plain' });
    response.end('not found\n');
  }
});

server.listen(0, '127.0.0.1', () => {
  console.log(`serving ${root} on http://127.0.0.1:${server.address().port}`);
});
