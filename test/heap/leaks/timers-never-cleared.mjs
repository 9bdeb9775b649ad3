// A time-out of an hour for each request, never cleared when the request is done.
import { serve } from './serve.mjs';

serve(function handleRequest(request) {
  const answer = Array.from({ length: 20 }, (_, line) => `answer ${request} ${line}`);
  setTimeout(function abandonRequest() {
    answer.length = 0;
  }, 3_600_000);
});
