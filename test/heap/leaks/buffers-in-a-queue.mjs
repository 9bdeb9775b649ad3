// Uploads wait in a queue for a worker that does not come.
import { serve } from './serve.mjs';

class UploadQueue {
  #waiting = [];
  add(upload) {
    this.#waiting.push(upload);
  }
}

const uploads = new UploadQueue();

serve((request) => uploads.add(Buffer.alloc(20_000, request % 256)));
