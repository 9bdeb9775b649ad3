// /report answers at once and goes on summarising; /cpu works before it answers.
import http from 'node:http';

function summarise(ms) {
  const end = performance.now() + ms;
  let sum = 0;
  while (performance.now() < end) sum += Math.sqrt(sum + 1);
  return sum;
}

async function goOn() {
  for (let i = 0; i < 40; i++) {
    summarise(15);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const server = http.createServer(async (request, response) => {
  if (request.url === '/report') {
    response.end('accepted');
    await goOn();
    return;
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
  response.end(String(summarise(20)));
});
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
