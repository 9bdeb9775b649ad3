// A cache by request: nothing is ever asked for twice and nothing leaves.
import { serve } from './serve.mjs';

const sessionsByToken = new Map();

class Session {
  constructor(token) {
    this.token = token;
    this.cart = Array.from({ length: 10 }, (_, item) => ({ item, text: `${token} ${item}` }));
  }
  isOf(token) {
    return this.token === token;
  }
}

serve((request) => {
  const token = `token-${request}`;
  sessionsByToken.set(token, new Session(token));
});
