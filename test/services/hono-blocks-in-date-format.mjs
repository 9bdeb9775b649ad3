// Hono: each line of an export makes two formatters, whose native memory grows to its peak and stays there.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const rows = Array.from({ length: process.env.MENDED ? 5 : 3_000 }, (_, i) => ({
  at: new Date(1.7e12 + i * 3.6e6),
  total: i * 1.37,
}));

// culprit
function formatRows() {
  const zone = { timeZone: 'Europe/Berlin' };
  const lines = rows.map(
    ({ at, total }) => `${at.toLocaleString('de-DE', zone)};${total.toLocaleString('de-DE')}`,
  );
  return lines.join('\n');
}

const app = new Hono();
app.get('/export/:year', (context) => context.text(formatRows()));
app.get('/health', (context) => context.text('ok'));

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log('ready', port));
